"""The file as a pandas frame, typed as each reader does it best: how the peers built on pandas begin."""

from __future__ import annotations

import pandas as pd
from columns import COLUMNS


def frame_of(path: str) -> pd.DataFrame:
    """A workbook's sheet below its title through calamine; a CSV through pyarrow, texts kept as pandas strings."""
    if path.endswith(".csv"):
        return pd.read_csv(
            path, engine="pyarrow", parse_dates=[column.header for column in COLUMNS if column.kind == "日期"]
        )
    return pd.read_excel(path, engine="calamine", header=1)
