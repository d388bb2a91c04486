import { gunzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { type Tenant, theHour } from './customers.ts'
import { type Json, send, sendSigned } from './requests.ts'
import type { Key, TestServer } from './server.ts'

/** A log file as the contract's list has it. */
export type LogFile = {
  domain_name: string
  start_time: number
  end_time: number
  name: string
  size: number
  link: string
}

/** Keeps the logs of a tenant's source, by its own key. */
export async function keepLogs(server: TestServer, { key }: Pick<Tenant, 'key'>, source: string, days = 3_000) {
  const target = `/api/v1/kept-logs/${source}`
  const body = JSON.stringify({ keep_logs_days: days })
  const set = await sendSigned(server, { method: 'PUT', target, key, body })
  expect(set.status, set.text).toBe(200)
}

export const askLogs = (server: TestServer, key: Key, domain: string, query = '', prefix = '/v1.0') => {
  const { start_time, end_time } = theHour
  const range = query.includes('start_time') ? query : `&start_time=${start_time}&end_time=${end_time}${query}`
  return sendSigned(server, { target: `${prefix}/cdn/logs?domain_name=${domain}${range}`, key })
}

/** The files that a key gets of a domain. */
export async function logsOf(server: TestServer, key: Key, domain: string, query = ''): Promise<LogFile[]> {
  const { status, text, json } = await askLogs(server, key, domain, query)
  expect(status, text).toBe(200)
  return (json as Json)['logs'] as LogFile[]
}

/** The answer of a link that is opened without a key. */
export const fetchLog = (server: TestServer, { link }: Pick<LogFile, 'link'>) => {
  const { pathname, search } = new URL(link)
  return send(server.endpoint, { target: pathname + search })
}

/** The lines behind a link. */
export async function linesBehind(server: TestServer, file: LogFile): Promise<string> {
  const { status, bytes, text } = await fetchLog(server, file)
  expect(status, text).toBe(200)
  expect(bytes.length).toBe(file.size)
  return gunzipSync(bytes).toString()
}
