import type { FormEvent } from 'react'
import { Link } from 'wouter'
import { useAnswer, useChange } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Field } from '../../controls/field.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { isOf } from '../../session/domain-owner.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import { useView } from '../../view/use-view.ts'
import { accountWords } from './words.ts'

export type Account = AnswerOf<'GET /api/v1/accounts'>['accounts'][number]
const path = '/api/v1/accounts'

/** Every account, and a form that creates one. */
export function AccountList() {
  const accounts = useAnswer(path, {})
  return (
    <>
      <Answer of={accounts}>{(answer) => <ListOf accounts={answer.accounts} />}</Answer>
      <NewAccount />
    </>
  )
}

function ListOf({ accounts }: { accounts: readonly Account[] }) {
  const text = useWords(accountWords)
  const { count } = useFormats()
  const columns = useColumns()
  const locked = accounts.filter((account) => account.locked_at !== null).length
  return (
    <Figure
      title={text.listTitle}
      sentence={text.listSentence(count(accounts.length), count(locked))}
      columns={columns}
      rows={accounts}
      keyOf={(account) => account.account_id}
      fileName="accounts"
      request={{ path, query: {} }}
    />
  )
}

function useColumns(): Column<Account>[] {
  const text = useWords(accountWords)
  const { time, count } = useFormats()
  const { view, hrefOf } = useView()
  const { data } = useAnswer('/api/v1/domains', {})
  const own = useOwnAccount()
  const domainsOf = (account: Account) => data?.domains.filter(isOf(account, own.account_id)).length ?? null
  const stateOf = ({ locked_at: lockedAt }: Account) => (lockedAt === null ? text.active : text.locked)
  return [
    {
      name: 'name',
      title: text.name,
      value: ({ name }) => name,
      show: (account) => <Link href={hrefOf('/accounts', { id: account.account_id })}>{account.name}</Link>,
    },
    {
      name: 'state',
      title: text.state,
      value: stateOf,
      show: (account) => <span className={account.locked_at === null ? '' : 'mark-bad'}>{stateOf(account)}</span>,
    },
    {
      name: 'domains',
      title: text.domains,
      isFigure: true,
      value: (account) => domainsOf(account),
      show: (account) => count(domainsOf(account)),
    },
    {
      name: 'settings',
      title: text.ownSettings,
      isFigure: true,
      value: ({ settings }) => Object.keys(settings).length,
    },
    {
      name: 'created',
      title: text.created,
      value: ({ created_at: createdAt }) => time(Number(createdAt), view.zone),
    },
    { name: 'id', title: text.id, value: (account) => account.account_id },
  ]
}

function NewAccount() {
  const text = useWords(accountWords)
  const create = useChange('POST /api/v1/accounts')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const name = String(new FormData(form).get('name'))
    create.mutate({ body: { name } }, { onSuccess: () => form.reset() })
  }
  return (
    <form className="card" aria-label={text.newAccount} onSubmit={submit}>
      <h2>{text.newAccount}</h2>
      <p className="quiet">{text.newAccountHint}</p>
      <div className="choice-row">
        <Field label={text.name}>
          {(id) => <input id={id} name="name" required maxLength={100} autoComplete="off" />}
        </Field>
        <button type="submit" className="primary" disabled={create.isPending}>
          {text.create}
        </button>
      </div>
      {create.error && <Failure error={create.error} />}
    </form>
  )
}
