import { AppError } from '../../errors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { type Head, hasBeginning, headBytes, sha256Of } from './beginnings.ts'
import type { Candidate } from './candidates.ts'
import { beginningCandidates } from './candidates.ts'
import type { ContentScan } from './content.ts'
import { includesAll } from './delivery-authority.ts'
import { type DeliveryPlan, planDelivery } from './delivery-plan.ts'

/** The first bytes of a content, and the facts from them. */
type Beginning = { head: Head; sample: Buffer }

/**
 * The account's loaded files that this content could begin with, or that could begin with it. Other accounts' loads are
 * ignored: bytes that two accounts deliver count for each.
 */
export async function candidatesFor(
  queries: Database['queries'],
  accountId: string,
  { head, sample }: Beginning,
): Promise<Candidate[]> {
  const found = await beginningCandidates(queries, accountId, head)
  const lastLine = head.lineEnds.at(-1)
  const isShort = head.sha256 === null
  return found.filter((c) => {
    if (c.headSha256 !== null && c.headSha256 === head.sha256) return true
    if (isShort && lastLine && c.beginnings.some(([end, digest]) => end === lastLine[0] && digest === lastLine[1])) {
      return true
    }
    // A candidate shorter than the head is compared at once, as most short files are unrelated.
    return c.headSha256 === null && c.endByte < headBytes && sha256Of(sample.subarray(0, c.endByte)) === c.contentSha256
  })
}

/** Candidates whose content the scanned one begins with. */
export const beginningsOf = (scan: ContentScan, candidates: readonly Candidate[]): Candidate[] =>
  candidates.filter((c) => scan.sha256At.get(c.endByte) === c.contentSha256)

/** A plan, and files of the same name that begin alike: the load counts if it may take the place of all of them. */
export type FilePlan = DeliveryPlan & { alike: Candidate[] }

/**
 * The plan for a delivered file.
 * @param allowed the domains that its lines may name now; null: any
 * @throws AppError FLUXPORT.0101 when its lines may be loaded already and nothing can tell which
 */
export function planOf(
  batch: BatchRow,
  scan: ContentScan,
  candidates: readonly Candidate[],
  allowed: readonly string[] | null,
): FilePlan {
  const begun = new Set(beginningsOf(scan, candidates))
  const isRelated = (c: Candidate) => begun.has(c) || hasBeginning(c.beginnings, scan.sizeBytes, scan.sha256)
  const isSame = (c: Candidate) =>
    c.source === batch.source &&
    c.defaultDomain === batch.default_domain &&
    c.countAlso === batch.count_also_json &&
    // A delivery without a stated area equals the loaded one, whatever area that has.
    (c.serviceArea === batch.service_area || batch.service_area === 'by_country')
  // Lines that were rejected because the key might not deliver their domains count as not loaded, if this key may
  // deliver them.
  const same = candidates.filter((c) => isRelated(c) && isSame(c))
  const lacking = same.filter((c) => c.hasForbiddenLines && !includesAll(c.allowedDomains, allowed))
  const replaced = lacking.filter((c) => begun.has(c) && includesAll(allowed, c.allowedDomains))
  const plan = planDelivery(
    scan.sizeBytes,
    same.filter((c) => !lacking.includes(c)),
    replaced.map((c) => c.batchId),
  )
  if (plan.kind === 'duplicate' || batch.force === 1) return { ...plan, alike: [] }
  const filtered = lacking.find((c) => !replaced.includes(c))
  if (filtered) throw loadedInPart(filtered)
  const other = candidates.find((c) => isRelated(c) && !isSame(c))
  if (other) throw loadedOtherwise(other)
  const alike = candidates.filter((c) => !isRelated(c) && isSame(c))
  // A file that was damaged behind its beginning may be delivered once more: its requests tell (record-loads.ts).
  const another = same.length > 0 ? alike[0] : alike.find(({ name }) => name !== batch.name)
  if (another) throw beginsAlike(another)
  return { ...plan, alike }
}

const loadedOtherwise = (other: Candidate) =>
  new AppError(
    'FLUXPORT.0101',
    `These bytes are loaded as batch ${other.batchId}, with source ${other.source}, domain ${other.defaultDomain ?? '(from the lines)'} ` +
      `and service area ${other.serviceArea}${countAlsoText(other)}. Forget that batch first, or load them a second time with --force.`,
  )

const countAlsoText = ({ countAlso }: Candidate) =>
  countAlso === '[]' ? '' : `, count_also ${(JSON.parse(countAlso) as string[]).join()}`

const loadedInPart = (other: Candidate) =>
  new AppError(
    'FLUXPORT.0101',
    `These bytes are loaded as batch ${other.batchId}, without lines of domains that its access key might not deliver; this ` +
      `one may deliver some of those, but not all that are loaded, or delivers less of the file. Deliver the whole file with a ` +
      `key for all of these domains, or forget that batch first.`,
  )

/** The error of a file that may hold the lines of a loaded one. */
export const beginsAlike = (alike: Pick<Candidate, 'batchId'>): AppError =>
  new AppError(
    'FLUXPORT.0101',
    `This file begins like batch ${alike.batchId} and then differs, or ends earlier: its lines may be loaded already. ` +
      `Forget that batch first, or load all of this one with --force.`,
  )
