/** Formats that the server knows by itself; it may have others of its own, whose names the field takes too. */
export const formats: readonly string[] =
  'auto huawei_offline huawei_realtime tencent_realtime cloudflare_logpush azure_front_door edgeone fastly_json akamai_datastream2 google_cloud_cdn caddy_json traefik_json envoy_json nginx_json ltsv cloudfront w3c aws_alb aws_elb aws_s3 bunny keycdn upyun baidu_offline alibaba_offline tencent_offline istio envoy squid haproxy ats_extended traefik nginx_ingress combined_host_second combined_client_vhost varnish combined_vhost combined common_host_second common_vhost common'.split(
    ' ',
  )
