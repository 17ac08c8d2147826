"""Codes as we write them, read by a phone-side program of other people's: Debian's lpac."""

from __future__ import annotations

import pytest

from catalog.esim.activation_code import ActivationCode, format_code, parse_code
from tests.peers.es9_peer import Waiting
from tests.peers.lpac_peer import download

HOST = "smdp.example.com"
ICCID = "8931080000000000017"
LONGEST = "A1-z" * 59

CODES = {
    "plain": ActivationCode(HOST, "K2-1A2B3C-4D5E6F"),
    "lower case": ActivationCode(HOST, "k2-1a2b3c"),
    "address with capitals": ActivationCode("SMDP.Example.com", "K2-1A2B3C"),
    "oid": ActivationCode(HOST, "K2-1A2B3C", "2.999.10"),
    "no matching id": ActivationCode(HOST, ""),
    "no matching id, oid": ActivationCode(HOST, "", "2.999.10"),
    "code required": ActivationCode(HOST, "K2-1A2B3C", None, True),
    "oid, code required": ActivationCode(HOST, "K2-1A2B3C", "2.999.10", True),
    "no matching id, code required": ActivationCode(HOST, "", None, True),
    "255 characters": ActivationCode(HOST, LONGEST),
}


def waiting(code: ActivationCode) -> Waiting:
    """The profile that a code belongs to; one with a code asks for 4711."""
    confirmation_code = "4711" if code.confirmation_required else ""
    return Waiting(ICCID, code.address, code.matching_id, confirmation_code)


@pytest.mark.parametrize("shape", CODES)
def test_a_phone_installs_every_shape_that_we_write(shape: str) -> None:
    """It calls the very address, asks for the very matching id, and the profile arrives."""
    code = CODES[shape]
    typed = "4711" if code.confirmation_required else ""
    attempt = download(format_code(code), waiting(code), confirmation_code=typed)
    assert attempt.succeeded, attempt
    assert attempt.card.matching_ids == [code.matching_id]
    assert attempt.card.installed == [ICCID]
    assert set(attempt.server.hosts) == {f"{code.address}:443"}


def test_the_longest_code_is_the_limit() -> None:
    """255 characters without the prefix; one more is not ours to write."""
    written = format_code(CODES["255 characters"])
    assert len(written) == len("LPA:") + 255
    assert not parse_code(written + "A").ok


@pytest.mark.parametrize("shape", [name for name in CODES if "code required" in name])
def test_a_phone_asks_for_a_code_exactly_where_we_say_so(shape: str) -> None:
    """Without it nothing is fetched; a wrong one is refused by the server."""
    code = CODES[shape]
    unasked = download(format_code(code), waiting(code))
    assert unasked.failed_at == ("confirmation_code", "required")
    assert unasked.server.hosts == []
    wrong = download(format_code(code), waiting(code), confirmation_code="4712")
    assert wrong.failed_at[0] == "es9p_get_bound_profile_package"
    assert wrong.card.installed == []


def test_why_no_dollar_is_written_at_the_end() -> None:
    """Dollars behind a matching id make the phone ask for a code that nobody has."""
    written = format_code(CODES["plain"])
    asked = download(f"{written}$$", waiting(CODES["plain"]))
    assert asked.failed_at == ("confirmation_code", "required")
    lenient = parse_code(f"{written}$$").code
    assert lenient
    assert format_code(lenient) == written


def test_a_matching_id_of_nobody_is_refused() -> None:
    """The server decides, not the phone; case counts."""
    code = CODES["lower case"]
    attempt = download(format_code(code).upper(), Waiting(ICCID, HOST.upper(), code.matching_id))
    assert attempt.failed_at[0] == "es9p_authenticate_client"
    assert attempt.card.installed == []
