"""Uploads on both engines: whole batches, refused rows, duplicates, and nothing half in."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.row_errors import RowError
from catalog.kernel.settings import set_setting
from catalog.repository import plan_row
from catalog.stock import clearing
from catalog.stock import import_stock as uploads
from catalog.stock.batches import LEASE, Origin, begin_batch
from catalog.stock.blocks import read_blocks
from catalog.stock.loading import BatchLoader
from catalog.stock.lots import count
from catalog.stock.reserve import mark_sold, reserve
from catalog.stock.survey import survey
from catalog.stock.tables import StockBatchRow, StockErrorRow
from catalog.stock.verdicts import Upload
from store_app.desk.catalogue import list_plans
from store_app.desk.context import Desk
from store_app.desk.stock import batch_errors, decide_batch, list_batches, stock_summary
from store_app.desk.upkeep import doctor, maintain
from tests.shop import add_plans, at, iccid, plan
from tests.stock_files import HEADER, row, upload, write

SKU = "ES-5GB-30D"
SMDP = {"smdp_address": "smdp.example.com"}


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A desk with two plans of two operators and one that takes any."""
    add_plans(
        desk,
        plan(operator="Telefonica"),
        plan(sku="NL", operator="Odido"),
        plan(sku="ANY", operator=""),
    )
    return desk


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "CHUNK", 4)


def profiles(desk: Desk) -> list[EsimRow]:
    """Every profile of the store, by card."""
    with snapshot(desk.engine) as session:
        rows = list(session.exec(select(EsimRow).order_by(EsimRow.iccid_key)))
        session.expunge_all()
    return rows


def is_empty(desk: Desk) -> bool:
    """Whether no batch, no profile and no refused row is there."""
    with snapshot(desk.engine) as session:
        tables = (EsimRow, StockBatchRow, StockErrorRow)
        return all(session.exec(select(table)).first() is None for table in tables)


def test_a_batch_waits_for_its_approval(shop: Desk, tmp_path: Path) -> None:
    """Complete and approved, and not before, its profiles are for sale."""
    path = write(tmp_path / "a.csv", map(row, range(10)))
    done = upload(shop, path, plan_sku=SKU)
    assert (done.batch, done.state, done.accepted, done.rejected) == ("B-000001", "pending", 10, 0)
    assert all(level.available == 0 for level in stock_summary(shop))
    decision = decide_batch(shop, "b-000001", "approve")
    assert (decision.state, decision.kept, decision.removed) == ("approved", 10, 0)
    assert {p.stock_state for p in profiles(shop)} == {"available"}
    cards = {card.sku: card.available for card in list_plans(shop)}
    assert cards == {SKU: 10, "NL": 0, "ANY": 0}
    levels = {level.sku: level.available for level in stock_summary(shop)}
    assert levels == {SKU: 10, "NL": 0, "ANY": 0}


def test_approval_can_come_with_the_upload(shop: Desk, tmp_path: Path) -> None:
    """One command does both; the batch tells who and when."""
    done = upload(shop, write(tmp_path / "a.csv", [row(1)]), approve=True)
    (view,) = list_batches(shop)
    assert (view.batch, view.state, view.accepted) == (done.batch, "approved", 1)
    assert (view.uploaded_by, view.uploaded_at) == ("tester", shop.clock())


MIXED = [
    row(1),
    row(2, card="8.93E+18"),
    row(3, card=iccid(1)),
    row(4, code="UP-00000001"),
    row(5, sku="NOPE"),
    row(6, sku="NL"),
    row(7),
    row(8, card=f"{iccid(7)}F"),
    row(9, code="up-00000007"),
]
VERDICTS = [
    (3, "iccid", "rounded"),
    (4, "iccid", "earlier in this file"),
    (5, "activation_code", "earlier in this file"),
    (6, "plan_sku", "no plan"),
    (7, "plan_sku", "another operator"),
    (9, "iccid", "earlier in this file"),
]


@pytest.mark.parametrize("dry_run", [False, True])
def test_each_refused_row_has_its_line_and_reason(
    shop: Desk, tmp_path: Path, dry_run: bool
) -> None:
    """Across chunks too, and a dry run says the same."""
    done = upload(shop, write(tmp_path / "a.csv", MIXED), dry_run=dry_run)
    assert (done.accepted, done.rejected, done.duplicates) == (3, 6, 3)
    assert [(error.line, error.field) for error in done.errors] == [v[:2] for v in VERDICTS]
    assert all(v[2] in error.reason for v, error in zip(VERDICTS, done.errors, strict=True))
    assert "lower case" in done.warnings[0].reason
    if dry_run:
        assert (done.batch, done.state) == (None, "dry_run")
        assert is_empty(shop)
    else:
        assert batch_errors(shop, str(done.batch)) == done.errors


@pytest.mark.parametrize("dry_run", [False, True])
def test_what_the_store_holds_is_a_duplicate(shop: Desk, tmp_path: Path, dry_run: bool) -> None:
    """Whatever the operator and the spelling of the address; the batch is named."""
    upload(shop, write(tmp_path / "a.csv", map(row, range(6))))
    again = [row(1), row(11, code="UP-00000002").replace("smdp", "SMDP"), row(12)]
    done = upload(shop, write(tmp_path / "b.csv", again), operator="Other", dry_run=dry_run)
    assert (done.accepted, done.duplicates) == (1, 2)
    assert done.errors == [
        RowError(2, "iccid", "The ICCID is there already: in batch B-000001."),
        RowError(3, "activation_code", "The activation code is there already: in batch B-000001."),
    ]


@pytest.mark.parametrize("dry_run", [False, True])
def test_empty_and_reusable_codes_may_repeat(shop: Desk, tmp_path: Path, dry_run: bool) -> None:
    """Profiles found by EID share an empty matching id."""
    rows = [f"{iccid(n)},LPA:1$smdp.example.com$,,,{''}" for n in range(6)]
    rows += [f"{iccid(n)},LPA:1$smdp.example.com$SAME,,,yes" for n in range(6, 12)]
    done = upload(shop, write(tmp_path / "a.csv", rows), dry_run=dry_run)
    assert (done.accepted, done.rejected, len(done.warnings)) == (12, 0, 6)


def test_a_file_is_known_while_its_batch_stands(shop: Desk, tmp_path: Path) -> None:
    """After a rollback it may come again."""
    path = write(tmp_path / "a.csv", [row(1), row(2)])
    first = upload(shop, path)
    for dry_run in (False, True):
        with pytest.raises(Refused, match="B-000001") as refusal:
            upload(shop, path, dry_run=dry_run)
        assert refusal.value.code == "already_uploaded"
    decision = decide_batch(shop, str(first.batch), "rollback")
    assert (decision.state, decision.kept, decision.removed) == ("rolled_back", 0, 2)
    assert upload(shop, path).accepted == 2


def test_a_file_with_nothing_acceptable_may_come_again(shop: Desk, tmp_path: Path) -> None:
    """It is kept as rejected with its reasons, so that a missing plan can be added first."""
    path = write(tmp_path / "a.csv", [row(1, sku="LATER")])
    first = upload(shop, path, approve=True)
    assert (first.state, first.accepted, first.rejected) == ("rejected", 0, 1)
    add_plans(shop, plan(sku="LATER"))
    assert upload(shop, path).accepted == 1


def sell(desk: Desk, sku: str, *, finish: bool) -> str:
    """Reserve one profile of a plan, and sell it when asked; its card."""

    def work(session: Session) -> str:
        order = new_id()
        now = desk.clock()
        esim = reserve(session, plan=plan_row(session, sku), order_id=order, until=now, now=now)
        assert esim is not None
        if finish:
            mark_sold(session, order, now=now, company_id=new_id(), end_user_id=None)
        return esim.iccid

    return transact(desk.engine, work)


@pytest.mark.parametrize("decision", ["reject", "rollback"])
def test_taking_back_keeps_what_is_sold_or_reserved(
    shop: Desk, tmp_path: Path, decision: str
) -> None:
    """The rest is removed, and the decision repeated changes nothing."""
    path = write(tmp_path / "a.csv", map(row, range(6)))
    batch = str(upload(shop, path, plan_sku=SKU, approve=True).batch)
    kept = {sell(shop, SKU, finish=True), sell(shop, SKU, finish=False)}
    done = decide_batch(shop, batch, decision)  # type: ignore[arg-type]  # pytest's own strings
    assert (done.kept, done.removed) == (2, 4)
    assert {profile.iccid for profile in profiles(shop)} == kept
    again = decide_batch(shop, batch, decision)  # type: ignore[arg-type]  # pytest's own strings
    assert (again.state, again.kept, again.removed) == (done.state, 2, 0)
    with pytest.raises(Refused, match="already"):
        decide_batch(shop, batch, "approve")


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_row_with_two_values_for_one_field_is_refused(
    shop: Desk, tmp_path: Path, name: str, dry_run: bool
) -> None:
    """It is not loaded with either; rows whose values agree are."""
    rows = [(iccid(1), "ONE-00001", "ONE-00001"), (iccid(2), "TWO-00001", "TWO-00002")]
    names = ("iccid", "matching_id", "token")
    lines = (
        [",".join((*each, "smdp.example.com")) for each in (names, *rows)]
        if name == "a.csv"
        else ["", *(json.dumps(dict(zip(names, each, strict=True)) | SMDP) for each in rows)]
    )
    lines[0] = lines[0].replace("smdp.example.com", "smdp_address")
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = upload(shop, path, dry_run=dry_run)
    assert (done.accepted, [(bad.line, bad.field) for bad in done.errors]) == (
        1,
        [(3, "matching_id")],
    )


def test_a_cancelled_upload_leaves_nothing(shop: Desk, tmp_path: Path) -> None:
    """Also when chunks were already written."""
    path = write(tmp_path / "a.csv", map(row, range(10)))
    answers = iter([False, False, True])
    done = upload(shop, path, cancelled=lambda: next(answers))
    assert (done.batch, done.state, done.accepted) == (None, "cancelled", 0)
    assert is_empty(shop)


def test_an_error_in_the_middle_leaves_nothing(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store looks as if the file had never come."""
    take = BatchLoader.take

    def fail_later(self: BatchLoader, *given: object) -> list[RowError]:
        if profiles(shop):
            raise OSError("the disk is gone")
        return take(self, *given)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(BatchLoader, "take", fail_later)
    with pytest.raises(OSError, match="disk"):
        upload(shop, write(tmp_path / "a.csv", map(row, range(10))))
    assert is_empty(shop)


def killed(desk: Desk, path: Path) -> str:
    """What a killed upload leaves: a batch in state loading with a chunk of rows."""
    origin = Origin(path.name, survey(path).file_hash, "Telefonica", None, "tester", desk.clock())
    batch = transact(desk.engine, lambda session: begin_batch(session, origin))

    with path.open("rb") as stream:
        (block,) = read_blocks(stream, Upload("Telefonica", "", {}, "EUR", desk.clock().date()))
    BatchLoader(desk.engine, batch.id, desk.clock).take(block.profiles.head(3), [])
    return batch.reference


def test_a_killed_upload_is_never_sellable(shop: Desk, tmp_path: Path) -> None:
    """It cannot be approved, and makes way when its file comes again."""
    path = write(tmp_path / "a.csv", map(row, range(6)))
    left = killed(shop, path)
    with pytest.raises(Refused, match="not complete"):
        decide_batch(shop, left, "approve")
    assert all(card.available == 0 for card in list_plans(shop))
    done = upload(shop, path)
    assert (done.accepted, done.rejected) == (6, 0)
    assert [view.batch for view in list_batches(shop)] == [done.batch]


def test_a_killed_upload_can_be_rolled_back(shop: Desk, tmp_path: Path) -> None:
    """Its rows go; nothing else was ever there."""
    left = killed(shop, write(tmp_path / "a.csv", map(row, range(6))))
    assert decide_batch(shop, left, "rollback").removed == 3
    assert profiles(shop) == []


def test_the_later_of_two_uploads_of_one_file_wins(shop: Desk, tmp_path: Path) -> None:
    """The earlier one is told, and leaves nothing."""
    path = write(tmp_path / "a.csv", map(row, range(10)))
    inner: list[int] = []

    def overtake() -> bool:
        if profiles(shop) and not inner:
            inner.append(0)
            inner[0] = upload(shop, path).accepted
        return False

    with pytest.raises(Refused) as refusal:
        upload(shop, path, cancelled=overtake)
    assert refusal.value.code == "upload_replaced"
    assert inner == [10]
    assert len(profiles(shop)) == 10


@pytest.mark.parametrize("content", ["", HEADER, "name,colour\na,b\n"])
def test_an_unreadable_file_changes_nothing(shop: Desk, tmp_path: Path, content: str) -> None:
    """Empty, without rows, or without a known column."""
    path = tmp_path / "a.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused) as refusal:
        upload(shop, path)
    assert refusal.value.code == "unreadable_file"
    assert is_empty(shop)


def test_an_unknown_plan_or_batch_is_named(shop: Desk, tmp_path: Path) -> None:
    """Nothing is loaded for a plan that does not exist."""
    path = write(tmp_path / "a.csv", [row(1)])
    with pytest.raises(NotFound, match="NOPE"):
        upload(shop, path, plan_sku="NOPE")
    with pytest.raises(NotFound, match="B-9"):
        decide_batch(shop, "B-9", "approve")
    assert is_empty(shop)


def test_an_operator_is_spelled_as_its_plans_spell_it(shop: Desk, tmp_path: Path) -> None:
    """Otherwise generic stock would never be found by the plans of that operator."""
    upload(shop, write(tmp_path / "a.csv", [row(1)]), operator=" telefonica ", approve=True)
    assert {c.sku: c.available for c in list_plans(shop)} == {SKU: 1, "NL": 0, "ANY": 1}


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize(
    ("operator", "close"),
    [
        ("Telefonca", "; it is close to “Telefonica”."),
        ("Odido Mobile", "; it is close to “Odido”."),
        ("Vodafone", "."),
        ("TELEFONICA", None),
    ],
)
def test_an_operator_that_is_new_is_remarked_on(
    shop: Desk, tmp_path: Path, operator: str, close: str | None, dry_run: bool
) -> None:
    """A slip of the finger is told, and not refused: new operators do come."""
    done = upload(shop, write(tmp_path / "a.csv", [row(1)]), operator=operator, dry_run=dry_run)
    assert done.accepted == 1
    assert done.remark == (f"The operator “{operator}” is new here{close}" if close else "")


def test_an_operator_is_known_while_a_batch_of_it_stands(shop: Desk, tmp_path: Path) -> None:
    """Its next upload is spelled alike without a remark; what is rejected makes no name known."""
    first = upload(shop, write(tmp_path / "a.csv", [row(1)]), operator="Orbit")
    second = upload(shop, write(tmp_path / "b.csv", [row(2)]), operator="ORBIT")
    assert (bool(first.remark), second.remark) == (True, "")
    assert {batch.operator for batch in list_batches(shop)} == {"Orbit"}
    assert first.batch
    assert second.batch
    for batch in (first.batch, second.batch):
        decide_batch(shop, batch, "reject")
    assert upload(shop, write(tmp_path / "c.csv", [row(3)]), operator="ORBIT").remark


def test_in_a_store_without_operators_a_name_is_not_odd(desk: Desk, tmp_path: Path) -> None:
    """The first one has to be new."""
    assert not upload(desk, write(tmp_path / "a.csv", [row(1)]), operator="Orbit").remark


def test_a_second_person_approves_when_the_store_wants_it(shop: Desk, tmp_path: Path) -> None:
    """Not who uploaded it, neither later nor with the upload; by default anyone may."""
    transact(shop.engine, lambda session: set_setting(session, "stock_approval", "second_person"))
    path = write(tmp_path / "a.csv", [row(1)])
    with pytest.raises(Refused) as refusal:
        upload(shop, path, approve=True)
    assert (refusal.value.code, is_empty(shop)) == ("second_person_needed", True)
    batch = str(upload(shop, path).batch)
    with pytest.raises(Refused, match="another person"):
        decide_batch(shop, batch, "approve")
    assert [view.state for view in list_batches(shop)] == ["pending"]
    second = replace(shop, actor="somebody else")
    assert decide_batch(second, batch, "approve").state == "approved"
    assert decide_batch(shop, batch, "rollback").removed == 1


def test_what_an_upload_left_that_died_goes_by_itself(shop: Desk, tmp_path: Path) -> None:
    """By the next upload of any file, or by maintenance, once it has rested for long."""
    path = write(tmp_path / "a.csv", map(row, range(6)))
    killed(shop, path)
    maintain(shop)
    other = write(tmp_path / "b.csv", [row(1), row(9)])
    assert upload(shop, other).duplicates == 1
    later = at(shop, shop.clock() + LEASE + timedelta(seconds=1))
    assert upload(later, write(tmp_path / "c.csv", [row(1), row(8)])).duplicates == 0
    assert [view.state for view in list_batches(shop)] == ["pending", "pending"]


@pytest.mark.parametrize("decision", ["reject", "rollback"])
def test_a_decision_that_is_killed_is_ended_later(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decision: str
) -> None:
    """The same request again takes the rest out and tells the whole; so does maintenance."""
    monkeypatch.setattr(clearing, "SLICE", 2)
    path = write(tmp_path / "a.csv", map(row, range(7)))
    batch = str(upload(shop, path).batch)
    calls: list[int] = []

    def die_at_third(session: Session, lots: dict[int | None, int], *, withdrawn: bool) -> None:
        calls.append(0)
        if len(calls) == 3:
            raise OSError("killed")
        count(session, lots, withdrawn=withdrawn)

    with monkeypatch.context() as patch:
        patch.setattr(clearing, "count", die_at_third)
        with pytest.raises(OSError, match="killed"):
            decide_batch(shop, batch, decision, key="d1")  # type: ignore[arg-type]  # pytest's own strings
    assert len(profiles(shop)) == 3
    assert all(card.available == 0 for card in list_plans(shop))
    if decision == "reject":
        maintain(shop)
        assert profiles(shop) == []
    done = decide_batch(shop, batch, decision, key="d1")  # type: ignore[arg-type]  # pytest's own strings
    assert (done.kept, done.replayed, profiles(shop)) == (0, False, [])
    assert [check for check in doctor(shop) if not check.ok] == []
