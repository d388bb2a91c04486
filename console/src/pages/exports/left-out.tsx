import type { AnswerOf } from '../../api/client.ts'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { exportWords } from './words.ts'

type Preflight = AnswerOf<'POST /api/v1/export-tasks/preflight'>

/** Traffic that is not in the file although somebody may expect it there. */
export function LeftOut({ answer }: { answer: Preflight }) {
  const text = useWords(exportWords)
  const { bytes, count } = useFormats()
  const { traffic, hidden_traffic: hidden, unknown_clients: unknown, domains_of_other_accounts: others } = answer
  const areas = traffic?.other_areas
  const domains = traffic?.other_domains
  const left = [
    areas && areas.requests > 0 ? text.otherAreas(bytes(areas.flux), count(areas.requests)) : null,
    domains && domains.requests > 0
      ? text.otherDomains(count(domains.domains), bytes(domains.flux), count(domains.requests))
      : null,
    hidden && hidden.requests > 0
      ? text.hidden(count(hidden.domains), bytes(hidden.flux), count(hidden.requests))
      : null,
    others ? text.domainsOfOthers(count(others)) : null,
  ].filter((line) => line !== null)
  return (
    <div>
      <h3>{text.leftOut}</h3>
      {left.length === 0 ? (
        <p>{text.leftNothing}</p>
      ) : (
        <ul>
          {left.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      )}
      {unknown && unknown.requests > 0 && (
        <p className="quiet">{text.unknown(bytes(BigInt(unknown.flux)), count(unknown.requests))}</p>
      )}
    </div>
  )
}
