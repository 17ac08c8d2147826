"""Cards on file: agreed to, kept by Stripe, shown without a number, removed for certain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from catalog.kernel.database import snapshot, transact
from catalog.kernel.errors import NotFound, Refused, Unavailable
from catalog.kernel.settings import set_setting
from checkout.payments.card_tables import CardConsentRow, SavedCardRow
from store_app.desk.context import Desk
from store_app.desk.orders import check_order
from store_app.desk.people import add_company, add_user
from store_app.desk.sales import sell, top_up
from store_app.desk.saved_cards import (
    CardView,
    carry_on_cards,
    check_card,
    consent_text,
    give_up_card,
    remove_card,
    save_card,
    show_card,
)
from store_app.desk.upkeep import doctor, maintain
from tests.card_shop import with_card
from tests.peers import stripe_description as description
from tests.shop import at, small_shop
from tests.stripe_double import StripeDouble
from tests.stripe_faults import lost, only, unreachable

ANA = "ana@example.com"
SESSIONS = "/v1/checkout/sessions"


@pytest.fixture
def shop(desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop on each engine with a customer, taking cards."""
    made = with_card(small_shop(desk), stripe_double)
    add_user(made, ANA)
    return made


def asked_of(double: StripeDouble) -> dict[str, Any]:
    """The parameters of the latest page."""
    body = double.bodies(SESSIONS)[-1][1].decode()
    found: dict[str, Any] = description.typed("POST", SESSIONS, body)
    return found


def consents(desk: Desk) -> list[CardConsentRow]:
    """Every consent of the store."""
    with snapshot(desk.engine) as session:
        return list(session.exec(select(CardConsentRow)).all())


def saved(desk: Desk, double: StripeDouble, owner: str = ANA) -> CardView:
    """A card that its owner has typed on the page."""
    save_card(desk, owner, agreed=True)
    double.pay()
    return check_card(desk, owner)


def test_without_consent_nothing_is_asked_for(shop: Desk, stripe_double: StripeDouble) -> None:
    """The refusal holds the words to agree to, and Stripe hears nothing."""
    with pytest.raises(Refused, match="until the card is removed"):
        save_card(shop, ANA, agreed=False)
    assert stripe_double.requests == []
    assert consents(shop) == []
    assert show_card(shop, ANA).state == "none"


def test_a_card_is_kept_with_its_consent(shop: Desk, stripe_double: StripeDouble) -> None:
    """Asked for on a page in setup mode, kept with brand, last four digits and expiry alone."""
    view = save_card(shop, ANA, agreed=True)
    assert (view.state, view.page_url[:8]) == ("asked", "https://")
    assert asked_of(stripe_double)["mode"] == "setup"
    assert asked_of(stripe_double)["customer_creation"] == "always"
    stripe_double.pay()
    kept = check_card(shop, ANA)
    assert (kept.state, kept.brand, kept.last4) == ("saved", "visa", "4242")
    assert (kept.exp_month, kept.exp_year, kept.mode) == (12, 2030, "test")
    (consent,) = consents(shop)
    assert (consent.version, consent.actor, consent.at) == ("1", "tester", shop.clock())
    assert consent.words == consent_text(shop, ANA)
    assert (kept.consent_version, kept.consent_by) == ("1", "tester")
    assert [check for check in doctor(shop) if not check.ok] == []


def test_asking_again_shows_the_same_page(shop: Desk, stripe_double: StripeDouble) -> None:
    """One open page for one owner, however often it is asked for."""
    assert save_card(shop, ANA, agreed=True) == save_card(shop, ANA, agreed=True)
    assert len(stripe_double.sessions) == 1


def test_a_lost_answer_is_asked_for_again_word_for_word(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Carried out and unheard: the same key and bytes again, one page."""
    with stripe_double.wrong(lost):
        assert save_card(shop, ANA, agreed=True).page_url == ""
    assert save_card(shop, ANA, agreed=True).page_url
    assert len(stripe_double.sessions) == len(set(stripe_double.bodies(SESSIONS))) == 1


def test_paying_leaves_the_card_that_was_agreed_to(shop: Desk, stripe_double: StripeDouble) -> None:
    """A top-up asks for off-session use only with consent, which is written first."""
    top_up(shop, ANA, amount="20", pay="card", key="t0")
    assert "setup_future_usage" not in asked_of(stripe_double)["payment_intent_data"]
    done = top_up(shop, ANA, amount="20", pay="card", key="t1", keep=True)
    assert asked_of(stripe_double)["payment_intent_data"]["setup_future_usage"] == "off_session"
    assert len(consents(shop)) == 1
    stripe_double.pay()
    assert check_order(shop, done.order).state == "delivered"
    assert (show_card(shop, ANA).state, show_card(shop, ANA).last4) == ("saved", "4242")


def test_a_sale_to_a_customer_may_leave_a_card(shop: Desk, stripe_double: StripeDouble) -> None:
    """Also a purchase; nobody named is nobody whose card it would be."""
    sale = sell(shop, sku="ES-5GB-30D", pay="card", key="s1", customer=ANA, keep=True)
    stripe_double.pay()
    check_order(shop, sale.order)
    assert show_card(shop, ANA).state == "saved"
    with pytest.raises(Refused, match="customer or a company"):
        sell(shop, sku="ES-5GB-30D", pay="card", key="s2", keep=True)


def test_a_card_that_was_not_fetched_is_fetched_later(
    shop: Desk, stripe_double: StripeDouble
) -> None:
    """Paid and delivered while Stripe does not tell the card: the upkeep does."""
    done = top_up(shop, ANA, amount="20", pay="card", key="t1", keep=True)
    stripe_double.pay()
    with stripe_double.wrong(only("GET", "/v1/payment_intents/.*", unreachable)):
        assert check_order(shop, done.order).state == "delivered"
    assert show_card(shop, ANA).state == "none"
    maintain(shop)
    assert show_card(shop, ANA).state == "saved"


def test_the_next_card_takes_the_place_of_the_last(shop: Desk, stripe_double: StripeDouble) -> None:
    """One card for each owner, at the same customer of Stripe; the old one is detached."""
    saved(shop, stripe_double)
    saved(shop, stripe_double)
    assert asked_of(stripe_double)["customer"].startswith("cus_")
    states = [one["customer"] is None for one in stripe_double.cards.values()]
    assert states == [True, False]


def test_removal_is_certain(shop: Desk, stripe_double: StripeDouble) -> None:
    """Charged no more at once; detached at Stripe, by the upkeep when it did not answer."""
    saved(shop, stripe_double)
    with stripe_double.wrong(unreachable), pytest.raises(Unavailable):
        remove_card(shop, ANA)
    assert show_card(shop, ANA).state == "none"
    assert carry_on_cards(shop) == 1
    (card,) = stripe_double.cards.values()
    assert card["customer"] is None
    with pytest.raises(NotFound, match="No card is kept"):
        remove_card(shop, ANA)


def test_a_detach_whose_answer_was_lost_is_done(shop: Desk, stripe_double: StripeDouble) -> None:
    """Detached already: Stripe refuses to do it twice, and a look tells that it is so."""
    saved(shop, stripe_double)
    with stripe_double.wrong(only("POST", ".*detach", lost)), pytest.raises(Unavailable):
        remove_card(shop, ANA)
    fresh = with_card(shop, stripe_double)
    assert carry_on_cards(fresh) == 1


def test_a_page_given_up_keeps_nothing(shop: Desk, stripe_double: StripeDouble) -> None:
    """Closed at Stripe first; an expired one ends by itself."""
    save_card(shop, ANA, agreed=True)
    assert give_up_card(shop, ANA).state == "none"
    save_card(shop, ANA, agreed=True)
    list(stripe_double.sessions.values())[-1]["status"] = "expired"
    assert carry_on_cards(at(shop, shop.clock() + timedelta(hours=1))) == 1
    assert show_card(shop, ANA).state == "none"


def test_a_company_has_a_card_too(shop: Desk, stripe_double: StripeDouble) -> None:
    """Named like its wallet."""
    add_company(shop, "Acme")
    assert saved(shop, stripe_double, "Acme").state == "saved"


def test_no_number_is_anywhere(shop: Desk, stripe_double: StripeDouble) -> None:
    """What is stored of a card is what may be seen, and ids that only its provider can use."""
    saved(shop, stripe_double)
    with snapshot(shop.engine) as session:
        row = session.exec(select(SavedCardRow)).one()
    assert len(row.last4) == 4
    assert "4242424242424242" not in str(row.model_dump())


def test_a_demo_store_keeps_pretended_cards(sqlite_desk: Desk) -> None:
    """No page, no number; how it behaves is chosen; a real store has no such card."""
    shop = small_shop(sqlite_desk)
    add_user(shop, ANA)
    with pytest.raises(Refused, match="No card is taken here"):
        save_card(shop, ANA, agreed=True)
    transact(shop.engine, lambda session: set_setting(session, "demo", "true"))
    with pytest.raises(Refused, match="none of these"):
        save_card(shop, ANA, agreed=True, choice="explodes")
    kept = save_card(shop, ANA, agreed=True, choice="declines")
    assert (kept.state, kept.brand, kept.last4, kept.mode) == (
        "saved",
        "demo card",
        "0091",
        "offline",
    )
    assert remove_card(replace(shop), ANA).state == "none"
