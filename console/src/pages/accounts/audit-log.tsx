import { Link } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer } from '../../controls/answer.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { AuditChain } from './audit-chain.tsx'
import { AuditEvent } from './audit-event.tsx'
import { AuditFilter } from './audit-filter.tsx'
import { auditWords } from './audit-words.ts'
import { useAuditQuery } from './use-audit-query.ts'

type AuditPage = AnswerOf<'GET /api/v1/audit'>
type Event = AuditPage['events'][number]
const path = '/api/v1/audit'

/** Actions and refusals, a page at a time; one event in full; the check of the log. */
export function AuditLog() {
  const { asked, chosen } = useAuditQuery()
  const events = useAnswer(path, asked)
  return (
    <>
      <AuditFilter key={JSON.stringify(chosen)} />
      <Answer of={events}>{(page) => <Events page={page} />}</Answer>
      {chosen.event !== undefined && <AuditEvent id={Number(chosen.event)} />}
      <AuditChain />
    </>
  )
}

function Events({ page }: { page: AuditPage }) {
  const text = useWords(auditWords)
  const { count } = useFormats()
  const { asked, chosen, hrefOfAudit } = useAuditQuery()
  const columns = useColumns()
  return (
    <Figure
      title={text.title}
      sentence={text.sentence(count(page.events.length))}
      columns={columns}
      rows={page.events}
      keyOf={(event) => String(event.event_id)}
      fileName="audit"
      request={{ path, query: asked }}
      strip={
        <nav className="card-actions" aria-label={text.title}>
          {chosen.before !== undefined && (
            <Link className="button" href={hrefOfAudit({ before: undefined, event: undefined })}>
              {text.newest}
            </Link>
          )}
          {page.next_cursor !== null && (
            <Link className="button" href={hrefOfAudit({ before: String(page.next_cursor), event: undefined })}>
              {text.older}
            </Link>
          )}
        </nav>
      }
    />
  )
}

function useColumns(): Column<Event>[] {
  const text = useWords(auditWords)
  const { time } = useFormats()
  const { view } = useView()
  const { hrefOfAudit } = useAuditQuery()
  const outcomes: Record<string, string> = { done: text.done, refused: text.refused, failed: text.failed }
  return [
    {
      name: 'event',
      title: text.event,
      isFigure: true,
      value: (event) => event.event_id,
      show: ({ event_id: id }) => <Link href={hrefOfAudit({ event: String(id) })}>{String(id)}</Link>,
    },
    {
      name: 'time',
      title: text.time,
      value: (event) => time(Number(event.time), view.zone),
      show: (event) => <span className="whole">{time(Number(event.time), view.zone)}</span>,
    },
    { name: 'action', title: text.action, value: (event) => event.action },
    { name: 'object', title: text.object, value: (event) => event.object },
    {
      name: 'outcome',
      title: text.outcome,
      value: ({ outcome }) => outcomes[outcome] ?? outcome,
      show: ({ outcome }) => (
        <span className={outcome === 'done' ? '' : 'mark-bad'}>{outcomes[outcome] ?? outcome}</span>
      ),
    },
    { name: 'actor', title: text.actor, value: (event) => event.actor },
    { name: 'account', title: text.account, value: (event) => event.account_name ?? event.account_id },
    {
      name: 'address',
      title: text.address,
      value: (event) => event.address,
      show: (event) => <span className="whole">{event.address ?? '–'}</span>,
    },
  ]
}
