import type { UseQueryResult } from '@tanstack/react-query'
import { useAnswer } from '../../api/answers.ts'
import { useChoice } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'
import { type FigureName, figureNames, figures, type UsageAnswer } from './figures.ts'

export const intervals = ['auto', '300', '3600', '86400'] as const
export const splits = ['together', 'byDomain'] as const

export type UsageChoice = {
  figure: FigureName
  isByDomain: boolean
  query: Record<string, string | number>
  answer: UseQueryResult<UsageAnswer, Error>
}

/** The page's choices, and the answer to them. */
export function useUsage(): UsageChoice {
  const { view, subject, range } = useView()
  const [figure] = useChoice('figure', figureNames)
  const [interval] = useChoice('interval', intervals)
  const [split] = useChoice('split', splits)
  const isByDomain = split === 'byDomain'
  const groupBy = figure === 'status' ? 'status_class' : isByDomain ? 'domain' : undefined
  const query = {
    ...subject,
    ...range,
    metrics: figures[figure].metrics,
    ...(interval === 'auto' ? {} : { interval }),
    ...(groupBy === undefined ? {} : { group_by: groupBy }),
    ...(view.compare === 'none' ? {} : { compare: view.compare }),
  }
  return { figure, isByDomain, query, answer: useAnswer('/api/v1/usage', query, { everyMs: 60_000 }) }
}
