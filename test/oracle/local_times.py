"""What local times of 2024 to 2027 mean, by Python's zoneinfo.

The first line is the version of its data. Then a line of JSON for each zone: its file below the given directory, and the
number of its times. A line of the file has a clock time, in seconds as if it were UTC, its instant, and the line's number.
Every day has four times. Around each change of the clocks there is every minute of four hours, and the seconds beside it.
Many names are of one zone, and share a file.
"""
import json
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

EPOCH = datetime(1970, 1, 1)
FIRST = int((datetime(2024, 1, 1) - EPOCH).total_seconds())
END = int((datetime(2028, 1, 1) - EPOCH).total_seconds())
DAY = 86_400


def version():
    """Of the data, such as 2025b: from the package tzdata or beside the system's files, whichever zoneinfo reads."""
    for directory in TZPATH:
        path = Path(directory, 'tzdata.zi')
        if path.exists():
            return path.read_text().split('\n', 1)[0].split()[-1].removesuffix('-dirty')
    try:
        import tzdata
        return tzdata.IANA_VERSION
    except ImportError:
        return 'unknown'


def lead(zone, instant):
    return int(datetime.fromtimestamp(instant, timezone.utc).astimezone(zone).utcoffset().total_seconds())


def changes(zone):
    """Each instant at which the lead over UTC changes, with the leads before and after it."""
    for start in range(FIRST, END, DAY):
        low, high = start, start + DAY
        before, after = lead(zone, low), lead(zone, high)
        while before != after and high - low > 1:
            middle = (low + high) // 2
            if lead(zone, middle) == before:
                low = middle
            else:
                high = middle
        if before != after:
            yield high, before, after


def clocks_of(zone):
    found = [start + hour * 3_600 + 1_800 for start in range(FIRST, END, DAY) for hour in (0, 6, 12, 18)]
    for instant, before, after in changes(zone):
        for edge in (instant + before, instant + after):
            found += [edge - 1, edge, edge + 1]
            found += [edge + 60 * minute for minute in range(-120, 121)]
    return sorted(set(found))


def instant_of(zone, clock):
    """The first of two, and of a time that is leapt over what the clocks would show had they not been changed."""
    local = (EPOCH + timedelta(seconds=clock)).replace(tzinfo=zone, fold=0)
    return clock - int(local.utcoffset().total_seconds())


def rules_of(name):
    """The bytes that zoneinfo makes a zone of. Zones of the same bytes have the same times."""
    for directory in TZPATH:
        path = Path(directory, name)
        if path.exists():
            return path.read_bytes()
    from importlib import resources
    return resources.files('tzdata').joinpath('zoneinfo', name).read_bytes()


def write_times(path, zone):
    clocks = clocks_of(zone)
    lines = (f'{clock}\t{instant_of(zone, clock)}\t{number}\n' for number, clock in enumerate(clocks, 1))
    path.write_text(''.join(lines))
    return len(clocks)


print(version(), flush=True)
written = {}
# Neither is a zone of its own.
for name in sorted(available_timezones() - {'Factory', 'localtime'}):
    rules = rules_of(name)
    if rules not in written:
        path = Path(sys.argv[1], f'{len(written)}.tsv')
        written[rules] = str(path), write_times(path, ZoneInfo(name))
    path, times = written[rules]
    print(json.dumps({'zone': name, 'path': path, 'times': times}), flush=True)
