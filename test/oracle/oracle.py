#!/usr/bin/env python3
"""Counts access logs in its own slow way and prints what the product's reports must say. See README.md."""

import argparse
import csv
import io
import json
import sys
from zoneinfo import ZoneInfo

sys.dont_write_bytecode = True

from bills import billing_discarded, billing_summary  # noqa: E402
from clients import isp_detail, uv  # noqa: E402
from cells import cell_lines  # noqa: E402
from log_lines import READERS  # noqa: E402
from ranges import INSIDE, OUTSIDE  # noqa: E402
from top_lists import LISTS, top_list  # noqa: E402
from usage import reports_detail, totals  # noqa: E402
from usage_series import usage_series  # noqa: E402

REPORTS = {
    'reports_detail': reports_detail,
    **dict.fromkeys(LISTS, top_list),
    'uv': uv,
    'isp_detail': isp_detail,
    'billing_summary': billing_summary,
    'billing_discarded': billing_discarded,
}
# What means something to some reports only; `totals` takes nothing.
EVERY = {'start_ms', 'end_ms', 'domains', 'service_area'}
FILTERS = {'country', 'province', 'isp'}
MEANT_FOR = {
    'totals': set(),
    'reports_detail': EVERY | FILTERS | {'interval', 'group_by'},
    **dict.fromkeys(LISTS, EVERY | FILTERS | {'interval', 'group_by', 'stat_type', 'limit'}),
    'uv': EVERY | FILTERS | {'interval', 'group_by'},
    'isp_detail': EVERY | {'interval', 'group_by', 'province', 'isp'},
    'billing_summary': EVERY | {'interval'},
    'billing_discarded': EVERY | {'interval'},
    'usage_series': EVERY | FILTERS | {'bucket', 'by', 'ip_version'},
    'cell_lines': EVERY | {'bucket', 'by', 'values', 'metric'},
}
DEFAULTS = {'interval': 300, 'service_area': 'global'}


def parser_of_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--format', choices=sorted(READERS), help='of the files that name none')
    parser.add_argument('--report', required=True, choices=['totals', 'usage_series', 'cell_lines', *REPORTS])
    parser.add_argument('--domain', help='for lines that name none')
    parser.add_argument('--interval', type=int, choices=[300, 3600], help='seconds; default 300')
    parser.add_argument('--start-ms', type=int, help='default: the first bucket with a request')
    parser.add_argument('--end-ms', type=int, help='default: the end of the last bucket with a request')
    parser.add_argument('--group-by', choices=['domain'])
    parser.add_argument('--bucket', choices=['300', '3600', '86400', 'month'], help='of usage_series')
    parser.add_argument('--by', help='dimensions a,b of usage_series and cell_lines')
    parser.add_argument('--values', help='of cell_lines: a value a,b of each of these')
    parser.add_argument('--metric', help='of cell_lines: the figure')
    parser.add_argument('--ip-version', choices=['IPv4', 'IPv6'])
    parser.add_argument('--time-zone', default='Asia/Shanghai')
    parser.add_argument('--offsets', choices=['always'], help='each time carries its offset, not only where it changes')
    parser.add_argument('--stat-type', choices=['flux', 'req_num'], help='default flux')
    parser.add_argument('--limit', type=int, help='default 100')
    parser.add_argument('--domains', help='a,b; default: every domain of the logs')
    parser.add_argument('--service-area', choices=[INSIDE, OUTSIDE, 'global'], help='default global')
    parser.add_argument('--outside', action='append', metavar='FILE', help=f'a log of {OUTSIDE}')
    parser.add_argument('--places', help='country/province/carrier,…: where clients are; see README.md')
    for name in ('country', 'province', 'isp'):
        parser.add_argument(f'--{name}', help='codes a,b or all')
    parser.add_argument('--language', choices=['zh', 'en'], default='zh')
    parser.add_argument('--discard-percent', default='5')
    parser.add_argument('--valid-day-bytes', type=int, default=0)
    parser.add_argument('--overhead-percent', default='10')
    parser.add_argument('files', nargs='*', metavar='[FORMAT=]FILE', help=f'a log of {INSIDE}')
    return parser


def read_arguments(arguments):
    parser = parser_of_arguments()
    options = parser.parse_args(arguments)
    meant = MEANT_FOR[options.report]
    for name in {name for names in MEANT_FOR.values() for name in names} - meant:
        if getattr(options, name) is not None:
            parser.error(f'--{name.replace("_", "-")} means nothing to {options.report}')
    for file in [*options.files, *(options.outside or [])]:
        if options.format is None and file.partition('=')[0] not in READERS:
            parser.error(f'{file} has no format')
    for name, value in DEFAULTS.items():
        if getattr(options, name) is None:
            setattr(options, name, value)
    options.zone = ZoneInfo(options.time_zone)
    return options


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
    elif options.report == 'usage_series':
        print(json.dumps(usage_series(options)))
    elif options.report == 'cell_lines':
        print(json.dumps(cell_lines(options), ensure_ascii=False))
    else:
        write_csv(REPORTS[options.report](options))


def main():
    if sys.argv[1:] != ['--many']:
        return answer(sys.argv[1:])
    for line in sys.stdin:
        answer(json.loads(line))
        print('\f', end='', flush=True)


if __name__ == '__main__':
    main()
