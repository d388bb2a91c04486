import { QueryClient, type UseQueryResult, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  type AnswerOf,
  ApiError,
  call,
  type GetAnswer,
  type GetPath,
  type GetQuery,
  get,
  type Operation,
} from './client.ts'
import { hasStates, withAllStates } from './whole-states.ts'

const retryMs = 2_000

/** Keeps answers of the API. Only a server that does not answer is asked again; an error stays an error. */
export const answers: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (_count, error) => !(error instanceof ApiError) || [502, 503, 504].includes(error.status),
      retryDelay: retryMs,
      staleTime: 10_000,
      networkMode: 'always',
      placeholderData: (before: unknown) => before,
    },
    mutations: { networkMode: 'always' },
  },
})

type Options = { isOn?: boolean; everyMs?: number }

/** The account that a request asks for; undefined: the key's own. */
const accountOf = (query: object): unknown => (query as { account?: unknown }).account

/**
 * An answer of the API, kept and renewed. `everyMs`: asks again in this interval. Until another answer is there, the one before
 * stays; never one of another account, whose figures would stand below the wrong name. States come with every range.
 */
export const useAnswer = <P extends GetPath>(
  path: P,
  query: GetQuery<P>,
  { isOn = true, everyMs }: Options = {},
): UseQueryResult<GetAnswer<P>, Error> =>
  useQuery<GetAnswer<P>, Error>({
    queryKey: [path, query],
    queryFn: async ({ signal }) => {
      const answer = await get(path, query, signal)
      return hasStates(answer) ? await withAllStates(answer, Object(query), signal) : answer
    },
    enabled: isOn,
    placeholderData: (before, asked) =>
      accountOf(Object(asked?.queryKey[1])) === accountOf(query) ? before : undefined,
    ...(everyMs === undefined ? {} : { refetchInterval: everyMs }),
  })

type Variables<O extends Operation> = Parameters<typeof call<O>>[1]

/** A change by an operation. Every answer on the page is asked for again once it is made. */
export function useChange<O extends Operation>(operation: O) {
  const kept = useQueryClient()
  return useMutation<AnswerOf<O>, Error, Variables<O>>({
    mutationFn: (variables) => call(operation, variables),
    onSuccess: () => void kept.invalidateQueries(),
  })
}
