#!/usr/bin/env python3
"""Counts logs of any format line by line, its own slow way: a line of input asks for a log, a line of output answers, in JSON.

Every reader takes a line and answers (unix seconds, domain, status, bytes, hit) with hit True, False or None where the
format logs none, or raises: then the line is none.
"""

import json
import re
import shlex
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from urllib.parse import urlsplit

CHINA = timezone(timedelta(hours=8))
HITS = {'hit', 'stale', 'updating', 'revalidated', 'stream_hit'}


def clf(text):
    return datetime.strptime(text, '%d/%b/%Y:%H:%M:%S %z').timestamp()


def rfc3339(text):
    text = re.sub(r'\.\d+', '', text).replace('Z', '+0000')
    return datetime.strptime(text, '%Y-%m-%dT%H:%M:%S%z').timestamp()


def host_of(url):
    return urlsplit(url).hostname


def bracketed(line):
    """What is before the first [, inside, and after the next ]."""
    before, rest = line.split('[', 1)
    inside, after = rest.split(']', 1)
    return before.split(), inside, after


def strings(text):
    """Blank-separated words, those in quotes without them."""
    return shlex.split(text, posix=True)


def huawei_offline(line):
    before, time, after = bracketed(line)
    assert before == []
    client, ms, referrer, protocol, method, domain, path, status, size, hit, *rest = strings(after)
    assert rest
    return clf(time), domain, int(status), int(size), hit == 'HIT'


def huawei_realtime(line):
    f = json.loads(line)
    return int(f['request_time']) // 1000, f['domain'], int(f['http_code']), int(f['response_size']), f['hit_info'] == 'HIT'


def tencent_realtime(line):
    f = json.loads(line)
    return f['time'], f['host'], f['http_code'], f['rsp_size'], f['hit'] == 'hit'


def cloudflare_logpush(line):
    f = json.loads(line)
    status = f['CacheCacheStatus']
    return rfc3339(f['EdgeEndTimestamp']), f['ClientRequestHost'], f['EdgeResponseStatus'], f['EdgeResponseBytes'], status in HITS


def azure_front_door(line):
    f = json.loads(line)
    p = f['properties']
    assert p['isReceivedFromClient'] is True
    return rfc3339(f['time']), host_of(p['requestUri']), int(p['httpStatusCode']), int(p['responseBytes']), 'HIT' in p['cacheStatus']


def edgeone(line):
    f = json.loads(line)
    assert f['EdgeFunctionSubrequest'] == 0
    hit = f['EdgeCacheStatus'] == 'hit'
    return rfc3339(f['RequestTime']), f['RequestHost'], f['EdgeResponseStatusCode'], f['EdgeResponseBytes'], hit


def traefik_json(line):
    f = json.loads(line)
    return rfc3339(f['StartUTC']), f['RequestHost'], f['DownstreamStatus'], f['DownstreamContentSize'], None


def envoy_json(line):
    f = json.loads(line)
    return rfc3339(f['start_time']), f[':authority'].split(':')[0], f['response_code'], f['bytes_sent'], None


def fastly_json(line):
    f = json.loads(line)
    assert f['fastly_is_edge']
    state = f['response_state']
    return rfc3339(f['timestamp']), f['host'], f['response_status'], f['response_body_size'], state.startswith('HIT')


def akamai_datastream2(line):
    f = json.loads(line)
    return int(float(f['reqTimeSec'])), f['reqHost'], int(f['statusCode']), int(f['totalBytes']), f['cacheStatus'] != '0'


def google_cloud_cdn(line):
    f = json.loads(line)
    http = f['httpRequest']
    return rfc3339(f['timestamp']), host_of(http['requestUrl']), http['status'], int(http['responseSize']), http.get('cacheHit', False)


def caddy_json(line):
    f = json.loads(line)
    host = f['request']['host'].split(':')[0]
    return int(f['ts']), host, f['status'], f['size'], '; hit' in f['resp_headers']['Cache-Status'][0]


def nginx_json(line):
    f = json.loads(line)
    hit = f['upstream_cache_status'].lower() in HITS
    return rfc3339(f['time_iso8601']), f['host'], int(f['status']), int(f['body_bytes_sent']), hit


def cloudfront(line, fields=[]):
    if line.startswith('#Fields: '):
        fields[:] = line[len('#Fields: '):].split()
    values = line.split('\t')
    assert len(values) == len(fields)
    f = dict(zip(fields, values))
    time = rfc3339(f['date'] + 'T' + f['time'] + 'Z')
    hit = f['x-edge-result-type'] in ('Hit', 'RefreshHit', 'OriginShieldHit')
    return time, f['x-host-header'], int(f['sc-status']), int(f['sc-bytes']), hit


def w3c(line, fields=[]):
    if line.startswith('#Fields: '):
        fields[:] = line[len('#Fields: '):].split()
    values = line.split(' ')
    assert len(values) == len(fields)
    f = dict(zip(fields, values))
    return rfc3339(f['date'] + 'T' + f['time'] + 'Z'), f['cs-host'], int(f['sc-status']), int(f['sc-bytes']), None


def aws_alb(line):
    kind, rest = line.split(' ', 1)
    before, strings_after = rest.split('"', 1)
    assert strings_after.count('"') == 23
    name = strings_after.split('"')[6]
    return aws_elb(rest)[:1] + (name,) + aws_elb(rest)[2:]


def aws_elb(line):
    time, balancer, client, target, s1, s2, s3, status, target_status, received, sent, request = strings(line)[:12]
    return rfc3339(time), host_of(request.split(' ')[1]), int(status), int(sent), None


def aws_s3(line):
    before, time, after = bracketed(line)
    owner, bucket = before
    client, requester, identity, operation, key, request, status, error, sent, *rest = strings(after)
    assert len(rest) == 14
    return clf(time), bucket, int(status), int(sent), None


def bunny(line):
    hit, status, time, size, zone, client, referrer, url, edge, agent, identity, country = line.split('|')
    return int(time) // 1000, host_of(url), int(status), int(size), hit == 'HIT'


def keycdn(line):
    time, edge, client, status, size, user, zone, host, hit, request, *rest = line.split('|')
    assert len(rest) == 9
    return int(float(time)), host, int(status), int(size), hit == 'HIT'


def upyun(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent, kind, received, hit, origin, dynamic, control, seconds, edge = strings(after)
    return clf(time), host_of(request.split()[1]), int(status), int(size), hit == 'Hit'


def baidu_offline(line):
    before, time, after = bracketed(line)
    client, level, reserved, host = before
    ms, request, status, sent, body, referrer, cookie, agent, forwarded, identity, hit, edge = strings(after)
    return clf(time), host, int(status), int(sent), hit == 'HIT'


def alibaba_offline(line):
    before, time, after = bracketed(line)
    assert before == []
    client, proxy, ms, referrer, request, status, received, sent, hit, agent, kind = strings(after)
    return clf(time), host_of(request.split(' ')[1]), int(status), int(sent), hit == 'HIT'


def tencent_offline(line):
    words = strings(line)
    time = datetime.strptime(words[0], '%Y%m%d%H%M%S').replace(tzinfo=CHINA).timestamp()
    assert len(words) == 16
    return time, words[2], int(words[7]), int(words[4]), words[14] == 'hit'


def envoy(line):
    before, time, after = bracketed(line)
    assert before == []
    request, status, flags, received, sent, ms, upstream, forwarded, agent, identity, host, upstream_host = strings(after)
    return rfc3339(time), host, int(status), int(sent), None


def istio(line):
    before, time, after = bracketed(line)
    request, status, *figures = strings(after)
    host, upstream, cluster, *rest = figures[11:]
    assert cluster.startswith('outbound') and len(rest) == 5
    return rfc3339(time), host.split(':')[0], int(status), int(figures[5]), None


def traefik(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent, number, router, server, duration = strings(after)
    assert duration.endswith('ms')
    return clf(time), '', 0 if status == '-' else int(status), int(size), None


def nginx_ingress(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent, length, duration, upstream, alternative, *lists = strings(after)
    assert len(lists) == 9
    return clf(time), '', int(status), int(size), None


def ltsv(line):
    f = dict(part.split(':', 1) for part in line.split('\t'))
    return clf(f['time'].strip('[]')), f['vhost'], int(f['status']), int(f['size']), f['cache'] == 'HIT'


def squid(line):
    time, ms, client, result, size, method, url, user, hierarchy, kind = line.split()
    code, status = result.split('/')
    return int(time.split('.')[0]), host_of(url), int(status), int(size), 'HIT' in code


def haproxy(line):
    found = re.fullmatch(
        r'(\S+):\d+ \[([^\]]+)\.\d+\] \S+ \S+/\S+ \S+ (\d+) (\d+) - - ---- \S+ \S+ \{([^|}]*)[^}]*\} \{\} "GET .* HTTP/1.1"', line)
    client, time, status, size, host = found.groups()
    return clf(time + ' +0800'), host, int(status), int(size), None


def ats_extended(line):
    before, time, after = bracketed(line)
    request, status, body, *numbers = strings(after)
    assert len(numbers) == 13
    return clf(time), host_of(request.split()[1]), int(status), int(body) + int(numbers[5]), 'HIT' in numbers[-1]


def varnish(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent, hit = strings(after)
    return clf(time), host_of(request.split()[1]), int(status), int(size), hit == 'hit'


def combined_vhost(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent, forwarded, seconds, hit = strings(after)
    return clf(time), before[0].split(':')[0], int(status), int(size), hit == 'HIT'


def combined(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent = strings(after)
    return clf(time), '', int(status), int(size), None


def combined_host_second(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent = strings(after)
    client, host, user = before
    return clf(time), host, int(status), int(size), None


def combined_client_vhost(line):
    before, time, after = bracketed(line)
    request, status, size, referrer, agent = strings(after)
    client, host, identity, user = before
    return clf(time), host, int(status), int(size), None


def common_host_second(line):
    return combined_host_second(line + ' "-" "-"')


def common_vhost(line):
    before, time, after = bracketed(line)
    request, status, size = strings(after)
    return clf(time), before[0], int(status), int(size), None


def common(line):
    return combined(line + ' "-" "-"')


def count(name, path, default_domain):
    read = globals()[name]
    buckets = defaultdict(lambda: [0] * 8)
    lines = rejected = 0
    with open(path, encoding='utf-8') as log:
        for line in log:
            lines += 1
            try:
                time, domain, status, size, hit = read(line.rstrip('\n'))
            except Exception:
                rejected += 1
                continue
            sums = buckets[f'{domain or default_domain} {int(time) // 300 * 300}']
            sums[0] += 1
            sums[1] += size
            sums[2] += hit is True
            sums[3] += hit is not None
            if 200 <= status <= 599:
                sums[2 + status // 100] += 1
    return {'lines': lines, 'rejected': rejected, 'buckets': buckets}


# Each line asks for a log: a list of its format, its path and the domain of lines that name none.
for question in sys.stdin:
    print(json.dumps(count(*json.loads(question))), flush=True)
