import { type FormEvent, useState } from 'react'
import { useAnswer, useChange } from '../../api/answers.ts'
import type { AnswerOf } from '../../api/client.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { Field } from '../../controls/field.tsx'
import type { Column } from '../../figure/column.ts'
import { Figure } from '../../figure/figure.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { isOf } from '../../session/domain-owner.ts'
import { useOwnAccount } from '../../session/own-account.ts'
import type { Account } from './account-list.tsx'
import { accountWords } from './words.ts'

type Domain = AnswerOf<'GET /api/v1/domains'>['domains'][number]
const path = '/api/v1/domains'

/** The domains of an account: gives others to it, and takes them from it. */
export function AccountDomains({ account }: { account: Account }) {
  const text = useWords(accountWords)
  const { count } = useFormats()
  const domains = useAnswer(path, {})
  const [asked, ask] = useState<string | null>(null)
  const take = useChange('DELETE /api/v1/domains/{domainName}')
  const columns = useColumns(ask)
  const own = useOwnAccount()
  return (
    <>
      <Answer of={domains}>
        {(answer) => {
          const rows = answer.domains.filter(isOf(account, own.account_id))
          return (
            <div className="page">
              <Figure
                title={text.domainsTitle}
                sentence={text.domainsSentence(count(rows.length))}
                columns={columns}
                rows={rows}
                keyOf={(domain) => domain.domain_name}
                fileName={`domains-${account.name}`}
                request={{ path, query: {} }}
              />
              <GiveDomain account={account} all={answer.domains} />
            </div>
          )
        }}
      </Answer>
      {take.error && <Failure error={take.error} />}
      {asked !== null && (
        <Question
          title={text.takeTitle(asked)}
          action={text.takeYes}
          onYes={() => {
            take.mutate({ path: { domainName: asked } })
            ask(null)
          }}
          onClose={() => ask(null)}
        >
          <p>{text.takeEffect}</p>
        </Question>
      )}
    </>
  )
}

function useColumns(ask: (name: string) => void): Column<Domain>[] {
  const text = useWords(accountWords)
  return [
    { name: 'domain', title: text.domain, value: (domain) => domain.domain_name },
    {
      name: 'history',
      title: text.history,
      value: ({ with_history: all }) =>
        all === null || all === undefined ? null : all ? text.historyAll : text.historySince,
    },
    {
      name: 'actions',
      title: text.actions,
      isAction: true,
      value: () => null,
      // A domain without an owner is the operator's: there is nobody to take it from.
      show: ({ domain_name: name, account_id: owner }) =>
        owner !== null && (
          <button type="button" aria-label={`${text.take} ${name}`} onClick={() => ask(name)}>
            {text.take}
          </button>
        ),
    },
  ]
}

const histories = { rule: undefined, yes: true, no: false } as const

type GiveProps = { account: Account; all: readonly Domain[] }

function GiveDomain({ account, all }: GiveProps) {
  const text = useWords(accountWords)
  const give = useChange('PUT /api/v1/domains/{domainName}')
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    const withHistory = histories[data.get('history') as keyof typeof histories]
    const body = { account_id: account.account_id, ...(withHistory === undefined ? {} : { with_history: withHistory }) }
    const domainName = String(data.get('domain')).trim()
    give.mutate({ path: { domainName }, body }, { onSuccess: () => form.reset() })
  }
  return (
    <form onSubmit={submit} aria-label={text.giveTitle} className="card">
      <h2>{text.giveTitle}</h2>
      <div className="choice-row">
        <Field label={text.domain}>
          {(id) => (
            <>
              <input id={id} name="domain" list={`${id}-names`} required maxLength={253} autoComplete="off" />
              <datalist id={`${id}-names`}>
                {all
                  .filter((domain) => domain.account_id !== account.account_id)
                  .map((domain) => (
                    <option key={domain.domain_name} value={domain.domain_name} />
                  ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label={text.withHistory}>
          {(id) => (
            <select id={id} name="history" defaultValue="rule">
              <option value="rule">{text.historyDefault}</option>
              <option value="yes">{text.historyYes}</option>
              <option value="no">{text.historyNo}</option>
            </select>
          )}
        </Field>
        <button type="submit" disabled={give.isPending}>
          {text.give}
        </button>
      </div>
      <p className="quiet">{text.giveHint}</p>
      {give.error && <Failure error={give.error} />}
    </form>
  )
}
