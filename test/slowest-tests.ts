import type { Reporter, TestModule } from 'vitest/node'

const shown = 10

/** Prints the ten slowest tests and files at the end of a run: where the next second can be saved. */
export class SlowestTests implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const tests = modules.flatMap((module) =>
      [...module.children.allTests()].map((test) => ({
        ms: test.diagnostic()?.duration ?? 0,
        name: `${module.relativeModuleId}: ${test.name}`,
      })),
    )
    if (tests.length <= shown) return
    printSlowest('tests', tests)
    printSlowest('files', modules.map(fileTime))
  }
}

/** What a file takes: reading its modules, setting up, and its tests. */
function fileTime(module: TestModule): Timed {
  const { collectDuration, duration } = module.diagnostic()
  return { ms: collectDuration + duration, name: module.relativeModuleId }
}

type Timed = { ms: number; name: string }

function printSlowest(what: string, all: Timed[]): void {
  console.log(`\nThe ${shown} slowest of ${all.length} ${what}`)
  for (const { ms, name } of all.sort((a, b) => b.ms - a.ms).slice(0, shown))
    console.log(`  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`)
}
