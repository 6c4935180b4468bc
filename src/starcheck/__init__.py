"""starcheck: village ledgers in, star ratings a county can defend out.

Everything in ``__all__`` is the public API; other names of the package may change between versions.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starcheck.api import (
        Result,
        assess,
        diagnostics_frame,
        load_scheme,
        read_ledgers,
        shortfalls_frame,
        tiers_frame,
        verdicts_frame,
    )
    from starcheck.column import Column, Kind, Reason, Verdict
    from starcheck.diagnostic import Diagnostic, Location, Severity
    from starcheck.fields import LedgerSchema
    from starcheck.ledger import Ledger
    from starcheck.scheme import Scheme
    from starcheck.scoring import Assessment

__version__ = "0.1.0"

__all__ = [
    "Assessment",
    "Column",
    "Diagnostic",
    "Kind",
    "Ledger",
    "LedgerSchema",
    "Location",
    "Reason",
    "Result",
    "Scheme",
    "Severity",
    "Verdict",
    "assess",
    "diagnostics_frame",
    "load_scheme",
    "read_ledgers",
    "shortfalls_frame",
    "tiers_frame",
    "verdicts_frame",
]

_HOMES = {
    "Assessment": "scoring",
    "Column": "column",
    "Diagnostic": "diagnostic",
    "Kind": "column",
    "Ledger": "ledger",
    "LedgerSchema": "fields",
    "Location": "diagnostic",
    "Reason": "column",
    "Scheme": "scheme",
    "Severity": "diagnostic",
    "Verdict": "column",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import starcheck`` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'starcheck' has no attribute {name!r}")
    return getattr(import_module(f"starcheck.{_HOMES.get(name, 'api')}"), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
