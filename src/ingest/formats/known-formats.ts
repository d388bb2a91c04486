import { akamaiDatastream } from './json/akamai-datastream.ts'
import { caddyJson } from './json/caddy-json.ts'
import { cloudflareLogpush } from './json/cloudflare-logpush.ts'
import { fastlyJson } from './json/fastly-json.ts'
import { googleCdn } from './json/google-cdn.ts'
import { huaweiRealtime } from './json/huawei-realtime.ts'
import { nginxJson } from './json/nginx-json.ts'
import { tencentRealtime } from './json/tencent-realtime.ts'
import type { LogFormat } from './line/log-format.ts'
import { alibabaOffline } from './text/alibaba-offline.ts'
import { atsExtended } from './text/ats-extended.ts'
import { cloudfront } from './text/cloudfront.ts'
import { combined, combinedWithHost, varnish } from './text/combined.ts'
import { common, commonWithHost } from './text/common.ts'
import { envoy } from './text/envoy.ts'
import { haproxy } from './text/haproxy.ts'
import { huaweiOffline } from './text/huawei-offline.ts'
import { squid } from './text/squid.ts'
import { tencentOffline } from './text/tencent-offline.ts'

/** Every known format, the most particular first. */
export const logFormats: readonly LogFormat[] = [
  huaweiOffline,
  huaweiRealtime,
  tencentRealtime,
  cloudflareLogpush,
  fastlyJson,
  akamaiDatastream,
  googleCdn,
  caddyJson,
  nginxJson,
  cloudfront,
  alibabaOffline,
  tencentOffline,
  envoy,
  squid,
  haproxy,
  atsExtended,
  varnish,
  combinedWithHost,
  combined,
  commonWithHost,
  common,
]
export const formatNames = logFormats.map((format) => format.name)

/** Number of lines examined to recognise a format. */
const sampleLinesMax = 200

/**
 * The format that matches the most of a log's first lines; null when no format matches half of them.
 * @param formats the most particular first
 * @param head the first bytes of the content, decompressed; a cut last line is skipped
 */
export function recogniseFormat(formats: readonly LogFormat[], head: Buffer, isWhole: boolean): LogFormat | null {
  const lines = head.toString('latin1').split('\n')
  if (!isWhole) lines.pop()
  const sample = lines.map((line) => line.trimEnd()).filter((line) => line !== '' && !isPassedOver(line))
  const looked = sample.slice(0, sampleLinesMax)
  let best: LogFormat | null = null
  let bestLines = Math.max(0, Math.floor((looked.length - 1) / 2))
  for (const format of formats) {
    if (bestLines === looked.length) break
    const matching = matchingLines(format, looked, bestLines)
    if (matching > bestLines) {
      best = format
      bestLines = matching
    }
  }
  return best
}

/** NUL bytes say nothing of a format, nor do directives other than `#Fields:`, which CloudFront's log is known by. */
const isPassedOver = (line: string): boolean =>
  line.includes('\0') || /^(\xef\xbb\xbf)?#(Version|Software|Date|Start-Date|End-Date|Remark):/.test(line)

/** Counts the lines that a format matches, but stops once they cannot exceed `moreThan`: every file passes here. */
function matchingLines(format: LogFormat, lines: readonly string[], moreThan: number): number {
  let matching = 0
  let left = lines.length
  for (const line of lines) {
    left -= 1
    if (format.recognises.test(line)) matching += 1
    else if (matching + left <= moreThan) break
  }
  return matching
}
