"""Codes of this family."""

from __future__ import annotations

from starcheck.diagnostic import Code

CODES: tuple[Code, ...] = ()
