import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { tellReached } from '../api/connection.ts'

/** A page: its path, its name in the words of the shell, and its code, which is loaded when it is opened. */
type Page = { path: string; name: PageName; isForOperators?: boolean; Content: LazyExoticComponent<ComponentType> }
export type PageName =
  | 'month'
  | 'usage'
  | 'places'
  | 'top'
  | 'exports'
  | 'completeness'
  | 'logs'
  | 'accounts'
  | 'system'

type Load = () => Promise<{ Page: ComponentType }>
const retryMs = 2_000

/** Loads a page's code; while the server does not answer, it is asked again. */
async function loaded(load: Load): Promise<{ default: ComponentType }> {
  for (;;) {
    try {
      const { Page } = await load()
      return { default: Page }
    } catch {
      tellReached(false)
      await new Promise((resolve) => setTimeout(resolve, retryMs))
    }
  }
}

const page = (load: Load) => lazy(() => loaded(load))

/** The pages, in the order of the menu. */
export const pages: readonly Page[] = [
  { path: '/', name: 'month', Content: page(() => import('../pages/month/page.tsx')) },
  { path: '/usage', name: 'usage', Content: page(() => import('../pages/usage/page.tsx')) },
  { path: '/places', name: 'places', Content: page(() => import('../pages/places/page.tsx')) },
  { path: '/top', name: 'top', Content: page(() => import('../pages/top/page.tsx')) },
  { path: '/exports', name: 'exports', Content: page(() => import('../pages/exports/page.tsx')) },
  { path: '/completeness', name: 'completeness', Content: page(() => import('../pages/completeness/page.tsx')) },
  { path: '/logs', name: 'logs', Content: page(() => import('../pages/logs/page.tsx')) },
  { path: '/accounts', name: 'accounts', Content: page(() => import('../pages/accounts/page.tsx')) },
  { path: '/system', name: 'system', Content: page(() => import('../pages/system/page.tsx')) },
]
