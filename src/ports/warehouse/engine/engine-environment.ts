/** Variables that the engine's process gets: paths of programs and libraries, locale and zone, and no secret. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH'] as const

/** The environment of the engine's process: a statement that reads /proc/self/environ finds no key of the server. */
export const engineEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(passedOn.map((name) => [name, environment[name]]).filter(([, value]) => value !== undefined)),
  UV_THREADPOOL_SIZE: '1', // the engine runs on the one confined thread (landlock.ts)
})
