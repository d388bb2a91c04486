"""The lines of one figure: of a domain, in the bucket with `--start-ms`, and in the values of some dimensions."""

from ranges import INSIDE, OUTSIDE, parsed, slot_of
from usage_series import KEYS, bucket_of

DAY_MS = 86_400_000
WIDEST_MS = {'300': DAY_MS, '3600': DAY_MS, '86400': 2 * DAY_MS, 'month': 32 * DAY_MS}


def is_of_metric(metric, request):
    if metric in ('hits', 'hit_flux'):
        return request.is_hit is True
    if metric.startswith('status_'):
        return request.status // 100 == int(metric[len('status_')])
    return True


def requests_by_file(options):
    for area, files in ((INSIDE, options.files), (OUTSIDE, options.outside or [])):
        if options.service_area in ('global', area):
            for file in files:
                for request in parsed(file, options.format, options.domain):
                    if not isinstance(request, str):
                        yield file.partition('=')[2], request


def cell_lines(options):
    """By time: the file of each line and its fields; of a peak those of the first of the highest five minutes."""
    keys = [KEYS[name] for name in options.by.split(',')] if options.by else []
    values = options.values.split(',') if options.by else []
    bucket_ms, domain = bucket_of(options, options.start_ms), options.domains.encode()
    found = [
        (file, request)
        for file, request in requests_by_file(options)
        if request.domain == domain
        and abs(request.time_ms - options.start_ms) < WIDEST_MS[options.bucket]
        and is_of_metric(options.metric, request)
        and [key_of(options, request) for key_of in keys] == values
        and bucket_of(options, request.time_ms) == bucket_ms
    ]
    if options.metric == 'peak_bandwidth' and found:
        by_slot = {}
        for _, request in found:
            slot_ms = slot_of(request.time_ms)
            by_slot[slot_ms] = by_slot.get(slot_ms, 0) + request.flux_bytes
        peak_ms = min(by_slot, key=lambda slot_ms: (-by_slot[slot_ms], slot_ms))
        found = [(file, request) for file, request in found if slot_of(request.time_ms) == peak_ms]
    return [[file, *fields_of(request)] for file, request in sorted(found, key=lambda one: one[1].time_ms)]


def fields_of(request):
    def text(logged):
        return logged.decode(errors='replace')

    address = '-' if request.address is None else str(request.address)
    cache = {None: 'unknown', True: 'hit', False: 'miss'}[request.is_hit]
    texts = [text(one) for one in (request.path, request.query, request.referrer, request.user_agent)]
    return [request.time_ms // 1000 * 1000, address, *texts, request.status, request.flux_bytes, cache]
