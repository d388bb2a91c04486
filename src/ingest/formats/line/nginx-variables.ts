import type { LinePart } from './line-parts.ts'

/**
 * The parts that nginx's variables hold, the best of several for a part first: `$bytes_sent` includes the headers that
 * `$body_bytes_sent` lacks. `$time_iso8601` and `$msec` have a zone, as `$time_local` does.
 */
export const nginxVariables: Readonly<Record<string, LinePart>> = {
  time_iso8601: 'time',
  msec: 'time',
  time_local: 'time',
  host: 'host',
  http_host: 'host',
  server_name: 'host',
  remote_addr: 'client',
  http_x_forwarded_for: 'forwarded_for',
  proxy_add_x_forwarded_for: 'forwarded_for',
  request: 'request',
  request_method: 'method',
  request_uri: 'target',
  uri: 'path',
  document_uri: 'path',
  args: 'query',
  query_string: 'query',
  status: 'status',
  bytes_sent: 'bytes',
  body_bytes_sent: 'bytes',
  http_referer: 'referrer',
  http_user_agent: 'user_agent',
  upstream_cache_status: 'cache',
  sent_http_x_cache: 'cache',
  request_time: 'duration_s',
  geoip_country_code: 'country',
  geoip2_country_code: 'country',
  geoip2_data_country_code: 'country',
  http_cf_ipcountry: 'country',
}

/** Variables of nginx and its modules that hold no counted part. */
const known = new Set(
  `ancient_browser binary_remote_addr connection connection_requests connection_time content_length content_type
  date_gmt date_local document_root fastcgi_path_info fastcgi_script_name gzip_ratio hostname http2 http3 https
  invalid_referer is_args limit_conn_status limit_rate limit_req_status modern_browser msie nginx_version
  pid pipe protocol proxy_host proxy_port proxy_protocol_addr proxy_protocol_port proxy_protocol_server_addr
  proxy_protocol_server_port quic realip_remote_addr realip_remote_port realpath_root remote_port remote_user
  request_body request_body_file request_completion request_filename request_id request_length scheme secure_link
  secure_link_expires server_addr server_port server_protocol session_log_id session_time slice_range spdy
  tcpinfo_rtt tcpinfo_rttvar tcpinfo_snd_cwnd tcpinfo_rcv_space uid_got uid_reset uid_set userid`.split(/\s+/),
)
const families = /^(http|sent_http|sent_trailer|upstream|ssl|arg|cookie|jwt|otel|geoip|geoip2|memcached|proxy)_\w+$/

/** True for a variable of nginx. Its own `set` and `map` make others, which a format must list. */
export const isNginxVariable = (name: string): boolean =>
  name in nginxVariables || known.has(name) || families.test(name)
