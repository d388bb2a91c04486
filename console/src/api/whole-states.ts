import { type GetAnswer, type GetQuery, get } from './client.ts'

type Range = NonNullable<GetAnswer<'/api/v1/usage'>['states']>[number]
type WithStates = { states: Range[] | null; states_total: number; end_time: number }

/** Parameters that states are of; the others do not change them. */
const subject = ['account', 'domain_name', 'time_zone', 'service_area'] as const

/** Further answers, each of about 1,000 ranges: a month of five minutes has at most 8,928. */
const answersMax = 20

export const hasStates = (answer: unknown): answer is WithStates =>
  typeof answer === 'object' && answer !== null && 'states' in answer && 'states_total' in answer

/**
 * An answer with all its ranges of states: the API has the first 1,000 in one, and a page hatches every gap. The rest is asked
 * for by the day, from the day on where the ranges end.
 */
export async function withAllStates<A extends WithStates>(answer: A, query: object, signal?: AbortSignal): Promise<A> {
  const { states, states_total: total, end_time: endMs } = answer
  if (states === null || states.length >= total) return answer
  const given = Object.entries(query).filter(([name]) => subject.some((one) => one === name))
  const all = [...states]
  for (let n = 0; n < answersMax && all.length < total; n++) {
    const lastMs = all.at(-1)?.end_time ?? endMs
    const rest = { start_time: lastMs, end_time: endMs, interval: '86400', metrics: 'flux' }
    const asked = { ...Object.fromEntries(given), ...rest } as GetQuery<'/api/v1/usage'>
    const further = ((await get('/api/v1/usage', asked, signal)).states ?? []).filter((one) => one.end_time > lastMs)
    if (further.length === 0) break
    all.push(...further.map((one) => ({ ...one, start_time: Math.max(one.start_time, lastMs) })))
  }
  return { ...answer, states: all.filter((one) => one.start_time < endMs) }
}
