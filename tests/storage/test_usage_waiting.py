"""Usage of a killed import: told wherever it is missing, and counted without a command."""

from __future__ import annotations

import pytest

from checkout.billing.usage_feed import UsageImport, feed
from checkout.billing.usage_files import UsageRow
from store_app.desk.assignments import assign_esim
from store_app.desk.catching_up import catch_up
from store_app.desk.context import Desk
from store_app.desk.esims import list_esims, show_esim, waiting_for
from store_app.desk.people import add_user
from store_app.desk.pools import add_pool
from store_app.desk.sales import sell, top_up
from store_app.desk.wallets import show_wallet
from tests import paygo
from tests.office import assign, open_office, sound
from tests.shop import add_plans, add_stock, iccid
from tests.subscriptions import MB

ANA = "ana@example.com"


@pytest.fixture
def office(desk: Desk) -> Desk:
    """Two members of a pool, two PAYGO eSIMs of one wallet, and a bundle that shares nothing."""
    open_office(desk)
    add_plans(desk, paygo.paygo())
    add_stock(desk, paygo.SKU, 2, first=300)
    add_user(desk, ANA)
    top_up(desk, ANA, amount="10.00", pay="manual", key="t")
    for number in range(2):
        sell(desk, sku=paygo.SKU, pay="wallet", customer=ANA, key=f"s{number}")
    add_pool(desk, "Fleet", plan="STATIC_POOL", company="Acme")
    for number in range(2):
        assign_esim(desk, iccid(100 + number), pool="Fleet", company="Acme")
    assign(desk, 2)
    return desk


def report(desk: Desk, *cards: str) -> UsageImport:
    """One record of each card, in one file."""
    rows = [
        UsageRow(n, f"e{n}", card, desk.clock(), MB, "ES", False) for n, card in enumerate(cards)
    ]
    return feed(desk.engine, rows, source="mno", now=desk.clock())


def killed(desk: Desk, monkeypatch: pytest.MonkeyPatch, *cards: str) -> None:
    """An import that dies when its records have landed."""

    def die(*_given: object, **_named: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("checkout.billing.usage_feed.apply_batch", die)
        with pytest.raises(KeyboardInterrupt):
            report(desk, *cards)


def told(desk: Desk) -> list[int | None]:
    """What waits for two members of a pool, two eSIMs of a wallet, the bundle, and the wallet."""
    cards = [iccid(100), iccid(101), iccid(300), iccid(301), iccid(102)]
    shown = [show_esim(desk, card).waiting_records for card in cards]
    assert [waiting_for(desk, card) for card in cards] == shown
    return [*shown, show_wallet(desk, ANA).waiting_records]


def test_what_waits_is_told_where_it_is_missing(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an eSIM and of those that share its pool or its wallet; nothing else is in doubt."""
    assert told(office) == [0] * 6
    killed(office, monkeypatch, iccid(100), iccid(300), iccid(301))
    assert told(office) == [1, 1, 2, 2, 0, 2]
    assert {view.waiting_records for view in list_esims(office)} == {None}, "not zero: not counted"
    assert show_wallet(office, ANA).balance_minor == 800
    report(office, iccid(100), iccid(300), iccid(301))
    assert told(office) == [0] * 6
    assert show_wallet(office, ANA).balance_minor == 798


def test_only_what_is_not_in_the_balances_waits(
    office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two steps: the lines that were counted do not wait."""
    from checkout.billing import usage_applying

    takes = iter([usage_applying._take])  # noqa: SLF001 - the second step dies

    def one_step(*given: object, **named: object) -> object:
        take = next(takes, None)
        if take is None:
            raise KeyboardInterrupt
        return take(*given, **named)  # type: ignore[arg-type]  # as it was called

    with monkeypatch.context() as patch:
        patch.setattr(usage_applying, "_take", one_step)
        with pytest.raises(KeyboardInterrupt):
            report(office, iccid(100), iccid(300))
    assert told(office) in ([1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 1])


def test_screens_count_what_stands_still(office: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first look only sees it, an import that goes on is left alone, the next look counts."""
    assert catch_up(office, frozenset()) == frozenset()
    killed(office, monkeypatch, iccid(100), iccid(300))
    seen = catch_up(office, frozenset())
    assert len(seen) == 1
    assert told(office)[0] == 1
    moved = frozenset(type(one)(one.batch, one.slices - 1, one.steps) for one in seen)
    assert catch_up(office, moved) == seen
    assert told(office)[0] == 1
    assert catch_up(office, seen) == frozenset()
    assert told(office) == [0] * 6
    assert show_wallet(office, ANA).balance_minor == 799
    assert sound(office)
