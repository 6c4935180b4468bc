"""The command line: options, help, exit codes. What a command does is in ``commands``, imported when it runs.

Only this module looks at the clock.
"""

from __future__ import annotations

import gc
import os
import re
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # looking for plugins costs as long as a small county

import typer

from starcheck import __version__
from starcheck.visible import visible, visible_lines

if TYPE_CHECKING:
    from starcheck.commands import Shown
    from starcheck.workspace import Settings

ENGLISH = os.environ.get("STARCHECK_LANG") == "en" or any(
    word == "--lang=en" or (word == "--lang" and following == "en")
    for word, following in zip(sys.argv, [*sys.argv[1:], ""], strict=True)
)


def _(zh: str, en: str) -> str:
    """Help in the language that is asked for before the options are parsed."""
    return en if ENGLISH else zh


app = typer.Typer(
    name="starcheck",
    help=_(
        "村级台账 → 可以说清楚的星级：每颗星都能追到单元格和条款。",
        "Village ledgers to star ratings that trace back to a cell and a clause.",
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode=None,
)
history_app = typer.Typer(
    help=_(
        "历史记录：列出、查看、对照、核验、重算、终评、导出、撤销、备份、恢复、清理。",
        "Recorded runs: list, show, diff, verify, replay, finalize, export, undo, backup, restore, prune.",
    ),
    no_args_is_help=True,
)
criteria_app = typer.Typer(
    help=_(
        "评定方案：检查、查看、对照、按判例检验、起草、用 Excel 改、导出模式。",
        "Schemes: lint, show, diff, test, new, export, import, schema.",
    ),
    no_args_is_help=True,
)
register_app = typer.Typer(
    help=_("名册：谁应当上报；检查、导入、更新。", "The register of who must appear: check, import, bring up to date."),
    no_args_is_help=True,
)
app.add_typer(history_app, name="history")
app.add_typer(register_app, name="register")
app.add_typer(criteria_app, name="criteria")

Files = Annotated[list[Path], typer.Argument(help=_("台账文件或文件夹", "ledger files or folders"), show_default=False)]
MaybeFiles = Annotated[
    list[Path] | None, typer.Argument(help=_("文件或文件夹", "files or folders"), show_default=False)
]
SchemeOption = Annotated[str | None, typer.Option("--scheme", help=_("方案编号或文件", "a scheme's 编号, or its file"))]
CriteriaOption = Annotated[Path | None, typer.Option("--criteria", help=_("方案文件夹", "folder of schemes"))]
RegisterOption = Annotated[Path | None, typer.Option("--register", help=_("名册", "the register of who must appear"))]
PeriodOption = Annotated[str | None, typer.Option("--period", help=_("期次，如 2022-06", "period, such as 2022-06"))]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", help=_("评定日，默认期末", "day of assessment; the period's last if not given"))
]
CountyOption = Annotated[str | None, typer.Option("--county", help=_("县，如 清丰", "county, such as 清丰"))]
TownshipOption = Annotated[str | None, typer.Option("--township", help=_("乡镇", "township"))]
StoreOption = Annotated[str | None, typer.Option("--store", help=_("历史库：路径或地址", "the store: path or URL"))]
NoStoreOption = Annotated[bool, typer.Option("--no-store", help=_("不记录", "record nothing"))]
MapOption = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        help=_(
            "列名=编号，或 列名=村名、乡镇等：本次把这个列名当作这一项，可多次",
            "header=field, or header=村名, 乡镇 …: take this header so, this once",
        ),
    ),
]
NoHintsOption = Annotated[
    bool,
    typer.Option("--no-hints", help=_("不列疑点（疑似复制、凑数）", "no hints at copied rows and figures made to fit")),
]
ReplaceOption = Annotated[
    bool,
    typer.Option(
        "--replace", help=_("新文件里没有的单位不沿用旧行", "drop the old rows of units that the new file lacks")
    ),
]
CorrectionOption = Annotated[
    str | None,
    typer.Option(
        "--correction",
        help=_("已终评的月份要改动时的原因，记为更正", "why a month that is final is changed; kept as a correction"),
    ),
]
FormatOption = Annotated[
    str, typer.Option("--format", envvar="STARCHECK_FORMAT", show_envvar=False, help="console | md | csv | json")
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        envvar="STARCHECK_OUT",
        show_envvar=False,
        help=_(
            "写入文件：.csv .xlsx .parquet 为逐单位明细，.md .json .txt 为报告",
            "write a file: .csv .xlsx .parquet hold units × verdicts, .md .json .txt the report",
        ),
    ),
]
ListOutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        envvar="STARCHECK_OUT",
        show_envvar=False,
        help=_(
            "写入文件：.csv .xlsx .md .json .txt，CSV 每张清单一个文件",
            "write a file: .csv .xlsx .md .json .txt; in CSV a file for each list",
        ),
    ),
]
FailOption = Annotated[str | None, typer.Option("--fail-on", help="error | warning | never")]
LangOption = Annotated[str | None, typer.Option("--lang", help="zh | en")]
NoColorOption = Annotated[bool, typer.Option("--no-color", help=_("不用颜色", "no colours"))]
QuietOption = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help=_(
            "少说：不显示进度；score 不列问题，check 只列错误",
            "no progress; score lists no problems, check errors only",
        ),
    ),
]
AllOption = Annotated[bool, typer.Option("--all", help=_("全部列出，不截断", "list everything"))]
ForceOption = Annotated[bool, typer.Option("--force", help=_("覆盖已有的文件", "overwrite what is there"))]


def _settings(**flags: Any) -> Settings:
    from starcheck.workspace import settings  # noqa: PLC0415 - commands only

    told = {name: _unescaped(value) if isinstance(value, str) else value for name, value in flags.items()}
    return settings(told, os.environ, Path.cwd())


def _unescaped(text: str) -> str:
    """An argument whose UTF-8 a locale such as C has let through byte by byte."""
    if text.isprintable():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _shown(form: str, out: Path | None, *, no_color: bool, quiet: bool, everything: bool = False) -> Shown:
    from starcheck.commands import Shown  # noqa: PLC0415 - commands only

    color = False if no_color or os.environ.get("NO_COLOR") else None
    return Shown(form, out, color, quiet, everything)


def _run(command: Callable[[], int]) -> None:
    """Run a command; what cannot go on says why in one line and ends with its exit code."""
    from starcheck.workspace import Stop  # noqa: PLC0415 - commands only

    try:
        code = command()
    except Stop as stop:
        from starcheck.commands import print_stop  # noqa: PLC0415 - only where something is wrong

        print_stop(stop, "en" if ENGLISH else "zh", False if os.environ.get("NO_COLOR") else None)
        code = stop.exit_code
    raise typer.Exit(code)


def _now() -> datetime:
    return datetime.now(UTC).astimezone()


@app.command(
    help=_(
        "核对、评定，打印星级表和短板清单，并记录。",
        "Check, rate, print the tier table and the shortfalls, and record.",
    )
)
def score(
    files: Files,
    scheme: SchemeOption = None,
    criteria: CriteriaOption = None,
    register: RegisterOption = None,
    targets: Annotated[Path | None, typer.Option("--targets", help=_("争创目标", "targets"))] = None,
    period: PeriodOption = None,
    as_of: AsOfOption = None,
    county: CountyOption = None,
    township: TownshipOption = None,
    store: StoreOption = None,
    no_store: NoStoreOption = False,
    replace: ReplaceOption = False,
    correction: CorrectionOption = None,
    mapped: MapOption = None,
    no_hints: NoHintsOption = False,
    form: FormatOption = "console",
    out: OutOption = None,
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
    everything: AllOption = False,
) -> None:
    """Rate ledgers."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(
            scheme=scheme,
            criteria=criteria,
            register=register,
            targets=targets,
            period=period,
            as_of=as_of,
            county=county,
            township=township,
            store=store,
            no_store=no_store,
            replace=replace,
            correction=correction,
            map=tuple(mapped or ()),
            no_hints=no_hints,
            fail_on=fail_on,
            lang=lang,
        )
        shown = _shown(form, out, no_color=no_color, quiet=quiet, everything=everything)
        return commands.score(files, told, shown, _now(), __version__)

    _run(command)


@app.command(help=_("只核对，不评定、不记录。", "Check only."))
def check(
    files: Files,
    scheme: SchemeOption = None,
    criteria: CriteriaOption = None,
    register: RegisterOption = None,
    period: PeriodOption = None,
    as_of: AsOfOption = None,
    county: CountyOption = None,
    township: TownshipOption = None,
    store: StoreOption = None,
    annotate: Annotated[
        Path | None,
        typer.Option(
            "--annotate",
            help=_("把每个文件标好错处的副本写到这个文件夹", "write a marked copy of each file into this folder"),
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option(
            "--against",
            help=_("与退回的标注件对照：改了没有，还改了什么", "hold against the marked workbook that was given back"),
            show_default=False,
        ),
    ] = None,
    explain_layout: Annotated[
        bool,
        typer.Option(
            "--explain-layout",
            help=_("只说明每张表读成了什么：表头、数据、每列当作哪一项", "only tell what was taken as what"),
        ),
    ] = False,
    mapped: MapOption = None,
    remember: Annotated[
        bool,
        typer.Option(
            "--remember",
            help=_("把读成的样子和 --map 记入 starcheck.toml", "write the layout read, and --map, into starcheck.toml"),
        ),
    ] = False,
    no_hints: NoHintsOption = False,
    form: FormatOption = "console",
    out: OutOption = None,
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
    everything: AllOption = False,
) -> None:
    """Check ledgers."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(
            scheme=scheme,
            criteria=criteria,
            register=register,
            period=period,
            as_of=as_of,
            county=county,
            township=township,
            store=store,
            map=tuple(mapped or ()),
            no_hints=no_hints,
            fail_on=fail_on,
            lang=lang,
        )
        shown = _shown(form, out, no_color=no_color, quiet=quiet, everything=everything)
        if explain_layout:
            return commands.explain_layout(files, told, shown, __version__)
        if store is not None:
            commands.open_to_read(told)
        return commands.check(files, told, shown, __version__, annotate=annotate, against=against, remember=remember)

    _run(command)


@app.command(help=_("输出已记录的结果。", "Render what is recorded."))
def report(
    county: CountyOption = None,
    period: PeriodOption = None,
    township: TownshipOption = None,
    scheme: SchemeOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: OutOption = None,
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
    everything: AllOption = False,
) -> None:
    """Report a county."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(
            county=county, period=period, township=township, scheme=scheme, store=store, fail_on=fail_on, lang=lang
        )
        return commands.report(
            told, _shown(form, out, no_color=no_color, quiet=quiet, everything=everything), __version__
        )

    _run(command)


@app.command(
    help=_(
        "一个村（或一个问题代码、一项指标）讲清楚：从单元格到星级。",
        "One unit, diagnostic code or criterion on one page.",
    )
)
def explain(
    what: Annotated[
        str,
        typer.Argument(help=_("村名、问题代码（V301）或指标编号（CY-01）", "unit, code (V301) or criterion (CY-01)")),
    ],
    files: MaybeFiles = None,
    scheme: SchemeOption = None,
    criteria: CriteriaOption = None,
    register: RegisterOption = None,
    period: PeriodOption = None,
    as_of: AsOfOption = None,
    county: CountyOption = None,
    township: TownshipOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
) -> None:
    """Explain one thing."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(
            scheme=scheme,
            criteria=criteria,
            register=register,
            period=period,
            as_of=as_of,
            county=county,
            township=township,
            store=store,
            lang=lang,
        )
        return commands.explain(_unescaped(what), files or [], told, _shown(form, None, no_color=no_color, quiet=False))

    _run(command)


@app.command(
    help=_(
        "做一份要填的台账：名称已填好，带下拉、校验、批注和填表说明；不给乡镇、--out 写文件夹，则每个乡镇一份。",
        "Make a ledger to fill in: names, lists, rules, notes and instructions; into a folder, one for each township.",
    )
)
def template(
    scheme: SchemeOption = None,
    criteria: CriteriaOption = None,
    register: RegisterOption = None,
    county: CountyOption = None,
    township: TownshipOption = None,
    period: PeriodOption = None,
    as_of: AsOfOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help=_("写成这个 .xlsx，或写进这个文件夹", "this .xlsx, or this folder"))
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """Make a ledger to fill in."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(
            scheme=scheme,
            criteria=criteria,
            register=register,
            county=county,
            township=township,
            period=period,
            as_of=as_of,
            lang=lang,
        )
        shown = _shown("console", None, no_color=False, quiet=quiet)
        return commands.template(told, out, shown, _now().date(), force=force)

    _run(command)


@app.command(
    help=_("月度排名：乡镇、专班、部门、同类的村，按方案声明的办法。", "The month's rankings, as the scheme declares.")
)
def rank(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    named: Annotated[str | None, typer.Option("--name", help=_("只要这一个排名", "this ranking only"))] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Rank who the scheme says."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        return cycle_commands.present(
            "rank", lambda course, store: cycle_commands.rankings(course, store, named), told, shown, __version__
        )

    _run(command)


@app.command(
    help=_("约谈提醒：谁连续落后，哪几个月、哪些数，附提醒稿。", "Who is behind month after month, with a draft.")
)
def reminders(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """List reminders."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        return cycle_commands.present("reminders", cycle_commands.reminders, told, shown, __version__)

    _run(command)


@app.command(help=_("争创目标对照：各档、各乡镇、各星，谁没达到，进度如何。", "Targets against actual."))
def targets(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    aims: Annotated[
        Path | None,
        typer.Option("--targets", help=_("争创目标文件；默认用记录下来的", "targets; default: as recorded")),
    ] = None,
    wishes: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help=_(
                "定目标，写入目标文件；可重复：马庄桥镇/王庄村=五星、马庄桥镇/五星=3、五星=10；等号后留空是取消",
                "set a target in the targets' file: township/unit=tier, township/tier=count, tier=count; repeatable",
            ),
        ),
    ] = None,
    register: RegisterOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Hold targets against what is."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        if wishes:
            from starcheck.target_commands import set_targets  # noqa: PLC0415 - heavy

            told = _settings(county=county, scheme=scheme, register=register, targets=aims, store=store, lang=lang)
            return set_targets(wishes, told, shown, _now().date(), __version__)
        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)

        def say(course: Any, opened: Any) -> Any:
            aimed = course if aims is None else cycle_commands.with_targets_of(aims, told, course, opened)
            return cycle_commands.targets(aimed, opened)

        return cycle_commands.present("targets", say, told, shown, __version__)

    _run(command)


@app.command(
    help=_("升降：谁晋位、谁降档，各是数据、标准、负面清单还是更正引起的。", "Who moved since last month, and why.")
)
def moves(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    since: Annotated[
        str | None, typer.Option("--since", help=_("和哪个月比，默认上一个有记录的月", "against which month"))
    ] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    everything: Annotated[bool, typer.Option("--all", help=_("不变的单位也列", "units that held, too"))] = False,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """List who moved."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        return cycle_commands.present(
            "moves",
            lambda course, opened: cycle_commands.moves(course, opened, told, since=since, everything=everything),
            told,
            shown,
            __version__,
        )

    _run(command)


@app.command(
    help=_(
        "奖励：按方案的规则，逐人逐村列出金额，缺什么不发什么。",
        "Who gets what by the scheme's rules, itemised, with what is missing.",
    )
)
def rewards(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    pay: Annotated[
        Path | None,
        typer.Option(
            "--pay",
            help=_(
                "报酬表：村名、乡镇、姓名、职务、基本报酬（元）",
                "list of pay: 村名, 乡镇, 姓名, 职务, 基本报酬 (yuan)",
            ),
        ),
    ] = None,
    awards: Annotated[
        Path | None,
        typer.Option("--awards", help=_("表彰名单：村名、乡镇、姓名、奖项", "list of names: 村名, 乡镇, 姓名, 奖项")),
    ] = None,
    earlier: Annotated[
        Path | None,
        typer.Option(
            "--earlier",
            help=_(
                "历史库里没有的年份的评定结果：村名、乡镇、年度、星级",
                "ratings of years that are not recorded: 村名, 乡镇, 年度, 星级",
            ),
        ),
    ] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Work out the rewards."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy
        from starcheck.reward_commands import RewardFiles  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        files = RewardFiles(pay, awards, earlier)
        return cycle_commands.present("rewards", files.listings, told, shown, __version__, files.said)

    _run(command)


@app.command(help=_("该办的事：到哪天了，下次哪天，谁还没有报。", "What is due, and who has not reported."))
def due(
    on: Annotated[str | None, typer.Option("--on", help=_("哪一天，默认今天", "on which day, else today"))] = None,
    county: CountyOption = None,
    scheme: SchemeOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """List what is due."""

    def command() -> int:
        from starcheck import commands, cycle_commands, due_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        day = commands.day_or(on, _now().date())
        if due_commands.nothing_recorded(told):
            return due_commands.of_scheme(told, shown, __version__, day)
        return cycle_commands.present(
            "due", lambda course, opened: due_commands.duties(course, opened, day), told, shown, __version__
        )

    _run(command)


@app.command(
    help=_("整改销号：每个短板从发现到达标，谁负责、到期没有，按数据自动销号。", "Shortfalls from month to month.")
)
def rectify(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    on: Annotated[
        str | None, typer.Option("--on", help=_("按哪一天算期限，默认期末", "the day for deadlines; the period's last"))
    ] = None,
    notes: Annotated[
        Path | None,
        typer.Option("--notes", help=_("期限和备注；默认用工作区的 rectify.csv", "deadlines and remarks; rectify.csv")),
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help=_("只看一个责任单位", "one department only"))] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help=_("以前各月销号的也列", "what was closed in earlier months, too"))
    ] = False,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Follow shortfalls."""

    def command() -> int:
        from starcheck import commands, cycle_commands, rectify_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        rectify_commands.keep_notes(told, notes, out)
        day = None if on is None else commands.day_of(on)
        more: list[Any] = []

        def say(course: Any, _: Any) -> Any:
            found, problems = rectify_commands.rectify(
                course, told, on=day, notes=notes, owner=owner, everything=everything
            )
            more.extend(problems)
            return found

        return cycle_commands.present("rectify", say, told, shown, __version__, more)

    _run(command)


@app.command(
    help=_("三张清单：需求（乡村）、任务（部门）、供给，和没有人供给的。", "Demand, tasks, supply, and what is left.")
)
def lists(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    supply: Annotated[Path | None, typer.Option("--supply", help=_("供给清单", "the supply list"))] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Make the three lists."""

    def command() -> int:
        from starcheck import cycle_commands, rectify_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        more: list[Any] = []

        def say(course: Any, _: Any) -> Any:
            found, problems = rectify_commands.lists(course, told, supply)
            more.extend(problems)
            return found

        return cycle_commands.present("lists", say, told, shown, __version__, more)

    _run(command)


@app.command(
    help=_(
        "抽查：分层抽村，每村一张核查表；--results 读回，各乡镇差错率。",
        "Draw units to visit, a sheet each; --results reads them back.",
    )
)
def sample(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    seed: Annotated[
        str | None, typer.Option("--seed", help=_("种子，默认县、期次、方案", "default: county, period and scheme"))
    ] = None,
    results: Annotated[Path | None, typer.Option("--results", help=_("填好的核查表", "the sheets, filled in"))] = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Draw a sample, or read its results."""

    def command() -> int:
        from starcheck import cycle_commands  # noqa: PLC0415 - heavy
        from starcheck.sample_commands import Visits  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        visits = Visits(seed, results, out)
        return cycle_commands.present("sample", visits.listings, told, shown, __version__, visits.said)

    _run(command)


@app.command(
    help=_(
        "负面清单联审：一个季度里各联审单位要确认的单位和事项，--to 写成给各单位填的工作簿。",
        "What each reviewing department has to confirm of a quarter; --to writes a workbook for each to fill in.",
    )
)
def vetoes(
    county: CountyOption = None,
    quarter: Annotated[
        str | None,
        typer.Option("--quarter", help=_("季度，如 2023Q1；默认最近一个月的", "a quarter; the newest month's")),
    ] = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    department: Annotated[
        str | None, typer.Option("--department", help=_("只看一个联审单位", "one department only"))
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", help=_("文件夹，每个联审单位一个工作簿", "a folder, a workbook for each department")),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help=_("覆盖已有的工作簿", "overwrite workbooks"))] = False,
    reply: Annotated[
        list[Path] | None,
        typer.Option("--reply", help=_("填好的回复，可写几次；记入历史库，评定按它", "replies, any number; recorded")),
    ] = None,
    correction: CorrectionOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    out: ListOutOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """List what departments have to confirm."""

    def command() -> int:
        from starcheck import cycle_commands, veto_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang, correction=correction)
        shown = _shown(form, out, no_color=no_color, quiet=quiet)
        asked, told = veto_commands.review_told(told, quarter)
        review = veto_commands.VetoReview(asked, department, reading=bool(reply))
        if to is not None:
            return veto_commands.write_lists(review, to, told, shown, force=force)
        code = 0
        if reply:
            code = veto_commands.record_replies(
                reply, review, told, shown, _now(), __version__, quarter_told=quarter is not None
            )
        say = review.on_screen if form == "console" and out is None else review.listings
        return max(code, cycle_commands.present("vetoes", say, told, shown, __version__, review.said))

    _run(command)


@app.command(
    help=_(
        "无人值守：照 starcheck.toml 的 [batch] 逐县收件、评定、记录、出结果；没有新东西就什么也不做。",
        "Unattended: what [batch] of starcheck.toml says, county by county; nothing where nothing is new.",
    )
)
def batch(
    config: Annotated[
        Path | None,
        typer.Argument(
            help=_("设置文件，默认往上找 starcheck.toml", "the settings; else starcheck.toml found upwards")
        ),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help=_("只说要做什么、为什么，什么也不写", "say what would be done, and why; write nothing")
        ),
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", help=_("同时几个进程，默认按核数", "processes at once; the cores if not given")),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            "--dask",
            help=_(
                "Dask 调度器的地址，如 tcp://10.0.0.5:8786：由它的工作进程来做",
                "address of a Dask scheduler, such as tcp://10.0.0.5:8786, whose workers do it",
            ),
        ),
    ] = None,
    form: Annotated[
        str, typer.Option("--format", envvar="STARCHECK_FORMAT", show_envvar=False, help="console | json")
    ] = "console",
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Do what is to be done, unattended."""

    def command() -> int:
        from starcheck.messages import both  # noqa: PLC0415 - commands only
        from starcheck.workspace import Stop, find_config, settings  # noqa: PLC0415 - commands only

        shown = _shown(form, None, no_color=no_color, quiet=quiet)
        if form not in {"console", "json"}:
            raise Stop(2, both("stop.batch_json"))
        if jobs is not None and jobs < 1:
            raise Stop(2, both("stop.jobs", jobs=jobs))
        here = config.absolute() if config is not None else find_config(Path.cwd())
        if here is None:
            raise Stop(2, both("stop.no_config"))
        told = settings({"fail_on": fail_on, "lang": lang}, os.environ, Path.cwd(), here)
        from starcheck.batch import How, read_job, run_batch  # noqa: PLC0415 - heavy

        job, said = read_job(here, told)
        size = min(jobs or job.jobs or os.cpu_count() or 1, len(job.counties))
        how = How(size, None if jobs is not None and dask is None else dask or job.dask, dry_run)
        return run_batch(job, how, told, shown, _now, __version__, said)

    _run(command)


@app.command(help=_("建立工作区：starcheck.toml、criteria/、ledgers/。", "Make a workspace."))
def init(
    folder: Annotated[Path, typer.Argument(help=_("文件夹", "folder"))] = Path(),
    lang: LangOption = None,
) -> None:
    """Make a workspace."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        return commands.init(folder, _settings(lang=lang), _shown("console", None, no_color=True, quiet=False))

    _run(command)


@register_app.command(
    "check",
    help=_(
        "检查名册：编码、乡镇、别名、日期、并入、缺字；列出各乡镇各类单位数。",
        "Check a register: codes, townships, aliases, dates, mergers, lost characters; units by township and kind.",
    ),
)
def register_check(
    file: Annotated[Path, typer.Argument(help=_("名册文件", "the register"), show_default=False)],
    as_of: Annotated[
        str | None, typer.Option("--as-of", help=_("按哪一天，默认今天", "as of a day, else today"))
    ] = None,
    form: FormatOption = "console",
    out: Annotated[
        Path | None, typer.Option("--out", help=_("问题清单写入文件", "write the problems to a file"))
    ] = None,
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
    everything: AllOption = False,
) -> None:
    """Check a register."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(as_of=as_of, fail_on=fail_on, lang=lang)
        shown = _shown(form, out, no_color=no_color, quiet=quiet, everything=everything)
        return commands.register_check(file, told, shown, _now().date(), __version__)

    _run(command)


@register_app.command(
    "import",
    help=_(
        "从全国名单（村、乡镇、县可分几个文件）或县里自己的名单取一个县做成名册；"
        "--update 与旧名册比对，改动写“待确认”。",
        "Make a county's register from a national list (villages, townships, counties may be files of their own) or "
        "its own list; --update compares with an old one and marks what is to be confirmed.",
    ),
)
def register_import(
    files: Annotated[list[Path], typer.Argument(help=_("名单文件", "the lists"), show_default=False)],
    county: Annotated[
        str | None, typer.Option("--county", help=_("县名，或六位编码", "the county's name, or its six digits"))
    ] = None,
    out: Annotated[Path, typer.Option("--out", help=_("写成 .csv 或 .xlsx", "a .csv or .xlsx"))] = Path("register.csv"),
    update: Annotated[
        Path | None, typer.Option("--update", help=_("与这份旧名册比对", "compare with this older register"))
    ] = None,
    day: Annotated[
        str | None,
        typer.Option(
            "--date", help=_("新名单从哪天起算（--update 时要写）", "from which day it holds; --update needs it")
        ),
    ] = None,
    force: ForceOption = False,
    form: FormatOption = "console",
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
    everything: AllOption = False,
) -> None:
    """Make a register."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, as_of=day, fail_on=fail_on, lang=lang)
        shown = _shown(form, None, no_color=no_color, quiet=quiet, everything=everything)
        today = _now().date()
        return commands.register_import(files, told, out, shown, today, __version__, update=update, force=force)

    _run(command)


@criteria_app.command("lint", help=_("一次列出方案文件的全部问题。", "All problems of scheme files at once."))
def criteria_lint(
    files: Annotated[
        list[Path] | None, typer.Argument(help=_("方案文件或文件夹", "scheme files or folders"), show_default=False)
    ] = None,
    on: Annotated[
        list[Path] | None,
        typer.Option("--on", help=_("对照这些台账的列", "hold the columns against these ledgers"), show_default=False),
    ] = None,
    criteria: CriteriaOption = None,
    fail_on: FailOption = None,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Lint schemes."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        told = _settings(criteria=criteria, fail_on=fail_on, lang=lang)
        shown = _shown("console", None, no_color=no_color, quiet=quiet)
        return criteria_commands.lint(files or [], told, shown, _now().date(), on=on or [])

    _run(command)


@criteria_app.command(
    "show", help=_("方案一览表；不给编号则列出现有方案。", "A scheme as a chart, or the list of schemes.")
)
def criteria_show(
    scheme: Annotated[str | None, typer.Argument(help=_("编号或文件", "编号 or file"), show_default=False)] = None,
    item: Annotated[
        str | None,
        typer.Option(
            "--item",
            help=_(
                "一项的历次门槛，如 CY-01；也可以是负面清单的编号、星的名字", "one item, veto or star through the years"
            ),
            show_default=False,
        ),
    ] = None,
    owner: Annotated[
        str | None,
        typer.Option("--owner", help=_("一个责任单位的各项", "the items one office answers for"), show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help=_("写成可打印的 .html，或 .md", "a page to print (.html), or .md"), show_default=False
        ),
    ] = None,
    criteria: CriteriaOption = None,
    as_of: AsOfOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
) -> None:
    """Show schemes."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        told = _settings(criteria=criteria, as_of=as_of, lang=lang)
        shown = _shown(form, None, no_color=no_color, quiet=False)
        today = _now().date()
        return criteria_commands.show(scheme, told, shown, today, owner=owner, item=item, out=out, version=__version__)

    _run(command)


@criteria_app.command(
    "test", help=_("按判例检验方案，并查哪些门槛没有判例。", "Schemes held against their cases; what no case covers.")
)
def criteria_test(
    scheme: Annotated[str | None, typer.Argument(help=_("编号或文件", "编号 or file"), show_default=False)] = None,
    cases: Annotated[
        Path | None, typer.Option("--cases", help=_("判例文件", "the file of cases"), show_default=False)
    ] = None,
    coverage: Annotated[
        str | None,
        typer.Option("--coverage", help=_("至少覆盖百分之几", "at least so many percent covered"), show_default=False),
    ] = None,
    criteria: CriteriaOption = None,
    fail_on: FailOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Test schemes."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        told = _settings(criteria=criteria, fail_on=fail_on, lang=lang)
        shown = _shown(form, None, no_color=no_color, quiet=quiet)
        return criteria_commands.test(scheme, told, shown, __version__, cases=cases, coverage=coverage)

    _run(command)


@criteria_app.command(
    "diff",
    help=_(
        "两个方案，或一个方案的两个日期：改了什么，哪些单位会升降，为什么。",
        "Two schemes, or one on two days: what changed, which units move, and why.",
    ),
)
def criteria_diff(
    schemes: Annotated[
        list[str], typer.Argument(help=_("一个或两个方案（编号或文件）", "one or two schemes (编号 or file)"))
    ],
    on: Annotated[
        list[Path] | None, typer.Option("--on", help=_("拿这些台账比", "rate these ledgers"), show_default=False)
    ] = None,
    dates: Annotated[
        tuple[str, str] | None,
        typer.Option("--dates", help=_("改前、改后的评定日", "the days before and after"), show_default=False),
    ] = None,
    county: CountyOption = None,
    period: PeriodOption = None,
    as_of: AsOfOption = None,
    register: RegisterOption = None,
    criteria: CriteriaOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    everything: AllOption = False,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Compare schemes."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        told = _settings(
            county=county, period=period, as_of=as_of, register=register, criteria=criteria, store=store, lang=lang
        )
        shown = _shown(form, None, no_color=no_color, quiet=quiet, everything=everything)
        today = _now().date()
        return criteria_commands.diff(schemes, told, shown, today, __version__, on=on or [], dates=dates)

    _run(command)


@criteria_app.command(
    "new",
    help=_(
        "按一份台账的列起草方案：类型、单位是猜的，门槛全部留待定。",
        "A draft of a scheme from a ledger's columns, every threshold left open.",
    ),
)
def criteria_new(
    ledger: Annotated[Path, typer.Option("--from", help=_("样本台账", "a sample ledger"))],
    out: Annotated[
        Path | None, typer.Option("--out", help=_("写到哪里，如 我的方案.yaml", "the file to write"))
    ] = None,
    identity: Annotated[str, typer.Option("--id", help=_("方案的编号", "the scheme's 编号"))] = "draft",
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind",
            help=_("适用：评的是哪一类；不写则从表头猜", "what it rates; else guessed from the headers"),
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """Draft a scheme."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        told = _settings(lang=lang)
        return criteria_commands.new(ledger, told, identity=identity, kind=kind, out=out, force=force)

    _run(command)


@criteria_app.command(
    "export", help=_("把方案写成工作簿，在 Excel 里改。", "A scheme as a workbook, to be edited by an office.")
)
def criteria_export(
    scheme: Annotated[str, typer.Argument(help=_("编号或文件", "编号 or file"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", help=_("写到这个 .xlsx", "write this .xlsx"), show_default=False)],
    force: ForceOption = False,
    criteria: CriteriaOption = None,
    lang: LangOption = None,
    quiet: QuietOption = False,
) -> None:
    """Write a scheme's workbook."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=False, quiet=quiet)
        return criteria_commands.export(scheme, out, _settings(criteria=criteria, lang=lang), shown, force=force)

    _run(command)


@criteria_app.command(
    "import",
    help=_(
        "把改好的工作簿写回方案文件：没改的地方一字不动，改了什么逐条列出。",
        "A workbook as a scheme file: what was not changed stays as it is, what was is listed.",
    ),
)
def criteria_import(
    file: Annotated[Path, typer.Argument(help=_("工作簿", "the workbook"), show_default=False)],
    out: Annotated[Path, typer.Option("--out", help=_("写到这个 .yaml", "write this .yaml"), show_default=False)],
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            help=_("在这个方案文件上改，不用工作簿里带的原文件", "change this file, not the one kept in the workbook"),
            show_default=False,
        ),
    ] = None,
    force: ForceOption = False,
    lang: LangOption = None,
    no_color: NoColorOption = False,
    quiet: QuietOption = False,
) -> None:
    """Read a scheme's workbook."""

    def command() -> int:
        from starcheck import criteria_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=no_color, quiet=quiet)
        return criteria_commands.take_in(file, out, _settings(lang=lang), shown, _now().date(), base=base, force=force)

    _run(command)


@criteria_app.command(
    "schema",
    help=_(
        "JSON Schema：方案文件、结果（--result）、方案对照（--diff）、台账（--ledger）。",
        "JSON Schema of scheme files, the result, a comparison, or the ledger.",
    ),
)
def criteria_schema(
    result: Annotated[bool, typer.Option("--result", help=_("JSON 结果", "the JSON result"))] = False,
    ledger: Annotated[bool, typer.Option("--ledger", help=_("台账的一行", "a row of the ledger"))] = False,
    diff: Annotated[bool, typer.Option("--diff", help=_("criteria diff 的 JSON", "the JSON of criteria diff"))] = False,
    scheme: SchemeOption = None,
    criteria: CriteriaOption = None,
    lang: LangOption = None,
) -> None:
    """Print a JSON Schema."""

    def command() -> int:
        from starcheck import commands  # noqa: PLC0415 - heavy

        told = _settings(scheme=scheme, criteria=criteria, lang=lang)
        return commands.schema(told, result=result, ledger=ledger, diff=diff)

    _run(command)


@history_app.command("list", help=_("列出每次运行。", "Every run."))
def history_list(
    county: CountyOption = None,
    period: PeriodOption = None,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
) -> None:
    """List runs."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, None, no_color=no_color, quiet=False)
        return history_commands.list_runs(_settings(store=store, lang=lang), shown, county, period)

    _run(command)


Run = Annotated[str, typer.Argument(help=_("运行号，见 history list", "run, see history list"))]


@history_app.command("show", help=_("一次运行的文件、乡镇和结果。", "One run."))
def history_show(
    run: Run,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
) -> None:
    """Show a run."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, None, no_color=no_color, quiet=False)
        return history_commands.show(run, _settings(store=store, lang=lang), shown)

    _run(command)


@history_app.command("undo", help=_("撤销一次误记（保留并标记）。", "Take a mistaken run back; it is kept and marked."))
def history_undo(
    run: Run,
    reason: Annotated[str | None, typer.Option("--reason", help=_("原因", "why"))] = None,
    correction: CorrectionOption = None,
    store: StoreOption = None,
    lang: LangOption = None,
) -> None:
    """Undo a run."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=False, quiet=False)
        told = _settings(correction=correction, store=store, lang=lang)
        return history_commands.undo(run, reason, told, shown, _now(), __version__)

    _run(command)


@history_app.command(
    "finalize",
    help=_("终评：把一个县一个月的结果定下来。", "Make a county's month final; it then changes by corrections."),
)
def history_finalize(
    county: CountyOption = None,
    period: PeriodOption = None,
    scheme: SchemeOption = None,
    despite: Annotated[
        str | None,
        typer.Option(
            "--despite",
            help=_("还有没上报、待核实的，仍要定下来的原因", "why it is made final although something is open"),
        ),
    ] = None,
    store: StoreOption = None,
    lang: LangOption = None,
) -> None:
    """Make a month final."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, scheme=scheme, store=store, lang=lang)
        shown = _shown("console", None, no_color=False, quiet=False)
        return history_commands.finalize(despite, told, shown, _now(), __version__)

    _run(command)


@history_app.command("verify", help=_("核验：库里的内容与记下时是否一致。", "Is everything as it was recorded?"))
def history_verify(
    again: Annotated[
        bool, typer.Option("--replay", help=_("每次运行还重算一遍", "also compute every run again"))
    ] = False,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
) -> None:
    """Verify the store."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, None, no_color=no_color, quiet=False)
        return history_commands.verify(_settings(store=store, lang=lang), shown, __version__, again=again)

    _run(command)


@history_app.command(
    "replay", help=_("按库里存的重算一次运行，与记下的对照。", "Compute a run again from what is stored of it.")
)
def history_replay(
    run: Run,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
    everything: AllOption = False,
) -> None:
    """Replay a run."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, None, no_color=no_color, quiet=False, everything=everything)
        return history_commands.show_replay(run, _settings(store=store, lang=lang), shown, __version__)

    _run(command)


@history_app.command("diff", help=_("两次运行有哪些不同。", "What two runs say otherwise."))
def history_diff(
    run: Run,
    other: Run,
    store: StoreOption = None,
    form: FormatOption = "console",
    lang: LangOption = None,
    no_color: NoColorOption = False,
    everything: AllOption = False,
) -> None:
    """Compare two runs."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown(form, None, no_color=no_color, quiet=False, everything=everything)
        return history_commands.diff(run, other, _settings(store=store, lang=lang), shown)

    _run(command)


@history_app.command(
    "export", help=_("导出：每个单位每项的判定一行。", "Every verdict of a run, or of all, one row each.")
)
def history_export(
    run: Annotated[
        str | None, typer.Argument(help=_("运行号；不写是全部", "run; all of them if not given"), show_default=False)
    ] = None,
    county: CountyOption = None,
    period: PeriodOption = None,
    store: StoreOption = None,
    form: Annotated[str, typer.Option("--format", help="csv | json")] = "csv",
    out: Annotated[
        Path | None, typer.Option("--out", help=_("写入文件：.csv .xlsx .json", "write a file: .csv .xlsx .json"))
    ] = None,
    lang: LangOption = None,
) -> None:
    """Export verdicts."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        told = _settings(county=county, period=period, store=store, lang=lang)
        return history_commands.export(run, out, told, _shown(form, None, no_color=False, quiet=False))

    _run(command)


@history_app.command(
    "prune",
    help=_(
        "清理：删去不再计入的旧运行的判定（可以重算的）。",
        "Delete verdicts of old runs that no longer count; replay remakes them.",
    ),
)
def history_prune(
    before: Annotated[
        str, typer.Option("--before", help=_("早于这一期的，如 2022-01", "periods before, such as 2022-01"))
    ],
    sure: Annotated[
        bool, typer.Option("--yes", help=_("真的删；不加只列出", "delete; without it they are listed"))
    ] = False,
    store: StoreOption = None,
    lang: LangOption = None,
) -> None:
    """Prune the store."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=False, quiet=False)
        return history_commands.prune(before, _settings(store=store, lang=lang), shown, _now(), sure=sure)

    _run(command)


@history_app.command("backup", help=_("备份历史库。", "Copy the store."))
def history_backup(
    path: Annotated[Path, typer.Argument(help=_("备份文件", "the copy"))],
    store: StoreOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """Back the store up."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=False, quiet=False)
        return history_commands.backup(path, _settings(store=store, lang=lang), shown, force=force)

    _run(command)


@history_app.command("restore", help=_("用备份恢复历史库。", "Put a backup in the store's place."))
def history_restore(
    path: Annotated[Path, typer.Argument(help=_("备份文件", "the copy"))],
    store: StoreOption = None,
    force: ForceOption = False,
    lang: LangOption = None,
) -> None:
    """Restore the store."""

    def command() -> int:
        from starcheck import history_commands  # noqa: PLC0415 - heavy

        shown = _shown("console", None, no_color=False, quiet=False)
        return history_commands.restore(path, _settings(store=store, lang=lang), shown, force=force)

    _run(command)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"starcheck {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help=_("版本", "version"))
    ] = False,
    lang: LangOption = None,
) -> None:
    del version
    if lang is not None:
        os.environ["STARCHECK_LANG"] = lang


def _stopped(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


def _keep_only(asked: list[str]) -> None:
    """Of the commands the one asked for: Typer builds the parsers of all before it runs one."""
    if asked and asked[0] in {group.name for group in app.registered_groups}:
        app.registered_commands.clear()
        app.registered_groups[:] = [group for group in app.registered_groups if group.name == asked[0]]
        return
    chosen = [command for command in app.registered_commands if asked and asked[0] == _name_of(command)]
    if chosen:
        app.registered_commands[:] = chosen
        app.registered_groups.clear()


def _name_of(command: Any) -> str:
    return str(command.name or command.callback.__name__)


_USAGE_ERROR: Any = typer.BadParameter.__mro__[1]
"""What Typer raises for a command line it cannot understand; it exports only this kind of it."""


def _wrong_usage(problem: Any) -> str:
    """One line for a command line that cannot be understood, in the user's language."""
    context = getattr(problem, "ctx", None)
    path = "starcheck" if context is None else context.command_path
    if ENGLISH:
        return f"starcheck: {problem.format_message()} See {path} --help"
    option = getattr(problem, "option_name", None)
    near = "、".join(getattr(problem, "possibilities", None) or ())
    parameter = getattr(getattr(problem, "param", None), "name", None)
    command = re.fullmatch(r"No such command '(.+)'\.", problem.format_message())
    match type(problem).__name__:
        case "UsageError" if command:
            said = f"没有命令 {command[1]}"
        case "NoSuchOption":
            said = f"没有选项 {option}" + (f"，最接近的是 {near}" if near else "")
        case "BadOptionUsage":
            said = f"选项 {option} 后面缺少值"
        case "MissingParameter":
            said = f"缺少 {parameter}"
        case _:
            said = f"{parameter or '命令行'} 不对：{problem.format_message()}"
    return f"starcheck: {said}；用法见 {path} --help"


def main() -> None:
    """Run the program. Exit codes are those of DESIGN §7; 4 for a bug, with its traceback."""
    if sys.getfilesystemencoding() == "ascii" and hasattr(os, "execve"):
        # such a locale can name no Chinese file: begin again in UTF-8 mode, writing to the terminal as before
        environment = os.environ | {"PYTHONIOENCODING": f"{sys.stdout.encoding}:backslashreplace"}
        os.execve(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]], environment)  # noqa: S606 - itself
    # a run makes many small lasting objects and hardly a cycle: collecting while they grow, or at the end, is time lost
    gc.disable()
    signal.signal(signal.SIGINT, _stopped)
    signal.signal(signal.SIGTERM, _stopped)
    _keep_only(sys.argv[1:2])
    try:
        code = app(standalone_mode=False) or 0
    except _USAGE_ERROR as problem:
        if type(problem).__name__ == "NoArgsIsHelpError":
            sys.stdout.write(f"{problem}\n")
        else:
            sys.stderr.write(f"{visible(_wrong_usage(problem))}\n")
        raise SystemExit(2) from None
    except BrokenPipeError:
        sys.stdout = None  # the reader has gone, there is nobody to flush for
        raise SystemExit(0) from None
    except Exception:  # noqa: BLE001 - a bug: its traceback is shown, and the exit code is the contract's
        import traceback  # noqa: PLC0415 - a bug

        sys.stderr.write(visible_lines(traceback.format_exc()))
        sys.stderr.write(
            _(
                "starcheck: 程序内部错误（不是数据的问题）；请把上面的内容发给开发者\n",
                "starcheck: internal error; please report the lines above\n",
            )
        )
        raise SystemExit(4) from None
    gc.freeze()
    raise SystemExit(code)
