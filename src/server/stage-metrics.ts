import { Histogram, type Registry } from 'prom-client'

/** A histogram of what the stages take. Each is there from the start: a series that appears later has no first increase. */
export function stageSeconds<Stage extends string>(
  registry: Registry,
  of: 'load' | 'export',
  stages: readonly Stage[],
) {
  const seconds = new Histogram({
    name: `fluxport_${of}_stage_duration_seconds`,
    help: `Time that the stages of ${of}s take: ${stages.join(', ')}`,
    labelNames: ['stage'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 30, 120, 600],
    registers: [registry],
  })
  for (const stage of stages) seconds.zero({ stage })
  return (stage: Stage, tookSeconds: number) => seconds.observe({ stage }, tookSeconds)
}
