"""What people write first: openpyxl, a pandas frame, and a Pydantic model made for every row."""

import datetime as dt
import sys
from typing import Annotated, Any, Literal

import pandas as pd
from columns import COLUMNS, NAMES, NO, YES, Column
from openpyxl import load_workbook
from pydantic import BaseModel, Field, ValidationError, create_model

TYPES: dict[str, Any] = {"整数": int, "数值": float, "比例": float, "日期": dt.date}


def field_of(column: Column) -> Any:
    """Type, range and options of one column, nothing blank."""
    if column.options or column.kind == "是否":
        return Literal[column.options or (YES, NO)]
    if column.kind == "日期":
        return dt.date
    return Annotated[TYPES[column.kind], Field(ge=column.at_least, le=column.at_most)]


fields: dict[str, Any] = {f"f{place}": (str, Field(alias=name)) for place, name in enumerate(NAMES)}
for place, column in enumerate(COLUMNS, start=len(NAMES)):
    fields[f"f{place}"] = (field_of(column), Field(alias=column.header))
Row: type[BaseModel] = create_model("Row", **fields)

sheet = load_workbook(sys.argv[1], read_only=True, data_only=True).worksheets[0]
headers, *body = list(sheet.iter_rows(min_row=2, values_only=True))
frame = pd.DataFrame(body, columns=list(headers))
refused = 0
for row in frame.to_dict("records"):
    try:
        Row.model_validate(row)
    except ValidationError as found:
        refused += found.error_count()
print(len(frame), refused)
sys.exit(1 if refused else 0)
