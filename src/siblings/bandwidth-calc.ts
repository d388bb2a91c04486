import { Type } from 'typebox'
import type { WholeNumber } from '../exact-json.ts'
import { lastLogged } from '../usage/bills/billing-months.ts'
import { averageDailyPercentile, rangeBandwidth } from '../usage/bills/range-bandwidth.ts'
import { bucketsOf } from '../usage/figures/usage-buckets.ts'
import { commonParameters } from '../usage/rows/data.ts'
import { readWatermarks } from '../usage/rows/watermarks.ts'
import type { Sibling } from './sibling.ts'
import { areaOf, contractZone, domainsOf, rangeOf, requiredOf } from './wire/parameters.ts'

const calcTypes = ['bw_95', 'bw_peak', 'bw_95_average'] as const
const daysMax = 31

/** Bandwidth as a bill has it: ShowBandwidthCalc. */
export const bandwidthCalc: Sibling = {
  path: 'bandwidth-calc',
  operationId: 'showBandwidthCalc',
  perSecond: 2,
  summary: 'One bandwidth of a range by the server’s rule of bills: percentile, or a mean of its days',
  parameters: {
    start_time: 'Unix ms; widened down to 5 minutes. Mandatory',
    end_time: `Unix ms, exclusive; widened up to 5 minutes; at most ${daysMax} days later. Mandatory`,
    domain_name: 'Up to 20 names with commas between them, or all. Mandatory',
    calc_type: 'bw_95: the percentile; bw_peak: the mean of daily peaks; bw_95_average: the mean of daily percentiles',
    service_area: 'mainland_china (default) or outside_mainland_china',
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({
    bandwidth_calc: Type.Object({
      value: Type.Integer({ description: 'Bit/s; 0 without data' }),
      calc_type: Type.String(),
      time_point: Type.Integer({ description: 'Start of the point that is the value, unix ms; else the range’s end' }),
    }),
  }),
  answer: async (request) => {
    const { query, nowMs, deps } = request
    const { rows } = request.engine
    const calcType = requiredOf(query, 'calc_type', calcTypes)
    const serviceArea = areaOf(query, 'mainland_china', ['mainland_china', 'outside_mainland_china'])
    const asked = rangeOf(query, daysMax)
    const domains = domainsOf(query)
    const range = bucketsOf({ ...asked, endTimeMs: Math.min(asked.endTimeMs, nowMs) }, 300, contractZone)
    const none: Found = { value: null, timeMs: null }
    const needs = [{ source: 'usage' as const, startTimeMs: range.startTimeMs }]
    const { value, timeMs } =
      range.starts.length === 0
        ? none
        : await request.read(domains, needs, async (data): Promise<Found> => {
            const asData = { ...data, rows, request: { serviceArea, startTimeMs: range.startTimeMs } }
            const watermarks = await readWatermarks(asData)
            const question = {
              ...{ rows, range, timeZone: contractZone, rule: deps.billingRule },
              parameters: commonParameters(asData),
              lastLogged: lastLogged({ watermarks }, data.domains),
            }
            if (calcType === 'bw_95_average') return { value: await averageDailyPercentile(question), timeMs: null }
            const found = await rangeBandwidth(question)
            return calcType === 'bw_95'
              ? { value: found.percentile, timeMs: found.percentileMs }
              : { value: found.averageDailyPeak, timeMs: null }
          })
    return { bandwidth_calc: { value: value ?? 0, calc_type: calcType, time_point: timeMs ?? asked.endTimeMs } }
  },
}

type Found = { value: WholeNumber | null; timeMs: number | null }
