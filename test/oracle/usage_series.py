"""Usage by bucket and by what it is broken down by: the sums of each pair that has a request."""

from datetime import datetime, timezone

from places import carrier_of, country_of, province_or_other_of
from ranges import bucket_start_ms, counted_requests, divide_half_up, local_time, requests_of_domains, slot_of
from usage import count_request, empty_counts


def version_of(options, request):
    return '' if request.address is None else f'IPv{request.address.version}'


KEYS = {
    'domain': lambda options, request: request.domain.decode(errors='surrogateescape'),
    'country': country_of,
    'province': province_or_other_of,
    'isp': carrier_of,
    'ip_version': version_of,
    'status_class': lambda options, request: f'{request.status // 100}xx',
    'status': lambda options, request: str(request.status),
    'hit': lambda options, request: {None: 'unknown', True: 'hit', False: 'miss'}[request.is_hit],
}


def bucket_of(options, time_ms):
    if options.bucket in ('300', '3600'):
        options.interval = int(options.bucket)
        return bucket_start_ms(options, time_ms)
    local = local_time(options, time_ms)
    day = 1 if options.bucket == 'month' else local.day
    start = datetime(local.year, local.month, day, tzinfo=options.zone).astimezone(timezone.utc)
    return int(start.timestamp()) * 1000


def usage_series(options):
    keys = [KEYS[name] for name in options.by.split(',')] if options.by else []
    first_ms, last_ms = bucket_of(options, options.start_ms), bucket_of(options, options.end_ms - 1)
    found, slots, last_slots = {}, {}, {}
    for request, _ in requests_of_domains(options):
        if request.time_ms >= first_ms:
            domain, slot_ms = KEYS['domain'](options, request), slot_of(request.time_ms)
            last_slots[domain] = max(slot_ms, last_slots.get(domain, slot_ms))
    for request in counted_requests(options):
        start_ms = bucket_of(options, request.time_ms)
        if not first_ms <= start_ms <= last_ms or options.ip_version not in (None, version_of(options, request)):
            continue
        key = (start_ms, *(key_of(options, request) for key_of in keys))
        count_request(found.setdefault(key, empty_counts()), request)
        of_key, slot_ms = slots.setdefault(key, {}), slot_of(request.time_ms)
        of_key[slot_ms] = of_key.get(slot_ms, 0) + request.flux_bytes
    return {
        'first_ms': first_ms,
        'last_ms': last_ms,
        'last_slots': last_slots,
        'points': [[*key, figures_of(found[key], slots[key])] for key in sorted(found)],
    }


def figures_of(counts, flux_by_slot):
    is_logged = not counts['without_cache']
    return {
        'flux': counts['flux_bytes'],
        'peak_bandwidth': divide_half_up(max(flux_by_slot.values()) * 8, 300),
        'requests': counts['requests'],
        'hits': counts['hits'] if is_logged else None,
        'hit_flux': counts['hit_flux_bytes'] if is_logged else None,
        **{f'status_{first}xx': counts[first] for first in (2, 3, 4, 5)},
    }
