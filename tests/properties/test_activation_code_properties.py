"""Activation codes under arbitrary input: stable round trips and no surprises."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from hypothesis import example, given, settings
from hypothesis import strategies as st
from stdnum import luhn

from catalog.esim.activation_code import (
    ActivationCode,
    carddata_link,
    format_code,
    parse_code,
    parse_fields,
)
from catalog.esim.identifiers import (
    card_form,
    check_eid,
    check_iccid,
    from_card_form,
    iccid_key,
    normalise_iccid,
)
from catalog.esim.tables import EsimRow

label = st.from_regex(r"[a-zA-Z]([a-zA-Z0-9-]{0,6}[a-zA-Z0-9])?", fullmatch=True)
codes = st.builds(
    ActivationCode,
    address=st.lists(label, min_size=2, max_size=4).map(".".join),
    matching_id=st.text("0123456789ABCXYZabz-", max_size=40),
    oid=st.none() | st.from_regex(r"[0-2](\.(0|[1-9][0-9]{0,4})){1,4}", fullmatch=True),
    confirmation_required=st.booleans(),
    extras=st.lists(st.text("abc01 ", max_size=5), max_size=2).map(tuple),
)
garbage = st.text(st.characters(exclude_categories=()), max_size=300)
near_misses = st.lists(
    st.sampled_from(
        ["LPA:", "lpa:", "1", "$", "a.example", "AB-1", " ", "1.3.6", "%24", "\ufeff", "é"]
    )
    | st.text(max_size=3),
    max_size=10,
).map("".join)


@given(codes)
@settings(max_examples=150)
def test_a_written_code_is_read_back_whole(code: ActivationCode) -> None:
    """Only the later fields, which are never written, are lost."""
    written = format_code(code)
    parsed = parse_code(written)
    assert parsed.code == replace(code, extras=())
    assert format_code(parsed.code) == written


@given(codes)
@settings(max_examples=150)
def test_only_an_empty_matching_id_lets_a_code_end_in_a_dollar(code: ActivationCode) -> None:
    """A trailing `$` makes phones ask for a confirmation code."""
    bare = not (code.matching_id or code.oid or code.confirmation_required)
    assert format_code(code).endswith("$") == bare


@given(codes)
@settings(max_examples=150)
def test_the_flag_is_written_exactly_when_it_is_required(code: ActivationCode) -> None:
    """`$$1` or `$oid$1`, and neither otherwise."""
    ending = f"{code.matching_id}${code.oid or ''}$1"
    assert format_code(code).endswith(ending) == code.confirmation_required
    assert format_code(code).count("$") <= 4


@given(codes, st.sampled_from(["apple", "android"]))
@settings(max_examples=60)
def test_links_and_their_encoded_form_lead_back(code: ActivationCode, platform: str) -> None:
    """Messengers encode links; the code survives."""
    link = carddata_link(code, "apple" if platform == "apple" else "android")
    head, _, payload = link.partition("carddata=")
    for text in (link, f"{head}carddata={quote(payload, safe='')}", quote(link, safe="")):
        assert parse_code(text).code == replace(code, extras=())


@given(garbage | near_misses)
@example("\ud800$%ff$")
@example("1$a.example$%")
@settings(max_examples=400)
def test_reading_never_raises_and_always_explains(text: str) -> None:
    """Either a code whose written form is stable, or at least one printable reason."""
    parsed = parse_code(text)
    assert parsed.ok is not bool(parsed.reasons)
    for remark in (*parsed.reasons, *parsed.warnings):
        assert remark.message.isprintable()
    if parsed.code:
        written = format_code(parsed.code)
        again = parse_code(written).code
        assert again
        assert format_code(again) == written


@given(garbage, garbage, garbage, garbage)
@settings(max_examples=100)
def test_separate_fields_never_raise(address: str, matching_id: str, oid: str, flag: str) -> None:
    """Columns of a file hold anything."""
    parsed = parse_fields(address, matching_id, oid, flag)
    assert parsed.ok is not bool(parsed.reasons)


@given(st.from_regex(r"89[0-9]{16,18}", fullmatch=True), st.sampled_from(["", "F", "f", " "]))
@settings(max_examples=150)
def test_an_iccid_has_one_key_however_it_is_padded(iccid: str, padding: str) -> None:
    """The key is stable and does not depend on the padding."""
    assert check_iccid(iccid + padding).ok
    assert iccid_key(iccid + padding) == iccid_key(iccid) == iccid_key(iccid_key(iccid))


@given(st.from_regex(r"89[0-9]{16,18}", fullmatch=True))
@settings(max_examples=100)
def test_a_twentieth_luhn_digit_makes_no_other_card(iccid: str) -> None:
    """Nor do blanks, quotes, or the swapped digits of the card itself."""
    assert from_card_form(card_form(iccid)) == normalise_iccid(iccid)
    spelled = f"'{' '.join(iccid[at : at + 4] for at in range(0, len(iccid), 4))}"
    assert iccid_key(spelled) == iccid_key(iccid)
    whole = iccid[:18] + str(luhn.calc_check_digit(iccid[:18]))
    assert iccid_key(whole + str(luhn.calc_check_digit(whole))) == iccid_key(whole)


@given(st.from_regex(r"89[0-9]{28}", fullmatch=True), st.integers(0, 31), st.integers(1, 9))
@settings(max_examples=100)
def test_a_mistyped_digit_of_an_eid_is_found(body: str, place: int, more: int) -> None:
    """The check digits are right for one number only."""
    eid = f"{body}{98 - int(body + '00') % 97:02}"
    assert check_eid(eid).ok
    wrong = f"{eid[:place]}{(int(eid[place]) + more) % 10}{eid[place + 1 :]}"
    assert not check_eid(wrong).ok
    other = "".join(chr(ord("\uff10") + int(digit)) for digit in eid)
    assert not check_eid(other).ok


@given(codes, st.from_regex(r"[0-9]{8}", fullmatch=True))
@settings(max_examples=60)
def test_a_stored_profile_shows_no_secret(code: ActivationCode, pin: str) -> None:
    """Whatever is printed of a row, be it in an error."""
    secret = f"SECRET-{code.matching_id}"
    row = EsimRow(
        id="1",
        iccid="",
        operator="",
        lot=1,
        matching_id=secret,
        confirmation_code=f"C-{pin}",
        pin1=pin,
        puk1=pin,
    )
    assert secret not in f"{row} {row!r}"
    assert pin not in f"{row} {row!r}"
