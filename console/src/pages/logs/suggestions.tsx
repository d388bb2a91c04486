import { useAnswer, useChange } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { DataTable } from '../../figure/data-table.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { useRhythmText } from './cadence-text.ts'
import { cadenceWords } from './cadence-words.ts'

type Suggestion = AnswerOf<'GET /api/v1/coverage/cadence-suggestions'>['suggestions'][number]

/** Cadences that the files themselves suggest; a press states one. */
export function Suggestions() {
  const text = useWords(cadenceWords)
  const { view } = useView()
  const suggestions = useAnswer('/api/v1/coverage/cadence-suggestions', {
    account: view.account ?? 'all',
    time_zone: view.zone,
  })
  const put = useChange('PUT /api/v1/coverage/cadences/{source}')
  const state = ({ source, account_id, proposal }: Suggestion) => {
    const stated = Object.entries(proposal ?? {}).filter(([, value]) => value !== null)
    put.mutate({ path: { source }, query: { account: account_id }, body: Object.fromEntries(stated) })
  }
  const columns = useSuggestionColumns(state, put.isPending)
  return (
    <section className="card" aria-labelledby="suggestions">
      <h2 id="suggestions">{text.suggestions}</h2>
      <p>{text.suggestionsLead}</p>
      <Answer of={suggestions}>
        {({ suggestions: found }) =>
          found.length === 0 ? (
            <p className="quiet">{text.noSuggestions}</p>
          ) : (
            <DataTable
              caption={text.suggestions}
              columns={columns}
              rows={found}
              keyOf={({ account_id, source }) => `${account_id} ${source}`}
            />
          )
        }
      </Answer>
      {put.error && <Failure error={put.error} />}
      <p role="status" className={put.data ? '' : 'unseen'}>
        {put.data && text.done(put.data.source)}
      </p>
    </section>
  )
}

function useSuggestionColumns(state: (suggestion: Suggestion) => void, isPending: boolean): Column<Suggestion>[] {
  const text = useWords(cadenceWords)
  const { count } = useFormats()
  const rhythm = useRhythmText()
  const proposalText = ({ proposal, is_stated: isStated }: Suggestion) => {
    if (proposal === null) return isStated ? text.stated : text.noProposal
    const { delay_seconds: delay } = proposal
    const parts = [rhythm(proposal), delay === null ? text.unknownDelay : `${text.delay} ${text.delayOf(count(delay))}`]
    return proposal.skips_empty_hours ? [...parts, text.skips].join(', ') : parts.join(', ')
  }
  return [
    { name: 'source', title: text.source, value: ({ source }) => source },
    { name: 'account', title: text.account, value: ({ account_name }) => account_name },
    {
      name: 'proposal',
      title: text.proposal,
      value: proposalText,
      show: (suggestion) => <div className="wide">{proposalText(suggestion)}</div>,
    },
    {
      name: 'reason',
      title: text.because,
      value: ({ reason }) => reason,
      show: ({ reason }) => <div className="wide">{reason}</div>,
    },
    {
      name: 'state',
      title: text.stateIt,
      value: () => null,
      show: (suggestion) =>
        suggestion.proposal === null ? (
          '–'
        ) : (
          <button
            type="button"
            disabled={isPending}
            aria-label={text.stateOf(suggestion.source)}
            onClick={() => state(suggestion)}
          >
            {text.stateIt}
          </button>
        ),
    },
  ]
}
