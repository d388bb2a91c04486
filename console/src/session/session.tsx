import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense, useEffect, useState } from 'react'
import { answers } from '../api/answers.ts'
import { ApiError, get, send } from '../api/client.ts'
import { Failure } from '../controls/answer.tsx'
import { useWords } from '../language/language.ts'
import { OwnAccountContext } from './own-account.ts'
import { sessionWords } from './session-words.ts'
import { signIn } from './sign-in.ts'

/** The form is loaded for those who are not signed in. */
const SignIn = lazy(() => import('./sign-in-form.tsx').then((code) => ({ default: code.SignIn })))
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
  const link = useLinkToken()
  const account = useQuery({
    queryKey: accountKey,
    queryFn: () => get('/api/v1/account', {}),
    enabled: link !== 'open',
  })
  const isRefused = account.error instanceof ApiError && account.error.status === 401
  useSessionEvents(() => void account.refetch())
  useRenewal(account.data !== undefined && !isRefused)
  if (isRefused) {
    const notice = link === 'failed' ? text.linkFailed : account.data === undefined ? null : text.expired
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
  return <OwnAccountContext value={account.data}>{children}</OwnAccountContext>
}

/** Exchanges the token in the address for a session; the address then has none. */
function useLinkToken(): 'open' | 'done' | 'failed' {
  const [state, setState] = useState<'open' | 'done' | 'failed'>(() =>
    window.location.hash.startsWith('#token=') ? 'open' : 'done',
  )
  useEffect(() => {
    const token = /^#token=(.+)$/.exec(window.location.hash)?.[1]
    if (token === undefined) return
    history.replaceState(null, '', window.location.pathname + window.location.search)
    signIn({ link_token: decodeURIComponent(token) }).then(
      () => setState('done'),
      () => setState('failed'),
    )
  }, [])
  return state
}

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
