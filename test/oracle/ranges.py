"""Which requests a report is of, and the buckets of its range: what all reports have in common."""

import sys
from datetime import datetime, timezone
from functools import cached_property, lru_cache

from log_lines import READERS, requests_of
from places import is_in_places

SLOT_MS = 300_000
INSIDE, OUTSIDE = 'mainland_china', 'outside_mainland_china'


def divide_half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def local_time(options, time_ms):
    return datetime.fromtimestamp(time_ms // 1000, timezone.utc).astimezone(options.zone)


def time_text(options, time_ms, with_offset):
    text = local_time(options, time_ms).isoformat(' ', 'seconds')
    return text if with_offset else text[:19]


def slot_of(time_ms):
    return time_ms - time_ms % SLOT_MS


def bucket_start_ms(options, time_ms):
    """Five minutes of UTC, or a whole hour of the zone."""
    if options.interval == 300:
        return slot_of(time_ms)
    local = local_time(options, time_ms)
    return time_ms - time_ms % 1000 - (local.minute * 60 + local.second) * 1000


def widened_end_ms(options, end_ms):
    start_ms = bucket_start_ms(options, end_ms)
    return start_ms if start_ms == end_ms else start_ms + options.interval * 1000


@lru_cache(maxsize=4)
def parsed(file, format_name, domain):
    name, separator, path = file.partition('=')
    if not separator or name not in READERS:
        name, path = format_name, file
    return list(requests_of(path, name, domain.encode().lower() if domain else None))


def parsed_requests(options):
    """For every line a request, or the reason why there is none; and the area of the edge that logged it."""
    areas = [(INSIDE, file) for file in options.files] + [(OUTSIDE, file) for file in options.outside or []]
    for area, file in areas:
        for request in parsed(file, options.format, options.domain):
            yield request, area


def chosen_domains(options):
    return options.domains and {name.encode().lower() for name in options.domains.split(',')}


def requests_of_domains(options):
    """The parsed requests of the chosen domains, whatever their time, place and area; and the area."""
    chosen = chosen_domains(options)
    for request, area in parsed_requests(options):
        if not isinstance(request, str) and (not chosen or request.domain in chosen):
            yield request, area


def counted_requests(options):
    """Those of the asked area and places, whatever their time."""
    for request, area in requests_of_domains(options):
        if options.service_area in ('global', area) and is_in_places(options, request):
            yield request


def requests_in_range(options):
    """Those of them within the range, widened outward to whole buckets; all of them without a range."""
    start_ms = 0 if options.start_ms is None else bucket_start_ms(options, options.start_ms)
    end_ms = None if options.end_ms is None else widened_end_ms(options, options.end_ms)
    for request in counted_requests(options):
        if start_ms <= request.time_ms and (end_ms is None or request.time_ms < end_ms):
            yield request


class Range:
    """Whole buckets, and the series that have a row in each: a domain each, or all domains as one."""

    def __init__(self, options):
        self.options = options
        self.is_grouped = options.group_by == 'domain'
        self.last_slot_ms, first_slot_ms = {}, None
        for request, _ in requests_of_domains(options):
            slot_ms, name = slot_of(request.time_ms), self.series_of(request)
            first_slot_ms = slot_ms if first_slot_ms is None else min(slot_ms, first_slot_ms)
            self.last_slot_ms[name] = max(slot_ms, self.last_slot_ms.get(name, slot_ms))
        start_ms = options.start_ms if options.start_ms is not None else first_slot_ms or 0
        end_ms = options.end_ms
        if end_ms is None:
            end_ms = max(self.last_slot_ms.values(), default=start_ms - SLOT_MS) + SLOT_MS
        self.start_ms, self.end_ms = bucket_start_ms(options, start_ms), widened_end_ms(options, end_ms)

    def series_of(self, request):
        return request.domain if self.is_grouped else b''

    def series(self):
        if not self.is_grouped:
            return [b'']
        return sorted(chosen_domains(self.options) or self.last_slot_ms)

    def has_log_since(self, name, time_ms):
        return name in self.last_slot_ms and time_ms <= self.last_slot_ms[name]

    @cached_property
    def with_offset(self):
        """Where local times repeat or jump within the range, each carries its offset."""
        offsets = {local_time(self.options, time_ms).utcoffset() for time_ms in [*self.times_ms(), self.end_ms - 1]}
        return len(offsets) > 1 or self.options.offsets == 'always'

    def text_of(self, time_ms):
        return time_text(self.options, time_ms, self.with_offset)

    def times_ms(self):
        return range(self.start_ms, self.end_ms, self.options.interval * 1000)

    def titles(self):
        return ['domain', 'time'] if self.is_grouped else ['time']

    def rows(self):
        """By time, then domain: the bucket, the series, the cells that name both, and whether its logs reach so far."""
        for time_ms in self.times_ms():
            if bucket_start_ms(self.options, time_ms) != time_ms:
                sys.exit(f'{self.options.time_zone} changes by a part of an hour within the range')
            for name in self.series():
                cells = [name, self.text_of(time_ms)] if self.is_grouped else [self.text_of(time_ms)]
                yield time_ms, name, cells, self.has_log_since(name, time_ms)
