import { useState } from 'react'
import { Link } from 'wouter'
import { useAnswer, useChange } from '../../api/answers.ts'
import { Answer, Failure } from '../../controls/answer.tsx'
import { Question } from '../../controls/dialog.tsx'
import { useFormats } from '../../language/formats.ts'
import { useWords } from '../../language/language.ts'
import { useView } from '../../view/use-view.ts'
import { AccountDomains } from './account-domains.tsx'
import type { Account } from './account-list.tsx'
import { KeyList } from './key-list.tsx'
import { SettingsForm } from './settings-form.tsx'
import { accountWords } from './words.ts'

/** One account with its settings, domains and keys. */
export function AccountDetail({ id }: { id: string }) {
  const text = useWords(accountWords)
  const { hrefOf } = useView()
  const accounts = useAnswer('/api/v1/accounts', {})
  return (
    <>
      <p>
        <Link href={hrefOf('/accounts')}>← {text.back}</Link>
      </p>
      <Answer of={accounts}>
        {({ accounts: all }) => {
          const account = all.find((one) => one.account_id === id)
          return account ? <Detail account={account} /> : <p className="failure">{text.noAccount}</p>
        }}
      </Answer>
    </>
  )
}

function Detail({ account }: { account: Account }) {
  return (
    <div className="page">
      <Facts account={account} />
      <AccountDomains account={account} />
      <KeyList account={account} />
      <SettingsForm account={account} />
    </div>
  )
}

function Facts({ account }: { account: Account }) {
  const text = useWords(accountWords)
  const { time } = useFormats()
  const { view } = useView()
  const lockedAt = account.locked_at === null ? null : Number(account.locked_at)
  return (
    <section className="card" aria-label={account.name}>
      <header className="card-head">
        <h2>{account.name}</h2>
        <Lock account={account} />
      </header>
      <dl className="facts">
        <dt>{text.state}</dt>
        <dd className={lockedAt === null ? '' : 'mark-bad'}>
          {lockedAt === null ? text.active : text.lockedSince(time(lockedAt, view.zone))}
        </dd>
        <dt>{text.id}</dt>
        <dd>
          <code>{account.account_id}</code>
        </dd>
        <dt>{text.created}</dt>
        <dd>{time(Number(account.created_at), view.zone)}</dd>
      </dl>
    </section>
  )
}

/** Locks or unlocks an account, and asks first. */
function Lock({ account }: { account: Account }) {
  const text = useWords(accountWords)
  const [isAsked, ask] = useState(false)
  const isLocked = account.locked_at !== null
  const lock = useChange('POST /api/v1/accounts/{accountId}/lock')
  const unlock = useChange('POST /api/v1/accounts/{accountId}/unlock')
  const change = isLocked ? unlock : lock
  const yes = () => {
    change.mutate({ path: { accountId: account.account_id } })
    ask(false)
  }
  const error = lock.error ?? unlock.error
  return (
    <div className="card-actions">
      <button type="button" className={isLocked ? '' : 'danger'} disabled={change.isPending} onClick={() => ask(true)}>
        {isLocked ? text.unlock : text.lock}
      </button>
      {error && <Failure error={error} />}
      {isAsked && (
        <Question
          title={(isLocked ? text.unlockTitle : text.lockTitle)(account.name)}
          action={isLocked ? text.unlockYes : text.lockYes}
          onYes={yes}
          onClose={() => ask(false)}
        >
          <p>{isLocked ? text.unlockEffect : text.lockEffect}</p>
        </Question>
      )}
    </div>
  )
}
