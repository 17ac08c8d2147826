"""Pre-bills approved together: of a company, of a period, an answer for each, and never twice."""

from __future__ import annotations

import pytest

from store_app.desk.approvals import approve_all, waiting_bills
from store_app.desk.assignments import assign_esim
from store_app.desk.context import Desk
from store_app.desk.invoices import approve_invoice, issue_invoice, list_invoices, run_bills
from store_app.desk.people import add_company
from tests.office import BUNDLE, assign, later, open_office, sound
from tests.shop import iccid


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Two months of pre-bills for two companies."""
    open_office(desk)
    add_company(desk, "Bolt")
    assign(desk)
    assign_esim(desk, iccid(101), plan=BUNDLE, company="Bolt")
    run_bills(later(desk, 62))
    return later(desk, 62)


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({}, [("Acme", 4), ("Acme", 5), ("Bolt", 4), ("Bolt", 5)]),
        ({"company": "Bolt"}, [("Bolt", 4), ("Bolt", 5)]),
        ({"since": "2026-04-02"}, [("Acme", 5), ("Bolt", 5)]),
        ({"since": "2026-04-01", "until": "2026-05-01"}, [("Acme", 4), ("Bolt", 4)]),
        ({"company": "Acme", "until": "2026-04-01"}, []),
    ],
)
def test_those_of_a_company_or_a_period(
    office: Desk, narrowed: dict[str, str], expected: list[tuple[str, int]]
) -> None:
    """Days are those on the bills; the last one no longer belongs to the period."""
    found = waiting_bills(office, **narrowed)
    assert sorted((one.company, one.bill_on.month) for one in found) == expected


def test_each_has_its_answer_and_again_changes_nothing(office: Desk) -> None:
    """One that was issued meanwhile says so and holds up no other; approved ones stay so."""
    refs = [one.ref for one in waiting_bills(office)]
    approve_invoice(office, refs[0])
    number = str(issue_invoice(office, refs[0]).number)
    approve_invoice(office, refs[1])
    for _ in range(2):
        first, *others = approve_all(office, refs)
        assert (first.ref, first.state) == (refs[0], "open")
        assert number in str(first.refused)
        assert [(one.ref, one.state, one.refused) for one in others] == [
            (ref, "approved", None) for ref in refs[1:]
        ]
        assert {one.total_minor for one in others} == {1500}
        assert waiting_bills(office) == []
    assert [one.state for one in list_invoices(office)].count("approved") == 3
    assert sound(office)
