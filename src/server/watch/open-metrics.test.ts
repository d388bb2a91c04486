import { expect, it } from 'vitest'
import { openMetricsText } from './open-metrics.ts'

it('writes families as OpenMetrics has them: type, unit and help before the samples, and an end', () => {
  const text = openMetricsText([
    { name: 'x_build', type: 'info', help: 'A build', samples: [{ labels: { version: '1' }, value: 1 }] },
    {
      name: 'x_flux_bytes',
      type: 'gauge',
      unit: 'bytes',
      help: 'Bytes of "x"\nand y',
      samples: [
        { labels: { domain: 'a"\\\n' }, value: 18_446_744_073_709_551_615n, timeMs: 1_788_220_800_000 },
        { value: 0.5, timeMs: 1_788_220_800_250 },
      ],
    },
    { name: 'x_none', type: 'gauge', help: 'Nothing', samples: [] },
  ])
  expect(text).toBe(
    [
      '# TYPE x_build info',
      '# HELP x_build A build',
      'x_build_info{version="1"} 1',
      '# TYPE x_flux_bytes gauge',
      '# UNIT x_flux_bytes bytes',
      '# HELP x_flux_bytes Bytes of \\"x\\"\\nand y',
      'x_flux_bytes{domain="a\\"\\\\\\n"} 18446744073709551615 1788220800',
      'x_flux_bytes 0.5 1788220800.25',
      '# TYPE x_none gauge',
      '# HELP x_none Nothing',
      '# EOF',
      '',
    ].join('\n'),
  )
})
