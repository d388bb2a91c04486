import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { onEachWarehouse } from '../harness/each-warehouse.ts'
import { openQueue, type Queue } from '../harness/load-queue.ts'

/** Logs whose #Fields lines change: each holds for the lines below it. Both orders have received bytes to be taken for sent ones. */
const orders = {
  w3c: {
    first: 'date time cs-host c-ip cs-method cs-uri-stem sc-status cs-bytes sc-bytes',
    other: 'date time sc-bytes cs-bytes s-ip c-ip cs-method cs-uri-stem sc-status cs-host time-taken',
    separator: ' ',
  },
  cloudfront: {
    first: 'date time x-edge-location c-ip cs-method x-host-header cs-uri-stem sc-status cs-bytes sc-bytes',
    other: 'date time sc-bytes cs-bytes x-edge-location c-ip cs-method cs-uri-stem sc-status x-host-header time-taken',
    separator: '\t',
  },
} as const
type Format = keyof typeof orders

const header = (format: Format, order: 'first' | 'other') =>
  `#Software: a server\n#Version: 1.0\n#Fields: ${orders[format][order]}\n`

/** Lines in an order, each of a path of its own: 1,000 bytes sent, 7 received. */
function lines(format: Format, order: 'first' | 'other', { from = 0, count = 1, name = 'a' }): string {
  const columns = orders[format][order].split(' ')
  return Array.from({ length: count }, (_, index) => {
    const values: Record<string, string> = {
      ...{ date: '2026-09-01', time: '00:00:01', 'c-ip': '198.51.100.7', 'cs-method': 'GET', 'sc-status': '200' },
      ...{ 'cs-host': 'www.example.test', 'x-host-header': 'www.example.test', 'sc-bytes': '1000', 'cs-bytes': '7' },
      ...{ 'cs-uri-stem': `/${name}/${from + index}`, 's-ip': '10.0.0.5', 'time-taken': '14' },
    }
    return `${columns.map((column) => values[column] ?? '-').join(orders[format].separator)}\n`
  }).join('')
}

const sumsSql = `
  SELECT count() AS requests, sum(bytes) AS bytes, uniqExact(path) AS paths, uniqExact(domain) AS domains
  FROM request WHERE domain = 'www.example.test' AND client_ip = toIPv6('198.51.100.7') AND status = 200`

const sums = async ({ warehouse }: Queue) => (await warehouse.rows<Record<string, number>>(sumsSql))[0]
const all = (count: number) => ({ requests: count, bytes: count * 1_000, paths: count, domains: 1 })
const failed = expect.objectContaining({ state: 'failed', error_code: 'FLUXPORT.0103' })

onEachWarehouse((server) => {
  describe.each(['w3c', 'cloudfront'] as const)('a log of %s', (format) => {
    it('has each line read in the columns of the header above it, also where that header is repeated', async () => {
      const test = await openQueue(server())
      const text =
        header(format, 'first') +
        lines(format, 'first', { count: 30_000 }) +
        header(format, 'other') +
        lines(format, 'other', { from: 30_000, count: 30_000 }) +
        header(format, 'first') +
        lines(format, 'first', { from: 60_000, count: 40_000 })
      const id = await test.queue('a.log', text)
      await test.loadAll()
      expect(await test.batch(id)).toMatchObject({ format, requests: 100_000, rejected_lines: 0, header_lines: 9 })
      expect(await sums(test)).toEqual(all(100_000))
    })

    it('may be compressed, in several members', async () => {
      const test = await openQueue(server())
      const parts = [
        header(format, 'first') + lines(format, 'first', { count: 50 }),
        header(format, 'other') + lines(format, 'other', { from: 50, count: 50 }),
      ]
      await test.queue('a.log.gz', Buffer.concat(parts.map((part) => gzipSync(part))))
      await test.loadAll()
      expect(await sums(test)).toEqual(all(100))
    })

    it('grows: its rest is read in the columns of the headers before it', async () => {
      const test = await openQueue(server())
      const begun =
        header(format, 'first') +
        lines(format, 'first', { count: 2_000 }) +
        header(format, 'other') +
        lines(format, 'other', { from: 2_000, count: 10 })
      await test.queue('a.log', begun)
      await test.loadAll()
      const rest = lines(format, 'other', { from: 2_010, count: 990 }) + header(format, 'first')
      const id = await test.queue('a.log', begun + rest + lines(format, 'first', { from: 3_000, count: 1_000 }))
      await test.loadAll()
      expect(await test.batch(id)).toMatchObject({ requests: 1_990, rejected_lines: 0 })
      expect(await sums(test)).toEqual(all(4_000))
    })

    it('is one of many small files: each is read in its own columns', async () => {
      const test = await openQueue(server())
      for (let n = 0; n < 12; n++) {
        const order = n % 3 === 0 ? 'other' : 'first'
        const changes = n % 4 === 0 ? header(format, 'first') + lines(format, 'first', { name: `${n}x`, count: 5 }) : ''
        await test.queue(`${n}.log`, header(format, order) + lines(format, order, { name: `${n}`, count: 5 }) + changes)
      }
      await test.loadAll()
      expect(await sums(test)).toEqual(all(75))
    })

    it('has no header that a client wrote', async () => {
      const test = await openQueue(server())
      const [line = ''] = lines(format, 'first', {
        name: `#Fields: ${orders[format].other}`.replaceAll(' ', '+'),
      }).split('\n')
      await test.queue('a.log', `${header(format, 'first')}${line}\n${lines(format, 'first', { count: 9 })}`)
      await test.loadAll()
      expect(await sums(test)).toEqual(all(10))
    })

    it('has lines that do not count below a header without what is counted', async () => {
      const test = await openQueue(server())
      const lacking = header(format, 'other').replace('sc-bytes', 'x-bytes')
      const text =
        header(format, 'first') + lines(format, 'first', { count: 20 }) + lacking + lines(format, 'other', { from: 20 })
      const id = await test.queue('a.log', text)
      await test.loadAll()
      expect(await test.batch(id)).toMatchObject({
        requests: 20,
        rejected_lines: 1,
        rejected_json: expect.stringContaining('["fields",1]'),
      })
    })

    it('is refused when its first header lacks what is counted, and says what', async () => {
      const test = await openQueue(server())
      const id = await test.queue(
        'a.log',
        header(format, 'first').replace(' sc-bytes', '') + lines(format, 'first', { count: 3 }),
      )
      await test.loadAll()
      const batch = await test.batch(id)
      expect(batch).toEqual(failed)
      expect(batch.error_message).toContain('sc-bytes')
    })
  })

  describe('a log of w3c', () => {
    const refused = async (text: string, format = 'w3c') => {
      const test = await openQueue(server())
      const id = await test.queue('a.log', text, { format })
      await test.loadAll()
      const batch = await test.batch(id)
      expect(batch.state).toBe('failed')
      return batch.error_message
    }
    const whole = header('w3c', 'first') + lines('w3c', 'first', { count: 3 })

    it('is refused with times alone, whose day would be a guess', async () => {
      expect(await refused(whole.replace(' date ', ' x '))).toContain('date')
    })

    it('is refused by what its header lacks, where no format is recognised in its lines', async () => {
      const text = '#Fields: time c-ip cs-method cs-uri-stem sc-status\n16:44:49 198.51.100.7 [2]USER anonymous 331\n'
      expect(await refused(text, 'auto')).toContain('date, sc-bytes')
    })

    it('is refused with local times', async () => {
      expect(await refused(whole.replace(' date time ', ' date-local time-local '))).toContain('date, time')
      expect(await refused(`#GMT-Offset: -0800\n${whole}`)).toContain('#GMT-Offset')
    })

    it('is refused without a header', async () => {
      expect(await refused(lines('w3c', 'first', { count: 3 }))).toContain('#Fields')
    })

    it('counts with an offset of nothing', async () => {
      const test = await openQueue(server())
      await test.queue('a.log', `#GMT-Offset: +0000\n${whole}`)
      await test.loadAll()
      expect(await sums(test)).toEqual(all(3))
    })

    it('needs the delivery’s domain when its columns name none', async () => {
      const nameless = whole.replace('cs-host', 's-name')
      expect(await refused(nameless)).toContain('domain')
      const test = await openQueue(server())
      await test.queue('a.log', nameless, { defaultDomain: 'www.example.test' })
      await test.loadAll()
      expect(await sums(test)).toEqual(all(3))
    })

    it('has the public address of a proxied client, and believes no header of one who comes directly', async () => {
      const test = await openQueue(server())
      const text = `#Fields: date time c-ip cs-method cs-uri-stem sc-status sc-bytes cs-host X-Forwarded-For\n`
      const line = (path: string, client: string, forwarded: string) =>
        `2026-09-01 00:00:01 ${client} GET /${path} 200 1000 www.example.test ${forwarded}\n`
      await test.queue(
        'a.log',
        text +
          line('a', '10.0.0.9', '10.1.1.1,+198.51.100.7,+10.0.0.8') +
          line('b', '198.51.100.7', '203.0.113.99') +
          line('c', '198.51.100.7', '-'),
      )
      await test.loadAll()
      expect(await sums(test)).toEqual(all(3))
    })

    it('has strings with blanks in the quotes of a server that writes them, and none in a line that is cut', async () => {
      const fields = 'date time c-ip cs-host cs(User-Agent) cs-method cs-uri-stem sc-status sc-bytes'
      const written = (agent: string, end = ' 200 1000') =>
        `2026-09-01 00:00:01 198.51.100.7 "www.example.test" "${agent}" GET /${agent.length}${end}\n`
      const test = await openQueue(server())
      const text = `#Software: IIS Advanced Logging Module\n#Fields:  ${fields}\n`
      const id = await test.queue(
        'a.log',
        text + written('a b') + written('a ""b"" c') + written('curl') + written('a 200 7', ''),
      )
      await test.loadAll()
      expect(await test.batch(id)).toMatchObject({ requests: 3, rejected_lines: 1 })
      expect(await sums(test)).toEqual(all(3))
    })
  })
})
