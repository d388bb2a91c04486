import type { AnswerOf } from '../api/client.ts'

type Domain = AnswerOf<'GET /api/v1/domains'>['domains'][number]
type Owner = { account_id: string }

/** Tells domains of an account. One without an owner is the first account's, which is that of every operator. */
export const isOf =
  ({ account_id: id }: Owner, firstId: string) =>
  (domain: Domain): boolean =>
    (domain.account_id ?? firstId) === id
