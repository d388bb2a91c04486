"""What cost most, or was asked for most often, in a range: each thing with its sums, and its share of everything."""

from ranges import divide_half_up, requests_in_range


def url_of(request):
    return path_of(request) + (b'?' + request.query if request.query else b'')


def path_of(request):
    return request.domain + request.path


def address_of(request):
    return str(request.address or '-').encode()


# The column, and what stands in it; a URL and a path belong to a domain, which their rows always name.
LISTS = {
    'top_url_detail': ('url', url_of),
    'top_path_detail': ('path', path_of),
    'top_ua_detail': ('ua', lambda request: request.user_agent or b'-'),
    'top_referer_detail': ('referer', lambda request: request.referrer or b'-'),
    'top_ip_detail': ('ip', address_of),
}


def share_text(value, total):
    """Percent with four decimals, rounded half up; 0 of 0 is 0."""
    ten_thousandths = divide_half_up(value * 1_000_000, total) if total else 0
    return f'{ten_thousandths // 10_000}.{ten_thousandths % 10_000:04d}'


def top_list(options):
    column, item_of = LISTS[options.report]
    grouped = options.group_by == 'domain'
    names_domain = grouped or column in ('url', 'path')
    lists = {}
    for request in requests_in_range(options):
        measures_by_item = lists.setdefault(request.domain if grouped else b'', {})
        key = (item_of(request), request.domain if names_domain else b'')
        measures = measures_by_item.setdefault(key, [0, 0])
        measures[0] += request.flux_bytes
        measures[1] += 1
    place = 1 if options.stat_type == 'req_num' else 0
    limit = 100 if options.limit is None else options.limit
    yield ['rank', *(['domain'] if names_domain else []), column, 'flux_bytes', 'requests', 'share_percent']
    for _, measures_by_item in sorted(lists.items()):
        total = sum(measures[place] for measures in measures_by_item.values())
        ranked = sorted(measures_by_item.items(), key=lambda item: (-item[1][place], item[0]))
        for rank, ((item, domain), measures) in enumerate(ranked[:limit], start=1):
            domain_cell = [domain] if names_domain else []
            yield [rank, *domain_cell, item, *measures, share_text(measures[place], total)]
