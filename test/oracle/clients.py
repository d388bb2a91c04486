"""How many addresses there were, and which carriers' they are."""

from places import CARRIERS, PROVINCES, carrier_of, province_or_other_of
from ranges import Range, bucket_start_ms, counted_requests, divide_half_up, requests_in_range


def uv(options):
    """Distinct addresses of each bucket, and of the whole range in each of its rows. No address is no client."""
    the_range, in_bucket, in_range = Range(options), {}, {}
    for request in requests_in_range(options):
        if request.address is None:
            continue
        name = the_range.series_of(request)
        in_bucket.setdefault((bucket_start_ms(options, request.time_ms), name), set()).add(request.address)
        in_range.setdefault(name, set()).add(request.address)
    yield [*the_range.titles(), 'uv', 'range_uv']
    for time_ms, name, cells, is_loaded in the_range.rows():
        of_bucket = len(in_bucket.get((time_ms, name), ())) if is_loaded else ''
        of_range = len(in_range.get(name, ())) if the_range.has_log_since(name, the_range.start_ms) else ''
        yield [*cells, of_bucket, of_range]


def isp_detail(options):
    """Traffic by bucket, domain, carrier, and province where one is asked for: every combination has its row."""
    carriers = chosen(options.isp, CARRIERS)
    provinces = [''] if options.province is None else chosen(options.province, PROVINCES)
    the_range, sums = Range(options), {}
    for request in counted_requests(options):
        province = '' if options.province is None else province_or_other_of(options, request)
        bucket_ms = bucket_start_ms(options, request.time_ms)
        key = (bucket_ms, the_range.series_of(request), carrier_of(options, request), province)
        flux_bytes, requests = sums.get(key, (0, 0))
        sums[key] = (flux_bytes + request.flux_bytes, requests + 1)
    province_titles = [] if options.province is None else ['province', 'province_code']
    yield [*the_range.titles(), 'carrier', 'carrier_code', *province_titles, 'flux_bytes', 'bandwidth_bps', 'requests']
    language = ('zh', 'en').index(options.language)
    for time_ms, name, cells, is_loaded in the_range.rows():
        for carrier in carriers:
            for province in provinces:
                place = [PROVINCES[province][language], province] if province else []
                flux_bytes, requests = sums.get((time_ms, name, carrier, province), (0, 0))
                figures = [flux_bytes, divide_half_up(flux_bytes * 8, options.interval), requests]
                yield [*cells, CARRIERS[carrier][language], carrier, *place, *(figures if is_loaded else [''] * 3)]


def chosen(codes, known):
    """In the contract's order; all of them when none, or `all`, is named."""
    return [code for code in known if codes in (None, 'all') or code in codes.split(',')]
