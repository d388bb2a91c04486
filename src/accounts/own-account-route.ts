import { type Static, Type } from 'typebox'
import { AppError } from '../errors.ts'
import { errorAnswers, Nullable, Role } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import { peoplesDefaults } from './account-settings.ts'
import { findAccount } from './accounts.ts'

const OwnAccount = Type.Object({
  account_id: Type.String(),
  name: Type.String(),
  access_key: Type.String({ description: 'The key that signs' }),
  role: Role,
  defaults: Type.Object(
    {
      service_area: Type.String(),
      language: Nullable(Type.String({ description: 'null: that of the person’s locale' })),
      time_zone: Type.String({ description: 'The account’s, else the server’s' }),
      format: Type.String(),
      compression: Type.String(),
      csv_delimiter: Nullable(Type.String({ description: 'null: a comma' })),
      csv_decimal: Nullable(Type.String({ description: 'null: a point' })),
      csv_bom: Nullable(Type.String({ description: 'true or false; null: true for Chinese alone' })),
    },
    { description: 'What a program for people sends where they say nothing. Creates under /v1/cdn keep their own' },
  ),
})

/** The caller's own account, in the API's answer. */
export type OwnAccountAnswer = Static<typeof OwnAccount>

/** @property timeZone the server's */
export type OwnAccountDeps = { database: Database; timeZone: string }

/** Route by which a program for people learns whose key it has, and that account's defaults. */
export function ownAccountRoute(server: Routes, { database, timeZone }: OwnAccountDeps): void {
  const schema = {
    operationId: 'showOwnAccount',
    tags: ['Accounts'],
    summary: 'Shows the caller’s own account, role and defaults',
    response: { 200: OwnAccount, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account', 'ingest'] as const } }
  server.get('/api/v1/account', { config, schema }, async (request) => {
    const { accountId, accessKey, role } = callerOf(request)
    const account = await findAccount(database, accountId)
    if (!account) throw new AppError('CDN.0003', 'There is no such account')
    const { serviceArea, language, timeZone: zone, csv, ...files } = peoplesDefaults(account, timeZone)
    const ofCsv = { csv_delimiter: csv.delimiter, csv_decimal: csv.decimal, csv_bom: csv.bom }
    return {
      account_id: account.id,
      name: account.name,
      access_key: accessKey,
      role,
      defaults: { service_area: serviceArea, language, time_zone: zone, ...files, ...ofCsv },
    }
  })
}
