import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: { include: ['test/sdk/**/*.test.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
})
