import { type FormEvent, useState } from 'react'
import type { Operations } from '../../../generated/operations.ts'
import { useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Field, Select } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { timeOf } from '../../view/zone-time.ts'
import type { Account } from './account-list.tsx'
import { keyWords } from './key-words.ts'
import { SecretDialog } from './secret-dialog.tsx'

type Body = Operations['POST /api/v1/access-keys']['body']
type Role = Body['role']

function bodyOf(data: FormData, accountId: string, role: Role, zone: string): Body {
  const textOf = (name: string) => String(data.get(name) ?? '').trim()
  const [source, description, expires] = [textOf('source'), textOf('description'), textOf('expires')]
  const domains = textOf('domains')
    .toLowerCase()
    .split(/[\s,;]+/)
  return {
    role,
    account_id: accountId,
    ...(source === '' ? {} : { source }),
    ...(domains[0] === '' ? {} : { domains }),
    ...(description === '' ? {} : { description }),
    ...(expires === '' ? {} : { expires_at: timeOf(expires, zone) }),
  }
}

/** A form that makes a key of an account, and shows its secret. */
export function NewKey({ account }: { account: Account }) {
  const text = useWords(keyWords)
  const own = useOwnAccount()
  const { view } = useView()
  const [role, choose] = useState<Role>('account')
  const create = useChange('POST /api/v1/access-keys')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const body = bodyOf(new FormData(form), account.account_id, role, view.zone)
    create.mutate({ body }, { onSuccess: () => form.reset() })
  }
  const roles: { value: Role; text: string }[] = [
    { value: 'account', text: text.accountRole },
    { value: 'ingest', text: text.ingest },
  ]
  // Operator keys are of the first account alone: that of every operator.
  if (account.account_id === own.account_id) roles.push({ value: 'operator', text: text.operator })
  return (
    <form className="card" onSubmit={submit} aria-label={text.newTitle}>
      <h2>{text.newTitle}</h2>
      <p className="quiet">{text.newHint}</p>
      <div className="form-grid">
        <Select<Role> label={text.role} value={role} choices={roles} onChange={choose} />
        <Field label={text.description}>
          {(id) => <input id={id} name="description" maxLength={200} autoComplete="off" />}
        </Field>
        <Field label={text.expires} hint={text.expiresHint(view.zone)}>
          {(id) => <input id={id} name="expires" type="datetime-local" />}
        </Field>
        {role === 'ingest' && <IngestFields />}
      </div>
      <div className="form-actions">
        <button type="submit" className="primary" disabled={create.isPending}>
          {text.create}
        </button>
      </div>
      {create.error && <Failure error={create.error} />}
      {create.data && <SecretDialog made={create.data} onClose={create.reset} />}
    </form>
  )
}

function IngestFields() {
  const text = useWords(keyWords)
  return (
    <>
      <Field label={text.source} hint={text.sourceHint}>
        {(id) => <input id={id} name="source" maxLength={200} autoComplete="off" />}
      </Field>
      <Field label={text.domains} hint={text.domainsHint}>
        {(id) => <textarea id={id} name="domains" rows={2} />}
      </Field>
    </>
  )
}
