import { type Static, Type } from 'typebox'
import { accountParameter, askedWhose } from '../accounts/whose.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Nullable, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { askedZone } from '../statistics/asked-range.ts'
import type { CoverageRouteDeps } from './coverage-routes.ts'
import { likelyZones } from './read-rhythms.ts'
import { type CadenceSuggestion, suggestCadences } from './suggest-cadences.ts'

const Proposal = Type.Object(
  {
    files_per_hour: Nullable(Type.Integer()),
    files_per_day: Nullable(Type.Integer()),
    day_zone: Nullable(Type.String({ description: 'Time zone of the day of files_per_day' })),
    delay_seconds: Nullable(
      Type.Integer({ description: 'Nearly all files came within it; null: they came so late that it is not known' }),
    ),
    skips_empty_hours: Type.Boolean(),
  },
  { description: 'As the body of PUT /api/v1/coverage/cadences/{source}. Without a number of files: a stream' },
)

const Suggestion = Type.Object({
  account_id: Type.String(),
  account_name: Type.String(),
  source: Type.String(),
  is_stated: Type.Boolean({ description: 'true: a cadence is stated, and none is proposed' }),
  proposal: Nullable(Proposal),
  reason: Type.String({ description: 'Why this cadence is proposed, or none' }),
})

const Answer = Type.Object({
  suggestions: Type.Array(Suggestion, { description: 'Ordered by account id, then source' }),
})
export type SuggestionsAnswer = Static<typeof Answer>

/** The route that proposes cadences, for operators. */
export function suggestionRoutes(server: Routes, deps: CoverageRouteDeps): void {
  const schema = {
    operationId: 'suggestCadences',
    tags: ['Coverage'],
    summary:
      'Proposes a cadence for each source with a rhythm that nobody stated, from the last 62 days that it delivered',
    querystring: Type.Object({
      account: Type.Optional(Text(accountParameter)),
      time_zone: Type.Optional(Text('Zone that a day of files may be of. Default: the server’s, UTC or Asia/Shanghai')),
    }),
    response: { 200: Answer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator'] as const } }
  server.get('/api/v1/coverage/cadence-suggestions', { config, schema }, (request) => {
    const caller = callerOf(request)
    return whileConnected(request, (gone) =>
      deps.questions.ask(caller.accountId, gone, async (engine) => {
        const whose = (await askedWhose(deps.database, caller, request.query.account)) ?? caller.accountId
        const { database, timeZone } = deps
        const asked = request.query.time_zone
        const zones = likelyZones(asked ? askedZone('time_zone', asked) : timeZone, timeZone)
        const found = await suggestCadences({ database, engine, zones, nowMs: deps.nowMs() }, whose)
        return { suggestions: found.map(view) }
      }),
    )
  })
}

const view = ({ accountId, accountName, source, isStated, proposal, reason }: CadenceSuggestion) => ({
  ...{ account_id: accountId, account_name: accountName, source, is_stated: isStated, reason },
  proposal: proposal && {
    ...{ files_per_hour: proposal.filesPerHour, files_per_day: proposal.filesPerDay, day_zone: proposal.dayZone },
    ...{ delay_seconds: proposal.delaySeconds, skips_empty_hours: proposal.skipsEmptyHours },
  },
})
