import { type UseQueryResult, useQuery } from '@tanstack/react-query'
import { call } from '../../api/client.ts'
import { type Batch, hasEnded } from './delivery.ts'

const movingMs = 1_000

/** A batch, renewed until it has ended. */
export const useBatch = (batchId: string, isOn = true): UseQueryResult<Batch, Error> =>
  useQuery<Batch, Error>({
    queryKey: ['log batch', batchId],
    queryFn: () => call('GET /api/v1/log-batches/{batchId}', { path: { batchId } }),
    enabled: isOn,
    refetchInterval: ({ state }) => (state.data && !hasEnded(state.data) ? movingMs : false),
  })
