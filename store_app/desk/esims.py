"""Sold eSIMs at the desk: what each is, what is left on it and why, and its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, or_
from sqlalchemy import select as columns_of
from sqlmodel import Session, col

from catalog.esim.identifiers import normalise_iccid
from catalog.esim.profile import Status
from catalog.esim.record import BETWEEN, Who, has_label, labels_column
from catalog.esim.record_tables import EsimServiceRow
from catalog.esim.tables import EsimRow
from catalog.kernel.database import snapshot, transact
from catalog.kernel.settings import load_settings, setting_or_default, stored_setting
from catalog.stock.lots import lot_is_open
from catalog.tables import PlanRow
from checkout.accounts.tables import CompanyRow, EndUserRow
from checkout.billing import explain as explained
from checkout.billing.daily_usage import usage_by_day
from checkout.billing.paygo_months import once_paid
from checkout.billing.subscriptions.state import SubscriptionState, states_of
from checkout.billing.tables import LedgerAccountRow, LineRow, PaygoRow, TariffRow, WalletRow
from checkout.billing.usage_waiting import HAS_WAITING, sharing, waiting_records
from checkout.billing.wallets import held_beside
from checkout.orders.sold_esims import esim_named, identify, is_named, unknown_esim
from checkout.orders.tables import OrderRow
from store_app.desk.context import Desk
from store_app.desk.esim_kinds import billed_fields, total_bytes
from store_app.desk.esim_states import next_action_of, state_of
from store_app.desk.paygo_facts import Months, payable, paygo_facts

_Rows = Select[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class EsimView:
    """One eSIM with its balance at this moment.

    Attributes:
        iccid: None while it is not known: sold by its code alone.
        status: the service axis; `profile_state` is the SM-DP+ axis.
        data_left_bytes: None for PAYGO, as is `data_total_bytes`.
        data_total_bytes: the size of the current balance: left and used.
        charged_minor: debited for PAYGO usage since the sale, without MRC; None for other kinds.
        wallet_balance_minor: of the wallet that pays for PAYGO usage; `wallet_available_minor`
            is what it can still pay once the MRC that is due is debited.
        rate_words: the agreed price of usage, in words.
        barred_bytes: used in barred countries, not charged.
        mrc_due_at: when the next MRC falls due, or the oldest unpaid one did.
        owed_minor: the MRC of begun months that are not paid.
        pool: the name of the pool whose data it shares.
        period_ends_at: of the running period of a subscription.
        overage_bytes: used in this period beyond what is included; `overage_minor` is its price,
            `usage_minor` that of usage per MB so far.
        throttled: whether the high-speed data of an unlimited plan is used up.
        as_of: the newest usage record known; `stale` when it is too old for a running line.
        word: the store's own word on the service, above what the balance says; empty without.
        word_reason: why, as it was typed.
        waiting_records: usage that was received and is not counted yet, also of those that share
            its pool or its wallet; None where it was not asked for, as in lists.

    """

    iccid: str | None
    status: str
    status_reason: str
    profile_state: str
    plan: str | None
    plan_name: str
    operator: str
    company: str | None
    end_user: str | None
    data_left_bytes: int | None
    data_total_bytes: int | None
    data_used_bytes: int
    days_left: int | None
    activated_at: datetime | None
    expires_at: datetime | None
    overrun_bytes: int
    as_of: datetime | None
    source: str
    stale: bool
    order: str | None
    sold_at: datetime | None
    next_action: str
    charged_minor: int | None = None
    wallet_balance_minor: int | None = None
    wallet_available_minor: int | None = None
    currency: str | None = None
    rate_words: str = ""
    barred_bytes: int = 0
    mrc_minor: int = 0
    mrc_due_at: datetime | None = None
    owed_minor: int = 0
    pool: str | None = None
    period_begins_at: datetime | None = None
    period_ends_at: datetime | None = None
    overage_bytes: int = 0
    overage_minor: int = 0
    usage_minor: int = 0
    high_speed_left_bytes: int | None = None
    throttled: bool = False
    throttled_kbps: int | None = None
    waiting_records: int | None = None
    line_kind: str = "esim"
    word: str = ""
    word_reason: str = ""
    msisdn: str = ""
    note: str = ""
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What every function of the desk finds this eSIM by: its ICCID, or else its order."""
        return self.iccid or self.order or ""


def show_esim(desk: Desk, name: str) -> EsimView:
    """Everything about one eSIM but its code, by its ICCID in any spelling or by its order."""
    with snapshot(desk.engine) as session:
        one = esim_rows(desk.clock()).where(is_named(name)).add_columns(HAS_WAITING)
        row = session.execute(one).first()
        if row is None:
            raise unknown_esim(name)
        (view,) = _views(session, [row], desk.clock())
        waits = waiting_records(session, sharing(row.EsimRow.id)) if row.has_waiting else 0
        return replace(view, waiting_records=waits)


def waiting_for(desk: Desk, name: str) -> int:
    """How many usage records that concern an eSIM were received and are not counted yet."""
    with snapshot(desk.engine) as session:
        return waiting_records(session, sharing(esim_named(session, name).id))


def view_of(session: Session, esim: EsimRow, now: datetime) -> EsimView:
    """One eSIM as it is within a transaction that changes it."""
    return esim_views(session, esim_rows(now).where(col(EsimRow.id) == esim.id), now)[0]


def identify_esim(desk: Desk, order: str, iccid: str) -> EsimView:
    """Tell the ICCID of an eSIM that was sold by its code; its usage is matched from then on."""
    who = Who(desk.actor, desk.clock())
    row = transact(desk.engine, lambda session: identify(session, order, iccid, who))
    return show_esim(desk, row.iccid)


def list_esims(
    desk: Desk,
    query: str = "",
    limit: int = 500,
    labels: Sequence[str] = (),
    kind: str | None = None,
) -> list[EsimView]:
    """Sold eSIMs, the newest first, that have every word in ICCID, order, buyer, plan or label.

    With `labels` only those that have all of them; with `kind` one kind of line, stock included.
    """
    which = col(EsimRow.line_kind) == kind if kind else col(EsimRow.sold_at).is_not(None)
    found = esim_rows(desk.clock()).where(which, *map(has_label, labels))
    for word in query.split():
        found = found.where(_has(word))
    sold_at = col(EsimRow.sold_at).desc()
    latest = (sold_at.nulls_last() if kind else sold_at, col(EsimRow.id).desc())
    newest = found.order_by(*latest).limit(limit)
    with snapshot(desk.engine) as session:
        return esim_views(session, newest, desk.clock())


def explain_esim(desk: Desk, name: str) -> list[explained.Entry]:
    """What gave data to an eSIM and what took from it, up to this moment."""
    with snapshot(desk.engine) as session:
        return explained.explain(session, esim_named(session, name).id, desk.clock())


def esim_usage(desk: Desk, name: str, days: int = 14) -> list[tuple[str, int]]:
    """Bytes used on each of the last days, oldest first, in the store's time zone."""
    with snapshot(desk.engine) as session:
        esim_id = esim_named(session, name).id
        zone = ZoneInfo(load_settings(session).time_zone)
        used = usage_by_day(session, esim_id, days, now=desk.clock(), zone=zone)
    return [(day.isoformat(), count) for day, count in used]


def esim_rows(now: datetime) -> _Rows:
    """Profiles with what belongs to them: one query whatever their number."""
    sold_plan = func.coalesce(col(OrderRow.plan_id), col(EsimRow.plan_id))
    return (
        columns_of(
            EsimRow,
            LineRow,
            PaygoRow,
            col(TariffRow.terms),
            WalletRow,
            col(LedgerAccountRow.balance).label("wallet_balance"),
            held_beside(col(PaygoRow.wallet_id), now).label("wallet_held"),
            col(PlanRow.sku).label("plan"),
            col(PlanRow.name).label("plan_name"),
            col(CompanyRow.name).label("company"),
            col(EndUserRow.email).label("end_user"),
            col(OrderRow.reference).label("order"),
            lot_is_open().label("is_for_sale"),
            EsimServiceRow,
            labels_column().label("labels"),
            stored_setting("stale_after_min").label("stale_after_min"),
        )
        .outerjoin(EsimServiceRow, col(EsimServiceRow.esim_id) == col(EsimRow.id))
        .outerjoin(LineRow, col(LineRow.id) == col(EsimRow.id))
        .outerjoin(PaygoRow, col(PaygoRow.line_id) == col(EsimRow.id))
        .outerjoin(TariffRow, col(TariffRow.id) == col(PaygoRow.tariff_id))
        .outerjoin(WalletRow, col(WalletRow.id) == col(PaygoRow.wallet_id))
        .outerjoin(LedgerAccountRow, col(LedgerAccountRow.id) == col(PaygoRow.wallet_id))
        .outerjoin(OrderRow, col(OrderRow.id) == col(EsimRow.order_id))
        .outerjoin(PlanRow, col(PlanRow.id) == sold_plan)
        .outerjoin(CompanyRow, col(CompanyRow.id) == col(EsimRow.company_id))
        .outerjoin(EndUserRow, col(EndUserRow.id) == col(EsimRow.end_user_id))
    )


def _has(word: str) -> ColumnElement[bool]:
    number = col(EsimRow.iccid).contains(normalise_iccid(word), autoescape=True)
    order = col(OrderRow.reference).istartswith(word, autoescape=True)
    names = (EndUserRow.email, PlanRow.sku, PlanRow.name, CompanyRow.name)
    held = (col(name).icontains(word, autoescape=True) for name in names)
    return or_(number, order, has_label(word), *held)


def esim_views(session: Session, found: _Rows, now: datetime) -> list[EsimView]:
    """The views of what `esim_rows` finds."""
    return _views(session, session.execute(found).all(), now)


def _views(session: Session, rows: Sequence[Any], now: datetime) -> list[EsimView]:
    if not rows:
        return []
    stale_after = setting_or_default("stale_after_min", rows[0].stale_after_min)
    months = Months(*once_paid(session, payable(rows), now))
    billed = [row.LineRow.id for row in rows if row.LineRow and row.LineRow.kind == "subscription"]
    states = states_of(session, billed, now)
    oldest = now - timedelta(minutes=stale_after)
    return [_view(row, months, states.get(row.EsimRow.id), oldest, now) for row in rows]


def _view(
    row: Any, months: Months, billed: SubscriptionState | None, oldest: datetime, now: datetime
) -> EsimView:
    esim, state = row.EsimRow, state_of(row, months, billed, now)
    word = row.EsimServiceRow.word if row.EsimServiceRow else ""
    return EsimView(
        iccid=esim.iccid or None,
        status=state.status,
        status_reason=state.reason,
        profile_state=esim.profile_state,
        plan=row.plan,
        plan_name=row.plan_name or "",
        operator=esim.operator,
        company=row.company,
        end_user=row.end_user,
        data_left_bytes=state.left_bytes,
        data_total_bytes=total_bytes(state, billed),
        data_used_bytes=state.used_bytes,
        days_left=state.days_left,
        activated_at=state.activated_at,
        expires_at=state.expires_at,
        overrun_bytes=state.overrun_bytes,
        as_of=state.as_of if row.LineRow else None,
        source=state.source,
        stale=state.status == Status.ACTIVE and state.as_of < oldest,
        order=row.order,
        sold_at=esim.sold_at,
        next_action=next_action_of(row, Status(state.status)),
        line_kind=esim.line_kind,
        word=word,
        word_reason=row.EsimServiceRow.reason if word else "",
        msisdn=esim.msisdn,
        note=esim.note,
        labels=_labels(row.labels),
        **paygo_facts(row, months, now),
        **billed_fields(billed),
    )


def _labels(together: str | None) -> tuple[str, ...]:
    return tuple(sorted(together.split(BETWEEN), key=str.casefold)) if together else ()
