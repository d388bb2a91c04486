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
import { combined, combinedHostAfterClient, combinedHostSecond, combinedWithHost, varnish } from './text/combined.ts'
import { common, commonHostSecond, commonWithHost } from './text/common.ts'
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
  combinedHostSecond,
  combinedHostAfterClient,
  combinedWithHost,
  combined,
  commonHostSecond,
  commonWithHost,
  common,
]

export const formatNames = logFormats.map((format) => format.name)
