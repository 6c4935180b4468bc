"""The same checks with pointblank: on a polars frame for a CSV, on a pandas frame for a workbook."""

import sys

import pointblank as pb
from columns import COLUMNS, HEADERS, NO, YES
from frames import frame_of

path = sys.argv[1]
if path.endswith(".csv"):
    import polars as pl

    frame = pl.read_csv(path, try_parse_dates=True)
else:
    import pandas as pd

    frame = frame_of(path)
    for column in COLUMNS:
        if column.kind == "日期":  # what is no date becomes a blank, which fails
            frame[column.header] = pd.to_datetime(frame[column.header], errors="coerce")
plan = pb.Validate(frame).col_exists(list(HEADERS)).col_vals_not_null(list(HEADERS))
for column in COLUMNS:
    if column.options or column.kind == "是否":
        plan = plan.col_vals_in_set(column.header, list(column.options or (YES, NO)))
    if column.at_least is not None:
        plan = plan.col_vals_ge(column.header, column.at_least)
    if column.at_most is not None:
        plan = plan.col_vals_le(column.header, column.at_most)
    if column.kind == "日期":
        plan = plan.col_vals_gt(column.header, "1900-01-01")
done = plan.interrogate(collect_extracts=False)
print(len(frame), sum(count or 0 for count in done.n_failed().values()))
sys.exit(0 if done.all_passed() else 1)
