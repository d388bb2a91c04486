import type { OwnAccountAnswer } from '../accounts/own-account-route.ts'
import type { Client } from './client.ts'

/** The account of the key that signs, and its defaults. */
export const ownAccount = (client: Client): Promise<OwnAccountAnswer> => client.get('/api/v1/account')
