"""Where keys stand in a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from starcheck.toml_places import key_places

TEXT = '''\
# [batch] in a comment is none
county = "清丰县"   # county = "x"
words = """
[batch]
log = 1
"""
raw = \'\'\'
[[batch.county]]
\'\'\'
limits = {megabytes = 1, "a b" = [1, 2]}

[batch]
log = "a.jsonl"
  jobs = 2
outputs = [
  "report.md", # , "x"
  'rank.xlsx',
]
[mapping."马庄桥镇"]
"集体经纪收入" = "CY-01"
[[batch.county]]
county = "甲"
[[batch.county]]
county = '乙'
a.b.c = 2022-10-01T00:00:00
[batch.county.more]
x = 1
'''


def test_every_key_has_its_place() -> None:
    """Comments and strings hold no keys; tables of an array are counted; elements have places of their own."""
    places = key_places(TEXT)

    assert (2, 1) == places["county",]
    assert (3, 1) == places["words",]
    assert (10, 11) == places["limits", "megabytes"]
    assert (10, 26) == places["limits", "a b"]
    assert (10, 38) == places["limits", "a b", 1]
    assert (12, 1) == places["batch",]
    assert (13, 1) == places["batch", "log"]
    assert (14, 3) == places["batch", "jobs"]
    assert [(16, 3), (17, 3)] == [places["batch", "outputs", number] for number in (0, 1)]
    assert (20, 1) == places["mapping", "马庄桥镇", "集体经纪收入"]
    assert [(22, 1), (24, 1)] == [places["batch", "county", number, "county"] for number in (0, 1)]
    assert (25, 1) == places["batch", "county", 1, "a", "b", "c"]
    assert (26, 1) == places["batch", "county", 1, "more"]
    assert (27, 1) == places["batch", "county", 1, "more", "x"]


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """The way to everything in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {path} | {found for key, one in inner for found in paths(one, (*path, key))}


def test_all_of_a_document_is_found() -> None:
    """What tomllib reads has a place, and nothing else has."""
    assert paths(tomllib.loads(TEXT)) - {()} == set(key_places(TEXT))


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


def quoted(text: str) -> str:
    """A basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


values = st.recursive(
    st.one_of(st.integers().map(str), st.booleans().map(lambda yes: str(yes).lower()), texts.map(quoted)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: "[\n " + ", # ]\n ".join(items) + "\n]"),
        st.dictionaries(texts, inner, max_size=3).map(
            lambda table: (
                "{" + ", ".join(f"{quoted(key)} = {one}" for key, one in table.items() if "\n" not in one) + "}"
            )
        ),
    ),
    max_leaves=6,
)


@given(st.dictionaries(texts, values, max_size=4), st.lists(st.dictionaries(texts, values, max_size=3), max_size=3))
def test_any_document(top: dict[str, str], tables: list[dict[str, str]]) -> None:
    """Of any keys and values, in any nesting."""
    top.pop("batch", None)
    text = "".join(f"{quoted(key)} = {value} # x = 1\n" for key, value in top.items())
    for table in tables:
        text += "[[batch.县]]\n".replace("县", '"县"') + "".join(f"{quoted(key)}={one}\n" for key, one in table.items())
    document = tomllib.loads(text)

    assert paths(document) - {()} == set(key_places(text))


@pytest.mark.parametrize("text", ["", "\n\n", "# only words", "a = 1"])
def test_small_documents(text: str) -> None:
    """Nothing in it is nothing found."""
    assert ({("a",)} if text.startswith("a") else set()) == set(key_places(text))
