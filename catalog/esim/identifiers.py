"""The numbers of the trade (ICCID, EID, IMEI, IMSI, MSISDN): read leniently, check, compare."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stdnum import imei, imsi, luhn
from stdnum.iso7064 import mod_97_10

_BLANKS = " \t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u00a0\u1680\u2028\u2029\u202f\u205f\u3000"
_INVISIBLE = "".join(map(chr, range(0x2000, 0x2010))) + "\u2060\ufeff"
_QUOTES = "\"'`´‘’‚“”„«»‹›"
_WRAPPING = _BLANKS + _INVISIBLE + _QUOTES
_SHORTENED = re.compile(r"[0-9][.,]?[0-9]*[eE]\+?[0-9]+", re.ASCII)
_LABELLED = re.compile(r"\Aiccid\s*[:=#]?", re.IGNORECASE)
_CARD_FORM = re.compile(r"98[0-9]{16}[Ff][0-9]", re.ASCII)
_DIGITS = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Checked:
    """A number as it was understood, and what is wrong with it.

    Attributes:
        value: the normalised number; meaningful when there are no reasons.
        reasons: sentences that refuse it.
        warnings: sentences that let it pass.

    """

    value: str
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing refuses the number."""
        return not self.reasons


def unwrap(text: str) -> str:
    """The text without the blanks, quotes and byte order mark round it."""
    return text.strip(_WRAPPING)


def normalise_iccid(text: str) -> str:
    """An ICCID without blanks, quotes and F padding; anything else stays for `check_iccid`.

    >>> normalise_iccid("'8931 0800 0000 0000 019F")
    '8931080000000000019'
    """
    return "".join(unwrap(text).split()).rstrip("Ff")


def iccid_key(iccid: str) -> str:
    """What all spellings of one card have in common: its 19 digits.

    A 20-digit number that ends in the Luhn digit of the first 19 is that 19-digit card, and an
    18-digit one lacks the Luhn digit that its 19-digit spelling shows. Keys are for comparing;
    what people see is the number as it came.

    >>> iccid_key("89310800000000000199") == iccid_key("8931080000000000019")
    True
    >>> iccid_key("893108000000000001") == iccid_key("8931080000000000019F")
    True
    """
    digits = normalise_iccid(iccid)
    if not _DIGITS.fullmatch(digits):
        return digits
    if len(digits) == 20 and luhn.is_valid(digits):
        return digits[:-1]
    return digits + luhn.calc_check_digit(digits) if len(digits) == 18 else digits


def check_iccid(text: str) -> Checked:
    """An ICCID of 18 to 20 digits beginning with 89 (ITU-T E.118).

    Real stock holds numbers without a valid Luhn digit, so that is only a warning.

    >>> check_iccid("8931080000000000019F")
    Checked(value='8931080000000000019', reasons=(), warnings=())
    """
    value = normalise_iccid(text)
    if _CARD_FORM.fullmatch(value):
        return Checked(value, _iccid_prefix(value))
    reasons = _not_digits("ICCID", value)
    if not reasons:
        reasons = _length("ICCID", value, 18, 20) + _iccid_prefix(value)
    if reasons or luhn.is_valid(value):
        return Checked(value, reasons)
    warning = f"The last digit of the ICCID should be {luhn.calc_check_digit(value[:-1])} (Luhn)."
    return Checked(value, warnings=(warning,))


def scanned_iccid(text: str) -> str | None:
    """The ICCID in what a scanner types from a card or a page; None for anything else.

    >>> scanned_iccid("ICCID: 8931080000000000019F"), scanned_iccid("8931 0800 0000 0000 019")
    ('8931080000000000019', '8931080000000000019')
    >>> scanned_iccid("4006381333931") is scanned_iccid("jp 5 7") is None
    True
    """
    bare = _LABELLED.sub("", unwrap(text), count=1).replace("-", "")
    checked = check_iccid(bare)
    return checked.value if checked.ok else None


def card_form(iccid: str) -> str:
    """The ICCID as a card stores it: padded with F to 20 and the digits of each byte swapped.

    >>> card_form("8931080000000000019")
    '981380000000000010F9'
    """
    return _swap_nibbles(normalise_iccid(iccid).ljust(20, "F"))


def from_card_form(text: str) -> str:
    """The ICCID behind its card form.

    >>> from_card_form("981380000000000010f9")
    '8931080000000000019'
    """
    return normalise_iccid(_swap_nibbles("".join(unwrap(text).split())))


def mask_iccid(iccid: str) -> str:
    """Enough of an ICCID to recognise a card in a log, not enough to copy it.

    >>> mask_iccid("8931080000000000019")
    '8931…0019'
    """
    digits = normalise_iccid(iccid)
    return f"{digits[:4]}…{digits[-4:]}" if len(digits) > 8 else "…"


def check_eid(text: str) -> Checked:
    """An eUICC identifier: 32 digits beginning with 89, remainder 1 modulo 97 (SGP.02 annex J).

    >>> check_eid("8904 9032 1234 5123 4512 3456 7890 1235").ok
    True
    """
    value = "".join(unwrap(text).split())
    reasons = _not_digits("EID", value)
    if not reasons:
        reasons = _length("EID", value, 32, 32)
        if not value.startswith("89"):
            reasons += ("The EID does not begin with 89.",)
    if not reasons and not mod_97_10.is_valid(value):
        reasons = ("The check digits of the EID are wrong: a digit is mistyped.",)
    return Checked(value, reasons)


def check_imei(text: str) -> Checked:
    """A device number of 15 digits with a Luhn digit (3GPP TS 23.003).

    >>> check_imei("49-015420-323751-8")
    Checked(value='490154203237518', reasons=(), warnings=())
    """
    value = re.sub(r"[-/\s]", "", unwrap(text))
    reasons = _not_digits("IMEI", value) or _length("IMEI", value, 15, 15)
    if not reasons and not imei.is_valid(value):
        reasons = ("The last digit of the IMEI is wrong (Luhn): a digit is mistyped.",)
    return Checked(value, reasons)


def check_imsi(text: str) -> Checked:
    """A subscriber number of 14 or 15 digits; an unlisted network is only a warning.

    >>> check_imsi("204 08 1234567890").value
    '204081234567890'
    """
    value = "".join(unwrap(text).split())
    reasons = _not_digits("IMSI", value) or _length("IMSI", value, 14, 15)
    if reasons or imsi.is_valid(value):
        return Checked(value, reasons)
    return Checked(value, warnings=("The IMSI begins with a network that is not listed.",))


def check_msisdn(text: str) -> Checked:
    """A phone number with its country code, kept as bare digits (ITU-T E.164: at most 15).

    >>> check_msisdn("+31 (6) 1234-5678").value
    '31612345678'
    """
    value = re.sub(r"[-.()/\s]", "", unwrap(text)).removeprefix("+").removeprefix("00")
    reasons = _not_digits("MSISDN", value) or _length("MSISDN", value, 7, 15)
    if not reasons and value.startswith("0"):
        reasons = ("The MSISDN begins with 0: write it with its country code.",)
    return Checked(value, reasons)


def _not_digits(name: str, value: str) -> tuple[str, ...]:
    if not value:
        return (f"The {name} is missing.",)
    if _DIGITS.fullmatch(value):
        return ()
    if _SHORTENED.fullmatch(value):
        return (f"A spreadsheet has rounded the {name}: export the column as text.",)
    if value.isdigit():
        return (f"The {name} is written in digits of another script: use 0 to 9.",)
    return (f"The {name} holds something else than the digits 0 to 9.",)


def _length(name: str, value: str, least: int, most: int) -> tuple[str, ...]:
    if least <= len(value) <= most:
        return ()
    wanted = f"{least}" if least == most else f"{least} to {most}"
    return (f"The {name} has {len(value)} digits; it needs {wanted}.",)


def _iccid_prefix(value: str) -> tuple[str, ...]:
    if value.startswith("89"):
        return ()
    if value.startswith("98"):
        return ("The ICCID begins with 98: it is in card form, each pair of digits swapped.",)
    return ("The ICCID does not begin with 89.",)


def _swap_nibbles(text: str) -> str:
    pairs = (text[at : at + 2] for at in range(0, len(text), 2))
    return "".join(pair[::-1] for pair in pairs)
