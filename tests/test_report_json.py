"""The JSON document: the keys of the contract in their order, and its schema."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from report_sample import SCORE_SCHEME, SCORED, rated
from starcheck.column import Reason
from starcheck.diagnostic import Diagnostic, Location
from starcheck.report.as_json import document, result_json_schema, write_document
from starcheck.report.model import InputFile, InputSheet, Report, build_report
from starcheck.scoring import Assessment

DIAGNOSTIC = Diagnostic(
    "V301",
    Location("马庄桥镇.xlsx", "6月", "H6"),
    unit="孟村",
    field="CY-01",
    found="约12万",
    expected=("数值，单位万元", "a number in 万元"),
    arguments={"why": ("是约数", "it is an approximation"), "suggestion": ("只填数字12", "write 12")},
)


def report(assessment: Assessment, **given: Any) -> Report:
    """The report of the sample county with one input and one problem."""
    made = {"command": "score", "version": "0.1.0", "county": "清丰县", "period": "2022-06"} | given
    inputs = [InputFile("马庄桥镇.xlsx", "ab" * 32, "read", (InputSheet("6月", 5, "A3:Q3"),))]
    return build_report(assessment, inputs=inputs, diagnostics=[DIAGNOSTIC], **made)


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    """The sample county."""
    return rated()


@pytest.fixture(scope="module")
def made(assessment: Assessment) -> dict[str, Any]:
    """Its document."""
    return document(report(assessment), assessment)


def unit(made: dict[str, Any], name: str) -> dict[str, Any]:
    """The unit of that name."""
    found: dict[str, Any] = next(unit for unit in made["units"] if unit["name"] == name)
    return found


def test_keys_in_order(made: dict[str, Any]) -> None:
    """The document's keys are those of the contract, in its order."""
    assert [
        *("format", "command", "version", "county", "period", "as_of", "scheme", "inputs", "units"),
        *("tiers", "stars", "townships", "shortfalls", "diagnostics", "summary"),
    ] == list(made)
    assert ["id", "version", "sha256", "nature"] == list(made["scheme"])
    assert [
        *("code", "name", "township", "kind", "tier", "tier_name", "reported", "reachable", "score", "provisional"),
        *("stars", "verdicts", "vetoes", "caps"),
    ] == list(made["units"][0])
    assert ["status", "value", "unit", "requirement", "gap", "source", "cells", "reason"] == list(
        made["units"][0]["verdicts"]["CY-01"]
    )


def test_numbers_are_exact(made: dict[str, Any]) -> None:
    """The gap is 0.8, not 0.7999999999999998; whole numbers have no point."""
    verdict = unit(made, "西李家村")["verdicts"]["CY-01"]

    assert {
        "status": "unmet",
        "value": 4.2,
        "unit": "万元",
        "requirement": "至少 5",
        "gap": 0.8,
        "source": "示例 第三条",
        "cells": ["马庄桥镇.xlsx!6月!H5"],
        "reason": None,
    } == verdict
    assert '"value": 25,' in json.dumps(unit(made, "东关村")["verdicts"]["PA-01"])


def test_formula_names_its_inputs(made: dict[str, Any]) -> None:
    """A formula's cells are those of its inputs, its value is in its unit."""
    verdict = unit(made, "东关村")["verdicts"]["ST-01"]

    assert (3, "‰", ["马庄桥镇.xlsx!6月!D4", "马庄桥镇.xlsx!6月!C4"]) == (
        verdict["value"],
        verdict["unit"],
        verdict["cells"],
    )


def test_values_by_kind(made: dict[str, Any]) -> None:
    """Dates are ISO strings, yes/no booleans, options their words."""
    verdicts = unit(made, "东关村")["verdicts"]

    assert [True, "2021-09-01", "已完成", 0] == [verdicts[key]["value"] for key in ("ZB-01", "WM-01", "WM-02", "ST-03")]


def test_unknown_has_its_reason(made: dict[str, Any]) -> None:
    """An unknown verdict has no value and no gap, and says why."""
    verdict = unit(made, "孟村")["verdicts"]["CY-01"]

    assert ("unknown", None, None, "unreadable") == tuple(verdict[key] for key in ("status", "value", "gap", "reason"))
    assert unit(made, "孟村")["provisional"]
    assert (4, 5) == (unit(made, "孟村")["tier"], unit(made, "孟村")["reachable"])


def test_unreported_unit(made: dict[str, Any]) -> None:
    """A unit that did not report has neither tier nor stars, and is provisional."""
    found = unit(made, "西张村")

    assert [None, None, False, None, None, True, {}, {}, [], []] == [
        found[key]
        for key in (
            *("tier", "tier_name", "reported", "reachable", "score", "provisional"),
            *("stars", "verdicts", "vetoes", "caps"),
        )
    ]
    assert ["西张村", "柳格村"] == made["summary"]["missing_units"]


def test_vetoes_and_caps(made: dict[str, Any]) -> None:
    """All vetoes are listed; of the caps those that lowered something."""
    vetoes = {veto["id"]: veto["status"] for veto in unit(made, "赵庄村")["vetoes"]}

    assert {"FM-01": "unknown", "FM-02": "clear", "FM-03": "clear"} == vetoes
    assert [{"star": "支部过硬星", "max": 2, "applied_to": ["tier", "reachable"]}] == unit(made, "赵庄村")["caps"]
    assert [] == unit(made, "东关村")["caps"]
    assert (None, True) == (unit(made, "南街村")["tier"], unit(made, "南街村")["reported"])


def test_not_applicable_reasons() -> None:
    """An exempted criterion is not applicable, whatever its cell says."""
    assessment = rated([("甲镇", "甲村", {"PA-02": Reason.BLANK})], tags={"甲村": frozenset({"整村搬迁村"})})
    verdict = document(report(assessment), assessment)["units"][0]["verdicts"]["PA-02"]

    assert ("not_applicable", "exempt") == (verdict["status"], verdict["reason"])


def test_tables_of_the_document(made: dict[str, Any]) -> None:
    """Tiers, stars, townships, shortfalls and summary are those of the printed report."""
    assert {"tier": 4, "name": "四星", "units": 3, "percent": 27.3} == made["tiers"][1]
    assert 8 == made["stars"]["支部过硬星"]
    tiers = {"5": 0, "4": 1, "3": 0, "2": 0, "1": 0, "0": 0}
    assert {"name": "仙庄镇", "units": 2, "tiers": tiers, "rank": None, "rank_best": 1, "rank_worst": 2} == (
        made["townships"][1]
    )
    assert {"criterion": "CY-01", "name": "村集体经济年收入", "owner": "农业农村局", "unmet": 1, "unknown": 2} in (
        made["shortfalls"]
    )
    assert (11, 1, 0) == tuple(made["summary"][key] for key in ("units", "errors", "warnings"))


def test_diagnostic_of_the_document(made: dict[str, Any]) -> None:
    """A diagnostic says what, where, what was found and how to mend it."""
    (found,) = made["diagnostics"]

    assert [
        *("code", "severity", "file", "sheet", "cell", "line", "unit", "field"),
        *("message", "found", "expected", "hint"),
    ] == list(found)
    assert ("V301", "error", "H6", None, "孟村", "约12万", "数值，单位万元") == tuple(
        found[key] for key in ("code", "severity", "cell", "line", "unit", "found", "expected")
    )


def test_schema_accepts_documents(assessment: Assessment) -> None:
    """The published schema is itself valid and accepts what is written, for one county and for several."""
    schema = result_json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    several = rated(county=["甲县"] * 5 + ["乙县"] * 6)

    assert [] == list(validator.iter_errors(document(report(assessment), assessment)))
    assert [] == list(validator.iter_errors(document(report(several), several)))


def test_schema_refuses_others(made: dict[str, Any]) -> None:
    """A document with a key too many or a word that is no status is refused."""
    validator = Draft202012Validator(result_json_schema())
    wrong = json.loads(json.dumps(made))
    wrong["units"][0]["verdicts"]["CY-01"]["status"] = "failed"
    wrong["extra"] = 1

    assert 2 == len(list(validator.iter_errors(wrong)))


def test_written_document_is_the_document(assessment: Assessment, made: dict[str, Any]) -> None:
    """What is written line by line reads back as the same value, also without any character outside ASCII."""
    for ascii_only in (False, True):
        stream = io.StringIO()
        write_document(report(assessment), assessment, stream, ascii_only=ascii_only)

        assert made == json.loads(stream.getvalue())
        assert ascii_only == stream.getvalue().isascii()


def test_document_without_units() -> None:
    """A document of no unit is a document."""
    assessment = rated([])
    stream = io.StringIO()
    write_document(report(assessment), assessment, stream)

    assert [] == json.loads(stream.getvalue())["units"]


def test_several_counties() -> None:
    """With several counties the document's county is null, all are listed, and each unit carries its own."""
    assessment = rated(county=["甲县"] * 5 + ["乙县"] * 6)
    found = document(report(assessment), assessment)

    assert None is found["county"]
    assert {"甲县", "乙县"} == set(found["counties"])
    assert "甲县" == found["units"][0]["county"]
    assert "乙县" == found["townships"][-1]["county"]


def test_township_only() -> None:
    """A report on one township holds its units alone."""
    assessment = rated()
    found = document(report(assessment, township="仙庄镇"), assessment)

    assert ["曹庄村", "柳格村"] == [unit["name"] for unit in found["units"]]
    assert 2 == found["summary"]["units"]


def test_scores() -> None:
    """By points a unit has its proven score."""
    assessment = rated(SCORED, text=SCORE_SCHEME)

    assert [100, 100, 85, 80, 10, 85] == [found["score"] for found in document(report(assessment), assessment)["units"]]
