"""What a supplier of profiles must be able to do, and how it says no (SGP.22 5.3, ES2+)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from catalog.kernel.errors import Refused, Unavailable


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A profile that a phone may load: its secret, and where it waits.

    Attributes:
        matching_id: the one that the supplier keeps, which may be another than was asked for;
            empty where the phone's EID alone finds the profile.
        smdp_address: host of the SM-DP+; empty when the supplier named none.
        eid: the phone that the supplier says it is tied to; empty when it says none.
        has_warning: the supplier carried it out and had something to say (`Executed-WithWarning`).

    """

    matching_id: str = field(repr=False)
    smdp_address: str = ""
    eid: str = ""
    has_warning: bool = False


class Supplier(Protocol):
    """An SM-DP+ that allocates profiles when they are sold.

    Each call carries an id of its own, which was written down before. What certainly was not
    carried out is `Rejected` (the supplier said no) or `Unavailable` (it was not reached); what
    may have been, unheard, is `Unheard`, and is never simply repeated when it orders something.
    """

    def order_download(self, call_id: str, *, profile_type: str, eid: str = "") -> str:
        """Allocate a profile of this type, or link it to the phone of an EID; its ICCID."""

    def confirm(
        self,
        call_id: str,
        *,
        iccid: str,
        matching_id: str,
        release: bool,
        eid: str = "",
        confirmation_code: str = "",
    ) -> Confirmed:
        """Give an allocated profile its matching id, and with `release` let phones load it.

        With a confirmation code a phone loads it only when that is typed.
        """

    def release(self, call_id: str, *, iccid: str) -> None:
        """Let phones load a confirmed profile."""

    def cancel(self, call_id: str, *, iccid: str, matching_id: str = "", eid: str = "") -> None:
        """Give an allocated or confirmed profile back as available."""

    def test(self, call_id: str) -> None:
        """Prove address, trust and credentials without ordering anything."""


class Rejected(Refused):
    """The supplier said no; it carried nothing out.

    Attributes:
        subject: the supplier's subject code, such as `8.2.5`; a string, never a number.
        reason: its reason code, such as `3.7`.

    """

    code = "supplier_refused"

    def __init__(self, message: str, subject: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.subject = subject
        self.reason = reason


class SoldOut(Rejected):
    """8.2.5 / 3.7: no profile of this type is left."""

    code = "sold_out"


class UnknownPlan(Rejected):
    """8.2.5 / 3.9: the supplier knows no such profile type."""

    code = "unknown_profile_type"


class AlreadyUsed(Rejected):
    """8.2.1 / 3.3: the profile is in use already."""

    code = "profile_in_use"


class UnknownIccid(Rejected):
    """8.2.1 / 3.9: the supplier knows no profile of this number."""

    code = "unknown_profile"


class CannotRelease(Rejected):
    """8.2.1 / 3.5: the profile is in a state that this step does not follow."""

    code = "wrong_profile_state"


class MatchingIdClash(Rejected):
    """8.2.6 / 3.3: another profile has this matching id; a new one is needed."""

    code = "matching_id_taken"


class NotAllowed(Rejected):
    """1.2: the supplier does not accept this requester, or not for this."""

    code = "supplier_credentials"


class CallExpired(Rejected):
    """`Expired`: the supplier did not carry it out in time, and will not."""

    code = "supplier_expired"


class Unheard(Unavailable):
    """Nobody knows whether the supplier carried it out."""

    code = "checking"


_NAMED: Final[dict[tuple[str, str], tuple[type[Rejected], str]]] = {
    ("8.2.5", "3.7"): (SoldOut, "The supplier has no profile of this type left."),
    ("8.2.5", "3.9"): (UnknownPlan, "The supplier does not know this plan's profile type."),
    ("8.2.1", "3.3"): (AlreadyUsed, "The supplier says that this profile is in use already."),
    ("8.2.1", "3.9"): (UnknownIccid, "The supplier knows no profile with this ICCID."),
    ("8.2.1", "3.5"): (
        CannotRelease,
        "The supplier can't release this profile from its present state.",
    ),
    ("8.2.6", "3.3"): (MatchingIdClash, "The supplier has another profile with this matching id."),
}
_SUBJECTS: Final = {
    "8.1.1": "the EID",
    "8.2.1": "the ICCID",
    "8.2.5": "the profile type",
    "8.2.6": "the matching id",
    "8.2.7": "the confirmation code",
    "8.8.5": "the download order",
}
_REASONS: Final = {
    "1.2": "not allowed",
    "2.1": "invalid",
    "2.2": "missing",
    "3.3": "in use",
    "3.5": "in a state that does not permit it",
    "3.7": "unavailable",
    "3.8": "refused",
    "3.9": "unknown",
    "3.10": "tied to something else",
    "6.3": "expired",
    "6.4": "tried too often",
}


def rejection(subject: str, reason: str) -> Rejected:
    """A supplier's pair of codes as an error in words; its own message is never repeated.

    >>> rejection("8.2.5", "3.7").message
    'The supplier has no profile of this type left.'
    >>> rejection("8.2.6", "3.10").message
    'The supplier refused it: the matching id is tied to something else (8.2.6/3.10).'
    """
    if (subject, reason) in _NAMED:
        kind, words = _NAMED[subject, reason]
        return kind(words, subject, reason)
    what = _SUBJECTS.get(subject, "the request")
    why = _REASONS.get(reason, "not accepted")
    kind = NotAllowed if reason == "1.2" else Rejected
    words = f"The supplier refused it: {what} is {why} ({subject or '?'}/{reason or '?'})."
    return kind(words, subject, reason)
