"""What an SM-DP+ reports of a profile's way to the phone (ES2+, SGP.22 5.3.5), read leniently."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from catalog.esim.identifiers import check_iccid
from catalog.esim.profile import ProfileState

FUNCTIONS: Final = ("handleDownloadProgressInfo", "handleNotification")
"""As SGP.22 v2 and v3 name the report."""

_DONE: Final[dict[str, ProfileState]] = {
    "3": ProfileState.DOWNLOADED,
    "4": ProfileState.INSTALLED,
    "5": ProfileState.DELETED,
    "101": ProfileState.ENABLED,
    "102": ProfileState.DISABLED,
}
_FAILED: Final = frozenset({"3", "4"})
"""Points whose failure ends the download; that of the others leaves the profile as it was."""


@dataclass(frozen=True, slots=True)
class Report:
    """What happened to a profile; without a state nothing that changes where it is."""

    iccid: str
    state: ProfileState | None


def read_report(content: bytes) -> Report | None:
    """The report in a request's body, or None when it is no JSON object.

    The point may be a number or text, under its name of v2 or v3; the status may be missing.

    >>> read_report(b'{"iccid": "8931080000000000019F", "notificationPointId": "3"}')
    Report(iccid='8931080000000000019', state=<ProfileState.DOWNLOADED: 'downloaded'>)
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, Mapping):
        return None
    point = str(body.get("notificationPointId", body.get("notificationEvent", ""))).strip()
    checked = check_iccid(str(body.get("iccid") or ""))
    return Report(checked.value if checked.ok else "", _state(point, _status(body)))


def _status(body: Mapping[str, Any]) -> str:
    said = body.get("notificationPointStatus", body.get("notificationEventStatus"))
    if isinstance(said, Mapping):
        said = said.get("status")
    return said if isinstance(said, str) else ""


def _state(point: str, status: str) -> ProfileState | None:
    if status in ("Failed", "Expired"):
        return ProfileState.ERROR if point in _FAILED else None
    return _DONE.get(point)
