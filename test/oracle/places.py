"""Where clients are. A log does not say: a rule does, the same for both sides of a test."""

from functools import lru_cache

# The contract's carriers and provinces in its order, in Chinese and English.
CARRIERS = {
    'dianxin': ('中国电信', 'China Telecom'),
    'yidong': ('中国移动', 'China Mobile'),
    'liantong': ('中国联通', 'China Unicom'),
    'tietong': ('中国铁通', 'China Tietong'),
    'jiaoyuwang': ('教育网', 'CERNET'),
    'pengboshi': ('鹏博士', 'Dr. Peng'),
    'qita': ('其他', 'Others'),
}
PROVINCES = {
    'anhui': ('安徽', 'Anhui'),
    'beijing': ('北京', 'Beijing'),
    'chongqing': ('重庆', 'Chongqing'),
    'fujian': ('福建', 'Fujian'),
    'gansu': ('甘肃', 'Gansu'),
    'guangdong': ('广东', 'Guangdong'),
    'guangxi': ('广西', 'Guangxi'),
    'guizhou': ('贵州', 'Guizhou'),
    'hainan': ('海南', 'Hainan'),
    'hebei': ('河北', 'Hebei'),
    'heilongjiang': ('黑龙江', 'Heilongjiang'),
    'henan': ('河南', 'Henan'),
    'hubei': ('湖北', 'Hubei'),
    'hunan': ('湖南', 'Hunan'),
    'jiangsu': ('江苏', 'Jiangsu'),
    'jiangxi': ('江西', 'Jiangxi'),
    'jilin': ('吉林', 'Jilin'),
    'liaoning': ('辽宁', 'Liaoning'),
    'neimenggu': ('内蒙古', 'Inner Mongolia'),
    'ningxia': ('宁夏', 'Ningxia'),
    'qinghai': ('青海', 'Qinghai'),
    'shaanxi': ('陕西', 'Shaanxi'),
    'shandong': ('山东', 'Shandong'),
    'shanghai': ('上海', 'Shanghai'),
    'shanxi': ('山西', 'Shanxi'),
    'sichuan': ('四川', 'Sichuan'),
    'tianjin': ('天津', 'Tianjin'),
    'xinjiang': ('新疆', 'Xinjiang'),
    'xizang': ('西藏', 'Xizang'),
    'yunnan': ('云南', 'Yunnan'),
    'zhejiang': ('浙江', 'Zhejiang'),
    'gangaotai': ('港澳台', 'Hong Kong, Macao and Taiwan (China)'),
    'qita': ('其他', 'Others'),
}
COUNTRIES = (
    'cn ae ar au br ca ch de eg es fr gb id ie il in it jp kr mx my nl no nz ph pk qa sa se sg th tr us vn za qita'
).split()
OUTLYING = ('hk', 'mo', 'tw')


def place_of(options, request):
    """Country, province and carrier: of the rule's places the one that the last byte of the address, modulo, names."""
    if not options.places:
        return '', '', ''
    places = places_of(options.places)
    last_byte = 0 if request.address is None else int(request.address) % 256
    return places[last_byte % len(places)]


@lru_cache
def places_of(text):
    return [tuple(place.split('/')) for place in text.split(',')]


def carrier_of(options, request):
    """What is not listed counts as others."""
    carrier = place_of(options, request)[2]
    return carrier if carrier in CARRIERS else 'qita'


def country_of(options, request):
    country = place_of(options, request)[0]
    return country if country in COUNTRIES else 'qita'


def province_of(options, request):
    """None abroad. Hong Kong, Macao and Taiwan are one province, though no part of country cn."""
    country, province, _ = place_of(options, request)
    if country in OUTLYING:
        return 'gangaotai'
    if country != 'cn':
        return None
    return province if province in PROVINCES else 'qita'


def province_or_other_of(options, request):
    return province_of(options, request) or 'qita'


def is_in_places(options, request):
    """Whether the filters of a report take the request. Those of isp_detail choose rows instead."""
    if options.report == 'isp_detail':
        return True
    return (
        is_named(options.isp, lambda: carrier_of(options, request))
        # A province is in a country.
        and is_named(options.province, lambda: province_of(options, request))
        and (options.province not in (None, 'all') or is_named(options.country, lambda: country_of(options, request)))
    )


def is_named(codes, code_of):
    return codes in (None, 'all') or code_of() in codes.split(',')
