import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    // A build machine's user is often root. Tests of what root is told take it away.
    env: { FLUXPORT_ALLOW_ROOT: 'yes' },
    exclude: ['test/files/**', 'test/sdk/**'],
    // Three files at once keep two cores, the smallest machine we support, busy: two of them wait half of the time.
    maxWorkers: 3,
    // Each file reads the modules of the one before: a quarter of a short file's time. None of them replaces a module.
    isolate: false,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
