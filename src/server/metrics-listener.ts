import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Settings } from '../config/settings.ts'
import { AppError, ConfigError } from '../errors.ts'
import { securityHeaders } from '../http/security-headers.ts'
import type { Logger } from '../logger.ts'
import { assertMayReadMetrics } from './metrics-access.ts'

/** A text that is made for each scrape. */
export type Scraped = { contentType: string; text(): Promise<string> }

/** An answer of `/metrics` serves all who ask within this time. */
export const sharedMs = 1_000

/** Texts by their paths. */
export type ScrapedTexts = { '/metrics': Scraped; '/metrics/usage': Scraped }

const connectionsMax = 100
const requestMs = 10_000

/**
 * Answers the metrics on an address of their own, and nothing else; to every client there, or to those with the token
 * where there is one.
 * @param texts a worker has no usage
 * @returns what ends it; null when no address is configured
 * @throws ConfigError when the address cannot be listened on
 */
export async function listenForMetrics(
  { metricsAddress, metricsToken }: Pick<Settings, 'metricsAddress' | 'metricsToken'>,
  texts: Partial<ScrapedTexts>,
  log: Logger,
): Promise<{ stop(): void } | null> {
  if (metricsAddress === null) return null
  const server = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, (request, response) => {
    answer(texts, metricsToken, request, response).catch((error) => {
      log.error({ err: error }, 'metrics.failed')
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  })
  server.maxConnections = connectionsMax
  server.listen(metricsAddress)
  await once(server, 'listening').catch((cause) => {
    throw new ConfigError(`--metrics-address ${metricsAddress.host}:${metricsAddress.port} cannot be listened on`, {
      cause,
    })
  })
  log.info({ port: (server.address() as AddressInfo).port }, 'metrics.listening')
  return {
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(
  texts: Partial<ScrapedTexts>,
  token: string | null,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const headers = securityHeaders(false)
  const asked = Object.entries(texts).find(([path]) => path === request.url?.split('?', 1)[0])?.[1]
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (!asked || !isRead) return void response.writeHead(404, headers).end()
  if (token !== null && !isAllowed(token, request)) return void response.writeHead(401, headers).end()
  const text = await asked.text()
  response.writeHead(200, { ...headers, 'Content-Type': asked.contentType }).end(text)
}

function isAllowed(token: string, { headers, socket }: IncomingMessage): boolean {
  try {
    assertMayReadMetrics(token, { headers, address: socket.remoteAddress })
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}
