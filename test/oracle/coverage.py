"""Says, bucket by bucket, what is final, provisional or missing: the rules of docs/adr/0017-coverage.md, done the long way.

Reads one JSON object from standard input: `from`, `to` and `judged_at` in unix seconds, `interval`, `domains`, `cadences` by
source, and the `loads` that count, in the order of their ids, each with `source`, `name`, `written_at` and `lines` as
[unix seconds, domain]. Writes a list of [domain, bucket, state, {source: state}, late lines].
"""

import json
import re
import sys
from datetime import datetime, timedelta, timezone

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


class Load:
    def __init__(self, load):
        self.source, self.name, self.written_at = load['source'], load['name'], load['written_at']
        self.lines = load['lines']
        told = named(self.name)
        buckets = [time // BUCKET * BUCKET for time, _ in self.lines]
        self.domain = told[0] if told else ''
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
    def __init__(self, name, cadence, default_delay, loads):
        self.name, self.loads = name, [load for load in loads if load.source == name]
        self.files = cadence.get('files_per_hour')
        self.delay = cadence.get('delay_seconds', default_delay)
        self.skips = cadence.get('skips_empty_hours', False)
        self.domains = cadence.get('domains')
        self.expected_from, self.expected_until = cadence.get('expected_from'), cadence.get('expected_until')

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
        if first is not None and bucket < first:
            return False
        return self.expected_until is None or bucket < self.expected_until

    def state(self, domain, bucket, judged_at):
        return self.state_by_hour(domain, bucket, judged_at) if self.files else self.state_gone_past(domain, bucket)

    def state_gone_past(self, domain, bucket):
        loads = self.of(domain)
        if not loads or bucket < min(load.start for load in loads):
            return 'missing'
        if bucket + BUCKET + self.delay <= max(load.past for load in loads):
            return 'final'
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
        for index, load in enumerate(self.loads):
            lines = sum(1 for time, name in load.lines if name == domain and time // BUCKET * BUCKET == bucket)
            if self.files:
                is_late = bucket // HOUR * HOUR + HOUR + self.delay <= load.written_at
            else:
                before = [one.past for one in self.loads[:index] if one.has_time and one.domain == load.domain]
                is_late = bucket + BUCKET + self.delay <= max(before, default=0)
            count += lines if is_late else 0
        return count


def together(states):
    return states[0] if len(set(states)) == 1 else 'provisional'


def bucket_state(sources, domain, bucket, judged_at, has_request):
    own = {one.name: one.state(domain, bucket, judged_at) for one in sources if one.is_expected(domain, bucket)}
    if own and set(own.values()) == {'final'}:
        return 'final', own
    if set(own.values()) <= {'missing'} and not has_request:
        return 'missing', own
    return 'provisional', own


def main():
    asked = json.load(sys.stdin)
    loads = [Load(load) for load in asked['loads']]
    cadences = asked['cadences']
    default_delay = cadences.get('*', {}).get('delay_seconds', 3600)
    names = sorted({load.source for load in loads} | set(cadences) - {'*'})
    sources = [Source(name, cadences.get(name, {}), default_delay, loads) for name in names]
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
