#!/usr/bin/env python3
"""Counts access logs in its own slow way and prints what the product's reports must say. See README.md."""

import argparse
import csv
import io
import json
import sys
from datetime import datetime, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

sys.dont_write_bytecode = True

from log_lines import READERS, requests_of  # noqa: E402

SLOT_MS = 300_000
COUNTS = ['flux_bytes', 'requests', 'hits', 'hit_flux_bytes', 2, 3, 4, 5]
USAGE_COLUMNS = (
    'flux_bytes bandwidth_bps requests hits hit_flux_bytes origin_flux_bytes origin_bandwidth_bps origin_requests '
    'status_2xx status_3xx status_4xx status_5xx'
).split()


def divide_half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def read_arguments(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--format', required=True, choices=sorted(READERS))
    parser.add_argument('--report', required=True, choices=['reports_detail', 'top_url_detail', 'totals'])
    parser.add_argument('--domain', help='for lines that name none')
    parser.add_argument('--interval', type=int, choices=[300, 3600], help='seconds; default 300')
    parser.add_argument('--start-ms', type=int, help='default: the first bucket with a request')
    parser.add_argument('--end-ms', type=int, help='default: the end of the last bucket with a request')
    parser.add_argument('--group-by', choices=['domain'])
    parser.add_argument('--time-zone', default='Asia/Shanghai')
    parser.add_argument('--stat-type', choices=['flux', 'req_num'], help='default flux')
    parser.add_argument('--limit', type=int, help='default 100')
    parser.add_argument('--domains', help='a,b; default: every domain of the logs')
    parser.add_argument('--no-hit-info', action='store_true', help='implied by the combined formats')
    parser.add_argument('files', nargs='+', metavar='FILE')
    options = parser.parse_args(arguments)
    unused = {
        'totals': ['interval', 'start_ms', 'end_ms', 'group_by', 'domains', 'stat_type', 'limit'],
        'reports_detail': ['stat_type', 'limit'],
        'top_url_detail': [],
    }[options.report]
    for name in unused:
        if getattr(options, name) is not None:
            parser.error(f'--{name.replace("_", "-")} means nothing to {options.report}')
    options.interval = options.interval or 300
    options.no_hit_info = options.no_hit_info or options.format != 'huawei_offline'
    options.zone = ZoneInfo(options.time_zone)
    return options


def local_time(options, time_ms):
    return datetime.fromtimestamp(time_ms // 1000, timezone.utc).astimezone(options.zone)


def time_text(options, time_ms, with_offset):
    text = local_time(options, time_ms).isoformat(' ', 'seconds')
    return text if with_offset else text[:19]


def bucket_start_ms(options, time_ms):
    """Five minutes of UTC, or a whole hour of the zone."""
    if options.interval == 300:
        return time_ms - time_ms % SLOT_MS
    local = local_time(options, time_ms)
    return time_ms - time_ms % 1000 - (local.minute * 60 + local.second) * 1000


def widened_end_ms(options, end_ms):
    start_ms = bucket_start_ms(options, end_ms)
    return start_ms if start_ms == end_ms else start_ms + options.interval * 1000


@lru_cache(maxsize=1)
def parsed(files, format_name, domain):
    return list(requests_of(files, format_name, domain.encode().lower() if domain else None))


def parsed_requests(options):
    """For every line a request, or the reason why there is none."""
    return parsed(tuple(options.files), options.format, options.domain)


def selected_requests(options):
    """The parsed requests of the chosen domains, whatever their time."""
    chosen = options.domains and {name.encode().lower() for name in options.domains.split(',')}
    for request in parsed_requests(options):
        if not isinstance(request, str) and (not chosen or request.domain in chosen):
            yield request


def empty_counts():
    return dict.fromkeys(COUNTS, 0)


def count_request(counts, request):
    counts['flux_bytes'] += request.flux_bytes
    counts['requests'] += 1
    if request.is_hit:
        counts['hits'] += 1
        counts['hit_flux_bytes'] += request.flux_bytes
    if 200 <= request.status <= 599:
        counts[request.status // 100] += 1


def usage_cells(options, counts, is_loaded):
    if counts is None:
        if not is_loaded:
            return [''] * len(USAGE_COLUMNS)
        counts = empty_counts()
    bandwidth_bps = divide_half_up(counts['flux_bytes'] * 8, options.interval)
    # No requests have no hits, whatever the format.
    no_hits = options.no_hit_info and counts['requests'] > 0
    hits = ['', ''] if no_hits else [counts['hits'], counts['hit_flux_bytes']]
    classes = [counts[first_digit] for first_digit in (2, 3, 4, 5)]
    return [counts['flux_bytes'], bandwidth_bps, counts['requests'], *hits, '', '', '', *classes]


def range_of(options, last_slot_ms, first_slot_ms):
    """Start and end, widened outward to whole buckets; what is not given comes from the logs."""
    start_ms = options.start_ms if options.start_ms is not None else min(first_slot_ms.values(), default=0)
    end_ms = options.end_ms
    if end_ms is None:
        end_ms = max(last_slot_ms.values(), default=start_ms - SLOT_MS) + SLOT_MS
    return bucket_start_ms(options, start_ms), widened_end_ms(options, end_ms)


def reports_detail(options):
    grouped = options.group_by == 'domain'
    counts_by_bucket, first_slot_ms, last_slot_ms = {}, {}, {}
    for request in selected_requests(options):
        name = request.domain if grouped else b''
        slot_ms = request.time_ms - request.time_ms % SLOT_MS
        first_slot_ms[name] = min(slot_ms, first_slot_ms.get(name, slot_ms))
        last_slot_ms[name] = max(slot_ms, last_slot_ms.get(name, slot_ms))
        key = (bucket_start_ms(options, request.time_ms), name)
        count_request(counts_by_bucket.setdefault(key, empty_counts()), request)
    names = set(last_slot_ms) if grouped else {b''}
    if grouped and options.domains:
        names = {name.encode().lower() for name in options.domains.split(',')}
    yield [*(['domain'] if grouped else []), 'time', *USAGE_COLUMNS]
    start_ms, end_ms = range_of(options, last_slot_ms, first_slot_ms)
    times_ms = range(start_ms, end_ms, options.interval * 1000)
    # Where local times repeat, each carries its offset.
    with_offset = len({local_time(options, time_ms).utcoffset() for time_ms in [*times_ms, end_ms - 1]}) > 1
    for time_ms in times_ms:
        if bucket_start_ms(options, time_ms) != time_ms:
            sys.exit(f'{options.time_zone} changes by a part of an hour within the range')
        for name in sorted(names):
            is_loaded = name in last_slot_ms and time_ms <= last_slot_ms[name]
            cells = usage_cells(options, counts_by_bucket.get((time_ms, name)), is_loaded)
            yield [*([name] if grouped else []), time_text(options, time_ms, with_offset), *cells]


def share_text(value, total):
    """Percent with four decimals, rounded half up; 0 of 0 is 0."""
    ten_thousandths = divide_half_up(value * 1_000_000, total) if total else 0
    return f'{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}'


def top_url_detail(options):
    grouped = options.group_by == 'domain'
    start_ms = None if options.start_ms is None else bucket_start_ms(options, options.start_ms)
    end_ms = None if options.end_ms is None else widened_end_ms(options, options.end_ms)
    measures_by_name = {}
    for request in selected_requests(options):
        if (start_ms is not None and request.time_ms < start_ms) or (end_ms is not None and request.time_ms >= end_ms):
            continue
        url = request.domain + request.path + (b'?' + request.query if request.query else b'')
        measures_by_url = measures_by_name.setdefault(request.domain if grouped else b'', {})
        measures = measures_by_url.setdefault((url, request.domain), [0, 0])
        measures[0] += request.flux_bytes
        measures[1] += 1
    place = 1 if options.stat_type == 'req_num' else 0
    limit = 100 if options.limit is None else options.limit
    yield ['rank', 'domain', 'url', 'flux_bytes', 'requests', 'share_percent']
    for _, measures_by_url in sorted(measures_by_name.items()):
        total = sum(measures[place] for measures in measures_by_url.values())
        ranked = sorted(measures_by_url.items(), key=lambda item: (-item[1][place], item[0]))
        for rank, ((url, domain), measures) in enumerate(ranked[:limit], start=1):
            yield [rank, domain, url, *measures, share_text(measures[place], total)]


def named_figures(options, counts):
    figures = {f'status_{key}xx' if isinstance(key, int) else key: value for key, value in counts.items()}
    return figures | ({'hits': None, 'hit_flux_bytes': None} if options.no_hit_info else {})


def totals(options):
    lines, reasons, counts, times_ms, by_domain = 0, {}, empty_counts(), [], {}
    for request in parsed_requests(options):
        lines += 1
        if isinstance(request, str):
            reasons[request] = reasons.get(request, 0) + 1
            continue
        count_request(counts, request)
        times_ms = [min([request.time_ms, *times_ms]), max([request.time_ms, *times_ms])]
        of_domain = by_domain.setdefault(request.domain.decode(errors='surrogateescape'), empty_counts())
        count_request(of_domain, request)

    return {
        'lines': lines,
        **named_figures(options, counts),
        'rejected': sum(reasons.values()),
        'rejected_by_reason': dict(sorted(reasons.items())),
        'first_time_ms': min(times_ms, default=None),
        'last_time_ms': max(times_ms, default=None),
        'domain_count': len(by_domain),
        'domains': {name: named_figures(options, by_domain[name]) for name in sorted(by_domain)},
    }


def write_csv(rows):
    """RFC 4180 with line feeds; cells that are no valid UTF-8 keep their bytes."""
    sys.stdout.flush()
    text = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8', errors='surrogateescape', newline='')
    writer = csv.writer(text, lineterminator='\n')
    for row in rows:
        writer.writerow(cell.decode(errors='surrogateescape') if isinstance(cell, bytes) else cell for cell in row)
    text.flush()
    text.detach()


def answer(arguments):
    options = read_arguments(arguments)
    if options.report == 'totals':
        print(json.dumps(totals(options), indent=2))
    else:
        write_csv({'reports_detail': reports_detail, 'top_url_detail': top_url_detail}[options.report](options))


def main():
    if sys.argv[1:] != ['--many']:
        return answer(sys.argv[1:])
    for line in sys.stdin:
        answer(json.loads(line))
        print('\f', end='', flush=True)


if __name__ == '__main__':
    main()
