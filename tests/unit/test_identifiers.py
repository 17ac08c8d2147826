"""The numbers of the trade: lenient reading, exact checks, one key for one card."""

from __future__ import annotations

import doctest

import pytest

from catalog.esim import identifiers
from catalog.esim.identifiers import (
    Checked,
    card_form,
    check_eid,
    check_iccid,
    check_imei,
    check_imsi,
    check_msisdn,
    from_card_form,
    iccid_key,
    mask_iccid,
    normalise_iccid,
)

ICCID = "8931080000000000019"
EID = "89049032123451234512345678901235"


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    outcome = doctest.testmod(identifiers)
    assert outcome.attempted
    assert not outcome.failed


@pytest.mark.parametrize(
    "text",
    [
        ICCID,
        f" {ICCID}\r\n",
        f"{ICCID}F",
        f"{ICCID}f",
        f'"{ICCID}"',
        f"'{ICCID}",
        f"\ufeff{ICCID}",
        f"“{ICCID}F”",
        "8931 0800\u00a00000 0000 019",
    ],
)
def test_an_iccid_is_read_in_every_usual_spelling(text: str) -> None:
    """Blanks, quotes, marks and F padding do not change the number."""
    assert normalise_iccid(text) == ICCID
    assert check_iccid(text) == Checked(ICCID)


@pytest.mark.parametrize("text", [ICCID, ICCID + "F", ICCID + "9", ICCID + "9f", ICCID[:-1]])
def test_all_spellings_of_one_card_have_one_key(text: str) -> None:
    """With and without its check digit, 18 to 20 digits long, a card stays the same card."""
    assert iccid_key(text) == ICCID
    assert iccid_key(iccid_key(text)) == ICCID


def test_a_twenty_digit_number_without_its_luhn_digit_is_a_card_of_its_own() -> None:
    """Only the one right 20th digit means the 19-digit card."""
    keys = {iccid_key(f"{ICCID}{digit}") for digit in range(10)}
    assert len(keys) == 10
    assert ICCID in keys


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "missing"),
        ("FFFF", "missing"),
        ("89310800000000001", "17 digits"),
        ("893108000000000001999", "21 digits"),
        ("8831080000000000019", "begin with 89"),
        ("9813800000000000019", "card form"),
        ("981380000000000010F9", "card form"),
        ("٨٩٣١٠٨٠٠٠٠٠٠٠٠٠٠٠١٩", "another script"),
        ("89310800000000000¹9", "another script"),
        ("89310800O0000000019", "something else"),
        ("8.93108E+18", "spreadsheet"),
        ("8,93108E+18", "spreadsheet"),
    ],
)
def test_a_wrong_iccid_is_refused_with_its_reason(text: str, reason: str) -> None:
    """Length, prefix, script and spreadsheet damage are named."""
    checked = check_iccid(text)
    assert not checked.ok
    assert reason in checked.reasons[0]


def test_a_wrong_luhn_digit_is_only_a_warning() -> None:
    """Real stock holds such numbers; the warning names the digit that was expected."""
    checked = check_iccid("8931080000000000017")
    assert checked.ok
    assert "should be 9" in checked.warnings[0]


def test_length_and_prefix_are_reported_together() -> None:
    """A person corrects a number once, not once per fault."""
    assert len(check_iccid("12345").reasons) == 2


@pytest.mark.parametrize("iccid", [ICCID, ICCID + "9", ICCID[:-1]])
def test_the_card_form_goes_there_and_back(iccid: str) -> None:
    """Swapped nibbles are 20 characters and lead back to the number."""
    assert len(card_form(iccid)) == 20
    assert from_card_form(card_form(iccid)) == iccid


def test_a_masked_iccid_shows_its_ends_only() -> None:
    """Logs can name a card without copying it."""
    assert mask_iccid(ICCID) == "8931…0019"
    assert mask_iccid("8931") == "…"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (EID, ""),
        (f"{EID[:16]} {EID[16:]}", ""),
        (EID[:-1] + "6", "check digits"),
        (EID[:-1], "31 digits"),
        ("99" + EID[2:], "begin with 89"),
        (EID.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")), "another script"),
        ("", "missing"),
    ],
)
def test_an_eid_is_checked_whole(text: str, reason: str) -> None:
    """32 ASCII digits beginning with 89 whose remainder by 97 is 1, and nothing else."""
    checked = check_eid(text)
    assert reason in " ".join(checked.reasons)
    assert checked.ok is not bool(reason)
    assert checked.value == EID or reason


@pytest.mark.parametrize(
    ("checked", "value", "reason"),
    [
        (check_imei("490154203237518"), "490154203237518", ""),
        (check_imei("490154203237517"), "490154203237517", "Luhn"),
        (check_imei("49015420323751"), "49015420323751", "14 digits"),
        (check_imsi("204081234567890"), "204081234567890", ""),
        (check_imsi("2040812345678901"), "2040812345678901", "16 digits"),
        (check_msisdn("0031 6 1234 5678"), "31612345678", ""),
        (check_msisdn("+882360001234567"), "882360001234567", ""),
        (check_msisdn("0612345678"), "0612345678", "country code"),
        (check_msisdn("+1234567890123456"), "1234567890123456", "16 digits"),
        (check_msisdn("call me"), "callme", "something else"),
    ],
)
def test_device_and_subscriber_numbers(checked: Checked, value: str, reason: str) -> None:
    """IMEI, IMSI and MSISDN are normalised and refused by their own rules."""
    assert checked.value == value
    assert reason in " ".join(checked.reasons)
    assert checked.ok is not bool(reason)


def test_an_unlisted_network_is_only_a_warning() -> None:
    """The list of networks ages; a new one must not stop a sale."""
    checked = check_imsi("000001234567890")
    assert checked.ok
    assert checked.warnings
