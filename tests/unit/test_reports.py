"""Reports of suppliers: read leniently, and never taken for what they do not say."""

from __future__ import annotations

import json

import pytest

from catalog.esim.profile import ProfileState
from catalog.suppliers.reports import Report, read_report

ICCID = "8931080000000000019"
DONE = {"status": "Executed-Success"}
FAILED = {"status": "Failed", "statusCodeData": {"subjectCode": "8.1", "reasonCode": "4.8"}}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"notificationPointId": 3, "notificationPointStatus": DONE}, ProfileState.DOWNLOADED),
        ({"notificationPointId": "4", "notificationPointStatus": DONE}, ProfileState.INSTALLED),
        ({"notificationPointId": 5, "notificationPointStatus": DONE}, ProfileState.DELETED),
        ({"notificationPointId": 101}, ProfileState.ENABLED),
        ({"notificationPointId": "102"}, ProfileState.DISABLED),
        ({"notificationEvent": 4, "notificationEventStatus": DONE}, ProfileState.INSTALLED),
        ({"notificationPointId": 4, "notificationPointStatus": FAILED}, ProfileState.ERROR),
        ({"notificationPointId": 3, "notificationPointStatus": "Failed"}, ProfileState.ERROR),
        ({"notificationPointId": 1, "notificationPointStatus": DONE}, None),
        ({"notificationPointId": 2, "notificationPointStatus": FAILED}, None),
        ({"notificationPointId": 101, "notificationPointStatus": FAILED}, None),
        ({"notificationPointId": 77}, None),
        ({}, None),
    ],
)
def test_points_are_states(fields: dict[str, object], state: ProfileState | None) -> None:
    """Numbers or text, v2 or v3, with or without a status."""
    body = {"iccid": ICCID + "F", "timeStamp": "2026-03-01T10:00:00Z", **fields}
    assert read_report(json.dumps(body).encode()) == Report(ICCID, state)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"3", b"<html>", b"[" * 100_000])
def test_what_is_no_object_is_no_report(content: bytes) -> None:
    """Nothing is raised, whatever comes."""
    assert read_report(content) is None


@pytest.mark.parametrize("iccid", [None, 3, "", "12", {"a": 1}])
def test_a_report_without_a_number_names_nobody(iccid: object) -> None:
    """It is a report all the same, and changes nothing."""
    assert read_report(json.dumps({"iccid": iccid, "notificationPointId": 3}).encode()) == Report(
        "", ProfileState.DOWNLOADED
    )
