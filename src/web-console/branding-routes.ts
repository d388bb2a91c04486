import { Type } from 'typebox'
import { AppError } from '../errors.ts'
import { errorAnswers } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import type { ServedFile } from './page-files.ts'
import { sendFile } from './page-routes.ts'

/** @property name null: the program's own */
export type Branding = { name: string | null; logo: ServedFile | null; version: string }

/** An SVG opened by its address would be a page: it may do nothing but show itself. */
const logoPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** Tells the page whose it is, before anybody has signed in. */
export function brandingRoutes(server: Routes, { name, logo, version }: Branding): void {
  const schema = {
    operationId: 'showBranding',
    tags: ['Console'],
    summary: 'Shows the console’s name, whether it has a logo at /console/logo, and the program’s version',
    response: {
      200: Type.Object({ name: Type.String(), has_logo: Type.Boolean(), version: Type.String() }),
      ...errorAnswers,
    },
  }
  server.get('/console/branding', { schema }, async () => ({
    ...{ name: name ?? 'Fluxport', has_logo: logo !== null, version },
  }))
  server.get('/console/logo', { schema: { hide: true } }, async (request, reply) => {
    if (!logo) throw new AppError('APIGW.0101')
    return await sendFile(request, reply, logo, {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': logoPolicy,
    })
  })
}
