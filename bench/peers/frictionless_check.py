"""The same checks with frictionless: a table schema, row by row."""

import sys
from typing import Any

from columns import COLUMNS, NAMES, NO, YES, Column
from frictionless import Dialect, Resource, Schema, formats, system, validate

TYPES = {"整数": "integer", "数值": "number", "比例": "number", "日期": "date"}


def field_of(column: Column) -> dict[str, Any]:
    """Type, range and options of one column, nothing blank."""
    rules: dict[str, Any] = {"required": True}
    if column.at_least is not None:
        rules["minimum"] = column.at_least
    if column.at_most is not None:
        rules["maximum"] = column.at_most
    if column.options or column.kind == "是否":
        rules["enum"] = list(column.options or (YES, NO))
    return {"name": column.header, "type": TYPES.get(column.kind, "string"), "constraints": rules}


names = [{"name": name, "type": "string", "constraints": {"required": True}} for name in NAMES]
schema = Schema.from_descriptor({"fields": [*names, *(field_of(column) for column in COLUMNS)]})
path = sys.argv[1]
dialect = Dialect() if path.endswith(".csv") else Dialect(header_rows=[2], controls=[formats.ExcelControl()])
with system.use_context(trusted=True):  # absolute paths
    report = validate(Resource(path, schema=schema, dialect=dialect), limit_errors=1_000_000)
print(report.tasks[0].stats.get("rows"), report.stats["errors"])
sys.exit(0 if report.valid else 1)
