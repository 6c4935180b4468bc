"""What the documents say is what the program does: commands are run, pages are as generated, links lead somewhere."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import pkgutil
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

import starcheck
from starcheck.migrations import SCHEMA
from starcheck.report.as_json import result_json_schema

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
READMES = ("README.md", "README.zh-CN.md")
PLAYED = (*READMES, "docs/architecture.md", "docs/store.md")
PAGES = (
    *READMES,
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "criteria/README.md",
    "examples/README.md",
    *(f"docs/{page.name}" for page in sorted(DOCS.glob("*.md"))),
)
CUT = "…"

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the documents' commands are those of a Unix shell")


def _text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


# --- blocks of code ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, and the line above the fence."""

    language: str
    lines: tuple[str, ...]
    above: str


@dataclass(frozen=True)
class Command:
    """A line behind ``$``, the exit code its comment states, and what the page shows of its output."""

    line: str
    code: int
    output: tuple[str, ...]


def blocks(text: str, language: str | None = None) -> list[Block]:
    """The fenced blocks of a page, of one language if asked."""
    found: list[Block] = []
    inside: list[str] | None = None
    above = kind = ""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if not line.startswith("```"):
            if inside is not None:
                inside.append(line)
        elif inside is None:
            inside, kind, above = [], line[3:].strip(), lines[number - 1] if number else ""
        else:
            found.append(Block(kind, tuple(inside), above))
            inside = None
    return [block for block in found if language in {None, block.language}]


_EXIT = re.compile(r"\s+# (?:exit|退出码) (\d+)$")


def commands(text: str) -> list[Command]:
    """The commands of a page's ``console`` blocks, from top to bottom."""
    found: list[Command] = []
    for block in blocks(text, "console"):
        starts = [number for number, line in enumerate(block.lines) if line.startswith("$ ")]
        for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
            line = block.lines[start].removeprefix("$ ")
            stated = _EXIT.search(line)
            code = int(stated[1]) if stated else 0
            found.append(Command(_EXIT.sub("", line), code, block.lines[start + 1 : end]))
    return found


def _bare(line: str) -> str:
    """A line without spaces and with its rules cut short: tables may be set wider or narrower."""
    return re.sub("─+", "─", "".join(line.split()))


def not_shown(sample: Sequence[str], output: str) -> str | None:
    """The first line of a sample that the output does not have, in this order; ``…`` stands for anything."""
    rest = iter([_bare(line) for line in output.splitlines()])
    for line in sample:
        wanted = _bare(line)
        if wanted in {"", CUT}:
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.split(CUT))))
        if not any(pattern.fullmatch(shown) for shown in rest):
            return line
    return None


# --- running them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shell:
    """A scratch copy of the examples, and an environment in which ``starcheck`` is the package under test."""

    folder: Path
    environment: Mapping[str, str]

    def run(self, line: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run a line; both streams as a terminal shows them."""
        return subprocess.run(  # noqa: S603 - the documents' own lines
            ["bash", "-c", line],  # noqa: S607 - whichever bash there is
            cwd=folder,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=300,
            check=False,
        )


def _shell(folder: Path) -> Shell:
    shutil.copytree(ROOT / "examples", folder / "examples")
    tools = folder / ".tools"
    tools.mkdir()
    tool = tools / "starcheck"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m starcheck "$@"\n', encoding="utf-8")
    tool.chmod(0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STARCHECK_")}
    environment |= {
        "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(starcheck.__file__).parents[1]),
        "PYTHONUTF8": "1",
    }
    return Shell(folder, environment)


def _play(page: str, shell: Shell) -> Iterator[str]:
    """Run a page's commands one after another; yield what is not as the page says."""
    folder = shell.folder
    for command in commands(_text(page)):
        if command.line.startswith("cd "):
            folder /= command.line.removeprefix("cd ").strip()
            continue
        done = shell.run(command.line, folder)
        if done.returncode != command.code:
            yield f"$ {command.line}\nexit {done.returncode}, not {command.code}\n{done.stdout[-2000:]}"
        missing = not_shown(command.output, done.stdout)
        if missing is not None:
            yield f"$ {command.line}\ndoes not show: {missing}"


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Shell, list[str]]]:
    """Every page with commands, run in a scratch folder of its own, and what was not as it says."""
    shells = {page: _shell(tmp_path_factory.mktemp(Path(page).stem)) for page in PLAYED}
    with ThreadPoolExecutor() as pool:
        differences = pool.map(lambda page: list(_play(page, shells[page])), PLAYED)
        return {page: (shells[page], found) for page, found in zip(PLAYED, differences, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("page", PLAYED)
def test_console_examples(page: str, sessions: Mapping[str, tuple[Shell, list[str]]]) -> None:
    """Each command of a page exits as it says, and prints the lines it shows."""
    _, differences = sessions[page]

    assert "" == "\n\n".join(differences)


@pytest.mark.slow
@pytest.mark.parametrize("page", READMES)
def test_python_example(page: str, sessions: Mapping[str, tuple[Shell, list[str]]]) -> None:
    """The lines of Python run as they stand, without a warning, and give a row per village."""
    (block,) = blocks(_text(page), "python")
    shell, _ = sessions[page]
    program = "\n".join((*block.lines, "print(len(tiers))"))
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-W", "error", "-c", program],
        cwd=shell.folder,
        env=dict(shell.environment),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert ("503\n", "") == (done.stdout, done.stderr)


@pytest.mark.slow
def test_queries(sessions: Mapping[str, tuple[Shell, list[str]]]) -> None:
    """Each query of the store's page finds something in the store that the page's commands leave."""
    shell, _ = sessions["docs/store.md"]
    queries = ["\n".join(block.lines) for block in blocks(_text("docs/store.md"), "sql")]
    connection = sqlite3.connect(shell.folder / "starcheck.db")
    try:
        found = [len(connection.execute(query).fetchall()) for query in queries]
    finally:
        connection.close()

    assert queries
    assert all(found)


# --- the two READMEs --------------------------------------------------------------------------------------------------


def _marked(page: str, mark: str) -> list[tuple[str, ...]]:
    return [block.lines for block in blocks(_text(page)) if block.above == f"<!-- ci:{mark} -->"]


@pytest.mark.parametrize("mark", ["main", "test"])
def test_two_commands(mark: str) -> None:
    """Both READMEs give the same command, on one line, under the mark by which CI finds it."""
    english, chinese = (_marked(page, mark) for page in READMES)

    assert english == chinese
    assert [1] == [len(lines) for lines in english]


def test_main_command_makes_an_environment_and_scores() -> None:
    """The first command needs nothing but Python, and ends in the main job."""
    ((line,),) = _marked("README.md", "main")

    assert line.startswith("python3 -m venv ")
    assert line.endswith(" score examples/qingfeng")


def test_readmes_run_the_same_commands() -> None:
    """Both READMEs lead through the same steps, language and names aside."""
    english, chinese = (
        [command.line.split()[:3][:2] for command in commands(_text(page)) if command.line.startswith("starcheck")]
        for page in READMES
    )

    assert english == chinese


# --- the command line -------------------------------------------------------------------------------------------------

_WALK = """
import json, typer
from starcheck.cli import app

def walk(command, path):
    yield path, command.help or "", {p.name: getattr(p, "help", None) or "" for p in command.params if p.name != "help"}
    for name, inner in getattr(command, "commands", {}).items():
        yield from walk(inner, [*path, name])

print(json.dumps(list(walk(typer.main.get_command(app), ["starcheck"]))))
"""


def _help(lang: str) -> dict[str, tuple[str, dict[str, str]]]:
    """The help of every command and its options, in one language."""
    environment = {
        **os.environ,
        "STARCHECK_LANG": lang,
        "PYTHONPATH": str(Path(starcheck.__file__).parents[1]),
    }
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", _WALK], env=environment, capture_output=True, encoding="utf-8", check=True
    )
    return {" ".join(path): (text, options) for path, text, options in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def helps() -> tuple[dict[str, tuple[str, dict[str, str]]], dict[str, tuple[str, dict[str, str]]]]:
    """Help in Chinese and in English."""
    return _help("zh"), _help("en")


Helps = tuple[dict[str, tuple[str, dict[str, str]]], dict[str, tuple[str, dict[str, str]]]]


def test_commands_are_documented(helps: Helps) -> None:
    """Each command stands in a README or in docs/ as one would type it."""
    prose = "\n".join(_text(page) for page in (*READMES, *(page for page in PAGES if page.startswith("docs/"))))
    groups = {"starcheck", "starcheck history", "starcheck criteria"}
    missing = {name for name in helps[0].keys() - groups if not re.search(rf"{re.escape(name)}\b", prose)}

    assert set() == missing


def test_commands_have_help_in_both_languages(helps: Helps) -> None:
    """Each command says in Chinese and in English what it does."""
    chinese = {name for name, (text, _) in helps[0].items() if re.search("[一-鿿]", text)}
    english = {name for name, (text, _) in helps[1].items() if re.search("[a-z]{3}", text)}

    assert helps[0].keys() == chinese
    assert helps[1].keys() == english
    assert [] == [name for name in helps[0] if helps[0][name][0] == helps[1][name][0]]


def test_options_have_help(helps: Helps) -> None:
    """Each option says what it is for."""
    silent = [
        (name, option)
        for side in helps
        for name, (_, options) in side.items()
        for option, text in options.items()
        if not text
    ]

    assert [] == silent


# --- pages and the code -----------------------------------------------------------------------------------------------


def _make_codes() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_codes", DOCS / "make_codes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_codes_page_is_as_generated() -> None:
    """docs/codes.md is what docs/make_codes.py makes of the catalogue."""
    assert _make_codes().page() == _text("docs/codes.md")


def test_every_module_is_in_the_architecture() -> None:
    """docs/architecture.md names each module of the package."""
    package = ROOT / "src" / "starcheck"
    modules = {path.stem for path in (*package.glob("*.py"), *package.glob("report/*.py"))} - {"__init__", "__main__"}
    named = set(re.findall(r"`(\w+)`", _text("docs/architecture.md")))

    assert set() == modules - named


def _properties(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for inner in schema.values():
            yield from _properties(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _properties(inner)


def test_every_key_of_the_result_is_documented() -> None:
    """docs/formats.md names each key of the JSON result."""
    named = set(re.findall(r"`(\w+)`", _text("docs/formats.md")))

    assert set() == set(_properties(result_json_schema())) - named


def test_every_column_of_the_store_is_documented() -> None:
    """docs/store.md names each table of the store with each of its columns."""
    rows = [line for line in _text("docs/store.md").splitlines() if line.startswith("| `")]
    documented = {
        name: set(re.findall(r"`(\w+)`", row)) for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    missing = {name: set(table.columns.keys()) - documented.get(name, set()) for name, table in SCHEMA.tables.items()}

    assert {name: set() for name in missing} == missing


def _names() -> dict[str, list[Any]]:
    """Every name of every module of the package, and the things that bear it."""
    found: dict[str, list[Any]] = {}
    for module in pkgutil.walk_packages(starcheck.__path__, "starcheck."):
        if not module.name.endswith("__main__"):
            for name, thing in vars(importlib.import_module(module.name)).items():
                found.setdefault(name, []).append(thing)
    return found


def _attributes(thing: Any) -> set[str]:
    own = {field.name for field in fields(thing)} if is_dataclass(thing) else set()
    if isinstance(thing, type) and issubclass(thing, BaseModel):
        own |= set(thing.model_fields)
    return own | set(dir(thing))


def test_glossary_names_exist() -> None:
    """Each name in the glossary's column “In code” is one of the code."""
    rows = [line.split("|") for line in _text("docs/glossary.md").splitlines() if line.startswith("| ")]
    quoted = {name for row in rows if len(row) == 6 for name in re.findall(r"`([\w.]+)`", row[3])}
    known = _names()
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py"))
    missing = set()
    for name in quoted:
        owner, _, attribute = name.partition(".")
        if attribute:
            there = any(attribute in _attributes(thing) for thing in known.get(owner, ()))
        else:
            there = owner in known or re.search(rf"\b{owner}\b", source) is not None
        if not there:
            missing.add(name)

    assert quoted
    assert set() == missing


def test_changelog_begins_with_the_rules() -> None:
    """The version of the package has an entry, and each entry begins with 评定规则变化."""
    version = starcheck.__version__
    entries = re.split(r"^## ", _text("CHANGELOG.md"), flags=re.MULTILINE)[1:]
    first = [re.findall(r"^### (.*)$", entry, flags=re.MULTILINE)[0] for entry in entries]

    assert any(entry.startswith(f"[{version}]") for entry in entries)
    assert {"评定规则变化"} == set(first)


def test_hooks_are_local() -> None:
    """Committing downloads nothing: every hook runs a tool of the environment."""
    config = yaml.safe_load(_text(".pre-commit-config.yaml"))

    assert {"local"} == {repository["repo"] for repository in config["repos"]}
    assert {"system"} == {hook["language"] for repository in config["repos"] for hook in repository["hooks"]}


# --- links ------------------------------------------------------------------------------------------------------------

_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    """Each link within the project leads to a file that is there, and to a place in it if it names one."""
    text = re.sub(r"^```.*?^```", "", _text(page), flags=re.MULTILINE | re.DOTALL)
    broken = []
    for link in _LINK.findall(re.sub(r"`[^`\n]*`", "", text)):
        if re.match(r"\w+://|mailto:", link):
            continue
        path, _, place = link.partition("#")
        target = (ROOT / page).parent / path if path else ROOT / page
        if not target.exists() or (place and f'<a id="{place}">' not in target.read_text(encoding="utf-8")):
            broken.append(link)

    assert [] == broken
