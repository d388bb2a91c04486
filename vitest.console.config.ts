import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/console/**/*.test.ts'],
    env: { FLUXPORT_ALLOW_ROOT: 'yes' },
    // A browser and a server in each: two of them keep two cores busy.
    maxWorkers: 2,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
