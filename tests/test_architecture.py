"""The house of DESIGN §3: imports point down, the core has no clock, the command line starts light."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "starcheck"
FLOORS: tuple[tuple[str, ...], ...] = (
    ("catalogue", "private", "visible"),
    ("diagnostic", "toml_places", "whole_folder"),
    ("messages", "column"),
    ("unreadable",),
    ("units",),
    ("expression", "scheme_source", "identity"),
    ("scheme_model",),
    ("scheme_ranges",),
    ("scheme_relations",),
    ("scheme_conflicts",),
    ("scheme_lint", "scheme_proofs", "scheme_text", "scheme_sketch"),
    ("scheme",),
    ("cells",),
    ("decoding", "number_format"),
    ("packages", "xls", "delimited", "markup"),
    ("recognition",),
    ("workbook", "archive", "scheme_sheets"),
    ("table", "forms", "likeness"),
    ("register", "fields"),
    ("ledger", "register_check"),
    ("grouping",),
    ("intake", "quotas"),
    ("scoring",),
    ("alone", "cycle", "display", "hints", "plausibility", "replies", "rereading"),
    ("database",),
    ("migrations",),
    ("history",),
    ("upkeep",),
    ("report",),
    ("inbox",),
    ("layout", "workspace"),
    ("template", "register_import"),
    ("ooxml", "remembered"),
    ("marks", "formulas"),
    ("marking",),
    ("against",),
    ("cycle_files", "offer", "register_commands", "reply_files"),
    ("run",),
    ("case_files", "case_coverage"),
    ("recording", "cases", "comparing", "moving", "comparison_page", "drafting", "scheme_workbook"),
    ("replaying",),
    ("api", "commands", "criteria_commands", "cycle_commands", "history_commands"),
    (
        "due_commands",
        "rectify_commands",
        "reward_commands",
        "sample_commands",
        "target_commands",
        "veto_commands",
        "veto_lists",
    ),
    ("deliveries", "batch_lock", "batch_settings"),
    ("batch_outputs",),
    ("county_work",),
    ("batch",),
    ("cli",),
    ("__main__", "__init__"),
)
"""From the bottom up. A module imports modules of lower floors, or of its own."""

FLOOR = {name: height for height, names in enumerate(FLOORS) for name in names}
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
HEAVY = {
    "numpy",
    "pandas",
    "pyarrow",
    "openpyxl",
    "sqlalchemy",
    "yaml",
    "pydantic",
    "xlsxwriter",
    "rapidfuzz",
    "pypinyin",
    "python_calamine",
    "lxml",
}


def part(path: Path) -> str:
    """The module of the house that a file belongs to: itself, or its package."""
    inner = path.relative_to(PACKAGE)
    return inner.stem if len(inner.parts) == 1 else inner.parts[0]


def imported(tree: ast.AST, *, lazily: bool = True) -> Iterator[tuple[str, int]]:
    """The modules of the package that a file imports, with the line; type-checking imports aside."""
    for node in walk(tree, lazily=lazily):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "starcheck":
            inner = node.module.split(".")[1:]
            for name in inner[:1] or [alias.name for alias in node.names if alias.name in FLOOR]:
                yield name, node.lineno
        elif isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("starcheck."):
                    yield alias.name.split(".")[1], node.lineno


def walk(tree: ast.AST, *, lazily: bool) -> Iterator[ast.AST]:
    """Every node that runs, without those under ``if TYPE_CHECKING``; without functions unless ``lazily``."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if not lazily and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        yield node
        yield from walk(node, lazily=lazily)


def parsed(path: Path) -> ast.AST:
    """The file as a syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"))


def test_every_module_has_its_floor() -> None:
    """A new module is given its place in the house."""
    assert {part(path) for path in MODULES} == set(FLOOR)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down(path: Path) -> None:
    """Nothing below imports anything above, not even inside a function (the catalogue and the public names aside)."""
    own = part(path)
    upward = [
        f"{path.name}:{line} imports {name}"
        for name, line in imported(parsed(path))
        if FLOOR.get(name, 99) > FLOOR[own] and not (own == "catalogue" and name == "diagnostic")
    ]

    assert [] == upward


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_command_line_looks_at_the_clock(path: Path) -> None:
    """Time is an input: no now(), today() or time() below cli."""
    if part(path) == "cli":
        return
    calls = [
        f"{path.name}:{node.lineno} {ast.unparse(node.func)}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call)
        and (
            (isinstance(node.func, ast.Attribute) and node.func.attr in {"now", "utcnow", "today"})
            or ast.unparse(node.func) in {"time.time", "time.localtime", "time.gmtime", "time.strftime"}
        )
    ]

    assert [] == calls


@pytest.mark.parametrize(
    "name", ["scoring", "ledger", "intake", "fields", "units", "expression", "column", "register", "table"]
)
def test_the_core_neither_prints_nor_opens(name: str) -> None:
    """Files and the terminal belong to the shell."""
    calls = {ast.unparse(node.func) for node in ast.walk(parsed(PACKAGE / f"{name}.py")) if isinstance(node, ast.Call)}

    assert not calls & {"print", "open", "input"}
    assert not any(call.endswith((".write_text", ".read_text", ".read_bytes", ".open")) for call in calls)


def test_nothing_is_caught_blindly() -> None:
    """A bug is an exception, never a data problem: except Exception stands in the main function alone."""
    blind = [
        f"{path.name}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None or "Exception" in {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
        )
        and part(path) != "cli"
    ]

    assert [] == blind


def run(*arguments: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "error", *arguments], capture_output=True, text=True, check=True, encoding="utf-8"
    ).stdout


def test_help_starts_light() -> None:
    """Starcheck --help imports neither numpy nor pandas, openpyxl, SQLAlchemy, yaml."""
    script = (
        "import sys; sys.argv = ['starcheck', '--help']\n"
        "from starcheck.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code, end.code\n"
        "print('::', *sorted({name.split('.')[0] for name in sys.modules}))"
    )
    loaded = set(run("-c", script).rpartition("::")[2].split())

    assert set() == HEAVY & loaded
    assert {"typer", "starcheck"} <= loaded


def test_importing_the_package_costs_nothing() -> None:
    """Public names are imported when they are used."""
    loaded = set(
        run("-c", "import sys, starcheck; print(*sorted({name.split('.')[0] for name in sys.modules}))").split()
    )

    assert set() == (HEAVY | {"typer", "rich"}) & loaded


def test_rating_imports_no_frames() -> None:
    """From workbook to tiers without pandas, openpyxl or SQLAlchemy."""
    script = (
        "import sys, pathlib; from starcheck.run import rate; from starcheck.workspace import Settings\n"
        f"rate([pathlib.Path({str(PACKAGE.parents[1] / 'examples' / 'ledger.xlsx')!r})], Settings(no_store=True))\n"
        "print(*sorted({name.split('.')[0] for name in sys.modules}))"
    )

    assert set() == {"pandas", "openpyxl", "sqlalchemy", "xlsxwriter", "rapidfuzz", "pypinyin"} & set(
        run("-c", script).split()
    )
