"""[batch] of starcheck.toml: read, and checked before anything is done."""

from __future__ import annotations

from pathlib import Path

import pytest

from batching import OUTPUTS, batch, office, tree
from starcheck.batch_settings import ENDINGS, USUAL, BatchJob, batch_job, wanting
from starcheck.diagnostic import Diagnostic
from starcheck.workspace import CONFIG_TEMPLATE, Stop, settings
from test_codes import check_words


def read(config: Path) -> BatchJob:
    """What a file asks for."""
    return batch_job(config, settings({}, {}, config.parent))[0]


def refused(config: Path, text: str) -> list[Diagnostic]:
    """What is said of a text that asks for what cannot be."""
    config.write_text(text, encoding="utf-8")
    with pytest.raises(Stop) as stop:
        read(config)

    assert 2 == stop.value.exit_code
    for found in stop.value.diagnostics:
        if found.code[0] == "B":
            check_words(found)
    return list(stop.value.diagnostics)


def places(said: list[Diagnostic]) -> list[tuple[str, str]]:
    """Codes and where."""
    return [(found.code, str(found.where)) for found in said]


GOOD = """\
[batch]
scheme = "monthly"
inbox = "收件/{county}"
register = "register.csv"
[[batch.county]]
county = "甲县"
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A workspace of two counties."""
    return office(tmp_path, "甲县", "乙县")


def test_what_holds_for_all_and_what_for_one(config: Path) -> None:
    """A county's own word goes before that of [batch]; paths are meant from the file; {county} is its name."""
    text = f"{GOOD}outputs = ['rank.md']\nperiod = '2022年5月'\nstore = 'own.db'\n[[batch.county]]\ncounty = '乙县'\n"
    config.write_text(text, encoding="utf-8")
    first, second = read(config).counties

    assert ("甲县", "乙县") == (first.county, second.county)
    assert config.parent / "收件" / "甲县" == first.inbox
    assert config.parent / "register.csv" == second.told.register
    assert (str(config.parent / "own.db"), str(config.parent / "starcheck.db")) == (
        first.told.store,
        second.told.store,
    )
    assert ("2022-05", "all") == (first.period, second.period)
    assert ("rank.md",) == first.outputs
    assert config.parent / "out" / "乙县" == second.folder


def test_usual_outputs_are_those_the_scheme_has_rules_for(config: Path) -> None:
    """The test scheme has reminders, and neither rewards nor duties."""
    config.write_text(GOOD, encoding="utf-8")

    assert {"rewards.xlsx", "due.xlsx"} == set(USUAL) - set(read(config).counties[0].outputs)


def test_what_is_wrong_for_all_is_said_once(config: Path) -> None:
    """One line of [batch] is one mistake, for however many counties; two schemes without rules are two."""
    text = f"{GOOD}[[batch.county]]\ncounty = '乙县'\n".replace(
        "[[batch", "outputs = ['rnk.xlsx', 'rewards.xlsx']\n[[batch", 1
    )

    assert [("B807", "starcheck.toml:5:12"), ("B808", "starcheck.toml:5:24")] == places(refused(config, text))


def test_a_path_holds_the_county_and_nothing_else(config: Path) -> None:
    """B802 for what is misspelled in braces, at its line: no folder of that name was meant."""
    config.write_text(GOOD.replace("{county}", "{couty}"), encoding="utf-8")
    with pytest.raises(Stop) as stop:
        read(config)

    (found,) = stop.value.diagnostics
    assert ("B802", "starcheck.toml:3:1") == (found.code, str(found.where))
    assert '"收件/{couty}"，应为路径；花括号里只能写 county' in found.message("zh")


def test_a_store_on_a_server(config: Path) -> None:
    """An address is none of our paths."""
    config.write_text(f"{GOOD}store = 'postgresql+psycopg://server/x'\n", encoding="utf-8")

    assert "postgresql+psycopg://server/x" == read(config).counties[0].told.store


def test_everything_that_is_wrong_is_said_at_once(config: Path) -> None:
    """Each at its line and column: B801, B802, B803, B807, B808; a file that is not there keeps no other county."""
    said = refused(
        config,
        """\
[batch]
inbx = "收件/{county}"
scheme = "monthly"
jobs = 0
[[batch.county]]
county = "甲县"
inbox = "收件/甲县"
register = "no.csv"
period = "上个月"
outputs = ["report.md", "rnk.xlsx", "rewards.xlsx"]
[[batch.county]]
county = "../乙县"
[[batch.county]]
county = "丙县"
inbox = "收件/丙县"
scheme = "five"
""",
    )

    assert [
        ("B801", "starcheck.toml:2:1"),
        ("B802", "starcheck.toml:4:1"),
        ("B802", "starcheck.toml:9:1"),
        ("B807", "starcheck.toml:10:25"),
        ("B808", "starcheck.toml:10:37"),
        ("B802", "starcheck.toml:12:1"),
        ("B803", "starcheck.toml:11:1"),
    ] == places(said)
    assert "inbox" == said[0].expected


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("outputs = []", "B802"),
        ("outputs = 'rank.md'", "B802"),
        ("scheme = 5", "B802"),
        ("period = ''", "B802"),
        ("period = '2022-13'", "B802"),
        ("jobs = true", "B802"),
        ("dask = '10.0.0.5'", "B802"),
        ("outputs = ['report.xlsx']", "B807"),
        ("outputs = ['due.md']", "B808"),
    ],
)
def test_values(config: Path, line: str, code: str) -> None:
    """Each kind of value that does not fit."""
    said = refused(
        config,
        GOOD.replace("[[batch", f"{line}\n[[batch", 1).replace(
            'scheme = "monthly"\n', "" if "scheme" in line else 'scheme = "monthly"\n'
        ),
    )

    assert code in {found.code for found in said}


@pytest.mark.parametrize(
    "text", ["", "[batch]\n", "batch = 1\n", "[batch]\ncounty = 'x'\n", "[[batch]]\ncounty = 'x'\n"]
)
def test_no_counties(config: Path, text: str) -> None:
    """Nothing to do is said, not done: B809."""
    assert "B809" in {found.code for found in refused(config, text)}


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("[[batch.county]]\ncounty = '甲县'\n", "out"),
        ("[[batch.county]]\ncounty = '甲县'\nout = 'other'\n", "县"),
        ("[[batch.county]]\ncounty = '乙县'\ninbox = '收件/甲县'\n", "收件"),
        ("[[batch.county]]\ncounty = '乙县'\nout = '收件/乙县/out'\n", "里面"),
        ("[[batch.county]]\ncounty = '乙县'\nout = '收件'\n", "里面"),
    ],
)
def test_collisions(config: Path, more: str, words: str) -> None:
    """Two that would write one folder, rate one county twice, take one inbox, or take results for ledgers: B805."""
    said = refused(config, f"{GOOD}{more}")

    assert {"B805"} == {found.code for found in said}
    assert words in said[0].message("zh")


def test_an_invalid_scheme_is_told_with_its_own_problems(config: Path) -> None:
    """With the place in the scheme, and where it is named; the county cannot be done."""
    scheme = config.parent / "criteria" / "monthly.yaml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace("点亮: 全部", "点亮: 全都"), encoding="utf-8")
    config.write_text(GOOD, encoding="utf-8")
    (county,) = read(config).counties

    assert [("K608", "monthly.yaml"), ("K608", "monthly.yaml"), ("B806", "starcheck.toml")] == [
        (found.code, found.where.file) for found in wanting(county)
    ]


def test_nothing_is_done_where_something_is_wrong(config: Path) -> None:
    """Not even for the counties that are right; stdout is empty, the exit code 2, nothing is written."""
    config.write_text(f"{config.read_text(encoding='utf-8')}\n[[batch.county]]\ncounti = '丙县'\n", encoding="utf-8")
    before = tree(config.parent)
    code, document, said = batch(config)

    assert (2, {}) == (code, document)
    assert "B801" in said
    assert "starcheck.toml:" in said
    assert before == tree(config.parent)


def test_other_commands_do_not_mind_the_section(config: Path) -> None:
    """It is the batch's alone; a mistake in it does not keep anybody from rating."""
    config.write_text("county = '甲县'\n[batch]\nwhatever = 1\n", encoding="utf-8")

    assert "甲县" == settings({}, {}, config.parent).county


def test_the_template_shows_every_key(config: Path) -> None:
    """With the comment signs taken away it is a batch that can be done."""
    section = CONFIG_TEMPLATE[CONFIG_TEMPLATE.index("# [batch]") : CONFIG_TEMPLATE.index("# 某乡镇的列名")]
    lines = [line.removeprefix("# ") for line in section.splitlines() if " = " in line or line.startswith("# [")]
    text = "\n".join(lines)
    config.write_text(text, encoding="utf-8")

    for county in read(config).counties:
        found = {one.code for one in wanting(county)}
        assert {"B804"} == found, found  # what it names is not there
    for key in (
        "log",
        "jobs",
        "period",
        "exceptions",
        "store",
        "out",
        "outputs",
        "pay",
        "awards",
        "earlier",
        "supply",
        "notes",
    ):
        assert f"\n{key} = " in text
    assert all(what in section for what in ENDINGS)


def test_outputs_of_the_tests_are_outputs() -> None:
    """The names that the other tests ask for."""
    assert {f"{what}.{ending}" for what, endings in ENDINGS.items() for ending in endings} >= set(OUTPUTS)
