import { readFileSync } from 'node:fs'

/** Resources that a process has used. */
type ProcessUsage = { cpuMs: number; residentBytes: number }

/** The kernel's units in /proc, whatever the machine's own page size and tick are. */
const msPerTick = 10
const pageBytes = 4_096

/** Null where there is no /proc: then only the clock limits. */
export function usageOf(processId: number): ProcessUsage | null {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'latin1')
    // The process name, in parentheses, may hold blanks: the third field follows the last parenthesis.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { cpuMs: ticks * msPerTick, residentBytes: Number(fields[21]) * pageBytes }
  } catch {
    return null
  }
}
