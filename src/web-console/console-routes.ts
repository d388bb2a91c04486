import type { Routes } from '../http/server.ts'
import { type Branding, brandingRoutes } from './branding-routes.ts'
import { type ConsoleSessionDeps, consoleSessionRoutes } from './console-session-routes.ts'
import type { PageFiles } from './page-files.ts'
import { pageRoutes } from './page-routes.ts'

export type ConsoleRouteDeps = { files: PageFiles; sessions: ConsoleSessionDeps; branding: Branding }

/** Everything that the console asks for beside the API. Where it is off, none of these paths exists. */
export function consoleRoutes(server: Routes, { files, sessions, branding }: ConsoleRouteDeps): void {
  pageRoutes(server, files)
  brandingRoutes(server, branding)
  consoleSessionRoutes(server, sessions)
}
