"""Reads a CSV file with another delimiter and decimal sign, and says what each reader saw: one JSON object a line.

Usage: read_dialect.py DELIMITER DECIMAL FILE
"""

import csv
import json
import sys

import duckdb
import pandas

delimiter, decimal, path = sys.argv[1:]


def with_csv():
    with open(path, encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))[1:]


def with_pandas():
    frame = pandas.read_csv(path, sep=delimiter, decimal=decimal, encoding="utf-8-sig", keep_default_na=False)
    return [[shown(value) for value in row] for row in frame.itertuples(index=False, name=None)]


def with_duckdb():
    options = f"delim='{delimiter}', decimal_separator='{decimal}', quote='\"', escape='\"', header=true"
    return [[shown(value) for value in row] for row in duckdb.sql(f"SELECT * FROM read_csv('{path}', {options})").fetchall()]


def shown(value):
    return format(value, ".4f") if isinstance(value, float) else str(value)


for read in (with_csv, with_pandas, with_duckdb):
    print(json.dumps({"reader": read.__name__, "rows": read()}))
