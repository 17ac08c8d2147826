"""Activation codes: read leniently, explained, written strictly, never shown."""

from __future__ import annotations

import doctest
from urllib.parse import quote

import pytest

from catalog.esim import activation_code, code_fields
from catalog.esim.activation_code import (
    ActivationCode,
    Platform,
    carddata_link,
    code_key,
    format_code,
    mask_matching_id,
    parse_code,
    parse_fields,
)

HOST = "smdp.example.com"
SECRET = "K2-7HX0-91ZQ"  # noqa: S105 -- an invented matching id
WRITTEN = f"LPA:1${HOST}${SECRET}"


@pytest.mark.parametrize("module", [activation_code, code_fields])
def test_examples_in_the_docstrings_hold(module: object) -> None:
    """The documentation of the modules is true."""
    assert not doctest.testmod(module).failed  # type: ignore[arg-type]  # any module


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,
        f"1${HOST}${SECRET}",
        f"lpa:1${HOST}${SECRET}",
        f"Lpa:1${HOST}${SECRET}",
        f"lpa://1${HOST}${SECRET}",
        f"LPA: 1${HOST}${SECRET}",
        f"  {WRITTEN}\r\n",
        f'"{WRITTEN}"',
        f"“{WRITTEN}”",
        f"'{WRITTEN}'",
        f"\ufeff{WRITTEN}",
        f"{WRITTEN}$",
        f"{WRITTEN}$$",
        f"{WRITTEN}$$0",
        f"{WRITTEN}$$$key$more",
        f"LPA:1$ {HOST} $ {SECRET} ",
        quote(WRITTEN, safe=""),
        f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata={WRITTEN}",
        f"https://esimsetup.android.com/esim_qrcode_provisioning?carddata={WRITTEN}",
        f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata={quote(WRITTEN, safe='')}",
        f"HTTPS://esimsetup.android.com/x?a=b&CARDDATA={quote(WRITTEN.lower()[:4])}{WRITTEN[4:]}&c=d",
        f"carddata link: https://x.example/?carddata={quote(quote(WRITTEN, safe=''), safe='')}",
    ],
)
def test_every_spelling_of_a_code_is_read_as_the_same(text: str) -> None:
    """Case, prefix, blanks, quotes, marks, links and trailing fields do not matter."""
    parsed = parse_code(text)
    assert parsed.code
    assert not parsed.reasons
    assert format_code(parsed.code) == WRITTEN


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (f"1${HOST}$", f"LPA:1${HOST}$"),
        (f"1${HOST}$$", f"LPA:1${HOST}$"),
        (f"1${HOST}$$$1", f"LPA:1${HOST}$$$1"),
        (f"1${HOST}$$1.3.6", f"LPA:1${HOST}$$1.3.6"),
        (f"1${HOST}$AB$$1", f"LPA:1${HOST}$AB$$1"),
        (f"1${HOST}$AB$2.999.10", f"LPA:1${HOST}$AB$2.999.10"),
        (f"1${HOST}$AB$2.999.10$0", f"LPA:1${HOST}$AB$2.999.10"),
        (f"1${HOST}$AB$2.999.10$1", f"LPA:1${HOST}$AB$2.999.10$1"),
        (f"1${HOST}$AB$2.999.10$1$ci$x", f"LPA:1${HOST}$AB$2.999.10$1"),
        ("1$SMDP.Example.COM$ab-1", "LPA:1$SMDP.Example.COM$ab-1"),
        ("1$xn--bcher-kva.example$A", "LPA:1$xn--bcher-kva.example$A"),
    ],
)
def test_codes_are_written_strictly(text: str, written: str) -> None:
    """Flag and OID appear only when they say something; the address keeps its bytes."""
    code = parse_code(text).code
    assert code
    assert format_code(code) == written


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        ("", "code", "no activation code"),
        ("\ufeff '' ", "code", "no activation code"),
        ("hello", "code", "not an activation code"),
        ("LPA:1", "code", "not an activation code"),
        (f"LPA:2${HOST}$AB", "format", "format number"),
        (f"LPA:${HOST}$AB", "format", "format number"),
        (f"{HOST}$AB", "format", "format number"),
        (f"LPA:１${HOST}$AB", "format", "format number"),
        ("LPA:1$$AB", "address", "missing"),
        (f"LPA:1${HOST}", "matching_id", "LPA:1$host$"),
        ("LPA:1$localhost$AB", "address", "no dot"),
        (f"LPA:1${HOST}.$AB", "address", "ends in a dot"),
        (f"LPA:1${HOST}:443$AB", "address", "port"),
        (f"LPA:1$https://{HOST}$AB", "address", "scheme"),
        (f"LPA:1${HOST}/path$AB", "address", "path"),
        ("LPA:1$sm_dp.example.com$AB", "address", "underscore"),
        ("LPA:1$192.0.2.1$AB", "address", "IP address"),
        ("LPA:1$[2001:db8::1]$AB", "address", "IP address"),
        ("LPA:1$2001:db8::1$AB", "address", "IP address"),
        ("LPA:1$smdp.example.7$AB", "address", "ends in a number"),
        ("LPA:1$smdp example.com$AB", "address", "blank"),
        ("LPA:1$smdp..com$AB", "address", "not a valid"),
        ("LPA:1$-smdp.com$AB", "address", "not a valid"),
        (f"LPA:1${'a' * 64}.com$AB", "address", "not a valid"),
        ("LPA:1$smdр.example.com$AB", "address", "CYRILLIC SMALL LETTER ER"),
        (f"LPA:1${HOST}$A B", "matching_id", "a blank at place 2"),
        (f"LPA:1${HOST}$A_B", "matching_id", "“_” at place 2"),
        (f"LPA:1${HOST}$A.B", "matching_id", "“.”"),
        (f"LPA:1${HOST}$АBC", "matching_id", "CYRILLIC CAPITAL LETTER A"),
        (f"LPA:1${HOST}$A–B", "matching_id", "EN DASH"),
        (f"LPA:1${HOST}$A\u200bB", "matching_id", "ZERO WIDTH SPACE"),
        (f"LPA:1${HOST}$AB$1", "oid", "misplaced"),
        (f"LPA:1${HOST}$$1", "oid", "misplaced"),
        (f"LPA:1${HOST}$AB$3.1", "oid", "dotted number"),
        (f"LPA:1${HOST}$AB$1.", "oid", "dotted number"),
        (f"LPA:1${HOST}$AB$1.02", "oid", "dotted number"),
        (f"LPA:1${HOST}$AB$x", "oid", "dotted number"),
        (f"LPA:1${HOST}$AB$$2", "confirmation_required", "neither"),
        (f"LPA:1${HOST}$AB$$yes", "confirmation_required", "neither"),
        (f"LPA:1${HOST}${'A' * 237}", "code", "256 characters"),
    ],
)
def test_what_is_no_code_is_refused_with_field_and_reason(
    text: str, field: str, words: str
) -> None:
    """Each fault has its own sentence at its own field."""
    parsed = parse_code(text)
    assert not parsed.ok
    assert parsed.code is None
    assert [reason.field for reason in parsed.reasons] == [field]
    assert words in parsed.reasons[0].message


def test_255_characters_are_still_a_code() -> None:
    """The limit counts what stands after `LPA:`."""
    text = f"1${HOST}${'A' * 236}"
    assert len(text) == 255
    assert parse_code(f"LPA:{text}").ok


def test_all_faults_are_told_at_once() -> None:
    """A supplier corrects a file once."""
    fields = [reason.field for reason in parse_code("LPA:1$host$a_b$1$7").reasons]
    assert fields == ["address", "matching_id", "oid", "confirmation_required"]


@pytest.mark.parametrize(
    ("text", "field", "words"),
    [
        (f"1${HOST}$", "matching_id", "needs EID"),
        (f"1${HOST}$ab", "matching_id", "lower case"),
        (f"1$ {HOST}$AB", "address", "Blanks"),
        (f"1${HOST}$ AB$", "matching_id", "Blanks"),
        (f" 1${HOST}$AB", "code", "Blanks"),
        (f"1${HOST}$AB$", "code", "at the end"),
        (f"1${HOST}$AB$$1$ci", "code", "not written again"),
    ],
)
def test_what_was_put_right_is_said(text: str, field: str, words: str) -> None:
    """Leniency is never silent."""
    remarks = {(warning.field, words in warning.message) for warning in parse_code(text).warnings}
    assert (field, True) in remarks


def test_a_clean_code_has_no_warnings() -> None:
    """Nothing is said about a code that is right."""
    assert not parse_code(WRITTEN).warnings
    assert not parse_code(f"1${HOST}$AB$2.999$1").warnings


def test_later_fields_are_kept_raw_and_not_written() -> None:
    """A v3 code keeps what the store does not understand, for the record only."""
    code = parse_code(f"1${HOST}$AB$$1$ci key$X").code
    assert code == ActivationCode(HOST, "AB", None, True, ("ci key", "X"))


def test_separate_fields_are_read_by_the_same_rules() -> None:
    """Stock columns cannot smuggle in what a written code could not hold."""
    assert parse_fields(HOST, SECRET).code == ActivationCode(HOST, SECRET)
    assert [r.field for r in parse_fields(HOST, "AB$$1").reasons] == ["matching_id"]
    assert [r.field for r in parse_fields("a.example$AB", "").reasons] == ["address"]


@pytest.mark.parametrize("platform", ["apple", "android"])
def test_links_carry_the_written_code(platform: Platform) -> None:
    """A link leads back to the code it carries."""
    code = ActivationCode(HOST, SECRET, "2.999", confirmation_required=True)
    link = carddata_link(code, platform)
    assert link.startswith(
        f"https://esimsetup.{platform}.com/esim_qrcode_provisioning?carddata=LPA:"
    )
    assert parse_code(link).code == code


def test_codes_are_compared_without_the_case_of_the_address() -> None:
    """Two spellings of one code clash; codes without a matching id do not."""
    assert code_key(ActivationCode("SMDP.example", "A")) == code_key(
        ActivationCode("smdp.EXAMPLE", "A")
    )
    assert code_key(ActivationCode("smdp.example", "")) is None


def test_the_secret_is_not_shown() -> None:
    """Neither a value, nor a result, nor a remark shows a matching id."""
    parsed = parse_code(WRITTEN)
    shown = f"{parsed.code} {parsed.code!r} {parsed!r} {parse_code(WRITTEN + '$1$9')!r}"
    assert SECRET not in shown
    assert HOST in shown
    assert mask_matching_id("SHORT") == "***"
