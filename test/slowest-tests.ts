import type { Reporter, TestModule } from 'vitest/node'

const shown = 10

/** Prints the ten slowest tests at the end of a run: where the next second can be saved. */
export class SlowestTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        ms: test.diagnostic()?.duration ?? 0,
        name: `${module.relativeModuleId}: ${test.name}`,
      })),
    )
    if (tests.length <= shown) return
    console.log(`\nThe ${shown} slowest of ${tests.length} tests`)
    for (const { ms, name } of tests.sort((a, b) => b.ms - a.ms).slice(0, shown))
      console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`)
  }
}
