"""What is billed by: each calendar month's points of five minutes, one after the other."""

from fractions import Fraction

from ranges import (
    SLOT_MS,
    Range,
    chosen_domains,
    counted_requests,
    divide_half_up,
    local_time,
    requests_of_domains,
    slot_of,
)

TOTAL = {'en': 'Total', 'zh': '合计'}


class Month:
    """A series' points of one month: each a (bytes, has a request, start), on the valid days of it."""

    def __init__(self, options, starts_by_day, bytes_by_slot):
        days = [
            [(bytes_by_slot.get(start_ms, 0), start_ms in bytes_by_slot, start_ms) for start_ms in starts_ms]
            for starts_ms in starts_by_day.values()
        ]
        self.is_logged = len(days) > 0
        self.flux_bytes = sum(flux_bytes for day in days for flux_bytes, _, _ in day)
        valid = [day for day in days if sum(point[0] for point in day) > options.valid_day_bytes]
        self.valid_days = len(valid)
        self.daily_peaks = sorted((max(point[0] for point in day) for day in valid), reverse=True)
        # Highest first; among equal ones those with a request, then the earliest.
        self.points = sorted((point for day in valid for point in day), key=lambda p: (-p[0], not p[1], p[2]))
        self.discarded = int(len(self.points) * Fraction(options.discard_percent) / 100)


def bandwidth(flux_bytes):
    return divide_half_up(flux_bytes * 8, 300)


def months_of(options, the_range):
    """For each month: its name, start and end within the range, and for each domain, then for the total, a name and its month."""
    bytes_by_series = {}
    for request in counted_requests(options):
        for name in (request.domain, None):
            of_series = bytes_by_series.setdefault(name, {})
            slot_ms = slot_of(request.time_ms)
            of_series[slot_ms] = of_series.get(slot_ms, 0) + request.flux_bytes
    # Up to the last five minutes in which anything of any of the domains is logged, wherever and from wherever.
    until_ms = min(the_range.end_ms, max(the_range.last_slot_ms.values(), default=-SLOT_MS) + SLOT_MS)
    domains = sorted(chosen_domains(options) or {request.domain for request, _ in requests_of_domains(options)})
    days_by_month, parts = {}, {}
    for start_ms in range(the_range.start_ms, the_range.end_ms, SLOT_MS):
        local = local_time(options, start_ms)
        starts_by_day = days_by_month.setdefault(f'{local:%Y-%m}', {})
        first_ms, _ = parts.get(f'{local:%Y-%m}', (start_ms, None))
        parts[f'{local:%Y-%m}'] = first_ms, start_ms + SLOT_MS
        if start_ms < until_ms:
            starts_by_day.setdefault(local.day, []).append(start_ms)
    for month, starts_by_day in days_by_month.items():
        series = [*((name, name) for name in domains), (TOTAL[options.language], None)]
        yield (month, *map(the_range.text_of, parts[month])), [(shown, Month(options, starts_by_day, bytes_by_series.get(name, {}))) for shown, name in series]


def billing_summary(options):
    yield (
        'month from to domain flux_bytes billed_flux_bytes percentile_bps average_daily_peak_bps fourth_daily_peak_bps '
        'peak_bps peak_time valid_days points discarded'
    ).split()
    the_range = Range(options)
    for named, series in months_of(options, the_range):
        for domain, month in series:
            flux = [month.flux_bytes, billed(options, month.flux_bytes)] if month.is_logged else ['', '']
            yield [*named, domain, *flux, *peaks(month, the_range), month.valid_days, len(month.points), month.discarded]


def billed(options, flux_bytes):
    exact = flux_bytes * (100 + Fraction(options.overhead_percent)) / 100
    return divide_half_up(exact.numerator, exact.denominator)


def peaks(month, the_range):
    """Percentile, average daily peak, fourth daily peak, peak and its time."""
    if month.valid_days == 0:
        return [''] * 5
    kept = month.points[month.discarded :]
    average = divide_half_up(sum(month.daily_peaks) * 8, 300 * month.valid_days)
    fourth = bandwidth(month.daily_peaks[3]) if month.valid_days >= 4 else ''
    highest = month.points[0]
    return [bandwidth(kept[0][0] if kept else 0), average, fourth, bandwidth(highest[0]), the_range.text_of(highest[2])]


def billing_discarded(options):
    yield ['month', 'domain', 'rank', 'time', 'flux_bytes', 'bandwidth_bps']
    the_range = Range(options)
    for (name, *_), series in months_of(options, the_range):
        for domain, month in series:
            for rank, (flux_bytes, has_request, start_ms) in enumerate(month.points[: month.discarded], start=1):
                if has_request:
                    yield [name, domain, rank, the_range.text_of(start_ms), flux_bytes, bandwidth(flux_bytes)]
