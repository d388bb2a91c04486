import { send } from '../api/client.ts'

/** Signs in by a key or a link; the server sets the cookie. @throws ApiError for a wrong key or a used link */
export const signIn = (by: { access_key: string; secret_key: string } | { link_token: string }): Promise<unknown> =>
  send('POST', '/console/session', { body: JSON.stringify(by), headers: { 'Content-Type': 'application/json' } })
