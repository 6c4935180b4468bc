"""The files that are read, by name and units."""

from __future__ import annotations

from typing import Final, NamedTuple


class Size(NamedTuple):
    """A file to make."""

    file: str
    units: int


COUNTY: Final = Size("county-503.xlsx", 503)
PROVINCE: Final = Size("province-50000.xlsx", 50_000)
TENTH: Final = Size("nation-62000.csv", 62_000)
NATION: Final = Size("nation-620000.csv", 620_000)
