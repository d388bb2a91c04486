"""Traffic, requests, hits and status classes: per bucket, and of whole logs."""

from ranges import Range, bucket_start_ms, counted_requests, divide_half_up, parsed_requests

COUNTS = ['flux_bytes', 'requests', 'hits', 'hit_flux_bytes', 2, 3, 4, 5]
USAGE_COLUMNS = (
    'flux_bytes bandwidth_bps requests hits hit_flux_bytes origin_flux_bytes origin_bandwidth_bps origin_requests '
    'status_2xx status_3xx status_4xx status_5xx'
).split()


def empty_counts():
    return dict.fromkeys([*COUNTS, 'without_cache'], 0)


def count_request(counts, request):
    counts['flux_bytes'] += request.flux_bytes
    counts['requests'] += 1
    if request.is_hit:
        counts['hits'] += 1
        counts['hit_flux_bytes'] += request.flux_bytes
    if request.is_hit is None:
        counts['without_cache'] += 1
    if 200 <= request.status <= 599:
        counts[request.status // 100] += 1


def usage_cells(options, counts, is_loaded):
    if not is_loaded:
        return [''] * len(USAGE_COLUMNS)
    bandwidth_bps = divide_half_up(counts['flux_bytes'] * 8, options.interval)
    # No requests have no hits, whatever the format. One that may have been a hit makes the sum unknown.
    hits = ['', ''] if counts['without_cache'] else [counts['hits'], counts['hit_flux_bytes']]
    classes = [counts[first_digit] for first_digit in (2, 3, 4, 5)]
    return [counts['flux_bytes'], bandwidth_bps, counts['requests'], *hits, '', '', '', *classes]


def reports_detail(options):
    counts_by_bucket, the_range = {}, Range(options)
    for request in counted_requests(options):
        key = (bucket_start_ms(options, request.time_ms), the_range.series_of(request))
        count_request(counts_by_bucket.setdefault(key, empty_counts()), request)
    yield [*the_range.titles(), *USAGE_COLUMNS]
    for time_ms, name, cells, is_loaded in the_range.rows():
        yield cells + usage_cells(options, counts_by_bucket.get((time_ms, name), empty_counts()), is_loaded)


def named_figures(counts):
    figures = {f'status_{key}xx' if isinstance(key, int) else key: counts[key] for key in COUNTS}
    return figures | ({'hits': None, 'hit_flux_bytes': None} if counts['without_cache'] else {})


def totals(options):
    lines, reasons, counts, times_ms, by_domain = 0, {}, empty_counts(), [], {}
    for request, _ in parsed_requests(options):
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
        **named_figures(counts),
        'rejected': sum(lines for reason, lines in reasons.items() if reason != 'blank_line'),
        'rejected_by_reason': dict(sorted(reasons.items())),
        'first_time_ms': min(times_ms, default=None),
        'last_time_ms': max(times_ms, default=None),
        'domain_count': len(by_domain),
        'domains': {name: named_figures(by_domain[name]) for name in sorted(by_domain)},
    }
