import { useAnswer } from '../../api/answers.ts'
import type { GetAnswer } from '../../api/client.ts'
import { useText } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { monthOf } from '../../view/view.ts'

export type Deliveries = GetAnswer<'/api/v1/month-deliveries'>
export type DeliveryDay = Deliveries['days'][number]
export type Fault = Deliveries['faults'][number]

/** An answer of this many days has less than 1 MB. */
const daysMax = 3_000
/** Domains of one page, where there are more days than an answer has. */
const pageDomains = 90

/** Domains of the page, where not all are shown. */
export type DomainPage = { from: number; to: number; all: number; index: number; choose(index: number): void }

/** The month of the view, its deliveries, and which of its domains they are of. */
export function useDeliveries() {
  const { view, subject } = useView()
  const [asked, choose] = useText('page')
  const { service_area: _anyArea, ...whose } = subject
  const month = monthOf(view, view.zone, Date.now())
  const wholeQuery = { ...whose, month, limit: daysMax }
  const whole = useAnswer('/api/v1/month-deliveries', wholeQuery, { everyMs: 60_000 })
  const names = whole.data ? [...new Set(whole.data.days.map((day) => day.domain_name))] : []
  const isPaged = whole.data !== undefined && whole.data.total > whole.data.days.length
  const index = Math.min(Math.max(0, Number(asked) || 0), Math.floor(Math.max(0, names.length - 1) / pageDomains))
  const ofPage = names.slice(index * pageDomains, (index + 1) * pageDomains)
  const pageQuery = { ...wholeQuery, domain_name: ofPage.join(',') }
  const part = useAnswer('/api/v1/month-deliveries', pageQuery, { isOn: isPaged })
  const page: DomainPage | null = isPaged
    ? {
        ...{ index, all: names.length, from: index * pageDomains + 1, to: index * pageDomains + ofPage.length },
        choose: (chosen) => choose(chosen === 0 ? '' : String(chosen)),
      }
    : null
  return isPaged
    ? { month, answer: part, query: pageQuery, faults: whole.data, page }
    : { month, answer: whole, query: wholeQuery, faults: whole.data, page }
}
