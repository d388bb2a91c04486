import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/files/**/*.test.ts'],
    env: { FLUXPORT_ALLOW_ROOT: 'yes' },
    testTimeout: 300_000,
    hookTimeout: 600_000,
  },
})
