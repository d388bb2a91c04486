"""What the sources of data/geo say of addresses, read without any code of the product.

    python3 geo_sources.py NODE_MODULES COUNT SEED

prints COUNT lines `address country province carrier`, tabs between: half of them IPv4 and half IPv6, half of each from
China, with both ends of the sources' ranges among them. The country is DB-IP's, which is newer than ip2region. NODE_MODULES has the packages that scripts/build-geo-data.mjs names.
Only countries of the contract have a code here; a country that it does not list is drawn again.
"""

import bisect
import csv
import ipaddress
import random
import struct
import sys
from pathlib import Path

from places import PROVINCES

# The contract's countries in Chinese.
COUNTRIES = dict(
    zip(
        '中国 阿联酋 阿根廷 澳大利亚 巴西 加拿大 瑞士 德国 埃及 西班牙 法国 英国 印度尼西亚 爱尔兰 以色列 印度 意大利 日本 韩国 墨西哥 '
        '马来西亚 荷兰 挪威 新西兰 菲律宾 巴基斯坦 卡塔尔 沙特阿拉伯 瑞典 新加坡 泰国 土耳其 美国 越南 南非'.split(),
        'cn ae ar au br ca ch de eg es fr gb id ie il in it jp kr mx my nl no nz ph pk qa sa se sg th tr us vn za'.split(),
    )
)
OUTLYING = {'香港': 'hk', '澳门': 'mo', '台湾': 'tw'}
CARRIERS = {'电信': 'dianxin', '联通': 'liantong', '移动': 'yidong', '铁通': 'tietong', '教育网': 'jiaoyuwang', '鹏博士': 'pengboshi'}
# Autonomous systems by number, from the registries: not by name, as the product does.
SYSTEMS = {
    4134: 'dianxin', 4812: 'dianxin', 4811: 'dianxin', 23724: 'dianxin', 58466: 'dianxin', 4837: 'liantong', 4808: 'liantong',
    9929: 'liantong', 17621: 'liantong', 17622: 'liantong', 17623: 'liantong', 17816: 'liantong', 136958: 'liantong',
    134543: 'liantong', 9808: 'yidong', 56040: 'yidong', 56041: 'yidong', 56042: 'yidong', 56044: 'yidong', 56045: 'yidong',
    56046: 'yidong', 56047: 'yidong', 56048: 'yidong', 24400: 'yidong', 24444: 'yidong', 24445: 'yidong', 24547: 'yidong',
    38019: 'yidong', 132525: 'yidong', 134810: 'yidong', 4538: 'jiaoyuwang', 23910: 'jiaoyuwang', 9425: 'jiaoyuwang',
    37963: 'qita', 45102: 'qita', 55960: 'qita', 59019: 'qita', 17428: 'qita', 38365: 'qita', 174: 'qita', 45062: 'qita',
}


def read_xdb(path):
    """Starts, ends and texts of the segments."""
    data = path.read_bytes()
    first, last = struct.unpack_from('<II', data, 8)
    segments = [struct.unpack_from('<IIHI', data, at) for at in range(first, last + 1, 14)]
    return segments, lambda length, position: data[position : position + length].decode()


def place_of_text(text):
    """None when the country is not one of the contract's."""
    country, _, province, _, carrier = text.split('|')
    if country == '0':
        return 'qita', '', 'qita'
    if country not in COUNTRIES:
        return None
    if country != '中国':
        return COUNTRIES[country], '', 'qita'
    for name, code in OUTLYING.items():
        if province.startswith(name):
            return code, 'gangaotai', CARRIERS.get(carrier, 'qita')
    found = [code for code, (name, _) in PROVINCES.items() if province.startswith(name)]
    return 'cn', found[0] if found else 'qita', CARRIERS.get(carrier, 'qita')


def read_csv(path):
    rows = [(int(ipaddress.ip_address(a)), int(ipaddress.ip_address(b)), *rest) for a, b, *rest in csv.reader(path.open())]
    return [row[0] for row in rows], rows


def row_at(table, number):
    starts, rows = table
    index = bisect.bisect_right(starts, number) - 1
    return rows[index] if index >= 0 and number <= rows[index][1] else None


def place_of_ipv6(countries, systems, number):
    """None when the country, or the autonomous system of an address in China, is not known here."""
    row = row_at(countries, number)
    if row is None:
        return 'qita', '', 'qita'
    code = row[2].lower()
    if code not in ('cn', 'hk', 'mo', 'tw'):
        return (code, '', 'qita') if code in COUNTRIES.values() else None
    system = row_at(systems, number)
    if system is not None and int(system[2]) not in SYSTEMS:
        return None
    carrier = 'qita' if system is None else SYSTEMS[int(system[2])]
    return code, 'qita' if code == 'cn' else 'gangaotai', carrier


def place_of_ipv4(countries, said, number):
    """None when the country is not one of the contract's."""
    row = row_at(countries, number)
    if row is None:
        return said
    code = row[2].lower()
    if code not in ('cn', 'hk', 'mo', 'tw'):
        return (code, '', 'qita') if code in COUNTRIES.values() else None
    if said is not None and said[0] == code:
        return said
    return code, 'qita' if code == 'cn' else 'gangaotai', 'qita'


def address_in(draw, first, last):
    return draw.choice((first, last, draw.randint(first, last)))


def main():
    modules, count, draw = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    segments, text_of = read_xdb(modules / 'ip2region-ts/data/ip2region.xdb')
    starts = [row[0] for row in segments]
    countries_v4 = read_csv(modules / '@ip-location-db/dbip-country/dbip-country-ipv4.csv')
    countries = read_csv(modules / '@ip-location-db/dbip-country/dbip-country-ipv6.csv')
    systems = read_csv(modules / '@ip-location-db/asn/asn-ipv6.csv')
    chinese_v4 = [row for row in segments if text_of(*row[2:]).startswith('中国')]
    chinese_v4_by_country = [row for row in countries_v4[1] if row[2] in ('CN', 'HK', 'MO', 'TW')]
    chinese = [row for row in countries[1] if row[2] in ('CN', 'HK', 'TW')]
    written = 0
    while written < count:
        if written % 2 == 0:
            rows = draw.choice((chinese_v4, chinese_v4_by_country, segments, countries_v4[1]))
            first, last = draw.choice(rows)[:2]
            number = address_in(draw, first, last)
            address = ipaddress.IPv4Address(number)
            segment = segments[bisect.bisect_right(starts, number) - 1]
            place = place_of_ipv4(countries_v4, place_of_text(text_of(*segment[2:])), number)
        else:
            row = draw.choice(chinese if draw.random() < 0.5 else countries[1])
            number = address_in(draw, row[0], row[1])
            address = ipaddress.IPv6Address(number)
            place = place_of_ipv6(countries, systems, number)
        if place is None:
            continue
        print(address, *place, sep='\t')
        written += 1


main()
