"""One row becomes a profile, or one refusal that names every fault and shows no secret."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from catalog.kernel.row_errors import RowError
from catalog.stock.raw_rows import RawRow
from catalog.stock.verdicts import Offer, Profile, Upload, judge

MATCHING_ID = "K2-7HX0-91ZQ"
GOOD = {"iccid": "8931080000000000019", "activation_code": f"LPA:1$smdp.example.com${MATCHING_ID}"}
PARTS = {"iccid": GOOD["iccid"], "smdp_address": "SMDP.example.com", "matching_id": MATCHING_ID}
UPLOAD = Upload(
    operator="Telefonica",
    plan_sku="",
    offers={"ES": Offer("1", "Telefonica"), "NL": Offer("2", "Odido"), "ANY": Offer("3", "")},
    currency="EUR",
    today=date(2026, 3, 1),
)


def verdict(texts: dict[str, str]) -> Profile | RowError:
    """The verdict on a row on line 7."""
    return judge(RawRow(7, texts), UPLOAD)


def columns(texts: dict[str, str]) -> dict[str, Any]:
    """The columns of an accepted row."""
    profile = verdict(texts)
    assert isinstance(profile, Profile), profile
    return profile.columns


def test_a_whole_code_and_its_parts_make_the_same_profile() -> None:
    """The address keeps its case and is compared without it."""
    whole, parts = columns(GOOD), columns(PARTS)
    assert whole["smdp_key"] == parts["smdp_key"] == "smdp.example.com"
    assert parts["smdp_address"] == "SMDP.example.com"
    assert whole["matching_id"] == parts["matching_id"] == MATCHING_ID
    assert columns({**GOOD, **PARTS})["matching_id"] == MATCHING_ID


@pytest.mark.parametrize(
    "texts",
    [
        {**PARTS, "matching_id": GOOD["activation_code"]},
        {
            "iccid": GOOD["iccid"],
            "smdp_address": "smdp.example.com",
            "activation_code": MATCHING_ID,
        },
        {"iccid": GOOD["iccid"], "matching_id": GOOD["activation_code"]},
    ],
)
def test_a_code_under_another_heading_is_understood(texts: dict[str, str]) -> None:
    """Suppliers call the matching id an activation code and the other way round."""
    assert columns(texts)["matching_id"] == MATCHING_ID


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"iccid": "", "reusable": "yes"}, "iccid", "nothing identifies"),
        ({"iccid": "", "activation_code": "LPA:1$smdp.example.com$"}, "iccid", "nothing ident"),
        ({"iccid": "8.93E+18"}, "iccid", "spreadsheet"),
        ({"iccid": "123"}, "iccid", "18 to 20"),
        ({"activation_code": ""}, "activation_code", "no activation code"),
        ({"activation_code": "LPA:1$smdp.example.com"}, "activation_code", "matching id"),
        ({"activation_code": f"LPA:1$1.2.3.4${MATCHING_ID}"}, "activation_code", "IP address"),
        ({"activation_code": f"LPA:1$smdp.example.com${MATCHING_ID}_"}, "activation_code", "“_”"),
        ({"matching_id": "OTHER"}, "activation_code", "differ"),
        ({"oid": "x"}, "oid", "dotted number"),
        ({"confirmation_code": "1" * 65}, "confirmation_code", "longer"),
        ({"msisdn": MATCHING_ID}, "msisdn", "digits"),
        ({"imsi": "1"}, "imsi", "14 to 15"),
        ({"eid": "89"}, "eid", "32"),
        ({"pin1": MATCHING_ID}, "pin1", "four to eight"),
        ({"reusable": MATCHING_ID}, "reusable", "neither"),
        ({"plan_sku": MATCHING_ID}, "plan_sku", "no plan"),
        ({"plan_sku": "NL"}, "plan_sku", "another operator"),
        ({"cost": MATCHING_ID}, "cost", "not an amount"),
        ({"cost": "-1.20"}, "cost", "not an amount"),
        ({"cost": "1.234"}, "cost", "decimals"),
        ({"cost": "1", "currency": MATCHING_ID}, "currency", "EUR"),
        ({"install_by": "31/12/2026"}, "install_by", "2026-12-31"),
    ],
)
def test_a_fault_names_its_field_and_keeps_the_secret(
    change: dict[str, str], field: str, words: str
) -> None:
    """Whatever stands in the wrong column is not repeated."""
    refusal = verdict({**GOOD, **change})
    assert isinstance(refusal, RowError)
    assert (refusal.line, refusal.field) == (7, field)
    assert words in refusal.reason
    assert MATCHING_ID not in refusal.reason


def test_all_faults_of_a_row_are_told_at_once() -> None:
    """The supplier mends a row once."""
    refusal = verdict({**GOOD, "eid": "89", "pin1": "x", "cost": "x"})
    assert isinstance(refusal, RowError)
    assert refusal.field == "eid"
    assert all(word in refusal.reason for word in ("EID", "PIN", "cost"))


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"iccid": ""}, "iccid", "No ICCID"),
        ({"iccid": "8931080000000000018"}, "iccid", "Luhn"),
        ({"activation_code": "LPA:1$smdp.example.com$"}, "activation_code", "EID"),
        ({"activation_code": "LPA:1$smdp.example.com$abc"}, "activation_code", "lower case"),
        ({"activation_code": "LPA:1$smdp.example.com$ K2"}, "activation_code", "Blanks"),
        ({"activation_code": "LPA:1$smdp.example.com$K2$$1"}, "confirmation_code", "none is given"),
        ({"install_by": "2026-02-28"}, "install_by", "passed"),
    ],
)
def test_oddities_pass_with_a_warning(change: dict[str, str], field: str, words: str) -> None:
    """Real stock is not perfect; what can be sold is accepted and told."""
    profile = verdict({**GOOD, **change})
    assert isinstance(profile, Profile)
    assert [warning.field for warning in profile.warnings] == [field]
    assert words in profile.warnings[0].reason


def test_a_code_alone_is_a_profile() -> None:
    """Its number is empty, and no key stands for it."""
    kept = columns({"activation_code": GOOD["activation_code"]})
    assert (kept["iccid"], kept["iccid_key"], kept["matching_id"]) == ("", None, MATCHING_ID)


def test_a_confirmation_code_means_that_the_phone_must_ask() -> None:
    """It is kept apart from the code, which then carries the flag."""
    kept = columns({**GOOD, "confirmation_code": "0417"})
    assert (kept["confirmation_required"], kept["confirmation_code"]) == (True, "0417")


@pytest.mark.parametrize(
    ("texts", "default", "plan_id", "operator"),
    [
        ({}, "", None, "Telefonica"),
        ({}, "ES", "1", "Telefonica"),
        ({"plan_sku": "ANY"}, "ES", "3", "Telefonica"),
        ({"bundle": "ANY"}, "", "3", "Telefonica"),
        ({"bundle": "supplier's word"}, "ES", "1", "Telefonica"),
    ],
)
def test_the_plan_of_a_row(
    texts: dict[str, str], default: str, plan_id: str | None, operator: str
) -> None:
    """Its own SKU counts first, then the upload's plan, then the supplier's bundle."""
    upload = Upload("Telefonica", default, UPLOAD.offers, "EUR", UPLOAD.today)
    profile = judge(RawRow(1, {**GOOD, **texts}), upload)
    assert isinstance(profile, Profile)
    assert (profile.columns["plan_id"], profile.columns["operator"]) == (plan_id, operator)


def test_everything_else_is_kept_as_the_trade_writes_it() -> None:
    """Leading zeros stay, money is minor units, dates are dates."""
    kept = columns(
        {
            **GOOD,
            "oid": "1.3.6.1",
            "msisdn": "+34 612 345 678",
            "pin1": "0000",
            "puk1": "01234567",
            "cost": "1.20",
            "currency": "usd",
            "install_by": "2026-12-31T00:00:00",
            "reusable": "Yes",
            "purchase_order": " PO 7 ",
        }
    )
    assert kept["oid"] == "1.3.6.1"
    assert (kept["msisdn"], kept["pin1"], kept["puk1"]) == ("34612345678", "0000", "01234567")
    assert (kept["cost_minor"], kept["cost_currency"]) == (120, "USD")
    assert (kept["install_by"], kept["reusable"]) == (date(2026, 12, 31), True)
    assert kept["purchase_order"] == "PO 7"


@pytest.mark.parametrize(
    ("flag", "has_header", "is_told"),
    [("", False, True), ("$$1", False, False), ("", True, False)],
)
def test_what_stands_beside_a_bare_code_is_told(flag: str, has_header: bool, is_told: bool) -> None:
    """Without a header nobody says that it is a confirmation code, unless the code asks for one."""
    texts = {**GOOD, "activation_code": GOOD["activation_code"] + flag, "confirmation_code": "4711"}
    profile = judge(RawRow(7, texts, has_header=has_header), UPLOAD)
    assert isinstance(profile, Profile)
    assert profile.columns["confirmation_required"]
    assert [warning.field for warning in profile.warnings] == ["confirmation_code"] * is_told


def test_a_profile_hides_its_columns() -> None:
    """The repr of an accepted row never shows a code."""
    assert MATCHING_ID not in repr(verdict(GOOD))
