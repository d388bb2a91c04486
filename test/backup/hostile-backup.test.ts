import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sealPath } from '../../src/upkeep/backup/backup-form.ts'
import { runCommand } from '../harness/command.ts'
import { fileOf, hostileBackups } from '../harness/hostile-backup.ts'

const { at, altered, restore, expectRefused, lastTarget, masterKey } = hostileBackups()

describe('the seal of a backup', () => {
  const command = (...args: string[]) => runCommand(at('nobody'), ...args)
  const key = () => ['--master-key', masterKey()]

  it('tells what the holder of the key made from what was altered, though every digest fits', async () => {
    expect((await command('backup', 'verify', at('good'), ...key())).out).toMatch(
      /seal is of this master key: nobody else/,
    )
    expect(await restore(at('good'), { acceptsUnsealed: false })).toMatchObject({ vouched: 'sealed' })
    const path = await altered('promoted', (backup) =>
      backup.rows('access_key', (rows) => rows.map((row) => ({ ...row, role: 'operator' }))),
    )
    await expect(restore(path, { acceptsUnsealed: false })).rejects.toThrow(/has no seal.*--accept-unsealed/)
    await writeFile(sealPath(path), await readFile(sealPath(at('good'))))
    for (const acceptsUnsealed of [false, true])
      await expect(restore(path, { acceptsUnsealed })).rejects.toThrow(/altered by somebody else/)
  })

  it('is not asked without the key, and verify says so', async () => {
    const { out } = await command('backup', 'verify', at('good'))
    expect(out).toMatch(/as made: .*\n.*not at hand.*digests alone/)
    const other = Buffer.alloc(32, 7).toString('base64')
    const wrong = await command('backup', 'verify', at('good'), '--master-key', other)
    expect([wrong.code, wrong.err, wrong.out]).toEqual([1, expect.stringMatching(/altered by somebody else/), ''])
  })

  it('lacks in a backup of the build before, which is restored when the operator says so', async () => {
    const path = await altered('old', () => undefined)
    for (const words of [[], key()]) {
      const verified = await command('backup', 'verify', path, ...words)
      expect([verified.code, verified.err, verified.out]).toEqual([1, expect.stringMatching(/--accept-unsealed/), ''])
      const accepted = await command('backup', 'verify', path, '--accept-unsealed', ...words)
      expect([accepted.code, accepted.out]).toEqual([0, expect.stringMatching(/as made: .*\nIt has no seal/)])
    }
    const refused = await command('restore', path, ...key(), '--data-dir', at('old-restored'))
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/--accept-unsealed/)])
    const ran = await command('restore', path, ...key(), '--data-dir', at('old-restored'), '--accept-unsealed')
    expect([ran.code, ran.err, ran.out]).toEqual([0, '', expect.stringMatching(/had no seal: look at the keys/)])
  })
})

describe('a path in a manifest', () => {
  const paths = [
    'data-dir/../../escaped',
    'data-dir/../escaped',
    'data-dir/geo/../../../escaped',
    'data-dir/./owner',
    'data-dir/new-file',
    '/etc/escaped',
    'spool/../escaped',
    'spool//escaped',
    'spool/a/b',
    'artifacts/../../escaped',
    'artifacts/a/../../../escaped',
    'artifacts/.hidden',
    'database/../../escaped',
    'warehouse/request/../../../escaped.native.gz',
    'elsewhere/escaped',
    'data-dir\\..\\escaped',
    'spool/a\u0000b',
    'spool/\u001b]0;title\u0007',
    '',
  ]
  it.each(paths)('%j is refused, and nothing is written', async (path) => {
    const copy = await altered('traversal', (backup) => {
      const from = fileOf(backup, path.startsWith('warehouse') ? 'warehouse/request/' : 'data-dir/owner')
      backup.manifest.files.push({ ...from, path })
    })
    const told = await expectRefused(copy, /manifest\.json is no backup’s: file \d+ of its list has/)
    expect(told).not.toContain('escaped')
    expect(existsSync(at('escaped'))).toBe(false)
    expect(existsSync(lastTarget())).toBe(false)
  })

  it('is refused when it is named twice, in whatever case', async () => {
    for (const path of ['data-dir/owner', 'spool/A'])
      await expectRefused(
        await altered('twice', (backup) => {
          const file = fileOf(backup, 'data-dir/owner')
          backup.manifest.files.push({ ...file, path }, { ...file, path: path.replace('A', 'a') })
        }),
        /is named twice/,
      )
  })
})

describe('what is no plain file of the backup', () => {
  it.each(['data-dir/owner', 'database/batch.jsonl.gz', 'manifest.json.seal', 'manifest.json'])(
    'a link in the place of %s is refused, also to the same bytes',
    async (path) => {
      const copy = await altered('linked', () => undefined)
      if (!existsSync(join(copy, path))) await writeFile(join(copy, path), 'v1 00\n')
      await rename(join(copy, path), at('aside'))
      await symlink(at('aside'), join(copy, path))
      await expectRefused(copy, /is a link|no backup, or one that was not finished/)
    },
  )

  it('a directory that is a link, a pipe, and a file that is not listed are refused', async () => {
    const linked = await altered('linked-directory', () => undefined)
    await rename(join(linked, 'database'), at('database-aside'))
    await symlink(at('database-aside'), join(linked, 'database'))
    await expectRefused(linked, /is a link/)
    const piped = await altered('piped', () => undefined)
    await rm(join(piped, 'data-dir/owner'))
    execFileSync('mkfifo', [join(piped, 'data-dir/owner')])
    await expectRefused(piped, /is not of this backup|is no file/)
    const more = await altered('more', () => undefined)
    await mkdir(join(more, 'spool'), { recursive: true })
    await writeFile(join(more, 'spool', 'extra'), 'x')
    await expectRefused(more, /is not of this backup/)
    await rm(join(more, 'spool', 'extra'))
    await writeFile(join(more, 'spool', '\u001b[2J'), 'x')
    expect(await expectRefused(more, /is not of this backup/)).not.toContain('\u001b')
  })

  it('a file that was cut is refused by its bytes', async () => {
    const copy = await altered('cut', () => undefined)
    await truncate(join(copy, 'database/account.jsonl.gz'), 5)
    await expectRefused(copy, /has 5 bytes instead of/)
  })
})
