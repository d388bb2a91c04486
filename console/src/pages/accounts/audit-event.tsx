import { useLocation } from 'wouter'
import { useAnswer } from '../../api/answers.ts'
import { Answer } from '../../controls/answer.tsx'
import { Dialog } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { auditWords } from './audit-words.ts'
import { useAuditQuery } from './use-audit-query.ts'

/** One event in full: the object before and afterwards, as text. */
export function AuditEvent({ id }: { id: number }) {
  const text = useWords(auditWords)
  const { time } = useFormats()
  const { view } = useView()
  const [, go] = useLocation()
  const { hrefOfAudit } = useAuditQuery()
  const page = useAnswer('/api/v1/audit', { cursor: id + 1, limit: 1 })
  return (
    <Dialog title={text.eventTitle(String(id))} onClose={() => go(hrefOfAudit({ event: undefined }))}>
      <Answer of={page}>
        {({ events: [event] }) =>
          event?.event_id !== id ? (
            <p>{text.noEvent}</p>
          ) : (
            <>
              <dl className="facts">
                <dt>{text.time}</dt>
                <dd>{time(Number(event.time), view.zone)}</dd>
                <dt>{text.action}</dt>
                <dd>{event.action}</dd>
                <dt>{text.object}</dt>
                <dd>{event.object}</dd>
                <dt>{text.outcome}</dt>
                <dd>{event.outcome}</dd>
                <dt>{text.actor}</dt>
                <dd>{event.actor ?? '–'}</dd>
                <dt>{text.account}</dt>
                <dd>{event.account_name ?? event.account_id ?? '–'}</dd>
                <dt>{text.address}</dt>
                <dd>{event.address ?? '–'}</dd>
                <dt>{text.digest}</dt>
                <dd>
                  <code>{event.digest}</code>
                </dd>
              </dl>
              <Json title={text.before} value={event.before} />
              <Json title={text.after} value={event.after} />
            </>
          )
        }
      </Answer>
    </Dialog>
  )
}

function Json({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null
  const shown = JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part), 2)
  return (
    <div className="code-block">
      <h3>{title}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by the keyboard */}
      <pre tabIndex={0}>{shown}</pre>
    </div>
  )
}
