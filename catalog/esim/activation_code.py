"""The activation code of SGP.22 4.1: read leniently, explained, written strictly, never shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from catalog.esim.code_fields import (
    Remark,
    address_reasons,
    flag_reasons,
    length_reasons,
    matching_id_reasons,
    oid_reasons,
)
from catalog.esim.identifiers import unwrap

Platform = Literal["apple", "android"]

_PREFIX = re.compile(r"\Alpa:(?://)?", re.IGNORECASE)
_CARDDATA = re.compile(r"[?&]carddata=([^&#]*)", re.IGNORECASE)
_LINKS: dict[Platform, str] = {
    "apple": "https://esimsetup.apple.com/esim_qrcode_provisioning?carddata=",
    "android": "https://esimsetup.android.com/esim_qrcode_provisioning?carddata=",
}


@dataclass(frozen=True, slots=True, repr=False)
class ActivationCode:
    """Where a phone finds its profile, and the secret that fetches it.

    Attributes:
        address: host name of the SM-DP+, byte for byte as supplied.
        matching_id: the secret, as supplied; empty when the profile is found by EID.
        oid: object identifier of the SM-DP+, or None.
        confirmation_required: the phone will ask for a code that is delivered apart.
        extras: later fields (SGP.22 v3) as they came; read past and never written.

    """

    address: str
    matching_id: str
    oid: str | None = None
    confirmation_required: bool = False
    extras: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return (
            f"ActivationCode(address={self.address!r}, "
            f"matching_id={mask_matching_id(self.matching_id)!r})"
        )


@dataclass(frozen=True, slots=True)
class ParsedCode:
    """A code with what was put right in it, or the reasons why it is none."""

    code: ActivationCode | None
    warnings: tuple[Remark, ...] = ()
    reasons: tuple[Remark, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the text is an activation code."""
        return self.code is not None


def parse_code(text: str) -> ParsedCode:
    """Read an activation code from what people paste; never raises.

    Accepts any case of `lpa:` or none, blanks, quotes or a byte order mark round it, and
    `carddata=` links, raw or percent-encoded.

    >>> parse_code("lpa:1$smdp.example.com$K2-7HX0-91ZQ").code
    ActivationCode(address='smdp.example.com', matching_id='***91ZQ')
    >>> parse_code("LPA:1$smdp.example.com").reasons[0].field
    'matching_id'
    """
    bare = _bare(text)
    if not bare:
        return _refused("code", "There is no activation code.")
    form, *fields = bare.split("$")
    if not fields:
        return _refused("code", "This is not an activation code: it has no $ between fields.")
    if form.strip() != "1":
        return _refused("format", "The code does not begin with format number 1 (LPA:1$…).")
    if len(fields) == 1:
        missing = "The code ends after the address; without a matching id it is LPA:1$host$."
        return _refused("matching_id", missing, *address_reasons(fields[0].strip()))
    oid, flag = [*fields[2:4], "", ""][:2]
    parsed = parse_fields(fields[0], fields[1], oid, flag, tuple(fields[4:]))
    warnings = (*_shape_warnings(text, fields), *parsed.warnings) if parsed.ok else ()
    return ParsedCode(parsed.code, warnings, parsed.reasons)


def parse_fields(
    address: str, matching_id: str, oid: str = "", flag: str = "", extras: tuple[str, ...] = ()
) -> ParsedCode:
    """A code from its separate fields, as stock files and forms bring them; never raises."""
    given = (address, matching_id, oid, flag)
    address, matching_id, oid, flag = trimmed = tuple(field.strip() for field in given)
    reasons = (
        *address_reasons(address),
        *matching_id_reasons(matching_id),
        *oid_reasons(oid),
        *flag_reasons(flag),
        *length_reasons(("1", *trimmed, *extras)),
    )
    if reasons:
        return ParsedCode(None, (), reasons)
    code = ActivationCode(address, matching_id, oid or None, flag == "1", extras)
    blanks = [Remark(n, "Blanks round the field were dropped.") for n in _changed(given, trimmed)]
    return ParsedCode(code, (*blanks, *_oddities(code)))


def format_code(code: ActivationCode) -> str:
    """The code as a QR holds it: strict, and ending in `$` only when the matching id is empty.

    >>> format_code(ActivationCode("smdp.example.com", "K2-7HX0", confirmation_required=True))
    'LPA:1$smdp.example.com$K2-7HX0$$1'
    """
    written = f"LPA:1${code.address}${code.matching_id}"
    if code.oid or code.confirmation_required:
        written += f"${code.oid or ''}"
    return written + ("$1" if code.confirmation_required else "")


def carddata_link(code: ActivationCode, platform: Platform) -> str:
    """A link that installs the code on the phone that opens it; as secret as the code itself."""
    return _LINKS[platform] + format_code(code)


def code_key(code: ActivationCode) -> tuple[str, str] | None:
    """What two spellings of one code share; None without a matching id, which many may lack."""
    return (code.address.lower(), code.matching_id) if code.matching_id else None


def mask_matching_id(matching_id: str) -> str:
    """The last four characters of a long matching id, nothing of a short one.

    >>> mask_matching_id("K2-7HX0-91ZQ"), mask_matching_id("K2-7HX0"), mask_matching_id("")
    ('***91ZQ', '***', '')
    """
    if not matching_id:
        return ""
    return "***" + (matching_id[-4:] if len(matching_id) >= 12 else "")


def _bare(text: str) -> str:
    """The code itself: outside links and percent signs, neither of which a code can hold."""
    bare = unwrap(text)
    for _ in range(3):
        bare = unquote(bare)
    link = _CARDDATA.search(bare)
    return unwrap(_PREFIX.sub("", unwrap(link[1] if link else bare), count=1))


def _refused(field: str, message: str, *more: Remark) -> ParsedCode:
    return ParsedCode(None, (), (*more, Remark(field, message)))


def _changed(given: tuple[str, ...], trimmed: tuple[str, ...]) -> list[str]:
    names = ("address", "matching_id", "oid", "confirmation_required")
    return [n for n, old, new in zip(names, given, trimmed, strict=True) if old != new]


def _oddities(code: ActivationCode) -> list[Remark]:
    odd = []
    if not code.matching_id:
        odd.append(Remark("matching_id", "There is no matching id: the download needs EID."))
    if code.matching_id != code.matching_id.upper():
        odd.append(Remark("matching_id", "The matching id has lower case letters; kept as given."))
    if code.extras:
        odd.append(Remark("code", "Fields after the confirmation flag are not written again."))
    return odd


def _shape_warnings(text: str, fields: list[str]) -> list[Remark]:
    odd = []
    if text != unwrap(text):
        odd.append(Remark("code", "Blanks, quotes or marks round the code were dropped."))
    if len(fields) > 2 and not fields[-1].strip():
        odd.append(Remark("code", "A $ at the end is not written: phones would ask for a code."))
    return odd
