import type { FormEvent } from 'react'
import { Link, useLocation } from 'wouter'
import { Field } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { auditWords } from './audit-words.ts'
import { useAuditQuery } from './use-audit-query.ts'

const knownActions = [
  ...['server.started', 'account.created', 'access_key.created', 'access_key.rotated', 'access_key.revoked'],
  ...['request.refused', 'download_links.rotated', 'webhook_secret.rotated', 'retention.dropped', 'audit.pruned'],
  ...['backup.created', 'backup.restored', 'master_key.resealed'],
]

/** The filter of events. Nothing is asked before it is applied. */
export function AuditFilter() {
  const text = useWords(auditWords)
  const { view, hrefOf } = useView()
  const { chosen, hrefOfAudit } = useAuditQuery()
  const [, go] = useLocation()
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const data = new FormData(event.currentTarget)
    const textOf = (name: string) => String(data.get(name) ?? '').trim()
    const filter = { since: textOf('since'), until: textOf('until'), actor: textOf('actor'), action: textOf('action') }
    go(hrefOfAudit({ ...filter, before: undefined, event: undefined }))
  }
  return (
    <form className="card" onSubmit={apply} aria-label={text.filters}>
      <div className="form-grid">
        <Field label={text.since} hint={text.zoneHint(view.zone)}>
          {(id) => <input id={id} name="since" type="datetime-local" defaultValue={chosen.since} />}
        </Field>
        <Field label={text.until}>
          {(id) => <input id={id} name="until" type="datetime-local" defaultValue={chosen.until} />}
        </Field>
        <Field label={text.actor} hint={text.actorHint}>
          {(id) => <input id={id} name="actor" maxLength={200} defaultValue={chosen.actor} autoComplete="off" />}
        </Field>
        <Field label={text.action} hint={text.actionHint}>
          {(id) => (
            <>
              <input id={id} name="action" list={`${id}-names`} maxLength={200} defaultValue={chosen.action} />
              <datalist id={`${id}-names`}>
                {knownActions.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          )}
        </Field>
      </div>
      <div className="form-actions">
        <button type="submit">{text.apply}</button>
        <Link className="button" href={hrefOf('/accounts', { part: 'audit' })}>
          {text.clear}
        </Link>
      </div>
    </form>
  )
}
