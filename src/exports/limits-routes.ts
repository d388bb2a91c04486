import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import { compressions, formats } from './files/format-names.ts'
import { changeSettings, ownSettings } from './request/account-limits.ts'

const limit = (description: string) =>
  Type.Optional(Type.Integer({ description, minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
const Settings = Type.Object({
  tasks_waiting_max: limit('Tasks that may wait; without it the server’s'),
  tasks_running_max: limit('Tasks worked on at once; without it the server’s'),
  stored_bytes_max: limit('Bytes of files; without it the server’s'),
  rows_max: limit('Rows of a file; without it the server’s'),
  default_format: Type.Optional(Type.Enum([...formats], { description: 'Of a create that names none' })),
  default_compression: Type.Optional(Type.Enum([...compressions], { description: 'Of a create that names none' })),
})

/** An account's own limits and defaults. The body is all of them: those left out are the server's again. */
export function accountLimitsRoute(server: Routes, { database }: { database: Database }): void {
  const schema = {
    operationId: 'setAccountSettings',
    tags: ['Accounts'],
    summary: 'Sets an account’s own limits and defaults; those left out are the server’s',
    params: Type.Object({ accountId: Text('An account’s id') }),
    body: Settings,
    response: { 200: Settings, ...errorAnswers },
  }
  const auditBefore = async (request: FastifyRequest) => {
    const { accountId } = request.params as { accountId: string }
    const settings = await ownSettings(database, accountId)
    return settings ?? null
  }
  const config = { access: { roles: ['operator'] as const }, auditBefore }
  server.put('/api/v1/accounts/:accountId/settings', { config, schema }, async (request) => {
    const { body } = request
    const found = await changeSettings(database, request.params.accountId, {
      tasks_waiting_max: body.tasks_waiting_max ?? null,
      tasks_running_max: body.tasks_running_max ?? null,
      stored_bytes_max: body.stored_bytes_max ?? null,
      rows_max: body.rows_max ?? null,
      default_format: body.default_format ?? null,
      default_compression: body.default_compression ?? null,
    })
    if (!found) throw new AppError('CDN.0003', 'There is no such account')
    return body
  })
}
