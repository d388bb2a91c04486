import { createHash, createHmac } from 'node:crypto'
import type { ArtifactLink } from './artifacts.ts'
import { named, type Store } from './bucket-requests.ts'

/** A request as the SDK has made it, before it is signed. The path is encoded. */
type Unsigned = {
  protocol: string
  path: string
  query: Record<string, string>
  /** Host, and a port that is not the scheme's own. */
  headers: { host: string }
}

/**
 * A signed address of an object at its store. The SDK makes the request, so that the address leads where its own
 * requests do.
 */
export async function linkTo(store: Store, key: string, link: ArtifactLink): Promise<string> {
  const { protocol, path, query, headers } = await unsignedRequest(store, key, link)
  const { credentials, region } = store.client.config
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials()
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
  const scope = [time.slice(0, 8), await region(), 's3', 'aws4_request']
  const signed = {
    ...query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': [accessKeyId, ...scope].join('/'),
    'X-Amz-Date': time,
    'X-Amz-Expires': String(link.seconds),
    'X-Amz-SignedHeaders': 'host',
    ...(sessionToken ? { 'X-Amz-Security-Token': sessionToken } : {}),
  }
  const parameters = Object.entries(signed).map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
  const text = parameters.sort().join('&')
  const canonical = ['GET', path, text, `host:${headers.host}\n`, 'host', 'UNSIGNED-PAYLOAD'].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const signing = scope.reduce<Buffer>((before, part) => mac(before, part), Buffer.from(`AWS4${secretAccessKey}`))
  const signature = mac(signing, ['AWS4-HMAC-SHA256', time, scope.join('/'), digest].join('\n')).toString('hex')
  return `${protocol}//${headers.host}${path}?${text}&X-Amz-Signature=${signature}`
}

/** As signatures have it: encodeURIComponent leaves !'()* alone. */
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

const mac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

/** The request for the object, stopped before it is signed and sent. */
async function unsignedRequest(store: Store, key: string, { name, type }: ArtifactLink): Promise<Unsigned> {
  const { sdk, client } = store
  const command = new sdk.GetObjectCommand({
    ...named(store, key),
    ResponseContentType: type,
    ResponseContentDisposition: `attachment; filename="${name}"`,
    ResponseCacheControl: 'private, no-store',
  })
  const stack = client.middlewareStack.clone()
  stack.addRelativeTo(
    () => async (args: object) => ({
      response: {},
      output: { $metadata: {}, request: Reflect.get(args, 'request') },
    }),
    { name: 'unsent', relation: 'before', toMiddleware: 'awsAuthMiddleware' },
  )
  const { output } = await command.resolveMiddleware(stack, client.config, {})({ input: command.input })
  return Reflect.get(output, 'request') as Unsigned
}
