import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/sdk/**/*.test.ts'],
    env: { FLUXPORT_ALLOW_ROOT: 'yes' },
    // Two files at once: a first run fetches and compiles, and two cores are the smallest machine we support.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
