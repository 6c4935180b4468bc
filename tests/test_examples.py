"""The synthetic county and the shipped scheme: the published counts come out, every mistake is found at its cell."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from starcheck.scheme import load_scheme

ROOT = Path(__file__).parents[1]
CRITERIA = ROOT / "criteria"
EXAMPLES = ROOT / "examples"
GENERATOR = EXAMPLES / "make_examples.py"
KEPT_BY_HAND = {"README.md", "make_examples.py", "make_other_units.py", "make_schemes.py", "make_year.py"}
OF_SCHEMES = "schemes"
"""The folder that make_schemes.py makes; see test_scheme_examples."""


def _run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(  # noqa: S603 - our own interpreter and files
        [sys.executable, *map(str, arguments)], cwd=ROOT, capture_output=True, check=False
    )


def _make(directory: Path) -> Path:
    made = _run(GENERATOR, directory)
    assert made.returncode == 0, made.stderr.decode(errors="replace")
    return directory


def _score(*arguments: str | Path) -> dict[str, Any]:
    run = _run("-m", "starcheck", "score", *arguments, "--no-store", "--format", "json")

    assert run.returncode == 0, run.stderr.decode(errors="replace")
    answer: dict[str, Any] = json.loads(run.stdout)
    return answer


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generator makes now."""
    return _make(tmp_path_factory.mktemp("made"))


@pytest.fixture(scope="module")
def county() -> dict[str, Any]:
    """The answer of ``starcheck score examples/qingfeng --format json``."""
    return _score(EXAMPLES / "qingfeng")


@pytest.fixture(scope="module")
def mistakes() -> list[dict[str, str]]:
    """The listing of what was put in on purpose."""
    return _rows(EXAMPLES / "qingfeng-mistakes.csv")


# ---------------------------------------------------------------------------------------------------- the generator


def _files(directory: Path) -> dict[str, Path]:
    # loading the generator leaves its byte code beside it
    found = (path for path in sorted(directory.rglob("*")) if path.is_file() and path.parent.name != "__pycache__")
    files = {path.relative_to(directory).as_posix(): path for path in found if path.name not in KEPT_BY_HAND}
    return {name: path for name, path in files.items() if not name.startswith(f"{OF_SCHEMES}/")}


def _made_with() -> str:
    spec = importlib.util.spec_from_file_location("make_examples", GENERATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    version: str = module.XLSXWRITER
    return version


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def _cells(path: Path) -> Iterator[tuple[object, ...]]:
    for sheet in openpyxl.load_workbook(path):
        yield sheet.title, sorted(map(str, sheet.merged_cells.ranges))
        for row in sheet.iter_rows():
            yield from ((cell.coordinate, cell.value, cell.number_format) for cell in row if cell.value is not None)


def test_the_generator_gives_the_same_bytes_each_time(made: Path, tmp_path: Path) -> None:
    """Two runs of the generator differ in no byte: it looks at no clock and draws from no random generator."""
    again = _files(_make(tmp_path / "again"))
    once = _files(made)

    assert list(once) == list(again)
    assert [name for name in once if once[name].read_bytes() != again[name].read_bytes()] == []


def test_the_committed_examples_are_what_the_generator_makes(made: Path) -> None:
    """Nobody edited an example by hand. Another release of XlsxWriter may pack the same cells in other bytes."""
    committed, fresh = _files(EXAMPLES), _files(made)

    assert list(fresh) == list(committed)
    assert 22 == len(fresh)
    same_writer = _made_with() == xlsxwriter.__version__
    for name, path in fresh.items():
        if path.suffix != ".xlsx":
            assert path.read_bytes() == committed[name].read_bytes(), name
        elif same_writer:
            assert _parts(path) == _parts(committed[name]), name
        else:
            assert list(_cells(path)) == list(_cells(committed[name])), name


def test_the_county_has_the_shapes_the_issue_asks_for() -> None:
    """15 workbooks and 2 CSVs that are GB18030 and not UTF-8, of 17 townships."""
    files = [path for path in (EXAMPLES / "qingfeng").iterdir() if path.name not in {"register.csv", "targets.csv"}]
    texts = [path.read_bytes() for path in files if path.suffix == ".csv"]

    assert {".xlsx": 15, ".csv": 2} == Counter(path.suffix for path in files)
    for text in texts:
        assert text.decode("gb18030").startswith("清丰县")
        with pytest.raises(UnicodeDecodeError):
            text.decode("utf-8")


def test_the_register_holds_503_villages_of_17_townships_and_some_communities() -> None:
    """The register has the published number of villages, codes nobody has, and no name twice in a township."""
    units = _rows(EXAMPLES / "qingfeng" / "register.csv")
    villages = [unit for unit in units if unit["类型"] == "行政村"]

    assert 503 == len(villages)
    assert 17 == len({unit["乡镇"] for unit in villages})
    assert {"城市社区": 7, "行政村": 503} == Counter(unit["类型"] for unit in units)
    assert {"410999"} == {unit["编码"][:6] for unit in units}
    assert {12} == {len(unit["编码"]) for unit in units}
    assert 510 == len({unit["编码"] for unit in units}) == len({(unit["乡镇"], unit["名称"]) for unit in units})


def test_the_targets_are_the_published_plan() -> None:
    """拟争创: 6 五星, 50 四星, 150 三星, each a village of the register."""
    aims = _rows(EXAMPLES / "qingfeng" / "targets.csv")
    units = {(unit["乡镇"], unit["名称"]) for unit in _rows(EXAMPLES / "qingfeng" / "register.csv")}

    assert {"五星": 6, "四星": 50, "三星": 150} == Counter(aim["争创星级"] for aim in aims)
    assert {(aim["乡镇"], aim["名称"]) for aim in aims} <= units


# ---------------------------------------------------------------------------------------------------- the scheme


def test_the_rural_scheme_has_5_stars_and_29_items() -> None:
    """It loads without an error or a warning, says what it is, and each item has an owner, a remedy and a source."""
    scheme, diagnostics = load_scheme(CRITERIA / "wuxing-rural.yaml")

    assert () == diagnostics
    assert scheme is not None
    assert "示例，非官方标准" == scheme.nature
    assert ["支部过硬星", "产业兴旺星", "生态宜居星", "平安法治星", "文明幸福星"] == [
        star.name for star in scheme.stars
    ]
    assert [7, 5, 6, 6, 5] == [len(star.criteria) for star in scheme.stars]
    for item in scheme.criteria:
        assert item.owner, item.id
        assert item.remedy, item.id
        assert all(line.source is not None and line.source.clause for line in item.requirements), item.id
        assert not item.reads_column or len(item.headers) > 1, item.id


def test_the_second_line_of_a_requirement_waits_for_its_day() -> None:
    """集体收入 is judged by 5 万元 to the end of 2022 and by 10 万元 from 2023 on."""
    scheme, _ = load_scheme(CRITERIA / "wuxing-rural.yaml")
    assert scheme is not None
    income = scheme.criterion("CY-01")
    before, after = income.in_force(date(2022, 12, 31)), income.in_force(date(2023, 1, 1))

    assert before is not None
    assert after is not None
    assert (5, 10) == (before.operand, after.operand)


def test_the_guide_quotes_the_scheme_and_its_overlay_loads(tmp_path: Path) -> None:
    """The lines of criteria/README.md that an officer copies are lines of the scheme, and its county overlay works."""
    guide = (CRITERIA / "README.md").read_text(encoding="utf-8")
    rural = (CRITERIA / "wuxing-rural.yaml").read_text(encoding="utf-8")
    (overlay,) = (block for block in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL) if "继承:" in block)
    (tmp_path / "wuxing-rural.yaml").write_text(rural, encoding="utf-8")
    (tmp_path / "overlay.yaml").write_text(overlay, encoding="utf-8")
    scheme, diagnostics = load_scheme(tmp_path / "overlay.yaml")
    (quoted,) = re.findall(r"- \{自: 2022-05-01, 至少: 85.*\}", guide)

    assert quoted in rural
    assert () == diagnostics
    assert scheme is not None
    assert 28 == len(scheme.criteria)
    assert ["wuxing-mouxian", "行政村"] == [scheme.id, scheme.unit_kind]


# ---------------------------------------------------------------------------------------------------- the score


def test_the_county_shows_what_qingfeng_published(county: dict[str, Any]) -> None:
    """503 villages, 五星 6 (1.2%), 四星 50 (9.9%), 三星 150 (29.8%): inferred for 清丰县, 2022-06, wuxing-rural."""
    tiers = {tier["name"]: (tier["units"], tier["percent"]) for tier in county["tiers"]}

    assert ("清丰县", "2022-06", "wuxing-rural") == (county["county"], county["period"], county["scheme"]["id"])
    assert 503 == county["summary"]["units"] == len(county["units"])
    assert [] == county["summary"]["missing_units"]
    assert all(unit["reported"] for unit in county["units"])
    assert ((6, 1.2), (50, 9.9), (150, 29.8)) == (tiers["五星"], tiers["四星"], tiers["三星"])
    assert (176, 98, 23) == (tiers["二星"][0], tiers["一星"][0], tiers["未评星"][0])


def test_24_villages_are_weak() -> None:
    """软弱涣散 24 (4.8%), through 统计: a line under the tier table."""
    run = _run("-m", "starcheck", "score", EXAMPLES / "qingfeng", "--no-store")

    assert 0 == run.returncode, run.stderr.decode(errors="replace")
    assert re.search(r"软弱涣散\D*24\D+4\.8%", run.stdout.decode("utf-8"))


def test_village_planning_is_as_published(county: dict[str, Any]) -> None:
    """41 done, 165 within town plans, 46 drafted, 251 being drafted: 503."""
    states = Counter(unit["verdicts"]["ST-03"]["value"] for unit in county["units"])

    assert {"已完成": 41, "纳入城镇规划": 165, "已初步规划待评审": 46, "编制中": 251} == states


def test_stars_and_tiers_agree(county: dict[str, Any]) -> None:
    """Σ tier is Σ units per star, less the one star that a cap of the 负面清单 hides."""
    tiers = sum(unit["tier"] for unit in county["units"])

    assert 1131 == sum(county["stars"].values())
    assert 1130 == tiers


def test_no_mistake_leaves_a_star_open(county: dict[str, Any]) -> None:
    """The mistakes stand where the star is dark anyway: every village's tier is what it would be at best."""
    assert [] == [unit["name"] for unit in county["units"] if unit["tier"] != unit["reachable"]]


def _found(county: dict[str, Any]) -> set[tuple[str, str, str, str, str]]:
    return {
        (Path(d["file"]).name, d["sheet"] or "", d["cell"], d["code"][:2], d["severity"])
        for d in county["diagnostics"]
        if d["severity"] != "note"
    }


def test_each_mistake_is_found_at_its_cell(county: dict[str, Any], mistakes: list[dict[str, str]]) -> None:
    """Every line of the listing is a diagnostic of that family and severity at that file, sheet and cell."""
    listed = {(m["文件"], m["工作表"], m["单元格"], m["代码族"], m["级别"]) for m in mistakes}

    assert 24 == len(listed)
    assert set() == listed - _found(county)


def test_nothing_is_reported_that_is_no_mistake(county: dict[str, Any], mistakes: list[dict[str, str]]) -> None:
    """What townships write in their usual ways is read without an error or a warning."""
    listed = {(m["文件"], m["工作表"], m["单元格"], m["代码族"], m["级别"]) for m in mistakes}

    assert set() == _found(county) - listed


@pytest.mark.parametrize("name", ["ledger.xlsx", "ledger.csv"])
def test_a_small_ledger_is_clean(name: str) -> None:
    """A first try needs no register and meets nothing but notes: 15 villages of every tier."""
    answer = _score(EXAMPLES / name)

    assert 15 == answer["summary"]["units"]
    assert {5: 1, 4: 2, 3: 4, 2: 5, 1: 2, 0: 1} == {tier["tier"]: tier["units"] for tier in answer["tiers"]}
    assert ("示例县", "2022-06") == (answer["county"], answer["period"])
    assert [] == [d for d in answer["diagnostics"] if d["severity"] != "note"]
