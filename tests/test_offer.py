"""Which scheme a run is rated by: sketches of the shipped ones know as much as it takes, and never decide."""

from __future__ import annotations

from pathlib import Path

import pytest

from starcheck.inbox import Vocabulary, read_inbox
from starcheck.intake import HeaderIndex
from starcheck.offer import Offer, offered
from starcheck.scheme import Scheme, load_scheme
from starcheck.scheme_sketch import sketch
from starcheck.units import normalise_header
from starcheck.workspace import Settings

ROOT = Path(__file__).parents[1]
SCHEMES = sorted((ROOT / "criteria").glob("*.yaml"))
LEDGERS = sorted(
    path
    for path in (*(ROOT / "examples").iterdir(), *(ROOT / "examples" / "schemes").iterdir())
    if path.suffix in {".csv", ".xlsx"} or path.name == "qingfeng"
)


def loaded(path: Path) -> Scheme:
    """The scheme of a file, which is valid."""
    scheme, problems = load_scheme(path)
    assert scheme is not None, problems
    return scheme


@pytest.mark.parametrize("path", SCHEMES, ids=lambda path: path.stem)
def test_a_sketch_has_the_words_of_the_loaded_scheme(path: Path) -> None:
    """Every spelling, name column and tier; only an overlay may have a few of its parent's beside them."""
    scheme, one = loaded(path), sketch(path)
    assert one is not None
    index = HeaderIndex(scheme)
    spellings = frozenset(index.by_spelling)

    assert spellings <= one.spellings
    assert one.parents or spellings == one.spellings
    assert len(scheme.ledger_columns) <= len(one.columns)
    assert one.names == index.names
    assert one.tiers == {normalise_header(tier.name) for tier in scheme.tiering.tiers}
    assert one.example == scheme.nature.startswith("示例")
    assert one.parents == tuple(text for _, text in scheme.texts[1:])


@pytest.mark.parametrize("ledger", LEDGERS, ids=lambda path: path.stem)
def test_sketches_choose_what_loading_every_scheme_chooses(ledger: Path) -> None:
    """With as many columns; and no scheme has more columns in a ledger than its sketch allows."""
    told = Settings(root=ROOT)
    inbox, _ = read_inbox([ledger], offered(told).vocabulary)
    by_sketches, every = offered(told), offered(told)
    every.load_all()
    fits, hits = by_sketches.fitting(inbox)

    assert [scheme.id for scheme in fits] == [scheme.id for scheme in every.fitting(inbox)[0]]
    assert hits == every.fitting(inbox)[1]
    assert len(by_sketches.schemes) < len(every.schemes)
    tables = [table for read in inbox.files for table in read.tables]
    headers = {tuple(name for name, _ in header.candidates()) for table in tables for header in table.headers}
    for one in offered(told).sketches:
        assert len(HeaderIndex(loaded(one.path)).found(tables)) <= one.most(headers), one.path.name


def test_the_words_of_sketches_find_the_same_tables() -> None:
    """A file is read alike by the words of sketches and by those of the loaded schemes."""
    told = Settings(root=ROOT)
    offer = offered(told)
    words = offer.vocabulary

    assert offer.sketches
    assert not offer.schemes
    assert Vocabulary.of(*offer.load_all()).headers <= words.headers
    assert Vocabulary.of(*offer.schemes).tiers == words.tiers


WRITTEN = """\
编号: s
性质: 示例
字段:
  人口: {列名: [人口, "总人口"], 类型: 整数}
  户数: {类型: 整数}
星级:
  - {星: 甲, 指标: [{编号: A-1, 列名: ['收入（万元）', 集体收入]}]}
定级:
  档次: {1: 好, 0: 差}
"""


def test_what_a_sketch_reads(tmp_path: Path) -> None:
    """Lists in quotes or without, a field by its name, and a unit in brackets with and without."""
    path = tmp_path / "s.yaml"
    path.write_text(WRITTEN, encoding="utf-8")
    one = sketch(path)

    assert one is not None
    assert {"人口", "总人口", "户数", "收入万元", "收入", "集体收入"} == one.spellings
    assert {"好", "差"} == one.tiers
    assert 2 == one.most({("人口", "口"), ("集体收入",), ("书记",)})
    assert 1 == one.most({("人口", "总人口")})


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('列名: [人口, "总人口"]', "列名: 人口"),
        ('列名: [人口, "总人口"]', "列名: &a [人口]"),
        ('列名: [人口, "总人口"]', '"列名": [人口]'),
        ('列名: [人口, "总人口"]', '列名: ["人\\u53e3"]'),
        ('列名: [人口, "总人口"]', "列名: [人口, [口]]"),
        ("  户数: {", "  ? 户数\n  : {"),
        ("字段:\n", "字段: &f\n"),
        ("字段:", '"字段":'),
        ("档次: {1: 好, 0: 差}", "档次:\n    1: 好\n    0: 差"),
        ("档次: {1: 好, 0: 差}", "档次: {1: 好, 0: *x}"),
        ("性质: 示例\n", ""),
        ("编号: s\n", "编号: s\n继承: 没有.yaml\n"),
        ("编号: s\n", "编号: s\n继承: s.yaml\n"),
        ("编号: s\n", "编号: s\n继承: >-\n  s.yaml\n"),
        ("星级:\n", "星级: # 列名\n"),
    ],
)
def test_a_text_written_otherwise_has_no_sketch(tmp_path: Path, written: str, instead: str) -> None:
    """Nothing is guessed: such a scheme is loaded."""
    path = tmp_path / "s.yaml"
    assert written in WRITTEN
    path.write_text(WRITTEN.replace(written, instead), encoding="utf-8")

    assert sketch(path) is None


def test_an_overlay_is_an_example_by_its_own_word(tmp_path: Path) -> None:
    """Not by that of the scheme under it."""
    (tmp_path / "s.yaml").write_text(WRITTEN, encoding="utf-8")
    overlay = tmp_path / "o.yaml"
    found = []
    for nature in ("", "性质: 示例\n", "性质: 县定\n"):
        overlay.write_text(f"编号: o\n{nature}继承: s.yaml\n", encoding="utf-8")
        one = sketch(overlay)
        assert one is not None
        found.append(one.example)

    assert [False, True, False] == found


def test_schemes_of_the_office_are_loaded(tmp_path: Path) -> None:
    """Only the shipped ones, which are tested, are known by sketches: an office's own is never passed over unread."""
    (tmp_path / "criteria").mkdir()
    text = (ROOT / "criteria" / "pai.yaml").read_text(encoding="utf-8")
    (tmp_path / "criteria" / "pai.yaml").write_text(text.replace("编号: pai", "编号: pai-2"), encoding="utf-8")
    offer = offered(Settings(root=tmp_path))

    assert ["pai-2"] == [scheme.id for scheme in offer.schemes]
    assert {one.path.name for one in offer.sketches} == {path.name for path in SCHEMES} - {"pai.yaml"}


def test_a_scheme_that_is_given_is_the_whole_offer() -> None:
    """Nothing else is looked at."""
    scheme = loaded(SCHEMES[0])

    assert [scheme] == list(Offer([scheme]).load_all())
    assert Vocabulary.of(scheme) == Offer([scheme]).vocabulary
