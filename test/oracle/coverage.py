"""Says, bucket by bucket, what is final, reported, provisional, missing or refused: the rules of docs/adr/0017-coverage.md, done the long way.

Reads one JSON object from standard input: `from`, `to` and `judged_at` in unix seconds, `interval`, `domains`, `cadences` by
source, and the `loads` that count, in the order of their ids, each with `source`, `name`, `written_at` and `lines` as
[unix seconds, domain], and the `refused` files with `source` and `name`. Writes a list of [domain, bucket, state, {source: state}, late lines].
"""

import json
import re
import sys
from datetime import date, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

BUCKET = 300
HOUR = 3600
HUAWEI = re.compile(r'(\d{10})-(.*)-(?:cn|ov)\.gz')


def named(name):
    """The domain and the hour that a name tells, as seconds; None when it tells none."""
    match = HUAWEI.fullmatch(name)
    if match is None:
        return None
    start = datetime.strptime(match[1], '%Y%m%d%H').replace(tzinfo=timezone(timedelta(hours=8)))
    return match[2], int(start.timestamp())


def dates_in(name):
    """The different dates that a name writes; those that no calendar has are left out."""
    found = set()
    pattern = r'(?<!\d)(?:(\d{4})([-_.])(\d\d)\2(\d\d)|(\d{4})(\d\d)(\d\d)(?:\d\d){0,3})(?!\d)'
    for match in re.finditer(pattern, name):
        year, month, day = (match[1], match[3], match[4]) if match[1] else (match[5], match[6], match[7])
        try:
            found.add(date(int(year), int(month), int(day)))
        except ValueError:
            pass
    return {one for one in found if one.year >= 2000}


def day_of(time, zone):
    return datetime.fromtimestamp(time, zone).date()


ONE_DAY = timedelta(days=1)


class Load:
    def __init__(self, load):
        self.source, self.name, self.written_at = load['source'], load['name'], load['written_at']
        self.lines = load['lines']
        told = named(self.name)
        buckets = [time // BUCKET * BUCKET for time, _ in self.lines]
        self.domain = told[0] if told else ''
        self.buckets = buckets
        self.dates = dates_in(self.name)
        mentioned = {name for _, name in self.lines if re.search(r'(?<![a-z0-9.])%s(?![a-z0-9])' % re.escape(name), self.name)}
        hosts = re.findall(r'(?:[a-z0-9-]+\.)+[a-z]{2,}(?![a-z0-9])', re.sub(r'20\d\d[-_.]?\d\d[-_.]?\d\d|\.(?:log|gz)(?![a-z0-9])', '/', self.name))
        self.file_domain = self.domain or max(mentioned, key=len, default='') or ('' if buckets else next(iter(hosts), ''))
        self.has_time = told is not None or buckets != []
        if not self.has_time:
            return
        if told:
            self.start, self.touched = told[1], told[1] + HOUR
            self.past = min(told[1] + HOUR, self.written_at // BUCKET * BUCKET)
            self.hours = {told[1]}
        else:
            self.start, self.touched = min(buckets), max(buckets) + BUCKET
            self.past = min(max(buckets), self.written_at // BUCKET * BUCKET)
            self.hours = {(min(buckets) + max(buckets)) // 2 // HOUR * HOUR}
        self.last = told[1] + HOUR if told else max(buckets)


class Source:
    def __init__(self, name, cadence, default_delay, loads, refused):
        self.refused = [named(one['name']) for one in refused if one['source'] == name]
        self.name, self.loads = name, [load for load in loads if load.source == name]
        self.files, self.day_files = cadence.get('files_per_hour'), cadence.get('files_per_day')
        self.zone = ZoneInfo(cadence['day_zone']) if self.day_files else None
        self.delay = cadence.get('delay_seconds', default_delay)
        self.skips = cadence.get('skips_empty_hours', False)
        self.domains, self.is_stated = cadence.get('domains'), cadence != {}
        self.expected_from, self.expected_until = cadence.get('expected_from'), cadence.get('expected_until')

    # -- daily files

    @cache
    def middle_day(self, load):
        return day_of((min(load.buckets) + max(load.buckets)) // 2, self.zone)

    @cache
    def day_of_file(self, load):
        """The day that a file is of; None when neither its name nor its lines tell one."""
        written = next(iter(load.dates)) if len(load.dates) == 1 else None
        if written is not None:
            both = [one for one in self.loads if len(one.dates) == 1 and one.buckets]
            day_after = [one for one in both if self.middle_day(one) + ONE_DAY == next(iter(one.dates))]
            if 2 * len(day_after) > len(both):
                written -= ONE_DAY
        if not load.buckets:
            return written
        around = range(min(load.buckets) - HOUR, max(load.buckets) + BUCKET + HOUR, BUCKET)
        if written is not None and any(day_of(time, self.zone) == written for time in around):
            return written
        return self.middle_day(load)

    @cache
    def files_of_day(self, domain, day):
        return [load for load in self.loads if load.file_domain in ('', domain) and self.day_of_file(load) == day]

    @cache
    def has_all(self, domain, day):
        def is_whole(load):
            began = bool(load.buckets) and day_of(min(load.buckets) - HOUR, self.zone) < day
            return began or day_of(load.written_at, self.zone) > day
        return len({load.name for load in self.files_of_day(domain, day) if is_whole(load)}) >= self.day_files

    def end_of(self, day):
        return int(datetime(day.year, day.month, day.day, tzinfo=self.zone).timestamp()) + self.hours_of(day) * HOUR

    def hours_of(self, day):
        after = day + ONE_DAY
        begin, end = (datetime(one.year, one.month, one.day, tzinfo=self.zone) for one in (day, after))
        return int((end.timestamp() - begin.timestamp()) // HOUR)

    def state_by_day(self, domain, bucket, judged_at):
        day = day_of(bucket, self.zone)
        files = self.files_of_day(domain, day)
        if not files:
            return 'missing'
        if not self.has_all(domain, day) or self.end_of(day) + self.delay > judged_at:
            return 'provisional'
        near = [(load, one) for one in (day - ONE_DAY, day, day + ONE_DAY) for load in self.files_of_day(domain, one) if load.buckets]
        begin = self.end_of(day) - self.hours_of(day) * HOUR
        begins_here = self.expected_from is not None and self.expected_from >= begin
        reach_on = max((max(load.buckets) + BUCKET - self.end_of(one) for load, one in near), default=0)
        if not begins_here and bucket < begin + reach_on and not self.has_all(domain, day - ONE_DAY):
            return 'provisional'
        reach_back = max((self.end_of(one) - self.hours_of(one) * HOUR - min(load.buckets) for load, one in near), default=0)
        if bucket >= self.end_of(day) - reach_back and not self.has_all(domain, day + ONE_DAY):
            return 'provisional'
        return 'final'

    def reports(self, domain):
        if self.domains is not None:
            return domain in self.domains
        return any(load.domain == domain or any(name == domain for _, name in load.lines) for load in self.loads)

    def of(self, domain):
        return [load for load in self.loads if load.has_time and load.domain in ('', domain)]

    def is_expected(self, domain, bucket):
        if not self.reports(domain):
            return False
        starts = [load.start for load in self.of(domain)]
        step = HOUR if self.files else BUCKET
        first = self.expected_from if self.expected_from is not None else min(starts) // step * step if starts else None
        if self.day_files and self.expected_from is None and starts:
            day = day_of(min(starts), self.zone)
            first = self.end_of(day) - self.hours_of(day) * HOUR
        if first is not None and bucket < first:
            return False
        return self.expected_until is None or bucket < self.expected_until

    def state(self, domain, bucket, judged_at, has_request):
        state = self.taken(domain, bucket, judged_at)
        is_refused = any(one[0] == domain and one[1] <= bucket < one[1] + HOUR for one in self.refused)
        goes_on = not self.files and not self.day_files
        return 'refused' if is_refused and (state == 'missing' or (goes_on and not has_request)) else state

    def taken(self, domain, bucket, judged_at):
        if self.day_files:
            return self.state_by_day(domain, bucket, judged_at)
        return self.state_by_hour(domain, bucket, judged_at) if self.files else self.state_gone_past(domain, bucket)

    def state_gone_past(self, domain, bucket):
        loads = self.of(domain)
        if not loads or bucket < min(load.start for load in loads):
            return 'missing'
        if bucket + BUCKET + self.delay <= max(load.past for load in loads):
            return 'final' if self.is_stated else 'reported'
        return 'provisional' if bucket < max(load.touched for load in loads) else 'missing'

    def state_by_hour(self, domain, bucket, judged_at):
        hour = bucket // HOUR * HOUR
        is_over = hour + HOUR + self.delay <= judged_at
        files = {load.name for load in self.of(domain) if hour in load.hours}
        if files:
            return 'final' if len(files) >= self.files and is_over else 'provisional'
        starts = [load.start for load in self.of(domain)]
        begun = self.expected_from if self.expected_from is not None else min(starts) // HOUR * HOUR if starts else None
        went_past = max((load.last for load in self.loads if load.has_time), default=0) >= hour + HOUR
        return 'final' if self.skips and is_over and went_past and begun is not None and begun <= hour else 'missing'

    def late(self, domain, bucket):
        count = 0
        # A backlog: it was over by its delay before the source delivered anything.
        begun = min((load.written_at for load in self.loads), default=0)
        end = self.end_of(day_of(bucket, self.zone)) if self.day_files else (
            bucket // HOUR * HOUR + HOUR if self.files else bucket + BUCKET)
        if end + self.delay <= begun:
            return 0
        for index, load in enumerate(self.loads):
            lines = sum(1 for time, name in load.lines if name == domain and time // BUCKET * BUCKET == bucket)
            if self.day_files:
                is_late = self.end_of(day_of(bucket, self.zone)) + self.delay <= load.written_at
            elif self.files:
                is_late = bucket // HOUR * HOUR + HOUR + self.delay <= load.written_at
            else:
                before = [one.past for one in self.loads[:index] if one.has_time and one.domain == load.domain]
                is_late = bucket + BUCKET + self.delay <= max(before, default=0)
            count += lines if is_late else 0
        return count


def together(states):
    if set(states) <= {'final', 'reported'}:
        return 'reported' if 'reported' in states else 'final'
    if set(states) <= {'missing', 'refused'}:
        return 'refused' if 'refused' in states else 'missing'
    return 'provisional'


def bucket_state(sources, domain, bucket, judged_at, has_request):
    own = {one.name: one.state(domain, bucket, judged_at, has_request) for one in sources if one.is_expected(domain, bucket)}
    if not own:
        return 'provisional' if has_request else 'missing', own
    state = together(list(own.values()))
    return 'provisional' if has_request and state in ('missing', 'refused') else state, own


def main():
    asked = json.load(sys.stdin)
    loads = [Load(load) for load in asked['loads']]
    cadences = asked['cadences']
    default_delay = cadences.get('*', {}).get('delay_seconds', 3600)
    names = sorted({load.source for load in loads} | set(cadences) - {'*'})
    sources = [Source(name, cadences.get(name, {}), default_delay, loads, asked['refused']) for name in names]
    requests = {(name, time // BUCKET * BUCKET) for load in loads for time, name in load.lines}
    answer = []
    for domain in sorted(asked['domains']):
        for start in range(asked['from'], asked['to'], asked['interval']):
            parts = []
            for bucket in range(start, start + asked['interval'], BUCKET):
                found = bucket_state(sources, domain, bucket, asked['judged_at'], (domain, bucket) in requests)
                parts.append((*found, sum(one.late(domain, bucket) for one in sources)))
            seen = sorted({name for _, own, _ in parts for name in own})
            states = {name: together([own[name] for _, own, _ in parts if name in own]) for name in seen}
            answer.append([domain, start, together([one[0] for one in parts]), states, sum(one[2] for one in parts)])
    json.dump(answer, sys.stdout)


main()
