import type { FormEvent } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Failure } from '../../controls/answer.tsx'
import { Field } from '../../controls/field.tsx'
import { useWords } from '../../language/language.ts'
import { useIsOperator } from '../../session/own-account.ts'
import { keptWords } from './kept-words.ts'

/** Has the logs of a source kept for days. */
export function KeepForm() {
  const text = useWords(keptWords)
  const isOperator = useIsOperator()
  const keep = useChange('PUT /api/v1/kept-logs/{source}')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const account = String(form.get('account') ?? '')
    keep.mutate({
      path: { source: String(form.get('source')).trim() },
      query: account === '' ? {} : { account },
      body: { keep_logs_days: Number(form.get('days')) },
    })
  }
  return (
    <form className="card" aria-label={text.form} onSubmit={submit}>
      <h2>{text.form}</h2>
      <p className="quiet">{text.formHint}</p>
      <div className="choice-row">
        <Field label={text.source}>{(id) => <input id={id} name="source" required maxLength={200} />}</Field>
        {isOperator && <AccountField />}
        <Field label={text.days} hint={text.daysHint}>
          {(id) => <input id={id} name="days" type="number" min={1} max={3653} defaultValue={30} required />}
        </Field>
      </div>
      <div className="form-actions">
        <button type="submit" className="primary" disabled={keep.isPending}>
          {text.save}
        </button>
        <span role="status">{keep.data ? text.done(keep.data.source) : ''}</span>
      </div>
      {keep.error && <Failure error={keep.error} />}
    </form>
  )
}

function AccountField() {
  const text = useWords(keptWords)
  const accounts = useAnswer('/api/v1/accounts', {}).data?.accounts ?? []
  return (
    <Field label={text.account}>
      {(id) => (
        <select id={id} name="account">
          <option value="">{text.ownAccount}</option>
          {accounts.map(({ account_id: account, name }) => (
            <option key={account} value={account}>
              {name}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
