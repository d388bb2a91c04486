import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { type AnswerOf, call } from '../../api/client.ts'

export type Task = AnswerOf<'GET /api/v1/export-tasks/{taskId}'>
export type ListedTask = AnswerOf<'GET /v1/cdn/statistics/export-tasks'>['data'][number]

const workingMs = 1_500
const waitingMs = 4_000

/** True while a task has not ended. */
export const isOpen = (state: string): boolean => state === 'waiting' || state === 'processing'

/** The pause before the next look, in ms; false where nothing changes by itself. */
function lookAgainMs(task: Task): number | false {
  if (task.state === 'processing') return workingMs
  if (task.state === 'waiting') return waitingMs
  return task.webhook?.state === 'waiting' ? waitingMs : false
}

/** Everything about a task, renewed while it waits or is worked on. */
export const useTask = (taskId: string, isOn = true): UseQueryResult<Task, Error> =>
  useQuery<Task, Error>({
    queryKey: ['export task', taskId],
    queryFn: () => call('GET /api/v1/export-tasks/{taskId}', { path: { taskId } }),
    enabled: isOn,
    refetchInterval: ({ state }) => (state.data === undefined ? false : lookAgainMs(state.data)),
  })
