import { fileSpanOf } from '../../coverage/file-span.ts'
import { AppError } from '../../errors.ts'
import type { DeliveredContent } from '../../ledger/batches.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { compressionOfHead, isReadable } from '../../ports/warehouse/decompress.ts'
import type { LogContent } from '../../ports/warehouse/warehouse.ts'
import type { Readers } from '../../readers/readers.ts'
import type { OpenPiece } from '../formats/line/line-survey.ts'
import { type LogFormat, recognisable } from '../formats/line/log-format.ts'
import { formatByName, recogniseFormat, statedFormat } from '../formats/recognise.ts'
import { type Head, headBytes, headOf } from './beginnings.ts'
import type { Candidate } from './candidates.ts'
import { contentBytes, contentIdentity, contentSample, endsLine, type Reading } from './content.ts'
import { candidatesFor } from './known-content.ts'
import { surveyed } from './survey-content.ts'

/** The content changed while it was read: the loaded bytes are not the hashed ones. */
export class ContentChanged extends Error {}

/** Delivered content that the engine can read, except for `endByte`: a partly loaded file is copied first. */
export type ReadableContent = LogContent & Pick<DeliveredContent, 'endByte'>

/** A batch whose content was examined. */
export type Delivered = {
  batch: BatchRow
  content: ReadableContent
  /** With the pieces of lines that it ends in. */
  format: LogFormat & { openPieces: readonly OpenPiece[] }
  head: Head
  /** The first bytes, decompressed: `headBytes` of them unless there are fewer. */
  sample: Buffer
  /** @throws ContentChanged when the content has changed */
  unchanged: () => Promise<void>
  /** The reader processes that read the rest, for the batch's account. */
  reading: Reading
}

/** The content holds an archive, or text in UTF-16: it must be unpacked before the engine reads it. */
export class Packed extends Error {}

export type LookDeps = {
  formats: readonly LogFormat[]
  readers: Readers
  /** Pieces at the ends of what the batch's source delivered before it. */
  openPieces: (batch: BatchRow) => Promise<readonly OpenPiece[]>
}

/** A batch's bytes if the engine can read them; null for others, which must be unpacked first. */
export function contentOf(batch: BatchRow): ReadableContent | null {
  const { content_path: path, compression, content_end_byte: endByte } = batch
  if (!isReadable(compression)) return null
  return { path, compression, ...(endByte === null ? {} : { endByte }) }
}

/**
 * Examines a batch's first bytes, and every header of compressed content, so that the engine gets nothing that claims
 * too much memory.
 * @returns null when the content is empty
 * @throws Packed when it must be unpacked; ContentChanged when the file is no longer the one whose whole lines were delivered
 * @throws AppError when it cannot be read, its format is not recognised, or neither its lines nor the batch name a
 *   domain
 */
export async function lookAt(
  { formats, readers, openPieces }: LookDeps,
  batch: BatchRow,
  content: ReadableContent,
  signal?: AbortSignal,
): Promise<Delivered | null> {
  const identity = await contentIdentity(content)
  // The name now belongs to another log, which is shorter, or has no line end at that byte.
  if (identity === null) throw new ContentChanged()
  if (content.endByte !== undefined && !(await endsLine(content.path, content.endByte))) throw new ContentChanged()
  const reading = { readers, turnOf: batch.account_id }
  const { sample, isWhole } = await contentSample(content, reading, signal)
  if (sample.length === 0) return null
  if (compressionOfHead(sample) !== 'none') throw new Packed()
  const format = formatOf(formats, batch, sample, isWhole)
  const read = () => contentBytes(content, reading, { lane: 'look', ...(signal ? { signal } : {}) })
  const before = format.wrapping?.survey ? await openPieces(batch) : []
  const about = { content: read, logZone: batch.log_zone, head: sample, openPieces: before }
  return {
    batch,
    content,
    format: await surveyed(format, about),
    head: headOf(sample),
    sample: Buffer.from(sample.subarray(0, headBytes)),
    reading,
    unchanged: async () => {
      if ((await contentIdentity(content)) !== identity) throw new ContentChanged()
    },
  }
}

/**
 * Decides only by the bytes and the stated parameters, so equal deliveries get equal formats, whatever came before.
 * @throws AppError when the format is not recognised, or neither it nor the batch names a domain
 */
export function formatOf(
  formats: readonly LogFormat[],
  batch: Pick<BatchRow, 'format' | 'default_domain' | 'name'>,
  sample: Buffer,
  isWhole: boolean,
): LogFormat {
  assertLines(sample)
  const hasStatedDomain = batch.default_domain !== null || fileSpanOf(batch.name) !== null
  const format =
    batch.format === 'auto'
      ? recogniseFormat(recognisable(formats, hasStatedDomain), sample, isWhole)
      : assertStated(formats, batch.format, { head: sample, isWhole })
  if (!format) assertDescribed(formats, sample)
  if (!format) throw notRecognised(hasStatedDomain ? recogniseFormat(formats, sample, isWhole) : null)
  if (batch.default_domain === null) assertNamesDomain(format, batch.format === 'auto')
  return format
}

/** Objects with a list of lines, as Azure's Event Hub and AWS's streams have them, and whole documents of JSON. */
const listOfLines =
  /^(?:\xef\xbb\xbf)?\s*(?:\{\s*"(records|Records)"\s*:\s*\[|\{"messageType":"DATA_MESSAGE",.*"(logEvents)":\[|\[\s*(?:\{|$))/m

/** @throws AppError FLUXPORT.0103 when the first line is a list of many: a line is one request */
function assertLines(sample: Buffer): void {
  const [first = ''] = sample.toString('latin1').split('\n', 1)
  const found = listOfLines.exec(first)
  if (!found) return
  const name = found[1] ?? found[2]
  const problem = name ? `Its lines are objects with a list of lines in ${name}` : 'It is a list of JSON'
  throw new AppError(
    'FLUXPORT.0103',
    `${problem}, and each line has to be one request: jq -c '.${name ?? ''}[]' takes them apart`,
  )
}

/** @throws AppError CDN.0001 when nothing but the delivery can say the domain of the lines */
function assertNamesDomain({ name, namesDomain, domainStated }: LogFormat, isAuto: boolean): void {
  const problem = 'The parameter domain is missing: lines in the format'
  if (!namesDomain) throw new AppError('CDN.0001', `${problem} ${name} name none`)
  if (isAuto && domainStated) throw new AppError('CDN.0001', `${problem} ${name} do not say theirs. ${domainStated}`)
}

/** @throws AppError FLUXPORT.0103 when most of the lines have another format */
function assertStated(
  formats: readonly LogFormat[],
  name: string,
  sample: { head: Buffer; isWhole: boolean },
): LogFormat | undefined {
  const stated = formatByName(formats, name)
  if (!stated) return undefined
  const { format, other } = statedFormat(formats, stated, sample)
  if (!other) return format
  throw new AppError('FLUXPORT.0103', `The first lines are not of the format ${name}: they look like ${other.name}`)
}

/**
 * A header may say why no format is recognised in the lines below it.
 * @throws AppError FLUXPORT.0103
 */
function assertDescribed(formats: readonly LogFormat[], head: Buffer): void {
  const header = /^(?:\xef\xbb\xbf)?(#Fields:.*)/m.exec(head.toString('latin1'))?.[1]
  if (header === undefined) return
  formats.find(({ survey, recognises }) => survey && recognises.test(header))?.survey?.({ logZone: 'UTC', head })
}

/**
 * @param passedOver the format that the lines match, excluded because the domain is in their requests and another is
 *   stated
 */
function notRecognised(passedOver: LogFormat | null): AppError {
  const problem = 'The format is not recognised from the first lines; name it with --format'
  const why = 'whose domain a client may choose in its request, so that it is not taken where a domain is stated'
  return new AppError('FLUXPORT.0103', passedOver ? `${problem}. They look like ${passedOver.name}, ${why}` : problem)
}

/** Loaded batches that may hold the same lines; a push has none, as pushes are never compared. */
export const knownTo = async (queries: Database['queries'], file: Delivered): Promise<Candidate[]> =>
  file.batch.delivery === 'file' ? await candidatesFor(queries, file.batch.account_id, file) : []
