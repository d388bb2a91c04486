import { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { parameterError } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Nullable, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { sqlFile } from '../ports/warehouse/sql-file.ts'
import type { BatchRouteDeps } from './answer-delivery.ts'
import type { LogFormat } from './formats/line/log-format.ts'
import { FormatError } from './formats/own/format-error.ts'
import { ownFormats } from './formats/own/user-formats.ts'
import { formatOf } from './identify/delivered.ts'
import { allowedAsBound, allowedNow, authorityOf } from './identify/delivery-authority.ts'
import { surveyed } from './identify/survey-content.ts'
import { loadParameters, loadStatements } from './load/load-statements.ts'
import { DeliveryParameters, parametersOf } from './receive/receive-batch.ts'

const linesMax = 100
const formatsMax = 10
const lineCharactersMax = 65_536

const Understood = Type.Object({
  line_number: Type.Integer(),
  reason: Nullable(Type.String({ description: 'Why the line would not count' })),
  broken_at: Nullable(
    Type.String({ description: 'The field or text of a pattern of one’s own that the line has not; null without one' }),
  ),
  line: Type.String({
    description: 'The line; each letter is shown as a and each digit as 0 if the server has a privacy profile',
  }),
  request: Nullable(
    Type.Object({
      time: UnixMs('Of the request'),
      domain: Type.String(),
      client: Type.String({ description: 'Client address as it would be kept; :: when the line names none' }),
      method: Type.String(),
      target: Type.String({ description: 'Path and query as they would be kept' }),
      status: Type.Integer(),
      bytes: Type.Integer(),
      cache: Type.String({ description: 'hit, miss or unknown' }),
      duration_ms: Type.Integer(),
      referrer: Type.String(),
      user_agent: Type.String(),
      country: Type.String({ description: 'As logged; empty when the line has none' }),
      province: Type.String(),
      carrier: Type.String(),
    }),
  ),
})
/** A log's line may have any character, NUL too. */
const Line = Type.String({ description: 'One line, without its end', maxLength: lineCharactersMax })
const Preview = Type.Object({ format: Type.String(), title: Type.String(), lines: Type.Array(Understood) })

/** Shows a source's lines as they would be loaded, for its set-up; nothing is loaded. */
export function previewRoutes(server: Routes, deps: BatchRouteDeps): void {
  const schema = {
    operationId: 'previewLogLines',
    tags: ['Log batches'],
    summary: 'Says how the first lines of a log would be understood, and loads nothing',
    body: Type.Object({
      ...DeliveryParameters,
      formats: Type.Optional(
        Type.Array(Type.Record(Type.String(), Type.Unknown()), {
          maxItems: formatsMax,
          description: 'Formats of one’s own to try, as in the file of `--formats`; they come before the server’s',
        }),
      ),
      lines: Type.Array(Line, { minItems: 1, maxItems: linesMax }),
    }),
    response: { 200: Preview, ...errorAnswers },
  }
  const access = { roles: ['operator', 'ingest'] as const, token: true }
  const bodyLimit = 2 * linesMax * lineCharactersMax
  server.post('/api/v1/log-batches/preview', { config: { access }, schema, bodyLimit }, async (request) => {
    const caller = callerOf(request)
    const { lines, formats: tried = [], ...delivery } = request.body
    const formats = [...triedFormats(tried), ...deps.formats]
    const asked = parametersOf(delivery, caller, { ...deps, formats })
    const head = Buffer.from(lines.map((line) => `${line}\n`).join(''))
    const batch = { format: asked.format, default_domain: asked.defaultDomain, name: asked.name }
    const read = { content: () => Readable.from([head]), logZone: asked.logZone, head, openPieces: [] }
    const format = await surveyed(formatOf(formats, batch, head, true), read)
    const profile = deps.privacyProfile
    const values = {
      ...{ loadId: 0, linesBefore: 0, firstKeptMs: 0, nowMs: Date.now() },
      serviceArea: asked.serviceArea,
      unknownClientArea: 'mainland_china' as const, // nothing is located
      defaultDomain: asked.defaultDomain ?? '',
      logZone: asked.logZone,
      countAlso: asked.countAlso,
      allowedDomains: allowedAsBound(await allowedOf(deps, caller)),
    }
    const parameters = loadParameters(format, values, profile)
    const sql = loadStatements(format, null, 'one', profile).preview(numberedLines)
    const rows = await whileConnected(request, (gone) =>
      deps.questions.ask(caller.accountId, gone, (engine) =>
        // Lines are bound values, which the server's log of statements would otherwise contain.
        engine.rows<Row>(sql, { ...parameters, previewLines: lines }, { log_queries: 0 }),
      ),
    )
    return { format: format.name, title: format.title, lines: rows.map((row) => understood(row, format)) }
  })
}

async function allowedOf({ database }: BatchRouteDeps, caller: Caller): Promise<string[] | null> {
  const { mayDeliver } = await authorityOf(database, caller)
  return await allowedNow(database.queries, {
    account_id: caller.accountId,
    may_deliver: mayDeliver,
    allowed_domains_json: caller.domains && JSON.stringify(caller.domains),
  })
}

/** Rows of `line` and `line_number` from the bound list. */
const numberedLines = `(${sqlFile(import.meta.url, './numbered-lines.sql')})`

type Row = { line_number: number; reason: string; line: string; time_ms: number } & Omit<
  NonNullable<Static<typeof Understood>['request']>,
  'time'
>

function understood(
  { line_number, reason, line, time_ms, ...request }: Row,
  { brokenAt, wrapping }: LogFormat,
): Static<typeof Understood> {
  if (reason === '') return { line_number, reason: null, broken_at: null, line, request: { time: time_ms, ...request } }
  const within = wrapping?.unwrapped(Buffer.from(line).toString('latin1')) ?? line
  return { line_number, reason, broken_at: (reason === 'fields' && brokenAt?.(within)) || null, line, request: null }
}

/** @throws AppError CDN.0001 naming the format and the token that is not understood */
function triedFormats(entries: readonly unknown[]): LogFormat[] {
  try {
    return ownFormats(entries)
  } catch (error) {
    throw error instanceof FormatError ? parameterError('formats', error.message) : error
  }
}
