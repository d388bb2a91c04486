"""Reads files with programs that others wrote, and says what they saw: one JSON object a line for each file and reader.

Usage: read_files.py ZONE FILE...
"""

import datetime
import decimal
import json
import pathlib
import sys
import warnings
import zoneinfo

import duckdb
import openpyxl
import openpyxl.utils.escape
import pandas
import pyarrow.parquet

warnings.simplefilter("error")
zone = zoneinfo.ZoneInfo(sys.argv[1])


def plain(value):
    """A value as text: local times, all digits of an integer, four decimals of a fraction. Nothing is None."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime.datetime):
        local = value.astimezone(zone) if value.tzinfo else value
        return local.strftime("%Y-%m-%d %H:%M:%S.%f").removesuffix(".000000")
    if isinstance(value, (float, decimal.Decimal)):
        return format(value, ".4f")
    return str(value)


def with_openpyxl(path):
    workbook = openpyxl.load_workbook(path)
    properties = [workbook.properties.title, workbook.properties.creator]
    return {"properties": properties, "sheets": [sheet_of(workbook[name]) for name in workbook.sheetnames]}


def sheet_of(sheet):
    return {
        "title": sheet.title,
        "filtered": sheet.auto_filter.ref,
        "frozen": frozen_at(sheet.sheet_view.pane),
        "widths": [sheet.column_dimensions[column[0].column_letter].width for column in sheet.iter_cols(max_row=1)],
        "titles": [cell.value for cell in sheet[1]],
        "header": sorted({(cell.font.b, cell.alignment.wrap_text) for cell in sheet[1]}),
        "formats": [cell.number_format for cell in sheet[2]] if sheet.max_row > 1 else [],
        # The type of each cell that has a value: s text, n number, d date, f formula.
        "types": [sorted({cell.data_type for cell in column if cell.value is not None}) for column in sheet.iter_cols(min_row=2)],
        "rows": [[from_sheet(cell) for cell in row] for row in sheet.iter_rows(min_row=2, values_only=True)],
    }


def frozen_at(pane):
    return pane.topLeftCell if pane is not None and pane.state == "frozen" else None


def from_sheet(value):
    """Escapes such as _x000D_ are left to the caller where a text is inside its cell."""
    return plain(openpyxl.utils.escape.unescape(value) if isinstance(value, str) else value)


def with_pyarrow(path):
    table = pyarrow.parquet.read_table(path)
    return {
        "titles": table.column_names,
        "types": [str(field.type) for field in table.schema],
        "rows": [[plain(value) for value in row.values()] for row in table.to_pylist()],
        "groups": pyarrow.parquet.ParquetFile(path).num_row_groups,
    }


def with_pandas(path):
    frame = pandas.read_parquet(path)
    rows = [[None if pandas.isna(value) else plain(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {
        "titles": list(frame.columns),
        "types": [str(kind) for kind in frame.dtypes],
        "nullable": [field.nullable for field in pyarrow.parquet.read_schema(path)],
        "rows": rows,
    }


def with_duckdb(path):
    """Types are found out by DuckDB, in CSV and JSON by looking at the values."""
    source = f"'{path}'"
    described = duckdb.sql(f"DESCRIBE SELECT * FROM {source}").fetchall()
    titles = [row[0] for row in described]
    types = [row[1] for row in described]
    # As an instant and a zone: its own conversion needs another package.
    cells = [
        f'epoch_ms("{title}")' if kind == "TIMESTAMP WITH TIME ZONE" else f'"{title}"'
        for title, kind in zip(titles, types)
    ]
    rows = duckdb.sql(f"SELECT {', '.join(cells)} FROM {source}").fetchall()
    return {"titles": titles, "types": types, "rows": [list(map(shown, row, types)) for row in rows]}


def shown(value, kind):
    if kind == "TIMESTAMP WITH TIME ZONE" and value is not None:
        return plain(datetime.datetime.fromtimestamp(value / 1000, zone))
    return plain(value)


readers = {
    ".xlsx": [with_openpyxl],
    ".parquet": [with_pyarrow, with_duckdb, with_pandas],
    ".csv": [with_duckdb],
    ".jsonl": [with_duckdb],
}

for path in map(pathlib.Path, sys.argv[2:]):
    for read in readers[path.suffix]:
        try:
            seen = read(path)
        except Exception as error:  # the file is at fault, or the program: the test tells
            seen = {"error": repr(error)}
        print(json.dumps({"file": path.name, "reader": read.__name__, **seen}))
