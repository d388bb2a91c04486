import { useQuery } from '@tanstack/react-query'
import { Fragment, lazy, type ReactNode, Suspense, useEffect } from 'react'
import { answers } from '../api/answers.ts'
import { ApiError, get, send } from '../api/client.ts'
import { Failure } from '../controls/answer.tsx'
import { useWords } from '../language/language.ts'
import { type OwnAccount, OwnAccountContext } from './own-account.ts'
import { sessionWords } from './session-words.ts'
import { useLinkToken } from './use-link-token.ts'

/** The form is loaded for those who are not signed in. */
const SignIn = lazy(() => import('./sign-in-form.tsx').then((code) => ({ default: code.SignIn })))
/** Few open a link while they are signed in. */
const LinkQuestion = lazy(() => import('./link-question.tsx').then((code) => ({ default: code.LinkQuestion })))
const accountKey = ['own account']
const renewMs = 5 * 60_000
/** Tells the other tabs of this browser that the session has begun or ended. */
const tabs = new BroadcastChannel('fluxport session')

/** Ends the session. @param everywhere also those of this key in other browsers */
export async function signOut(everywhere: boolean): Promise<void> {
  await send('DELETE', `/console/session${everywhere ? '?everywhere=true' : ''}`).catch((error) => {
    // A session that has ended by itself needs no end.
    if (!(error instanceof ApiError && error.status === 401)) throw error
  })
  changed()
  tabs.postMessage('changed')
}

function changed(): void {
  answers.clear()
  void answers.invalidateQueries()
  window.dispatchEvent(new Event('fluxport session'))
}

/** Shows its children to a person who is signed in, and asks others to sign in. */
export function Session({ children }: { children: ReactNode }) {
  const text = useWords(sessionWords)
  const link = useLinkToken(() => tabs.postMessage('changed'))
  const account = useQuery({
    queryKey: accountKey,
    queryFn: askForAccount,
    enabled: link.state === 'done' || link.state === 'failed',
  })
  const isRefused = account.error instanceof ApiError && account.error.status === 401
  useSessionEvents(() => void account.refetch())
  useRenewal(account.data !== undefined && !isRefused)
  if (link.state === 'asks')
    return (
      <Suspense>
        <LinkQuestion {...link} />
      </Suspense>
    )
  if (isRefused) {
    const notice = link.state === 'failed' ? text.linkFailed : account.data === undefined ? null : text.expired
    const onSignedIn = () => {
      tabs.postMessage('changed')
      void answers.invalidateQueries()
    }
    return (
      <Suspense>
        <SignIn notice={notice} onSignedIn={onSignedIn} />
      </Suspense>
    )
  }
  if (account.error) return <Failure error={account.error} onAgain={() => void account.refetch()} />
  if (account.data === undefined)
    return (
      <p className="awaited" role="status">
        {text.waiting}
      </p>
    )
  if (account.data.role === 'ingest')
    return (
      <Suspense>
        <SignIn notice={text.ingest} onSignedIn={() => void account.refetch()} />
      </Suspense>
    )
  // A form that one account's person began is not sent as another's.
  return (
    <OwnAccountContext value={account.data}>
      <Fragment key={ownerOf(account.data)}>{children}</Fragment>
    </OwnAccountContext>
  )
}

/** The account that is signed in. Answers that another account or role had go first: no page shows them to the next person. */
async function askForAccount(): Promise<OwnAccount> {
  const before = answers.getQueryData<OwnAccount>(accountKey)
  const own = await get('/api/v1/account', {})
  if (before && ownerOf(before) !== ownerOf(own))
    answers.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== accountKey[0] })
  return own
}

const ownerOf = ({ account_id: id, role }: OwnAccount) => `${id} ${role}`

/** Asks again who is signed in: after another tab changed it, and after any answer that says nobody is. */
function useSessionEvents(onChange: () => void) {
  useEffect(() => {
    const listen = () => onChange()
    const unsubscribe = answers.getQueryCache().subscribe(({ query, type }) => {
      const error = query.state.error
      const isOther = query.queryKey[0] !== accountKey[0]
      if (type === 'updated' && isOther && error instanceof ApiError && error.status === 401) onChange()
    })
    tabs.addEventListener('message', listen)
    window.addEventListener('fluxport session', listen)
    return () => {
      unsubscribe()
      tabs.removeEventListener('message', listen)
      window.removeEventListener('fluxport session', listen)
    }
  })
}

/** Keeps the session while the person does something: an idle one ends by itself. */
function useRenewal(isOn: boolean) {
  useEffect(() => {
    if (!isOn) return undefined
    let isActive = true
    const act = () => {
      isActive = true
    }
    const renew = () => {
      if (isActive) void send('POST', '/console/session/renew').catch(() => {})
      isActive = false
    }
    const timer = setInterval(renew, renewMs)
    for (const event of ['pointerdown', 'keydown']) window.addEventListener(event, act)
    return () => {
      clearInterval(timer)
      for (const event of ['pointerdown', 'keydown']) window.removeEventListener(event, act)
    }
  }, [isOn])
}
