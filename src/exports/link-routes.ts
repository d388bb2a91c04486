import { Type } from 'typebox'
import { actorOf } from '../audit/audit-hook.ts'
import { recordEvent } from '../audit/audit-log.ts'
import { linkPurpose, rotateKeyRing } from '../auth/key-ring.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import { errorAnswers, Nullable, UnixMs } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'

const overlapSecondsMax = 30 * 86_400

export type LinkRouteDeps = { database: Database; box: SecretBox; readLinkKeys(): Promise<void> }

/** Route that replaces the key of download links: earlier links end at once, or after an overlap. */
export function linkRoutes(server: Routes, { database, box, readLinkKeys }: LinkRouteDeps): void {
  const schema = {
    operationId: 'rotateDownloadLinks',
    tags: ['Downloads'],
    summary: 'Ends every download link, at once or after an overlap; lists give new ones',
    body: Type.Object({
      overlap_seconds: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: overlapSecondsMax,
          description: 'How long old links stay good. Default 0',
        }),
      ),
    }),
    response: { 200: Type.Object({ old_until: Nullable(UnixMs('End of the old links')) }), ...errorAnswers },
  }
  const config = { access: { roles: ['operator'] as const }, audit: 'own' as const }
  server.post('/api/v1/download-links/rotate', { config, schema }, async (request) => {
    const overlapSeconds = request.body.overlap_seconds ?? 0
    const ring = await database.write(async (tx) => {
      const rotated = await rotateKeyRing(tx, box, linkPurpose, overlapSeconds * 1000)
      const event = { ...actorOf(request), action: 'download_links.rotated', object: 'all', outcome: 'done' } as const
      await recordEvent(tx, { ...event, after: { overlap_seconds: overlapSeconds } })
      return rotated
    })
    await readLinkKeys()
    return { old_until: ring.previous?.untilMs ?? null }
  })
}
