"""Settings: flag over environment over ``starcheck.toml`` (found upwards) over default; and where schemes are kept."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from starcheck.cells import Limits
from starcheck.diagnostic import Diagnostic, Lang, Text
from starcheck.messages import both
from starcheck.toml_places import key_places

CONFIG = "starcheck.toml"
STORE = "starcheck.db"
BATCH = "batch"
"""The table of starcheck.toml that says what ``batch`` does."""

FailOn = Literal["error", "warning", "never"]


class Stop(Exception):  # noqa: N818 - not a bug: the run cannot go on, and this says why and with which exit code
    """The run cannot go on: wrong usage or configuration (2), nothing readable (3), or a store out of reach (4)."""

    def __init__(self, exit_code: int, text: Text, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        """Carry one line for the user, in both languages, and the diagnostics behind it."""
        super().__init__(text[1])
        self.exit_code = exit_code
        self.text = text
        self.diagnostics = diagnostics
        self.inputs: tuple[Any, ...] = ()
        """What was handed over (``report.model.InputFile``), where it got so far."""
        self.county: str | None = None
        self.period: str | None = None
        self.files: tuple[Any, ...] = ()
        """The files as they were read (``inbox.FileRead``), where it got so far."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run was told, whoever told it. Paths are as given; None is not told."""

    scheme: str | None = None
    criteria: Path | None = None
    register: Path | None = None
    targets: Path | None = None
    exceptions: Path | None = None
    period: str | None = None
    as_of: str | None = None
    county: str | None = None
    township: str | None = None
    store: str | None = None
    store_wait: int = 10
    """Seconds to wait for another program that is writing to the store."""
    no_store: bool = False
    no_hints: bool = False
    replace: bool = False
    correction: str | None = None
    """Why a month that is final is changed."""
    fail_on: FailOn | None = None
    lang: Lang = "zh"
    mapping: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Headers to fields by township, as starcheck.toml has them."""
    layout: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Where a township's table is, likewise."""
    map: tuple[str, ...] = ()
    """``header=field`` of this run alone."""
    limits: Limits = field(default_factory=Limits)
    root: Path = Path()
    """The workspace: the folder of the nearest starcheck.toml upwards, else the current folder."""

    @property
    def store_target(self) -> str:
        """Where the store is: as told, else in the workspace."""
        return self.store or str(self.root / STORE)

    @property
    def scheme_id(self) -> str | None:
        """The 编号 of the scheme told, by which the store knows it, also where a file was told."""
        if self.scheme is None or not (self.scheme.endswith((".yaml", ".yml")) or Path(self.scheme).is_file()):
            return self.scheme
        return written_identity(Path(self.scheme)) or self.scheme


_PATHS = frozenset({"criteria", "register", "targets", "exceptions"})
_BOOLEANS = frozenset({"no_store", "no_hints", "replace"})
_MEMORY = frozenset({"mapping", "layout"})
_CHOICES: Mapping[str, tuple[str, ...]] = {"lang": ("zh", "en"), "fail_on": ("error", "warning", "never")}
_CONFIGURABLE = frozenset(item.name for item in fields(Settings)) - {
    "root",
    "replace",
    "correction",
    "map",
    "limits",
    *_MEMORY,
}
_LIMITS: Mapping[str, str] = {
    "megabytes": "unpacked_bytes",
    "ratio": "ratio",
    "cells": "cells",
    "blank_cells": "spare_cells",
    "cell_length": "cell_length",
    "sheets": "sheets",
    "members": "members",
    "seconds": "seconds",
}
"""The keys of ``[limits]``, and of STARCHECK_LIMITS_… in the environment, and what they set."""


def settings(
    flags: Mapping[str, Any], environment: Mapping[str, str], start: Path, config: Path | None = None
) -> Settings:
    """The settings in force in ``start``, or those of ``config``. ``flags`` that are None were not given.

    Raises ``Stop`` (2) for a starcheck.toml that cannot be read, an unknown key, or a value that does not fit.
    """
    config = find_config(start) if config is None else config
    told: dict[str, Any] = {"root": config.parent if config is not None else start}
    if config is not None:
        told |= _from_file(config)
    for name in _CONFIGURABLE:
        value = environment.get(f"STARCHECK_{name.upper()}")
        if value:
            told[name] = value.lower() in {"1", "true", "yes", "是"} if name in _BOOLEANS else value
    limits = {
        name: _number(f"STARCHECK_LIMITS_{name.upper()}", value)
        for name in _LIMITS
        if (value := environment.get(f"STARCHECK_LIMITS_{name.upper()}"))
    }
    if "store_wait" in told:
        told["store_wait"] = _number("store_wait", told["store_wait"])
    told["limits"] = _limited(told.get("limits", {}) | limits)
    told |= {name: value for name, value in flags.items() if value is not None and value is not False}
    for name in _PATHS & told.keys():
        told[name] = Path(told[name])
    for name, choices in _CHOICES.items():
        if told.get(name) not in {None, *choices}:
            raise _unfit(name, told[name], choices)
    found = replace(Settings(), **told)
    return _with_defaults(found)


def _number(name: str, value: object, place: str | None = None) -> int:
    """A limit as written: a whole number above 0."""
    text = str(value).strip().replace("_", "")
    if isinstance(value, bool) or not text.isascii() or not text.isdecimal() or not int(text):
        raise _unfit(name, value, ("1", "2", "3…"), place)
    return int(text)


def _unfit(name: str, value: object, choices: Iterable[str], place: str | None = None) -> Stop:
    """The end for a value that a setting cannot have, with its ``place`` in starcheck.toml where it is from there."""
    zh, en = both("stop.setting", name=name, value=value, choices="、".join(choices))
    return Stop(2, (zh, en) if place is None else (f"{place}: {zh}", f"{place}: {en}"))


def _limited(told: Mapping[str, int]) -> Limits:
    values: dict[str, Any] = {_LIMITS[name]: value for name, value in told.items()}
    if "megabytes" in told:
        values["unpacked_bytes"] = told["megabytes"] << 20
    return replace(Limits(), **values)


def _with_defaults(found: Settings) -> Settings:
    """The register, targets and exceptions that lie in the workspace, where none are named."""
    if not (found.root / CONFIG).is_file():
        return found

    def or_default(path: Path | None, default: str) -> Path | None:
        own = found.root / default
        return own if path is None and own.is_file() else path

    return replace(
        found,
        register=or_default(found.register, "register.csv"),
        targets=or_default(found.targets, "targets.csv"),
        exceptions=or_default(found.exceptions, "exceptions.csv"),
    )


def find_config(start: Path) -> Path | None:
    """The nearest ``starcheck.toml`` in ``start`` or above it."""
    absolute = start.absolute()
    return next((folder / CONFIG for folder in (absolute, *absolute.parents) if (folder / CONFIG).is_file()), None)


def _toml_problem(text: str, message: str) -> tuple[int, int, str]:
    """Line, column and reason out of a message of ``tomllib``, which says the place in its words alone."""
    match = re.fullmatch(r"(.*) \(at (?:line (\d+), column (\d+)|end of document)\)", message, re.DOTALL)
    if match is None:
        return 1, 1, message
    if match[2] is not None:
        return int(match[2]), int(match[3]), match[1]
    lines = text.split("\n")
    return len(lines), len(lines[-1]) + 1, match[1]


def _from_file(config: Path) -> dict[str, Any]:
    try:
        text = config.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as problem:
        raise Stop(2, both("stop.config", file=config, reason=str(problem))) from None
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        line, column, reason = _toml_problem(text, str(problem))
        raise Stop(2, both("stop.config_toml", place=f"{config}:{line}:{column}", reason=reason)) from None
    told: dict[str, Any] = {}

    def at(*path: str) -> str:
        places = key_places(text)
        while path and path not in places:
            path = path[:-1]
        line, column = places.get(path, (1, 1))
        return f"{config}:{line}:{column}"

    for name, value in read.items():
        key = name.replace("-", "_")
        if key in _MEMORY:
            told[key] = _memory(at, name, value)
            continue
        if key == "limits" and isinstance(value, dict):
            for inner in value.keys() - _LIMITS.keys():
                setting = f"limits.{inner}"
                raise Stop(2, both("stop.config_key", file=at(name, inner), setting=setting, near="、".join(_LIMITS)))
            told[key] = {inner: _number(f"limits.{inner}", limit, at(name, inner)) for inner, limit in value.items()}
            continue
        if key == "store_wait":
            told[key] = _number(name, value, at(name))
            continue
        if key == BATCH:
            continue  # it is for the batch alone, and checked there (``batch_settings``)
        if key not in _CONFIGURABLE:
            near = _nearest(key)
            raise Stop(2, both("stop.config_key", file=at(name), setting=name, near=near))
        if key in _BOOLEANS:
            if not isinstance(value, bool):
                raise _unfit(name, value, ("true", "false"), at(name))
        elif not isinstance(value, str):
            raise Stop(2, both("stop.config_text", file=at(name), setting=name))
        elif value not in _CHOICES.get(key, (value,)):
            raise _unfit(name, value, _CHOICES[key], at(name))
        if key in _PATHS:
            value = config.parent / value  # noqa: PLW2901 - a path in the file is meant from the file
        elif key == "store" and "://" not in value:
            value = str(config.parent / value)  # noqa: PLW2901 - likewise
        told[key] = value
    return told


def _memory(at: Callable[..., str], key: str, value: Any) -> dict[str, dict[str, str]]:
    """``[mapping."马庄桥镇"]`` and ``[layout."马庄桥镇"]``: texts by township."""
    if not isinstance(value, dict) or not all(isinstance(entries, dict) for entries in value.values()):
        raise Stop(2, both("stop.config_text", file=at(key), setting=key))
    for township, entries in value.items():
        for name, text in entries.items():
            if not isinstance(text, str):
                raise Stop(
                    2, both("stop.config_text", file=at(key, township, name), setting=f"{key}.{township}.{name}")
                )
    return value


def _nearest(key: str) -> str:
    import difflib  # noqa: PLC0415 - only where something is wrong

    return next(iter(difflib.get_close_matches(key, sorted(_CONFIGURABLE), 1, 0.4)), "、".join(sorted(_CONFIGURABLE)))


def criteria_folders(found: Settings) -> Iterator[Path]:
    """Where schemes are looked for: the folder told, the workspace's, and those shipped with the program."""
    if found.criteria is not None:
        yield found.criteria
        return
    own = found.root / "criteria"
    if own.is_dir():
        yield own
    shipped = shipped_criteria()
    if shipped is not None and shipped.absolute() != own.absolute():
        yield shipped


def shipped_criteria() -> Path | None:
    """The schemes that come with the program: beside the package's modules, or in the source tree."""
    here = Path(__file__).resolve().parent
    return next((folder for folder in (here / "criteria", here.parents[1] / "criteria") if folder.is_dir()), None)


def scheme_paths(found: Settings) -> list[Path]:
    """Every scheme file of the folders; the same name or 编号 in an earlier folder hides the later one.

    So an office's own file takes the place of the shipped one also where it is called otherwise. Two files of one 编号
    in one folder both stay: versions, if they follow each other, and else a mistake that ``offer`` tells of.
    """
    paths: list[Path] = []
    for folder in criteria_folders(found):
        here = sorted(folder.glob("*.y*ml"))
        if paths:
            names, identities = {path.name for path in paths}, {written_identity(path) for path in paths} - {None}
            here = [path for path in here if path.name not in names and written_identity(path) not in identities]
        paths += here
    return paths


_IDENTITY = re.compile(
    r"""^\ufeff?编号[ \t]*:[ \t]*(?:"([^"\\\n]+)"|'([^'\n]+)'|([^\s"'#&*!|>{\[]+))[ \t]*(?:#.*)?\r?$""",
    re.MULTILINE,
)


def written_identity(path: Path) -> str | None:
    """The 编号 that a scheme file writes for itself, seen without loading it; None where only loading it tells."""
    try:
        text = path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None
    match = _IDENTITY.search(text)
    return None if match is None else next(part for part in match.groups() if part is not None)


CONFIG_TEMPLATE = """\
# starcheck.toml：本文件夹的设置。去掉行首的 # 即生效；命令行选项和 STARCHECK_… 环境变量优先于这里。
# Settings of this workspace. A flag beats STARCHECK_… in the environment, which beats this file.

# 县名；标题、文件名里写了县名的可以不填          county, if titles and file names do not say it
# county = "清丰县"

# 评定方案：编号，或方案文件的路径                 the scheme: its 编号, or a file
# scheme = "wuxing-rural"

# 放方案文件的文件夹                              where scheme files are kept
# criteria = "criteria"

# 名册：谁应当上报（编码、名称、乡镇，可有类型、别名、标签、生效、失效、并入）
# register = "register.csv"

# 争创目标（名称、乡镇、争创星级）                 targets
# targets = "targets.csv"

# 已知例外：代码、单位、理由、批准人、文件、到期   known exceptions
# exceptions = "exceptions.csv"

# 历史库：文件路径，或 postgresql+psycopg:// 地址  the store: a path, or a postgresql+psycopg:// URL
# store = "starcheck.db"

# 历史库正被别的程序写时，等几秒                   seconds to wait while another program writes to the store
# store_wait = 10

# 到哪一级问题时退出码为 1：error、warning、never  from which severity on the exit code is 1
# fail_on = "error"

# 不列疑点（疑似复制、凑数的迹象）                 no hints at copied rows and figures made to fit
# no_hints = true

# 输出语言：zh、en
# lang = "zh"

# 一个文件最多向电脑要多少，超过就不读（F112、F131 到 F135、F147）；不写的照旧   what one file may ask of the computer
# megabytes 解压后多少 MB，ratio 解压后是文件的多少倍，cells 有内容的单元格，blank_cells 其间的空单元格，
# cell_length 一格多少个字，sheets 多少张工作表，members 压缩包里多少个文件，
# seconds 读多少秒（打开一个文件、找其中的表，各算各的）
# limits = {megabytes = 1024, ratio = 100, cells = 50000000, blank_cells = 4000000, sheets = 2000, seconds = 60}

# 无人值守：starcheck batch 逐县收件、评定、记录、出结果（见 docs/batch.md）；放在文件的最后
# unattended: what starcheck batch does, county by county (docs/batch.md); at the end of the file
# [batch]
# log = "batch.jsonl"                 # 日志，一行一件事                      the log, a line for each event
# jobs = 2                            # 同时几个进程，默认按核数               processes at once, else the cores
# dask = "tcp://10.0.0.5:8786"        # 由 Dask 集群来做                       a Dask cluster does it
#   下面各项给所有的县，每个县里可以另写；路径里的 {county} 换成县名           for all counties, unless one has its own
# inbox = "收件/{county}"             # 收件：每月一个文件夹（2022-10，以及 2022-10-补报、2022-10-更正），或文件名写月份
#                                     # the inbox: a folder a month (late and corrected ones apart), or months in names
# period = "all"                      # 做哪些月：all、latest、或某一个月       all, latest, or one such as 2022-10
# scheme = "wuxing-rural"             # 方案                                   the scheme
# register = "名册/{county}.csv"      # 名册                                   the register
# targets = "目标/{county}.csv"       # 争创目标                               the targets
# exceptions = "例外/{county}.csv"    # 已知例外                               known exceptions
# store = "starcheck.db"              # 历史库                                 the store
# out = "out"                         # 结果写进 out/县/月/                     results go to out/COUNTY/PERIOD/
# outputs = ["report.md", "units.xlsx", "rank.xlsx"]     # 要哪些结果，默认全要  which results, else all of these:
#   report .md .json .txt，units .xlsx .csv .parquet，problems .xlsx .csv .md；以及方案有规定的 (by its rules)
#   rank reminders targets moves rectify lists rewards due，各有 .xlsx .csv .md .json
# pay = "报酬.xlsx"                   # 奖励用的报酬表                          the list of pay, for rewards
# awards = "表彰.xlsx"                # 奖励用的表彰名单                        the list of names, for rewards
# earlier = "往年.xlsx"               # 奖励用的往年结果（库里没有的年份）       earlier years, for rewards
# supply = "供给.xlsx"                # 供给清单                               the supply list, for lists
# notes = "期限.csv"                  # 整改期限和备注，默认 rectify.csv        deadlines and remarks, else rectify.csv
# [[batch.county]]
# county = "清丰县"
# [[batch.county]]
# county = "新野县"
# scheme = "wuxing-xinye-2023"

# 某乡镇的列名当作哪一项；"" 是不用                 what a township's header means; "" is not used
# [mapping."马庄桥镇"]
# "集体经纪收入" = "CY-01"
# "单元" = "村名"

# 某乡镇的表在哪里（check --remember 会写）          where a township's table is, as check --remember writes it
# [layout."马庄桥镇"]
# sheet = "6月台账"
# header = "A3:AH5"
# kind = "table"
"""


def init_workspace(folder: Path) -> list[Path]:
    """Make a workspace in ``folder``: starcheck.toml, criteria/, ledgers/. What is there already is left alone."""
    made: list[Path] = []
    for inner in (folder, folder / "criteria", folder / "ledgers"):
        if not inner.is_dir():
            inner.mkdir(parents=True)
            made.append(inner)
    config = folder / CONFIG
    if not config.exists():
        config.write_text(CONFIG_TEMPLATE, encoding="utf-8")
        made.append(config)
    shipped = shipped_criteria()
    for path in sorted((*shipped.iterdir(), *shipped.glob("cases/*"))) if shipped is not None else ():
        target = folder / "criteria" / path.relative_to(shipped or path)
        if path.suffix in {".yaml", ".yml", ".md"} and not target.exists():
            target.parent.mkdir(exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
            made.append(target)
    return made
