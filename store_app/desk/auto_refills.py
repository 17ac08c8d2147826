"""Automatic refills at the desk: set, changed, switched off."""

from __future__ import annotations

from typing import Any, Final

from sqlmodel import Session

from catalog.esim.tables import EsimRow
from catalog.kernel.database import transact
from catalog.kernel.errors import Refused
from catalog.kernel.ids import new_id
from catalog.kernel.money import parse_amount, parse_scaled
from catalog.kernel.settings import load_settings
from catalog.repository import plan_value
from checkout.accounts.owners import owner_named
from checkout.billing import refill_episodes as episodes
from checkout.billing.refill_tables import AutoRefillRow
from checkout.billing.refill_watch import watch_one
from checkout.orders.refill import option_of, owner_buyer, plan_of, refillable
from checkout.payments.saved_cards import find_card
from checkout.payments.wallet import find_wallet, wallet_or_new
from store_app.desk.auto_refill_views import AutoRefillView, rule_named, show_rule
from store_app.desk.context import Desk
from store_app.desk.refills_beside import run_refills_soon
from store_app.desk.wallets import currency_of

THRESHOLD_MB: Final = "100"
DAILY_CAP: Final = 3
MONTHLY_CAP: Final = 30
WAYS: Final = ("card", "company-card", "wallet", "company-wallet")


def set_esim_refill(
    desk: Desk,
    iccid: str,
    *,
    refill: str,
    pay: str,
    threshold: str = THRESHOLD_MB,
    daily_cap: int = DAILY_CAP,
    monthly_cap: int = MONTHLY_CAP,
) -> AutoRefillView:
    """Refill an eSIM whenever its data falls under a threshold in MB; checked at once.

    Raises:
        Refused: a threshold that the refill does not reach, no wallet or no kept card to pay.

    """

    def work(session: Session) -> str:
        settings = load_settings(session)
        esim = refillable(session, iccid)
        plan = plan_value(plan_of(session, esim))
        option = option_of(plan, refill)
        least = parse_scaled(threshold, 0, field="threshold") * settings.megabyte
        if not 0 < least < (option.data_bytes or 0):
            raise Refused(
                "A threshold is above zero and less than what one refill adds; nothing has "
                "changed.",
                code="bad_threshold",
                field="threshold",
            )
        _check_payer(session, esim, pay)
        terms = {"threshold": least, "refill": option.id, "pay": pay}
        caps = {"daily_cap": daily_cap, "monthly_cap": monthly_cap}
        return _set(session, desk, "esim", esim.id, **terms, **caps)

    return _done(desk, transact(desk.engine, work))


def set_wallet_refill(
    desk: Desk,
    owner: str,
    *,
    amount: str,
    threshold: str,
    pay: str = "card",
    daily_cap: int = DAILY_CAP,
    monthly_cap: int = MONTHLY_CAP,
) -> AutoRefillView:
    """Top up a wallet with an amount whenever it holds less than a threshold; checked at once.

    Raises:
        Refused: an amount that is none, or no kept card to pay.

    """

    def work(session: Session) -> str:
        named = owner_named(session, owner)
        currency = currency_of(session, named)
        wallet = wallet_or_new(session, named, currency=currency, now=desk.clock())
        amount_minor = parse_amount(amount, wallet.currency, field="auto_refill")
        if amount_minor <= 0:
            raise Refused(
                "A wallet is refilled with an amount above zero; nothing has changed.",
                code="bad_amount",
                field="auto_refill",
            )
        if pay != "card":
            raise Refused(
                "A wallet is refilled by a kept card; nothing has changed.",
                code="not_offered",
                field="pay",
            )
        _check_card(session, named.id, named.name)
        least = parse_amount(threshold, wallet.currency, field="threshold")
        terms = {"threshold": least, "amount_minor": amount_minor, "pay": pay}
        caps = {"daily_cap": daily_cap, "monthly_cap": monthly_cap}
        return _set(session, desk, "wallet", wallet.id, **terms, **caps)

    return _done(desk, transact(desk.engine, work))


def switch_off(desk: Desk, named: str) -> AutoRefillView:
    """Refill an eSIM or a wallet no more; `NotFound` when it never was."""

    def work(session: Session) -> str:
        rule = rule_named(session, named)
        episodes.switch_off(session, rule.id, f"switched off by {desk.actor}", desk.clock())
        return rule.id

    return show_rule(desk, transact(desk.engine, work))


def _set(session: Session, desk: Desk, kind: str, subject_id: str, **terms: Any) -> str:
    """Write the rule anew; an episode under way starts again with it, unless it is being paid."""
    if min(terms["daily_cap"], terms["monthly_cap"]) < 1:
        raise Refused(
            "A cap is one refill or more; nothing has changed. To stop them: --off.",
            code="bad_cap",
            field="daily_cap",
        )
    rule = episodes.rule_of(session, subject_id)
    if rule is None:
        rule = AutoRefillRow(
            id=new_id(), kind=kind, subject_id=subject_id, actor="", set_at=desk.clock(), **terms
        )
    rule.sqlmodel_update(terms)
    rule.enabled, rule.off_reason = True, ""
    rule.actor, rule.set_at = desk.actor, desk.clock()
    session.add(rule)
    session.flush()
    episode = episodes.open_episode(session, rule.id)
    if episode is not None:
        episodes.lapse(session, episode.id, desk.clock())
    watch_one(session, rule.id, desk.clock())
    return rule.id


def _check_payer(session: Session, esim: EsimRow, pay: str) -> None:
    """Refuse a way to pay that this eSIM's owner does not have."""
    if pay not in WAYS:
        raise Refused(
            f"An eSIM is refilled by {', '.join(WAYS)}; nothing has changed.",
            code="not_offered",
            field="pay",
        )
    payer = owner_buyer(session, esim, pay.replace("company-card", "company-wallet")).payer
    if payer is None:
        raise Refused(
            "This eSIM has no customer and no company who could pay; nothing has changed.",
            code="customer_needed",
            field="pay",
        )
    if pay in ("card", "company-card"):
        _check_card(session, payer.id, payer.name)
    elif find_wallet(session, payer) is None:
        raise Refused(
            f"{payer.name} has no wallet that could pay; nothing has changed. Top it up first.",
            code="no_wallet",
            field="pay",
        )


def _check_card(session: Session, owner_id: str, name: str) -> None:
    if find_card(session, owner_id) is None:
        raise Refused(
            f"No card is kept for {name}, so none can be charged; nothing has changed. Keep one: "
            f"wallet card {name} --save.",
            code="no_card_kept",
            field="pay",
        )


def _done(desk: Desk, rule_id: str) -> AutoRefillView:
    run_refills_soon(desk)
    return show_rule(desk, rule_id)
