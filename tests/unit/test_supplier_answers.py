"""Answers of an SM-DP+: only a header counts, and codes are strings."""

from __future__ import annotations

import doctest
import json
from typing import Any

import pytest

from catalog.kernel.errors import StoreError
from catalog.suppliers import reports, supplier
from catalog.suppliers.answers import confirmed, ordered_iccid, read_answer
from catalog.suppliers.supplier import Rejected, Unheard, rejection

DONE = {"header": {"functionExecutionStatus": {"status": "Executed-Success"}}}


def failed(subject: Any, reason: Any) -> bytes:
    """A failure with these codes."""
    codes = {"subjectCode": subject, "reasonCode": reason, "message": "secret words"}
    status = {"status": "Failed", "statusCodeData": codes}
    return json.dumps({"header": {"functionExecutionStatus": status}}).encode()


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the modules is true."""
    assert not doctest.testmod(supplier).failed
    assert not doctest.testmod(reports).failed


@pytest.mark.parametrize("status", [200, 400, 500])
def test_a_failure_with_codes_is_a_refusal_whatever_http_says(status: int) -> None:
    """And the supplier's own message is not repeated."""
    with pytest.raises(Rejected) as said:
        read_answer(status, failed("8.2.6", "3.10"))
    assert (said.value.subject, said.value.reason) == ("8.2.6", "3.10")
    assert "secret" not in said.value.message


def test_a_code_sent_as_a_number_keeps_its_digits() -> None:
    """3.10 is not 3.1."""
    with pytest.raises(Rejected) as said:
        read_answer(
            200,
            b'{"header": {"functionExecutionStatus": {"status": "Failed", '
            b'"statusCodeData": {"subjectCode": "8.2.6", "reasonCode": 3.10}}}}',
        )
    assert said.value.reason == "3.10"


def test_a_failure_without_codes_is_a_refusal_all_the_same() -> None:
    """It says that it was not carried out."""
    assert "?/?" in rejection("", "").message
    with pytest.raises(Rejected):
        read_answer(200, b'{"header": {"functionExecutionStatus": {"status": "Failed"}}}')


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"\xff",
        b"{}",
        b'{"header": []}',
        b'{"header": {}}',
        b"[" * 99_999,
        b'{"header": {"functionExecutionStatus": "Executed-Success"}}',
        b'{"header": {"functionExecutionStatus": {"status": 1}}}',
    ],
)
def test_what_has_no_header_is_not_relied_on(content: bytes) -> None:
    """Nobody knows what was done."""
    with pytest.raises(Unheard):
        read_answer(200, content)


@pytest.mark.parametrize("status", [301, 401, 403, 404, 405, 429])
def test_what_http_itself_refuses_was_not_done(status: int) -> None:
    """No `Unheard`: the money may go back."""
    with pytest.raises(StoreError) as said:
        read_answer(status, b"<html>")
    assert not isinstance(said.value, Unheard)


def test_a_timeout_told_by_a_gateway_proves_nothing() -> None:
    """The request may have gone through behind it."""
    with pytest.raises(Unheard):
        read_answer(408, b"<html>")


def test_success_needs_a_status_of_http_too() -> None:
    """A header that says done under an error of HTTP is not believed."""
    with pytest.raises(Unheard):
        read_answer(500, json.dumps(DONE).encode())
    assert read_answer(200, json.dumps(DONE).encode()) == DONE


def test_padding_is_stripped_and_a_missing_number_is_unheard() -> None:
    """The order was taken, so it is no refusal."""
    assert ordered_iccid({"iccid": "8931080000000000019F"}) == "8931080000000000019"
    for wrong in ({}, {"iccid": 5}, {"iccid": "12"}):
        with pytest.raises(Unheard):
            ordered_iccid(wrong)


def test_a_confirmation_keeps_what_the_supplier_says() -> None:
    """Another matching id than the one asked for is the one that counts."""
    done = confirmed(DONE | {"matchingId": "THEIRS", "smdpAddress": "a.example.com"}, "OURS")
    assert (done.matching_id, done.smdp_address, done.has_warning) == (
        "THEIRS",
        "a.example.com",
        False,
    )
    assert confirmed(DONE, "OURS").matching_id == "OURS"


@pytest.mark.parametrize(
    ("body", "eid", "matching_id"),
    [
        ({}, "", "OURS"),
        ({"matchingId": ""}, "", "OURS"),
        ({"matchingId": "THEIRS"}, "8904", "THEIRS"),
        ({}, "8904", "OURS"),
        ({"matchingId": ""}, "8904", ""),
    ],
)
def test_an_empty_matching_id_counts_where_a_phone_was_named(
    body: dict[str, str], eid: str, matching_id: str
) -> None:
    """Only an EID can stand in for it."""
    assert confirmed(body, "OURS", eid).matching_id == matching_id
