import { lstat, mkdir, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError, codeOf } from '../../../errors.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import { compressionOf, endOfLastLine, identityOf } from '../../identify/content.ts'
import type { DirectorySettings } from '../files/file-rule.ts'
import { ruleOf } from '../files/file-rule.ts'
import { timeInName } from '../files/file-time.ts'
import type { FetchedFile, FoundFile, KnownFiles, LogPlace, Look } from '../files/log-place.ts'
import {
  type FileStatus,
  isQuiet,
  restMs,
  type Seen,
  seenNow,
  type Verdict,
  verdictOf,
  waitOf,
} from './directory-look.ts'
import { fileNames } from './walk-directory.ts'

/** Most files examined at the same time. */
const statsAtOnce = 16

/** Most known files examined again in one look; those that waited longest go first. */
const looksAgainMax = 1_000

/**
 * Watches a directory by looking repeatedly, which works on network drives, too. Each look reads all names; a file is
 * examined when it is new, and then less often the longer it is unchanged.
 */
export function openDirectory(settings: DirectorySettings): LogPlace {
  const seen = new Map<string, Seen>()
  return {
    location: settings.directory,
    looksUpLoaded: false,
    filesAtOnce: 1,
    look: (known, nowMs) => look(settings, seen, known, nowMs).catch((cause) => blameDirectory(settings, cause)),
    fetch: (file) => fetchFile(settings, seen, file, Date.now()).catch(blameFile),
    putAway: (file) => putAway(settings, file),
    close: () => undefined,
  }
}

async function look(settings: DirectorySettings, seen: Map<string, Seen>, known: KnownFiles, nowMs: number) {
  const options = { ...settings, except: settings.after === 'move' ? settings.doneDirectory : '' }
  const { names, unread } = await fileNames(settings.directory, options)
  const there = new Set(names.filter((name) => ruleOf(settings, name)))
  for (const path of seen.keys()) if (!there.has(path)) seen.delete(path)
  const found = nothingFound()
  const loadedAs = namesByIdentity(settings, known)
  for (const [path, file] of await statusesOf(settings, dueFiles(there, seen, nowMs))) {
    const now = seenNow(settings, file, seen.get(path), nowMs)
    const verdict = verdictOf(settings, file, now, known.get(path), nowMs)
    seen.set(path, { ...now, nextLookMs: nowMs + restMs(settings, verdict, file, nowMs, known.get(path)) })
    const from = isNews(verdict) ? loadedAs.get(file.identity) : undefined
    if (from !== undefined) found.renamed.push({ from, to: path, identity: file.identity })
    else if (verdict === 'unsettled') found.unsettled.push({ path, ...waitOf(settings, file, now, known.get(path)) })
    else place(found, path, file, verdict, known.get(path))
  }
  // Files of an unreadable directory may still exist.
  if (unread.length === 0) found.gone = [...known.keys()].filter((path) => !there.has(path))
  else if (names.length === 0) throw new Error(`${unread.join(', ')} cannot be read`)
  found.ready.sort((a, b) => a.timeMs - b.timeMs || (a.path < b.path ? -1 : 1))
  return found
}

const nothingFound = (): Look => ({
  ...{ ready: [], renamed: [], toPutAway: [], gone: [], unsettled: [] },
  isMore: false,
  handedOver: async () => undefined,
})

const isNews = (verdict: Verdict) => verdict === 'ready' || verdict === 'growing' || verdict === 'unsettled'

function place(found: Look, path: string, file: FileStatus, verdict: Verdict, row: SourceFileRow | undefined) {
  if (verdict === 'put-away' && row) found.toPutAway.push(row)
  if (verdict !== 'ready' && verdict !== 'growing') return
  const timeMs = timeInName(path) ?? file.mtimeMs
  found.ready.push({ ...file, path, timeMs, isGrowing: verdict === 'growing' })
}

/** A wholly loaded file is known under any name: a rotation renames every log. */
function namesByIdentity(settings: DirectorySettings, known: KnownFiles): Map<string, string> {
  if (settings.after !== 'leave') return new Map()
  const whole = [...known.values()].filter((row) => row.state === 'loaded' && row.end_byte === null)
  return new Map(whole.map((row) => [row.identity, row.path]))
}

/** All new files, and a bounded number of those that are due again. */
function dueFiles(there: Set<string>, seen: Map<string, Seen>, nowMs: number): string[] {
  const again: { path: string; nextLookMs: number }[] = []
  const fresh: string[] = []
  for (const path of there) {
    const before = seen.get(path)
    if (!before) fresh.push(path)
    else if (before.nextLookMs <= nowMs) again.push({ path, nextLookMs: before.nextLookMs })
  }
  again.sort((a, b) => a.nextLookMs - b.nextLookMs)
  return [...fresh, ...again.slice(0, looksAgainMax).map((one) => one.path)]
}

async function statusesOf(settings: DirectorySettings, paths: string[]): Promise<[string, FileStatus][]> {
  const found: [string, FileStatus][] = []
  for (let at = 0; at < paths.length; at += statsAtOnce) {
    const together = paths.slice(at, at + statsAtOnce)
    const statuses = await Promise.all(together.map((path) => statusOf(settings, path)))
    for (const [i, status] of statuses.entries()) if (status) found.push([together[i] as string, status])
  }
  return found
}

/** Null when it is not a file, or is gone. */
async function statusOf(settings: DirectorySettings, path: string): Promise<FileStatus | null> {
  const whole = join(settings.directory, path)
  const looking = settings.followLinks ? stat(whole, { bigint: true }) : lstat(whole, { bigint: true })
  const status = await looking.catch((error) => {
    if (error.code === 'ENOENT' || error.code === 'ELOOP') return null
    throw error
  })
  if (!status?.isFile()) return null
  return { identity: identityOf(status), sizeBytes: Number(status.size), mtimeMs: Number(status.mtimeMs) }
}

async function fetchFile(
  settings: DirectorySettings,
  seen: Map<string, Seen>,
  file: FoundFile,
  nowMs: number,
): Promise<FetchedFile | null> {
  const path = join(settings.directory, file.path)
  const status = await statusOf(settings, file.path)
  if (!status || (!file.isGrowing && status.identity !== file.identity)) return null
  const compression = await compressionOf(path)
  const whole = { identity: status.identity, sizeBytes: status.sizeBytes, isSpooled: false }
  if (settings.after !== 'leave' || compression !== 'none') {
    return file.isGrowing ? null : { ...whole, content: { path, compression } }
  }
  const endByte = await endOfLastLine(path)
  const before = seen.get(file.path)
  const endsWhole = endByte >= status.sizeBytes || (before !== undefined && isQuiet(settings, before, nowMs))
  if (!file.isGrowing && endsWhole) return { ...whole, content: { path, compression } }
  if (endByte === 0) return null
  return { ...whole, content: { path, compression, endByte } }
}

/** @throws Error with a sentence for people */
function blameDirectory({ directory }: DirectorySettings, cause: unknown): never {
  const reason = directoryProblems[codeOf(cause)]
  throw reason === undefined ? cause : new Error(`${directory} ${reason}`, { cause })
}

const directoryProblems: Record<string, string> = {
  ENOENT: 'does not exist: make it, or name another; it is looked for again at each look',
  ENOTDIR: 'is not a directory',
  EACCES: 'may not be read by the server’s user',
  EPERM: 'may not be read by the server’s user',
}

/** Null for a file that was renamed or removed just now. */
function blameFile(cause: unknown): null {
  const code = codeOf(cause)
  if (code === 'ENOENT') return null
  if (code === 'EACCES' || code === 'EPERM')
    throw new AppError('FLUXPORT.0102', 'The server’s user may not read the file', { cause })
  throw new AppError('FLUXPORT.0102', `The file cannot be read${code ? ` (${code})` : ''}`, { cause })
}

async function putAway(settings: DirectorySettings, file: SourceFileRow): Promise<'kept' | 'gone' | 'replaced'> {
  if (settings.after === 'leave') {
    const left = await statusOf(settings, file.path).catch(() => null)
    return left?.identity === file.identity ? 'kept' : 'replaced'
  }
  const status = await statusOf(settings, file.path)
  if (!status) return 'gone'
  if (status.identity !== file.identity) return 'kept' // it has grown, and the new lines are loaded first
  const path = join(settings.directory, file.path)
  try {
    if (settings.after === 'delete') await unlink(path)
    else return await moveAway(settings, file, path)
  } catch (cause) {
    throw new AppError('FLUXPORT.0102', `It is loaded, but ${problemOf(settings, cause)}`, { cause })
  }
  return 'gone'
}

async function moveAway(settings: DirectorySettings, file: SourceFileRow, path: string): Promise<'kept' | 'gone'> {
  const target = await freeName(join(settings.doneDirectory, file.path))
  await mkdir(dirname(target), { recursive: true })
  await rename(path, target)
  const moved = identityOf(await lstat(target, { bigint: true }))
  if (moved === file.identity) return 'gone'
  // It was written to at the last moment.
  await rename(target, path)
  return 'kept'
}

/** A free path: files in the done directory are never replaced. */
async function freeName(path: string): Promise<string> {
  for (let n = 1; ; n++) {
    const name = n === 1 ? path : `${path}.${n}`
    const isTaken = await lstat(name).then(
      () => true,
      () => false,
    )
    if (!isTaken) return name
  }
}

function problemOf(settings: DirectorySettings, cause: unknown): string {
  const code = codeOf(cause) || 'unknown'
  if (code === 'EXDEV') return 'the done directory is on another file system: choose one on the same (done_directory)'
  return settings.after === 'delete' ? `cannot be deleted (${code})` : `cannot be moved to the done directory (${code})`
}
