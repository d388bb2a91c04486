import { akamaiDatastream } from './json/akamai-datastream.ts'
import { azureFrontDoor } from './json/azure-front-door.ts'
import { caddyJson } from './json/caddy-json.ts'
import { cloudflareLogpush } from './json/cloudflare-logpush.ts'
import { edgeone } from './json/edgeone.ts'
import { envoyJson } from './json/envoy-json.ts'
import { fastlyJson } from './json/fastly-json.ts'
import { googleCdn } from './json/google-cdn.ts'
import { huaweiRealtime } from './json/huawei-realtime.ts'
import { nginxJson } from './json/nginx-json.ts'
import { tencentRealtime } from './json/tencent-realtime.ts'
import { traefikJson } from './json/traefik-json.ts'
import type { LogFormat } from './line/log-format.ts'
import { alibabaOffline } from './text/alibaba-offline.ts'
import { atsExtended } from './text/ats-extended.ts'
import { awsAlb, awsElb } from './text/aws-load-balancer.ts'
import { awsS3 } from './text/aws-s3.ts'
import { baiduOffline } from './text/baidu-offline.ts'
import { bunny } from './text/bunny.ts'
import { cloudfront } from './text/cloudfront.ts'
import { combined, combinedHostAfterClient, combinedHostSecond, combinedWithHost, varnish } from './text/combined.ts'
import { common, commonHostSecond, commonWithHost } from './text/common.ts'
import { envoy } from './text/envoy.ts'
import { haproxy } from './text/haproxy.ts'
import { huaweiOffline } from './text/huawei-offline.ts'
import { istio } from './text/istio.ts'
import { keycdn } from './text/keycdn.ts'
import { ltsv } from './text/ltsv.ts'
import { nginxIngress } from './text/nginx-ingress.ts'
import { squid } from './text/squid.ts'
import { tencentOffline } from './text/tencent-offline.ts'
import { traefik } from './text/traefik.ts'
import { upyun } from './text/upyun.ts'
import { w3c } from './text/w3c.ts'

/** Every known format, the most particular first. */
export const logFormats: readonly LogFormat[] = [
  huaweiOffline,
  huaweiRealtime,
  tencentRealtime,
  cloudflareLogpush,
  azureFrontDoor,
  edgeone,
  fastlyJson,
  akamaiDatastream,
  googleCdn,
  caddyJson,
  traefikJson,
  envoyJson,
  nginxJson,
  ltsv,
  cloudfront,
  w3c,
  awsAlb,
  awsElb,
  awsS3,
  bunny,
  keycdn,
  upyun,
  baiduOffline,
  alibabaOffline,
  tencentOffline,
  istio,
  envoy,
  squid,
  haproxy,
  atsExtended,
  traefik,
  nginxIngress,
  combinedHostSecond,
  combinedHostAfterClient,
  varnish,
  combinedWithHost,
  combined,
  commonHostSecond,
  commonWithHost,
  common,
]

export const formatNames = logFormats.map((format) => format.name)
