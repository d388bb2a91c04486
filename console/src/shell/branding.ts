import { useQuery } from '@tanstack/react-query'
import { send } from '../api/client.ts'

/** Name and logo of the operator's choosing. */
export type Branding = { name: string; has_logo: boolean }

const ours: Branding = { name: 'Fluxport', has_logo: false }

export const useBranding = (): Branding =>
  useQuery({
    queryKey: ['branding'],
    queryFn: () => send('GET', '/console/branding') as Promise<Branding>,
    staleTime: Number.POSITIVE_INFINITY,
  }).data ?? ours
