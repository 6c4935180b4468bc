"""Settings: flag over environment over starcheck.toml over default; and what init makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from starcheck.workspace import (
    CONFIG_TEMPLATE,
    Settings,
    Stop,
    criteria_folders,
    find_config,
    init_workspace,
    scheme_paths,
    settings,
    shipped_criteria,
)


def toml(folder: Path, text: str) -> Path:
    """A workspace with that starcheck.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "starcheck.toml").write_text(text, encoding="utf-8")
    return folder


def test_precedence(tmp_path: Path) -> None:
    """Flag > STARCHECK_… > starcheck.toml > default."""
    folder = toml(tmp_path, 'county = "清丰县"\nlang = "en"\nfail_on = "warning"')
    environment = {"STARCHECK_COUNTY": "南乐县", "STARCHECK_LANG": "zh"}
    told = settings({"county": "范县"}, environment, folder)

    assert ("范县", "zh", "warning", False) == (told.county, told.lang, told.fail_on, told.no_store)
    assert "南乐县" == settings({"county": None}, environment, folder).county
    assert ("清丰县", "en") == ((found := settings({}, {}, folder)).county, found.lang)
    assert Settings(root=tmp_path / "x") == settings({}, {}, tmp_path / "x") or find_config(tmp_path / "x") is not None


def test_the_nearest_file_upwards(tmp_path: Path) -> None:
    """From a folder deep inside; the nearest one wins, and is the workspace."""
    toml(tmp_path, 'county = "外县"')
    inner = toml(tmp_path / "里", 'county = "里县"')
    deep = inner / "台账" / "六月"
    deep.mkdir(parents=True)

    assert ("里县", inner) == ((found := settings({}, {}, deep)).county, found.root)
    assert str(inner / "starcheck.db") == settings({}, {}, deep).store_target


def test_paths_in_the_file_are_meant_from_the_file(tmp_path: Path) -> None:
    """So that the program may be run from anywhere below."""
    folder = toml(tmp_path, 'register = "名册/r.csv"\ncriteria = "标准"\nstore = "库.db"')
    deep = folder / "a"
    deep.mkdir()
    told = settings({}, {}, deep)

    assert (folder / "名册/r.csv", folder / "标准", str(folder / "库.db")) == (
        told.register,
        told.criteria,
        told.store_target,
    )


def test_a_store_elsewhere(tmp_path: Path) -> None:
    """A URL is taken as it is."""
    folder = toml(tmp_path, 'store = "postgresql://office/starcheck"')

    assert "postgresql://office/starcheck" == settings({}, {}, folder).store_target


def test_what_lies_in_the_workspace_is_used(tmp_path: Path) -> None:
    """register.csv, targets.csv and exceptions.csv beside starcheck.toml; without it they are files like others."""
    for name in ("register.csv", "targets.csv", "exceptions.csv"):
        (tmp_path / name).write_text("", encoding="utf-8")

    assert settings({}, {}, tmp_path).register is None

    told = settings({}, {}, toml(tmp_path, ""))

    assert [tmp_path / f"{name}.csv" for name in ("register", "targets", "exceptions")] == [
        told.register,
        told.targets,
        told.exceptions,
    ]


@pytest.mark.parametrize(
    "text",
    [
        'countty = "清丰"',
        'lang = "fr"',
        'fail_on = "maybe"',
        "county = 5",
        'no_store = "yes"',
        'county = "清丰',
        "[criteria]\na = 1",
    ],
)
def test_a_faulty_file_ends_the_run(tmp_path: Path, text: str) -> None:
    """Exit code 2, one line, in both languages, naming the file or the value."""
    with pytest.raises(Stop) as stop:
        settings({}, {}, toml(tmp_path, text))

    assert 2 == stop.value.exit_code
    assert all(line and "\n" not in line for line in stop.value.text)


@pytest.mark.parametrize(
    ("text", "place"), [("[batch]\njobs = = 2\n", "2:8"), ("[batch]\noutputs = [1,\n", "3:1"), ('x = "a', "1:7")]
)
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    """As file:line:column, also where the text ends too early."""
    with pytest.raises(Stop) as stop:
        settings({}, {}, toml(tmp_path, text))

    assert all(words.startswith(f"{tmp_path / 'starcheck.toml'}:{place}: ") for words in stop.value.text)
    assert "(at " not in stop.value.text[1]


def test_an_unknown_key_is_told_its_neighbour(tmp_path: Path) -> None:
    """countty: did you mean county."""
    with pytest.raises(Stop) as stop:
        settings({}, {}, toml(tmp_path, 'countty = "清丰"'))

    assert "county" in stop.value.text[0].replace("countty", "")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('lang = "en"\n  countty = "清丰"', "2:3"),
        ("county = 3", "1:1"),
        ('[mapping."河乡"]\n"人口" = "x"\n"收入" = 5', "3:1"),
        ("[limits]\nmegabite = 5", "2:1"),
        ('county = "清丰"\nlang = "de"', "2:1"),
        ('fail_on = "note"', "1:1"),
        ("\nstore_wait = -1", "2:1"),
        ('no_store = "ja"', "1:1"),
        ("[limits]\nsheets = 0", "2:1"),
    ],
)
def test_a_wrong_setting_is_told_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    """File, line and column, as in a scheme."""
    with pytest.raises(Stop) as stop:
        settings({}, {}, toml(tmp_path, text))

    assert all(words.startswith(f"{tmp_path / 'starcheck.toml'}:{place}: ") for words in stop.value.text)


def test_a_file_that_is_not_utf8(tmp_path: Path) -> None:
    """A starcheck.toml saved by Notepad in GBK is refused with a reason, not a traceback."""
    (tmp_path / "starcheck.toml").write_bytes('county = "清丰县"'.encode("gbk"))
    with pytest.raises(Stop) as stop:
        settings({}, {}, tmp_path)

    assert 2 == stop.value.exit_code


def test_switches_in_the_environment(tmp_path: Path) -> None:
    """1, true, yes and 是 switch on, anything else does not."""
    assert [True, True, True, True, False, False] == [
        settings({}, {"STARCHECK_NO_STORE": word}, tmp_path).no_store for word in ("1", "true", "YES", "是", "0", "no")
    ]


def test_init_makes_a_workspace_and_leaves_what_is_there(tmp_path: Path) -> None:
    """starcheck.toml with every setting in a comment, criteria/, ledgers/; a second time nothing."""
    folder = tmp_path / "清丰"
    made = init_workspace(folder)
    (folder / "starcheck.toml").write_text('county = "清丰县"\n', encoding="utf-8")

    assert {"starcheck.toml", "criteria", "ledgers"} <= {path.name for path in made}
    assert (folder / "criteria" / "wuxing-rural.yaml").is_file()
    assert [] == init_workspace(folder)
    assert "清丰县" == settings({}, {}, folder).county


def test_the_commented_settings_are_valid(tmp_path: Path) -> None:
    """Uncommented as it stands, every line of the template is read."""
    lines = [
        line.removeprefix("# ")
        for line in CONFIG_TEMPLATE.splitlines()
        if line.startswith("# ") and (" = " in line or line.startswith("# ["))
    ]
    told = settings({}, {}, toml(tmp_path, "\n".join(lines)))

    assert len(lines) >= 8
    assert ("清丰县", "wuxing-rural") == (told.county, told.scheme)


def test_where_schemes_are_kept(tmp_path: Path) -> None:
    """The folder told alone; else the workspace's before the shipped ones, the same name hiding the later."""
    shipped = shipped_criteria()

    assert shipped is not None
    assert [tmp_path] == list(criteria_folders(Settings(criteria=tmp_path)))

    own = tmp_path / "criteria"
    own.mkdir()
    (own / "wuxing-rural.yaml").write_text("", encoding="utf-8")
    (own / "own.yaml").write_text("", encoding="utf-8")

    assert [own / "own.yaml", own / "wuxing-rural.yaml"] == sorted(
        path for path in scheme_paths(Settings(root=tmp_path)) if path.name in {"own.yaml", "wuxing-rural.yaml"}
    )


def test_how_long_to_wait_for_the_store(tmp_path: Path) -> None:
    """Seconds in starcheck.toml or the environment, ten where nobody says; a whole number."""
    folder = toml(tmp_path, "store_wait = 30")

    assert [30, 5, 10] == [
        settings({}, {}, folder).store_wait,
        settings({}, {"STARCHECK_STORE_WAIT": "5"}, folder).store_wait,
        Settings().store_wait,
    ]
    for wrong in ("soon", "0", "-1", "1.5"):
        with pytest.raises(Stop):
            settings({}, {"STARCHECK_STORE_WAIT": wrong}, folder)
