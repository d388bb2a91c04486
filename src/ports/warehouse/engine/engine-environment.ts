/** What the engine's process may know of the server's environment: where programs, libraries and words are, and no secret. */
const passedOn = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH'] as const

/** The environment of the engine's process: whoever makes it read /proc/self/environ finds no key of the server's in it. */
export const engineEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(passedOn.map((name) => [name, environment[name]]).filter(([, value]) => value !== undefined)),
  UV_THREADPOOL_SIZE: '1', // the engine runs on the one thread that is confined (landlock.ts)
})
