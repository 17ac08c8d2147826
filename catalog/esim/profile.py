"""The two axes of an eSIM, its service and its profile, and what a clerk does next."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The service axis: what the store lets the eSIM do."""

    PENDING = "pending"
    AVAILABLE = "available"
    BLANK = "blank"
    ACTIVATION_READY = "activation_ready"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    INVALID = "invalid"
    NOT_AVAILABLE = "not_available"
    ARCHIVED = "archived"


class ProfileState(StrEnum):
    """The SM-DP+ axis: where the profile is on its way to the phone."""

    AVAILABLE = "available"
    ALLOCATED = "allocated"
    LINKED = "linked"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    DOWNLOADED = "downloaded"
    INSTALLED = "installed"
    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"
    ERROR = "error"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"


# A failed or closed download comes after every step of the download, but before what a phone
# reports later: that is proof that the profile did arrive. On and off may follow each other.
_WAY = (
    {ProfileState.UNKNOWN},
    {ProfileState.AVAILABLE},
    {ProfileState.ALLOCATED},
    {ProfileState.LINKED},
    {ProfileState.CONFIRMED},
    {ProfileState.RELEASED},
    {ProfileState.DOWNLOADED},
    {ProfileState.ERROR},
    {ProfileState.UNAVAILABLE},
    {ProfileState.INSTALLED},
    {ProfileState.ENABLED, ProfileState.DISABLED},
    {ProfileState.DELETED},
)
_STEP = {state: step for step, states in enumerate(_WAY) for state in states}

_BY_STATUS = {
    Status.PENDING: "Wait: a change is under way; look again before you do anything else.",
    Status.AVAILABLE: "Assign it to a company and hand it over: a terminal has no code to scan.",
    Status.BLANK: "Keep it for a SIM swap, or give it a phone number: it has no line yet.",
    Status.INVALID: "Do not sell it: check the ICCID and the code with the supplier.",
    Status.NOT_AVAILABLE: "Do not sell it: the operator has taken it out of service.",
    Status.ARCHIVED: "Nothing to do: it is kept for the record only.",
}
_BY_STATE = {
    ProfileState.AVAILABLE: "Sell or assign it: the profile is free at the supplier.",
    ProfileState.ALLOCATED: "Wait until the supplier confirms the order; there is no code yet.",
    ProfileState.LINKED: "Wait until the supplier confirms the order; it is tied to one phone.",
    ProfileState.CONFIRMED: "Ask the supplier to release it: phones cannot load it yet.",
    ProfileState.RELEASED: "Let the customer scan the QR code with Wi-Fi on.",
    ProfileState.DOWNLOADED: "Wait a minute while the phone installs it; do not scan again.",
    ProfileState.INSTALLED: "Ask the customer to switch the eSIM on and allow data roaming.",
    ProfileState.ENABLED: "Nothing to do: it is on. Without data, check roaming and the APN.",
    ProfileState.DISABLED: "Ask the customer to switch the eSIM on in the phone's settings.",
    ProfileState.DELETED: "Replace it: it was deleted from the phone and loads only once.",
    ProfileState.ERROR: "Do not scan again: ask the supplier, then replace it.",
    ProfileState.UNAVAILABLE: "Replace it: the supplier has closed this profile.",
    ProfileState.UNKNOWN: "Try the QR code once; if it fails, ask the supplier for the state.",
}
_IN_STOCK = {
    Status.PENDING: "Approve its upload first: until then it can't be sold.",
    Status.ACTIVATION_READY: "Sell it, or assign it to a company: it lies in stock.",
}
_WITHOUT_PLAN = {
    "esim": "Sell it with a plan of its operator, or assign it: it lies in stock without a plan.",
    "sim": "Assign it to a company with a plan: it lies in stock without one.",
}
_HAND_OVER = "Hand it over: there is no code to scan."
_IN_USE = "Nothing to do: it is in use."
_NOT_INSTALLED = "not yet reported as installed"
_STATE_WORDS = {
    ProfileState.DOWNLOADED: "downloaded, not yet installed",
    ProfileState.INSTALLED: "installed, not known to be on",
    ProfileState.ENABLED: "installed and on",
    ProfileState.DISABLED: "installed, switched off",
    ProfileState.DELETED: "deleted from the phone",
    ProfileState.ERROR: "reported as failed to install",
    ProfileState.UNAVAILABLE: "closed by the supplier",
    ProfileState.UNKNOWN: "not reported",
}
_SUSPENDED = "See why it is suspended, then refill it or take the payment."
_BY_HAND = "Resume it when the reason is gone."


def advance(current: ProfileState, reported: ProfileState) -> ProfileState:
    """The state after a report: never back when a message is late; unknown says nothing.

    >>> advance(ProfileState.INSTALLED, ProfileState.DOWNLOADED).value
    'installed'
    """
    return reported if _STEP[reported] >= _STEP[current] else current


def from_supplier(text: str) -> ProfileState:
    """A supplier's word for a state; words that have no equal here become unknown.

    >>> from_supplier(" Released ").value, from_supplier("GOT_RESOURCE").value
    ('released', 'unknown')
    """
    try:
        return ProfileState(text.strip().lower())
    except ValueError:
        return ProfileState.UNKNOWN


def profile_words(profile_state: ProfileState) -> str:
    """Where the profile is, in a clerk's words.

    >>> profile_words(ProfileState.RELEASED)
    'not yet reported as installed'
    """
    return _STATE_WORDS.get(profile_state, _NOT_INSTALLED)


def next_action(
    status: Status, profile_state: ProfileState, *, is_by_hand: bool = False, has_code: bool = True
) -> str:
    """What the clerk does next, as plain sentences, for every pair of states.

    `is_by_hand`: a suspension that a person has ordered, and money does not end. What has no
    code, a physical SIM or a terminal, has no profile on its way to a phone.

    >>> next_action(Status.ACTIVE, ProfileState.DISABLED)
    "Ask the customer to switch the eSIM on in the phone's settings."
    """
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if not has_code:
        why = _BY_HAND if is_by_hand else _SUSPENDED
        return {Status.SUSPENDED: why, Status.ACTIVE: _IN_USE}.get(status, _HAND_OVER)
    if status is Status.SUSPENDED:
        # Before a phone reports, the profile may be in use all the same, and a scan helps nobody.
        silent = _STEP[profile_state] < _STEP[ProfileState.ERROR]
        why = _BY_HAND if is_by_hand else _SUSPENDED
        return why if silent else f"{why} {_BY_STATE[profile_state]}"
    late = _STEP[profile_state] < _STEP[ProfileState.INSTALLED]
    return _IN_USE if status is Status.ACTIVE and late else _BY_STATE[profile_state]


def stock_action(status: Status, line_kind: str, *, is_reserved: bool) -> str | None:
    """What a clerk does with what lies in stock and has no buyer; None where that is no matter.

    >>> stock_action(Status.PENDING, "esim", is_reserved=False)
    "Approve its upload first: until then it can't be sold."
    """
    if is_reserved:
        return "Wait: it is being paid for just now."
    return _WITHOUT_PLAN.get(line_kind) if status is Status.AVAILABLE else _IN_STOCK.get(status)
