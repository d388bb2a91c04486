import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { SlowestTests } from './test/slowest-tests.ts'
import { partTests, unitTests } from './test/speeds.ts'

export default defineConfig({
  test: {
    // A build machine's user is often root. Tests of what root is told take it away.
    env: { FLUXPORT_ALLOW_ROOT: 'yes' },
    // Three files at once keep two cores, the smallest machine we support, busy: two of them wait half of the time.
    maxWorkers: Math.max(3, Math.floor(availableParallelism() * 1.5)),
    // Each file reads the modules of the one before: a quarter of a short file's time. None of them replaces a module.
    isolate: false,
    // A busy machine takes three times as long as a quiet one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: ['default', new SlowestTests()],
    projects: [
      { extends: true, test: { name: 'unit', include: unitTests } },
      { extends: true, test: { name: 'parts', include: partTests } },
    ],
  },
})
