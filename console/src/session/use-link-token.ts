import { useEffect, useState } from 'react'
import { get } from '../api/client.ts'
import { signIn } from './sign-in.ts'

/** The state of a link. `asks`: a person is signed in already, and has not said yet whether the link may replace that. */
export type Link =
  | { state: 'open' | 'done' | 'failed' }
  | { state: 'asks'; name: string; onUse(): void; onStay(): void }

/** The token of the address, which then has none: the history does not keep it. */
function takeToken(): string | null {
  const token = /^#token=(.+)$/.exec(window.location.hash)?.[1] ?? null
  if (token !== null) history.replaceState(null, '', window.location.pathname + window.location.search)
  return token
}

/**
 * Exchanges the token in the address for a session. Any site can open a link of its own account here: a person who is
 * signed in would go on as that account, and load logs into it. So they are asked first.
 */
export function useLinkToken(onSignedIn: () => void): Link {
  const [link, setLink] = useState<Link>(() => ({
    state: window.location.hash.startsWith('#token=') ? 'open' : 'done',
  }))
  // biome-ignore lint/correctness/useExhaustiveDependencies: an address has one token, once
  useEffect(() => {
    const token = takeToken()
    if (token === null) {
      setLink({ state: 'done' })
      return
    }
    const use = () => {
      setLink({ state: 'open' })
      signIn({ link_token: token }).then(
        () => {
          onSignedIn()
          setLink({ state: 'done' })
        },
        () => setLink({ state: 'failed' }),
      )
    }
    get('/api/v1/account', {}).then(
      ({ name }) => setLink({ state: 'asks', name, onUse: use, onStay: () => setLink({ state: 'done' }) }),
      use,
    )
  }, [])
  return link
}
