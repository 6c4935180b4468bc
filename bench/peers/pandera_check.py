"""The same checks with pandera on a pandas frame, all failures at once."""

import sys

import pandera.pandas as pa
from columns import COLUMNS, NAMES, NO, YES, Column
from frames import frame_of


def column_of(column: Column) -> pa.Column:
    """Type, range and options of one column, nothing blank."""
    checks = []
    if column.at_least is not None:
        checks.append(pa.Check.ge(column.at_least))
    if column.at_most is not None:
        checks.append(pa.Check.le(column.at_most))
    match column.kind:
        case "整数":
            return pa.Column(int, checks)
        case "数值" | "比例":
            return pa.Column(float, checks, coerce=True)
        case "日期":
            return pa.Column("datetime64[ns]", coerce=True)
        case _:
            return pa.Column(str, pa.Check.isin(column.options or (YES, NO)))


schema = pa.DataFrameSchema(
    dict.fromkeys(NAMES, pa.Column(str)) | {column.header: column_of(column) for column in COLUMNS}
)
frame = frame_of(sys.argv[1])
try:
    schema.validate(frame, lazy=True)
    print(len(frame), 0)
except pa.errors.SchemaErrors as found:
    print(len(frame), len(found.failure_cases))
    sys.exit(1)
