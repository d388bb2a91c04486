"""Reads access-log lines by hand, byte by byte where it matters: the oracle's own idea of the formats.

Everything stays bytes, so that an address that is no valid text is kept, compared and printed as it was logged.
"""

import gzip
import ipaddress
from collections import namedtuple
from datetime import datetime, timedelta, timezone
from functools import lru_cache

MONTHS = [b'Jan', b'Feb', b'Mar', b'Apr', b'May', b'Jun', b'Jul', b'Aug', b'Sep', b'Oct', b'Nov', b'Dec']
TIME_LENGTH = len('01/Sep/2026:08:00:01 +0800')
LARGEST_BYTES = 2**50
UNSPECIFIED = ipaddress.IPv6Address('::')

# `is_hit` is None when the format logs no cache status, `address` when there is none. What a log has as `-` is empty.
Request = namedtuple('Request', 'time_ms domain path query status flux_bytes is_hit address referrer user_agent')


class Rejected(Exception):
    """A line that is no request; the argument is the reason it is counted under."""


def is_digits(text):
    return text != b'' and all(48 <= code <= 57 for code in text)


def read_number(text, reason):
    if not is_digits(text):
        raise Rejected(reason)
    return int(text)


@lru_cache
def read_time(text):
    """`01/Sep/2026:08:00:01 +0800` as milliseconds since 1970 UTC."""
    if len(text) != TIME_LENGTH or text[3:6] not in MONTHS or text[21:22] not in (b'+', b'-'):
        raise Rejected('bad_time')
    if bytes([text[i] for i in (2, 6, 11, 14, 17, 20)]) != b'//::: ':
        raise Rejected('bad_time')
    spans = [(7, 11), (0, 2), (12, 14), (15, 17), (18, 20), (22, 24), (24, 26)]
    year, day, hour, minute, second, zone_hours, zone_minutes = (
        read_number(text[start:end], 'bad_time') for start, end in spans
    )
    if zone_hours > 14 or zone_minutes > 59:
        raise Rejected('bad_time')
    offset = timedelta(hours=zone_hours, minutes=zone_minutes) * (-1 if text[21:22] == b'-' else 1)
    try:
        moment = datetime(year, 1 + MONTHS.index(text[3:6]), day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        raise Rejected('bad_time') from None
    return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


def read_status(text):
    if len(text) != 3:
        raise Rejected('bad_status')
    return read_number(text, 'bad_status')


def read_flux(text):
    if text == b'-':
        return 0
    flux_bytes = read_number(text, 'bad_bytes')
    if flux_bytes > LARGEST_BYTES:
        raise Rejected('bad_bytes')
    return flux_bytes


def read_domain(text, default):
    """Lower case, without port and final dot; `default` (or a rejection) for a missing one."""
    colon = text.rfind(b':')
    if colon >= 0 and (is_digits(text[colon + 1 :]) or text[colon + 1 :] == b''):
        text = text[:colon]
    if text.endswith(b'.'):
        text = text[:-1]
    if text in (b'', b'-'):
        if default is None:
            raise Rejected('no_domain')
        return default
    return text.lower()


@lru_cache(maxsize=None)
def read_address(text):
    """An address, one of version 4 written as version 6 as what it is; None for `::` and for anything else."""
    try:
        address = ipaddress.ip_address(text.decode('ascii'))
    except ValueError:
        return None
    return None if address == UNSPECIFIED else getattr(address, 'ipv4_mapped', None) or address


def text_or_empty(text):
    return b'' if text == b'-' else text


def split_target(target):
    """A request's target as path and query; of `http://host/path` only the path. `*` is none; others begin with a slash."""
    if target == b'*':
        return b'', b''
    if target[:7].lower() == b'http://' or target[:8].lower() == b'https://':
        rest = target[target.index(b'://') + 3 :]
        ends = [place for place in (rest.find(b'/'), rest.find(b'?')) if place >= 0]
        target = rest[min(ends) :] if ends else b''
        if not target.startswith(b'/'):
            target = b'/' + target
    if target and not target.startswith(b'/'):
        target = b'/' + target
    path, _, query = target.partition(b'?')
    return path, query


def head_of_huawei(line):
    """`[time] address milliseconds "` at the start: the time's text, the address, and where the referrer begins."""
    if not line.startswith(b'['):
        raise Rejected('field_count')
    bracket = line.find(b'] ')
    quote = line.find(b'"')
    if bracket < 0 or quote < bracket:
        raise Rejected('field_count')
    words = line[bracket + 2 : quote].split(b' ')
    if len(words) != 3 or words[0] == b'' or words[1] == b'' or words[2] != b'':
        raise Rejected('field_count')
    return line[1:bracket], words[0], quote + 1


def tail_of_huawei(pieces):
    """What follows the last quote: nothing (13 fields) or one address (14)."""
    tail = pieces[-1]
    if tail != b'' and (not tail.startswith(b' ') or len(tail) == 1 or b' ' in tail[1:]):
        raise Rejected('field_count')


def is_protocol(text):
    return text == b'-' or text[:5].upper() == b'HTTP/'


def numbers_of_huawei(piece):
    """` 200 10240 HIT ` as its three words, or None."""
    words = piece.split(b' ')
    if len(words) == 5 and words[0] == b'' and words[4] == b'' and all(words[1:4]) and is_digits(words[2]):
        return words[1:4]
    return None


def middle_of_huawei(pieces):
    """Referrer, domain, path, the three unquoted words and the user agent, when any of the strings may hold quotes.

    The referrer ends where protocol, method and domain follow; the path ends at ` status size cache `; the range is the
    last string; the user agent is what remains. A line that can be read in two ways is not read at all: what stands in
    the strings is the client's to choose.
    """
    found = list(readings_of_huawei(pieces))
    if len(found) != 1:
        raise Rejected('field_count')
    return found[0]


def readings_of_huawei(pieces):
    last_numbers = len(pieces) - 5
    for start in range(1, last_numbers - 7):
        separators = [pieces[start + step] for step in (0, 2, 4, 6)]
        if separators != [b' '] * 4 or not is_protocol(pieces[start + 1]) or b' ' in pieces[start + 5]:
            continue
        for place in range(start + 8, last_numbers + 1):
            words = numbers_of_huawei(pieces[place])
            if words is not None:
                spans = [(0, start), (start + 7, place), (place + 1, -3)]
                referrer, path, user_agent = (b'"'.join(pieces[first:end]) for first, end in spans)
                yield referrer, pieces[start + 5], path, words, user_agent


def read_huawei(line, default_domain):
    time_text, client, referrer_start = head_of_huawei(line)
    pieces = line[referrer_start:].split(b'"')
    tail_of_huawei(pieces)
    if len(pieces) < 14 or pieces[-3] != b' ':
        raise Rejected('field_count')
    referrer, domain, target, (status, size, cache), user_agent = middle_of_huawei(pieces)
    path, query = split_target(text_or_empty(target))
    return Request(
        time_ms=read_time(time_text),
        status=read_status(status),
        flux_bytes=read_flux(size),
        domain=read_domain(domain, default_domain),
        path=path,
        query=query,
        is_hit=cache == b'HIT',
        address=read_address(client),
        referrer=text_or_empty(referrer),
        user_agent=text_or_empty(user_agent),
    )


def closing_quotes(line, start):
    """Every quote from `start` on that no backslash escapes."""
    place = start
    while (quote := line.find(b'"', place)) >= 0:
        backslash = line.find(b'\\', place, quote)
        if backslash >= 0:
            place = backslash + 2
        else:
            yield quote
            place = quote + 1


def two_strings(text):
    """`"referrer" "user agent"` at its start, as short as they can be."""
    between = [quote for quote in closing_quotes(text, 1) if text[quote + 1 : quote + 3] == b' "']
    for quote in between if text.startswith(b'"') else []:
        for end in closing_quotes(text, quote + 3):
            return text[1:quote], text[quote + 3 : end]
    return cut_strings(text)


def cut_strings(text):
    """The strings of a line that is cut within one of them: without a backslash nothing in them is a quote."""
    pieces = text.split(b'"')
    if b'\\' in text or pieces[0] != b'' or len(pieces) not in (2, 4) or (len(pieces) == 4 and pieces[2] != b' '):
        raise Rejected('field_count')
    return pieces[1], pieces[3] if len(pieces) == 4 else b''


def after_request(line, quote):
    """Status and bytes behind the request's closing quote; whole referrer and user agent must follow them."""
    words = line[quote + 1 :].split(b' ', 3)
    if len(words) < 4 or words[0] != b'':
        raise Rejected('field_count')
    strings = two_strings(words[3])
    return read_status(words[1]), read_flux(words[2]), *strings


def request_of_combined(line, start):
    """The request's text and what follows: up to the first closing quote with a status and bytes behind it."""
    first_reason = Rejected('field_count')
    for number, quote in enumerate(closing_quotes(line, start)):
        try:
            return (line[start:quote], *after_request(line, quote))
        except Rejected as rejected:
            if number == 0:
                first_reason = rejected
    raise first_reason


def read_combined(line, default_domain, has_host=False):
    quote = line.find(b'"')
    if quote < 2 or line[quote - 2 : quote] != b'] ':
        raise Rejected('field_count')
    bracket = line.rfind(b' [', 0, quote)
    head = line[:bracket].split(b' ') if bracket > 0 else []
    if len(head) < (4 if has_host else 3) or head[0] == b'':
        raise Rejected('field_count')
    time_ms = read_time(line[bracket + 2 : quote - 2])
    request, status, flux_bytes, referrer, user_agent = request_of_combined(line, quote + 1)
    words = request.split(b' ')
    is_whole = len(words) >= 3 and words[-1].startswith(b'HTTP/')
    path, query = split_target(b' '.join(words[1:-1])) if is_whole else (b'', b'')
    domain = read_domain(head[0] if has_host else b'', default_domain)
    address = read_address(head[1] if has_host else head[0])
    strings = text_or_empty(referrer), text_or_empty(user_agent)
    return Request(time_ms, domain, path, query, status, flux_bytes, None, address, *strings)


READERS = {
    'huawei_offline': read_huawei,
    'combined': read_combined,
    'combined_vhost': lambda line, default_domain: read_combined(line, default_domain, has_host=True),
}


def lines_of(file_path):
    """The lines of a file, compressed or not by its first bytes, without their line ends."""
    with open(file_path, 'rb') as raw:
        is_gzip = raw.read(2) == b'\x1f\x8b'
    with gzip.open(file_path, 'rb') if is_gzip else open(file_path, 'rb') as file:
        for line in file:
            yield line.removesuffix(b'\n').removesuffix(b'\r')


def requests_of(file_path, format_name, default_domain):
    """For every line either a Request or the reason why there is none."""
    read = READERS[format_name]
    for line in lines_of(file_path):
        try:
            yield read(line, default_domain) if line.strip() else 'blank_line'
        except Rejected as rejected:
            yield rejected.args[0]
