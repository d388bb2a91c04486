import { unlink } from 'node:fs/promises'
import { basename } from 'node:path'
import { type Static, Type } from 'typebox'
import { areaInName } from '../../coverage/file-span.ts'
import { AppError, parameterError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'
import { Text } from '../../http/schemas.ts'
import { spooledPaths } from '../../ledger/batch-outcome.ts'
import { createBatch, KnownPush, type NewBatch } from '../../ledger/batches.ts'
import type { Database } from '../../ports/database/database.ts'
import { domainPattern } from '../../statistics/domain-name.ts'
import { deliveryAreas } from '../../statistics/service-areas.ts'
import { knownZone } from '../../statistics/time-range.ts'
import { formatNames } from '../formats/known-formats.ts'
import { askerNames } from '../formats/line/askers.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import { formatByName } from '../formats/recognise.ts'
import { compressionOf } from '../identify/content.ts'
import { authorityOf } from '../identify/delivery-authority.ts'
import { domainInName } from './domain-in-name.ts'
import { isSamePush, otherPush } from './push-digest.ts'
import { keyText, knownKeys, recordReaders } from './push-store.ts'

/** The parameters of a delivery, the same for a body and for a path. */
export const DeliveryParameters = {
  name: Type.Optional(
    Text(
      'The file’s name: the same content then counts once. Without a name the body is a push, known by its Idempotency-Key alone',
    ),
  ),
  format: Type.Optional(Text(`auto (default), one of ${formatNames.join(', ')}, or one of the configuration’s`)),
  domain: Type.Optional(
    Text(
      'The domain of lines that name none. If it is stated, auto recognises no format with the domain in the request line, where a client chooses it',
    ),
  ),
  domain_in_name: Type.Optional(
    Text(
      'A pattern of files’ names: {domain}-access.log*. A name that fits it states the domain, instead of `domain`',
      200,
    ),
  ),
  source: Type.Optional(
    Text('Name of the source: a file is known by its content and its source. Default: default', 200),
  ),
  log_zone: Type.Optional(
    Text('Time zone of times without one, as in HAProxy’s log, like Europe/Berlin. Default: the server’s', 50),
  ),
  service_area: Type.Optional(
    Text(
      'by_country, mainland_china or outside_mainland_china; a name like 2026090100-www.example.com-ov.gz wins. Default: the server’s',
    ),
  ),
  count_also: Type.Optional(
    Text(
      `Classes of lines, separated by commas, that count although no visitor asked: ${askerNames.join(', ')}. Default: none`,
      200,
    ),
  ),
  force: Type.Optional(
    Type.Boolean({
      description:
        'true: counts bytes a second time that are loaded under other parameters; also accepts overlap. Default false',
    }),
  ),
  overlap: Type.Optional(
    Type.Enum(['refuse', 'accept'], {
      description:
        'refuse (default) or accept a file whose requests other files of its source have. Pushes are not compared',
    }),
  ),
  rejected_percent_max: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 100,
      description:
        'A log with a larger share of rejected lines is quarantined: kept, not counted, until it is accepted or delivered again. 100: never. Default: the server’s',
    }),
  ),
  wait: Type.Optional(
    Type.Boolean({
      description:
        'true: the server answers when the batch is loaded, the default with a name. false: once it is durably received, the default of pushes',
    }),
  ),
}
const Delivery = Type.Object(DeliveryParameters)
export type Delivery = Static<typeof Delivery>

/** Bytes that have arrived, and their form of delivery. */
type Arrived = { path: string; isSpooled: boolean; idempotencyKey: string | null; pushedSha256: string | null }

export type ReceiveDeps = { database: Database; owner: string } & DeliveryDefaults

/** A batch's parameters from its delivery's. @throws AppError CDN.0001, CDN.0004 or CDN.0015 */
export const batchParametersOf = async (deps: ReceiveDeps, caller: Caller, delivery: Delivery) => ({
  ...parametersOf(delivery, caller, deps),
  accountId: caller.accountId,
  loadedBy: caller.accessKey,
  allowedDomains: caller.domains,
  ...(await authorityOf(deps.database, caller)),
  delivery: delivery.name === undefined ? ('push' as const) : ('file' as const),
  owner: deps.owner,
})

/** The batch of a delivery. @throws AppError as `batchParametersOf`, or an Error of the file system */
export const newBatchOf = async (
  deps: ReceiveDeps,
  caller: Caller,
  delivery: Delivery,
  arrived: Arrived,
): Promise<NewBatch> => ({
  ...(await batchParametersOf(deps, caller, delivery)),
  idempotencyKey: arrived.idempotencyKey,
  pushedSha256: arrived.pushedSha256,
  content: { path: arrived.path, compression: await compressionOf(arrived.path) },
  contentIsSpooled: arrived.isSpooled,
})

/**
 * Records a delivery as a batch to be loaded, durably.
 * @returns the batch's id: an earlier batch's when this push came before
 * @throws AppError CDN.0001, CDN.0004, CDN.0015 or FLUXPORT.0203; the spooled bytes are removed then
 */
export async function receiveBatch(
  deps: ReceiveDeps,
  caller: Caller,
  delivery: Delivery,
  arrived: Arrived,
): Promise<number> {
  try {
    const { database } = deps
    const batch = await newBatchOf(deps, caller, delivery, arrived)
    for (;;) {
      const earlier = await earlierPush(database, batch, arrived)
      if (earlier !== undefined) return earlier
      const id = await createBatch(database, batch).catch(noneWhenKnown)
      if (id !== undefined) return id
    }
  } catch (error) {
    // A batch may be recorded although the commit's answer was lost: then its bytes are needed. The next start removes
    // others.
    const isNeeded = !(error instanceof AppError) && (await hasBatchOf(deps, arrived.path).catch(() => true))
    if (!isNeeded) await discard(arrived)
    throw error
  }
}

async function hasBatchOf({ database, owner }: ReceiveDeps, path: string): Promise<boolean> {
  return (await spooledPaths(database, owner)).has(path)
}

/** The batch of an earlier push with the same key; its bytes replace these. */
async function earlierPush(database: Database, batch: NewBatch, arrived: Arrived): Promise<number | undefined> {
  const { accountId, source, idempotencyKey } = batch
  if (!idempotencyKey) return undefined
  const key = { accountId, source, idempotencyKey }
  const earlier = (await knownKeys(database.queries, [key])).get(keyText(key))
  if (earlier === undefined) return undefined
  if (!isSamePush(earlier, arrived.pushedSha256)) throw otherPush()
  if (earlier.loadedBy !== batch.loadedBy)
    await recordReaders(database.queries, [{ batchId: earlier.batchId, accessKey: batch.loadedBy }])
  await discard(arrived)
  return earlier.batchId
}

/** The same push came at the same moment and was recorded first: the caller then finds it. */
function noneWhenKnown(error: unknown): undefined {
  if (!(error instanceof KnownPush)) throw error
}

async function discard(arrived: Arrived) {
  if (arrived.isSpooled) await unlink(arrived.path)
}

/** Defaults for parameters that a delivery omits, and the known formats. */
export type DeliveryDefaults = {
  serviceArea: string
  timeZone: string
  /** In percent; see `NewBatch`. */
  rejectedPercentMax: number
  formats: readonly LogFormat[]
}

/** Checks a delivery's parameters before its bytes are read. */
export function parametersOf(delivery: Delivery, caller: Caller, defaults: DeliveryDefaults) {
  const { name, format = 'auto', source = caller.source ?? 'default' } = delivery
  if (format !== 'auto' && !formatByName(defaults.formats, format)) {
    throw parameterError('format', `it is not auto or one of ${defaults.formats.map((one) => one.name).join(', ')}`)
  }
  if (caller.source !== null && source !== caller.source) {
    throw new AppError('CDN.0004', `This key pushes for the source ${caller.source} alone`)
  }
  const { domain_in_name: pattern } = delivery
  const named = pattern === undefined ? null : domainInName(pattern, name ?? '')
  const defaultDomain = named ?? delivery.domain?.toLowerCase() ?? null
  if (defaultDomain !== null && !domainPattern.test(defaultDomain))
    throw parameterError('domain', 'it is not a domain name')
  return {
    name: name === undefined ? '(push)' : basename(name),
    format,
    source,
    defaultDomain,
    serviceArea: serviceAreaOf(name, delivery.service_area) ?? defaults.serviceArea,
    logZone: delivery.log_zone === undefined ? defaults.timeZone : logZoneOf(delivery.log_zone),
    countAlso: countAlsoOf(delivery.count_also),
    force: delivery.force === true,
    overlap: delivery.overlap ?? ('refuse' as const),
    rejectedPercentMax: delivery.rejected_percent_max ?? defaults.rejectedPercentMax,
  }
}

/** The classes in one order, so that equal deliveries are equal. @throws AppError CDN.0001 */
function countAlsoOf(list: string | undefined): string[] {
  const named = list === undefined || list === '' ? [] : list.split(',').map((name) => name.trim())
  const unknown = named.find((name) => !askerNames.some((asker) => asker === name))
  if (unknown !== undefined) throw parameterError('count_also', `it is not a list of ${askerNames.join(', ')}`)
  return askerNames.filter((asker) => named.includes(asker))
}

/** @throws AppError CDN.0001 */
function logZoneOf(text: string): string {
  const zone = knownZone(text)
  if (zone === null) throw parameterError('log_zone', 'it is not a zone like Europe/Berlin')
  return zone
}

/** Huawei's file names contain the area, which wins over the delivery's parameter. */
function serviceAreaOf(name: string | undefined, option: string | undefined): string | null {
  if (option !== undefined && !deliveryAreas.some((area) => area === option)) {
    throw new AppError(
      'CDN.0015',
      `The parameter service_area is invalid: it is not one of ${deliveryAreas.join(', ')}`,
    )
  }
  return areaInName(basename(name ?? '')) ?? option ?? null
}
