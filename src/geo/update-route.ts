import { unlink } from 'node:fs/promises'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { spoolBody } from '../disk/spool.ts'
import { AppError, parameterError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import { type StreamedBody, streamedBodyOf } from '../http/streamed-body.ts'
import { blameFile, fileBytesMax, type GeoRouteDeps, operator, Status, statusOf, tags, url } from './geo-status.ts'
import { splitBody } from './split-body.ts'

const filesMax = 8

const Files = Type.Array(
  Type.Object(
    {
      name: Text('The file’s name', 200),
      bytes: Type.Integer({ minimum: 1, maximum: fileBytesMax }),
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    },
    { additionalProperties: false },
  ),
  { minItems: 1, maxItems: filesMax },
)

/** Replaces the geographic data by newer ones: all files of the body become one version, or none does. */
export function updateRoute(server: Routes, deps: GeoRouteDeps): void {
  const schema = {
    operationId: 'updateGeo',
    tags,
    summary:
      'Brings the data up to date with whole files, one after another in the body: of two dates the newer counts',
    querystring: Type.Object({
      files: Text(
        `The files in the order of the body, as JSON: [{"name","bytes","sha256"}], at most ${filesMax}`,
        4_000,
      ),
      licence: Type.Optional(Text('Licence of the data', 200)),
      attribution: Type.Optional(Text('Name that the licence asks for', 500)),
    }),
    response: { 200: Status, ...errorAnswers },
  }
  const config = { ...operator.config, streamsBody: true }
  server.post(`${url}/updates`, { config, schema, bodyLimit: filesMax * fileBytesMax }, async (request) => {
    const { files: text, licence = '', attribution = '' } = request.query
    const files = filesOf(text)
    const paths: string[] = []
    try {
      await spoolFiles(deps.spoolDirectory, streamedBodyOf(request), files, paths)
      const named = files.map(({ name, sha256 }, n) => ({ path: paths[n] ?? '', name, sha256 }))
      await deps.geo.update({ files: named, licence, attribution }).catch(blameFile)
    } finally {
      for (const path of paths) await unlink(path)
    }
    return await statusOf(deps)
  })
}

function filesOf(text: string): Static<typeof Files> {
  try {
    const files: unknown = JSON.parse(text)
    if (Value.Check(Files, files)) return files
  } catch {
    // it is no JSON
  }
  throw parameterError('files', 'it is not a JSON list of 1 to 8 files, each with name, bytes and sha256')
}

/** Writes each file of the body to the disk, and its path to `paths`. */
async function spoolFiles(
  directory: string,
  { pieces }: StreamedBody,
  files: Static<typeof Files>,
  paths: string[],
): Promise<void> {
  const body = splitBody(
    pieces,
    files.map(({ bytes }) => bytes),
  )
  for (const [n, bytesOfFile] of body.files.entries()) {
    const { name = '', sha256 = '' } = files[n] ?? {}
    const spooled = await spoolBody(bytesOfFile, { directory, bytesMax: fileBytesMax })
    paths.push(spooled.path)
    const found = spooled.sha256.toString('hex')
    if (found !== sha256)
      throw new AppError('FLUXPORT.0501', `The file cannot be imported: ${name}: its SHA-256 is ${found}`)
  }
  if ((await body.end()) > 0) throw parameterError('files', 'the body is longer than its files')
}
