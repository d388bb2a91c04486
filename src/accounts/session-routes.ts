import { type Static, Type } from 'typebox'
import type { SecretBox } from '../auth/secret-box.ts'
import { AppError } from '../errors.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccountRow } from '../ports/database/schema.ts'
import { findAccount, findKey } from './accounts.ts'
import { createSessions, sessionMs } from './sessions.ts'

const everyRole = ['operator', 'account', 'ingest'] as const
const tags = ['Accounts (contract)']
/** Longer than any client's: a key, a secret, and names around them. */
const bodyBytesMax = 16_384

const Named = Type.Object({ id: Type.String(), name: Type.String() })
const InDomain = Type.Object({ id: Type.String(), name: Type.String(), domain: Named })

const Token = Type.Object({
  methods: Type.Array(Type.String()),
  issued_at: Type.String(),
  expires_at: Type.String({ description: 'A day later, or the end of the key' }),
  user: InDomain,
  domain: Type.Optional(Named),
  project: Type.Optional(InDomain),
  roles: Type.Array(Named),
  catalog: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.String(),
      name: Type.String(),
      endpoints: Type.Array(
        Type.Object({
          id: Type.String(),
          interface: Type.String(),
          region: Type.String(),
          region_id: Type.String(),
          url: Type.String(),
        }),
      ),
    }),
  ),
})

/** The members of the body that the answer tells again; the key is read before (key-in-body.ts). */
const Body = Type.Object(
  {
    auth: Type.Object({
      identity: Type.Object(
        { methods: Type.Optional(Type.Array(Text('password or hw_ak_sk', 100), { maxItems: 10 })) },
        {
          additionalProperties: true,
          description:
            'password.user with name and password, or hw_ak_sk with access.key and secret.key: an access key and its secret',
        },
      ),
      scope: Type.Optional(
        Type.Object(
          {
            project: Type.Optional(
              Type.Object({ id: Type.Optional(Text('Any', 100)), name: Type.Optional(Text('Any', 100)) }),
            ),
          },
          { additionalProperties: true, description: 'A token is always of its key’s account' },
        ),
      ),
    }),
  },
  { description: 'As the contract’s clients send it' },
)

export type SessionRouteDeps = { database: Database; box: SecretBox; publicUrl: () => string }

/** Routes for clients that cannot sign: a token for a key, and the projects that they ask for first. */
export function sessionRoutes(server: Routes, deps: SessionRouteDeps): void {
  tokenRoute(server, deps)
  projectsRoute(server, deps)
}

function tokenRoute(server: Routes, deps: SessionRouteDeps) {
  const sessions = createSessions(deps.box)
  const schema = {
    operationId: 'createToken',
    tags,
    summary: 'Gives a session token for a key, in the header X-Subject-Token',
    querystring: Type.Object({ nocatalog: Type.Optional(Text('With any value: the answer has no catalog', 100)) }),
    body: Body,
    response: { 201: Type.Object({ token: Token }), ...errorAnswers },
  }
  const config = { access: { roles: everyRole, keyInBody: 'contract' as const }, audit: 'none' as const }
  server.post('/v3/auth/tokens', { bodyLimit: bodyBytesMax, config, schema }, async (request, reply) => {
    const { accessKey } = callerOf(request)
    const { account, endsAtMs } = await ownerOf(deps.database, accessKey)
    const issuedAtMs = Date.now()
    const untilMs = Math.min(issuedAtMs + sessionMs, endsAtMs ?? Number.POSITIVE_INFINITY)
    const { identity, scope } = request.body.auth
    const token = {
      methods: identity.methods ?? ['password'],
      issued_at: isoTime(issuedAtMs),
      expires_at: isoTime(Math.floor(untilMs / 1000) * 1000),
      user: { id: accessKey, name: accessKey, domain: account },
      ...scopeOf(account, scope?.project),
      roles: [{ id: '0', name: 'te_admin' }],
      catalog: request.query.nocatalog === undefined ? catalogOf(deps.publicUrl()) : [],
    }
    return reply.code(201).header('X-Subject-Token', sessions.make(accessKey, untilMs)).send({ token })
  })
}

const isoTime = (timeMs: number) => new Date(timeMs).toISOString().replace('Z', '000Z')

/** @throws AppError APIGW.0301 for a key that ended since it was checked */
async function ownerOf(database: Database, accessKey: string) {
  const key = await findKey(database, accessKey)
  const account = key && (await findAccount(database, key.account_id))
  if (!key || !account) throw new AppError('APIGW.0301')
  return { account: namedAccount(account), endsAtMs: key.expires_at_ms }
}

const namedAccount = ({ id, name }: AccountRow): Static<typeof Named> => ({ id, name })

const scopeOf = (domain: Static<typeof Named>, project: { id?: string; name?: string } | undefined) =>
  project ? { project: { id: project.id ?? domain.id, name: project.name ?? domain.name, domain } } : { domain }

/** The services that clients look up by the catalogue, in every region. */
function catalogOf(publicUrl: string): Static<typeof Token>['catalog'] {
  const service = (type: string, path: string) => ({
    ...{ id: type, type, name: type },
    endpoints: [{ id: type, interface: 'public', region: '*', region_id: '*', url: publicUrl + path }],
  })
  return [service('cdn', '/v1.0'), service('identity', '/v3')]
}

function projectsRoute(server: Routes, { database }: SessionRouteDeps) {
  const Project = Type.Object({
    id: Type.String(),
    name: Type.String(),
    domain_id: Type.String(),
    parent_id: Type.String(),
    description: Type.String(),
    is_domain: Type.Boolean(),
    enabled: Type.Boolean(),
    links: Type.Object({ self: Type.String() }),
  })
  const Links = Type.Object({ self: Type.String(), next: Type.Null(), previous: Type.Null() })
  const schema = {
    operationId: 'listProjects',
    tags,
    summary: 'Shows the account as one project, under any region’s name',
    querystring: Type.Object({ name: Type.Optional(Text('A region’s name. Default: the account’s', 100)) }),
    response: { 200: Type.Object({ projects: Type.Array(Project), links: Links }), ...errorAnswers },
  }
  server.get('/v3/projects', { config: { access: { roles: everyRole } }, schema }, async (request) => {
    const account = await findAccount(database, callerOf(request).accountId)
    const found = account ? [account] : []
    return {
      projects: found.map(({ id, name }) => ({
        ...{ id, name: request.query.name || name, domain_id: id, parent_id: id },
        ...{ description: '', is_domain: false, enabled: true, links: { self: `/v3/projects/${id}` } },
      })),
      links: { self: '/v3/projects', next: null, previous: null },
    }
  })
}
