import { readFileSync } from 'node:fs'

/** What a process has used. */
type ProcessUsage = { cpuMs: number; residentBytes: number }

/** The kernel's own unit of these files, whatever the machine's is. */
const msPerTick = 10
const pageBytes = 4_096

/** Null where there is no /proc: then the clock alone limits. */
export function usageOf(processId: number): ProcessUsage | null {
  try {
    const text = readFileSync(`/proc/${processId}/stat`, 'latin1')
    // The name, in parentheses, may hold blanks: the third field comes after its last one.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const ticks = Number(fields[11]) + Number(fields[12])
    return { cpuMs: ticks * msPerTick, residentBytes: Number(fields[21]) * pageBytes }
  } catch {
    return null
  }
}
