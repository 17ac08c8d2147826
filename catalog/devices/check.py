"""Whether a customer's phone takes an eSIM, from what is known of it: model, EID, IMEI."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from catalog.devices.models import Model, Verdict, find_models, near_models, verdict_of
from catalog.esim.identifiers import check_eid, check_imei
from catalog.kernel.quoting import quoted

_DIAL = "Dial *#06# on the phone: one that shows an EID takes eSIMs."
_WORDS: dict[Verdict, str] = {
    "yes": "It takes eSIMs.",
    "no": "It takes no eSIMs.",
    "depends": "Some of these take eSIMs.",
    "unknown": "It is not on the list, which says nothing of it.",
}
_IMEI = "The IMEI is written right, which does not tell whether the phone takes eSIMs."
_LOCK = "A phone that is locked to its carrier takes no eSIM of others."
_FEW = 3
"""Models that are named where a name is taken for a slip."""


@dataclass(frozen=True, slots=True)
class DeviceCheck:
    """What came of a check.

    Attributes:
        verdict: `yes`, `no`, `depends` or `unknown`; a valid EID is a yes, whatever the model.
        ok: whether nothing speaks against selling: neither the list, nor a mistyped number.
        models: what the words mean.
        reasons: what is wrong with the numbers, field and sentence.

    """

    verdict: Verdict
    ok: bool
    models: tuple[Model, ...]
    eid: str | None
    imei: str | None
    reasons: tuple[tuple[str, str], ...]
    words: str


def check_device(model: str = "", *, eid: str = "", imei: str = "") -> DeviceCheck:
    """Judge a phone; what is not told is not judged.

    >>> check_device("iphone 15 pro").verdict, check_device("iphone 7").ok
    ('yes', False)
    >>> check_device(eid="89049032123451234512345678901235").verdict
    'yes'
    >>> check_device("toaster", imei="490154203237519").reasons
    (('imei', 'The last digit of the IMEI is wrong (Luhn): a digit is mistyped.'),)
    """
    found = tuple(find_models(model))
    checked = {"eid": check_eid(eid) if eid.strip() else None}
    checked["imei"] = check_imei(imei) if imei.strip() else None
    reasons = tuple(
        (name, reason) for name, one in checked.items() if one for reason in one.reasons
    )
    valid = {name: one.value for name, one in checked.items() if one and one.ok}
    verdict = "yes" if "eid" in valid else verdict_of(found)
    return DeviceCheck(
        verdict,
        not reasons and verdict != "no",
        found,
        valid.get("eid"),
        valid.get("imei"),
        reasons,
        _told(verdict, found, set(valid), model),
    )


def _told(verdict: Verdict, found: tuple[Model, ...], valid: AbstractSet[str], model: str) -> str:
    if "eid" in valid:
        return f"It has an EID, so it takes eSIMs. {_LOCK}"
    if not model.strip():
        return f"{_IMEI} {_DIAL}" if "imei" in valid else _DIAL
    notes = dict.fromkeys(each.note for each in found if each.note)
    told = [_WORDS[verdict], *(f"But: {note}." for note in notes)]
    if not found and (near := near_models(model)):
        meant = " or ".join(quoted(f"{each.brand} {each.model}") for each in near[:_FEW])
        told.append(f"Is {meant} meant?")
    return " ".join([*told, _LOCK if verdict == "yes" else _DIAL])
