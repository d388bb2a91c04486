import { lstat, realpath, stat } from 'node:fs/promises'
import { isAbsolute } from 'node:path'
import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { equalsDigest } from '../auth/signature.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Nullable, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { createBatches, type NewBatch } from '../ledger/batches.ts'
import { answer, type BatchRouteDeps, headerOf } from './answer-delivery.ts'
import { Batch } from './batch-view.ts'
import { DeliveryParameters, newBatchOf, receiveBatch } from './receive/receive-batch.ts'

/** The ledger records each batch's key, so these routes are not audited. */
const config = { access: { roles: ['operator'] as const }, audit: 'none' as const }
const common = {
  tags: ['Log batches'],
  description:
    'For users who can read the data directory: the header X-Fluxport-Local-Token has the token of its server.json.',
}
const Path = Text('Absolute path', 4_096)

/** Loads files of the server's own host by their paths, one or many; the files are not copied. */
export function localFileRoutes(server: Routes, deps: BatchRouteDeps): void {
  oneFileRoute(server, deps)
  manyFilesRoute(server, deps)
}

function oneFileRoute(server: Routes, deps: BatchRouteDeps) {
  const schema = {
    ...common,
    operationId: 'loadLocalFile',
    summary: 'Loads a file of the server’s own host by its path',
    body: Type.Object({ ...DeliveryParameters, path: Path }),
    response: { 200: Batch, 202: Batch, ...errorAnswers },
  }
  server.post('/api/v1/log-batches/local-file', { config, schema }, async (request, reply) => {
    assertLocal(deps, request)
    const { path, ...delivery } = request.body
    const arrived = { path: await regularFile(path), isSpooled: false, idempotencyKey: null, pushedSha256: null }
    const id = await receiveBatch(deps, callerOf(request), { ...delivery, name: delivery.name ?? path }, arrived)
    return await answer(deps, id, delivery, request, reply)
  })
}

function manyFilesRoute(server: Routes, deps: BatchRouteDeps) {
  const { name: _name, wait: _wait, ...parameters } = DeliveryParameters
  const Taken = Type.Object({
    path: Type.String(),
    batch_id: Nullable(Type.Integer()),
    error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
  })
  const schema = {
    ...common,
    operationId: 'loadLocalFiles',
    summary: 'Loads many files of the server’s own host; answers once they are recorded, in the order given',
    body: Type.Object({ ...parameters, paths: Type.Array(Path, { minItems: 1, maxItems: 200 }) }),
    response: { 202: Type.Object({ files: Type.Array(Taken) }), ...errorAnswers },
  }
  server.post('/api/v1/log-batches/local-files', { config, schema }, async (request, reply) => {
    assertLocal(deps, request)
    const { paths, ...delivery } = request.body
    const looked: (NewBatch | AppError)[] = []
    for (const path of paths) {
      const batch = async () => {
        const arrived = { path: await regularFile(path), isSpooled: false, idempotencyKey: null, pushedSha256: null }
        return await newBatchOf(deps, callerOf(request), { ...delivery, name: path }, arrived)
      }
      looked.push(await batch().catch(asAppError))
    }
    const ids = await createBatches(
      deps.database,
      looked.filter((one): one is NewBatch => !(one instanceof AppError)),
    )
    deps.loadLoop.wake()
    const files = paths.map((path, index) => {
      const one = looked[index]
      const error = one instanceof AppError ? { error_code: one.code, error_msg: one.message } : null
      return { path, batch_id: error ? null : (ids.shift() ?? null), error }
    })
    return reply.code(202).send({ files })
  })
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  return parameterError('path', 'the server may not read the file')
}

function assertLocal(deps: BatchRouteDeps, request: FastifyRequest) {
  const token = headerOf(request, 'x-fluxport-local-token') ?? ''
  if (!equalsDigest(token, deps.localToken))
    throw new AppError('CDN.0004', 'A path is taken from the server’s own host alone')
}

/** Resolves links now, so that a later change of a link does not change the loaded file. */
async function regularFile(path: string): Promise<string> {
  if (!isAbsolute(path)) throw parameterError('path', 'it is not absolute')
  const found = await lstat(path).catch(() => null)
  if (!found) throw parameterError('path', 'there is no such file, or the server may not read it')
  const real = await realpath(path)
  if (!(await stat(real)).isFile()) throw parameterError('path', 'it is not a file')
  return real
}
