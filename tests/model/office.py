"""A shop with companies as a state machine: plans by the month, pools, bills and their money."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from store_app.desk import assignments, invoice_payments, invoices, people, pools
from tests.model.bills import Office
from tests.model.cards import Card
from tests.model.company_plans import BOLT, CARDS, COMPANIES, LINES, MEMBERS, POOLS, offer
from tests.model.drafts import DRAFTS, Draft
from tests.model.machine import ShopMachine
from tests.model.offers import rounded
from tests.model.subscriptions import Account, Bill
from tests.model.terms import BEGINNINGS, DAY, TAXES, Tax
from tests.model.two_stores import Store
from tests.shop import add_plans, add_stock
from tests.subscriptions import plan

PAYMENT_TERMS = timedelta(days=14)


class SubscriptionMachine(ShopMachine):
    """eSIMs of companies: assigned, changed, pooled, ended; billed, issued and paid."""

    office: Office
    given: list[Bill]

    @initialize(
        begin=st.sampled_from(BEGINNINGS),
        tax=st.sampled_from(TAXES),
        zone=st.sampled_from(["UTC", "Europe/Amsterdam"]),
        plans=st.lists(st.sampled_from(sorted(LINES)), min_size=1, max_size=2),
    )
    def open_shop(self, begin: datetime, tax: Tax, zone: str, plans: list[str]) -> None:
        """The shop, two companies with VAT of their own, their plans and free eSIMs."""
        super().open_shop(begin, tax, zone)
        for store in self.two.stores:
            people.add_company(store.desk, "Bolt", vat_rate=str(BOLT))
            for sku, terms in (LINES | POOLS).items():
                add_plans(store.desk, plan(**terms | {"sku": sku}))
            add_stock(store.desk, "WHOLE", len(CARDS), first=501)
        self.model.stock |= set(CARDS)
        self.office = Office(ZoneInfo(zone), {"Acme": tax.percent, "Bolt": BOLT})
        self.given = []
        for number, sku in enumerate(plans):
            self.assign(number, sku, "Acme")

    # Rules.

    @rule(
        source=st.sampled_from(["mno", "mvno"]),
        drafts=st.lists(DRAFTS, min_size=1, max_size=6),
        cumulative=st.sampled_from([False, False, True]),
    )
    def use(self, source: str, drafts: list[Draft], *, cumulative: bool) -> None:
        """A usage file arrives; no two at one instant, whose readings nobody could put in order."""
        self.two.now += timedelta(microseconds=1)
        super().use(source, drafts, cumulative=cumulative)

    @rule(sku=st.sampled_from(sorted(POOLS)), company=st.sampled_from(COMPANIES))
    def add_pool(self, sku: str, company: str) -> None:
        """A company gets a pool."""
        name = f"Pool {len(self.office.accounts)}"
        self.two.both(
            lambda store: pools.add_pool(store.desk, name, plan=sku, company=company).pool
        )
        self.office.open(company, offer(sku), self.now, self.office.zone, name)

    @rule(
        number=st.integers(0, 5),
        sku=st.sampled_from(sorted(LINES)),
        company=st.sampled_from(COMPANIES),
    )
    def assign(self, number: int, sku: str, company: str) -> None:
        """A card gets a plan, or another one."""
        self._assign(CARDS[number], sku, company, None)

    @precondition(lambda self: self._pools())
    @rule(number=st.integers(0, 5), which=st.integers(0, 5), sku=st.sampled_from(MEMBERS))
    def join(self, number: int, which: int, sku: str) -> None:
        """A card goes into a pool."""
        pool = self._pools()[which % len(self._pools())]
        own = sku if pool.offer.kind == "dynamic_pool" else None
        self._assign(CARDS[number], own, pool.company, pool)

    def _pools(self) -> list[Account]:
        return [one for one in self.office.accounts if one.pool] if self.model.stock else []

    def _assign(self, card: str, sku: str | None, company: str, pool: Account | None) -> None:
        key, name = self.key(), pool.pool if pool else None
        line = self.model.lines.get(card)
        answer = self.two.both(
            lambda store: assignments.assign_esim(
                store.desk, card, plan=sku, pool=name, company=company, key=key
            ),
            keyed=True,
        )
        if isinstance(line, Card) and line.company != company:
            assert answer == "other_company"
            return
        if pool and pool.ends:
            assert answer == "ended"
            return
        if line is None:
            line = Card(card, self.now, company, self.office)
            self.model.stock.remove(card)
            self.model.lines[card] = line
        assert isinstance(line, Card)
        self.office.place(line, offer(sku) if sku else None, name or "", self.now)
        assert answer["status"] == line.seen(self.now).status

    @precondition(lambda self: self.model.lines)
    @rule(number=st.integers(0, 5))
    def end(self, number: int) -> None:
        """An assignment ends."""
        card, line = list(self.model.lines.items())[number % len(self.model.lines)]
        key = self.key()
        answer = self.two.both(
            lambda store: assignments.end_assignment(store.desk, card, key=key), keyed=True
        )
        assert isinstance(line, Card)
        if line.stay and line.stay.ends is None:
            line.end(self.now)
        assert answer["status"] == "archived"

    @precondition(lambda self: self._pools())
    @rule(which=st.integers(0, 5))
    def end_pool(self, which: int) -> None:
        """A pool ends, and ends again."""
        pool = self._pools()[which % len(self._pools())]
        self.two.both(lambda store: pools.end_pool(store.desk, pool.pool).state)
        self.office.end_pool(pool.pool, self.now)

    @rule(ago=st.sampled_from([timedelta()] * 4 + [timedelta(seconds=1), timedelta(days=20)]))
    def bill(self, ago: timedelta) -> None:
        """The bills of all that is due by an instant; and once more, which does nothing."""
        as_of = self.now - ago
        count, touched = self.office.run(as_of)
        for expected in ((count, len(touched)), (0, 0)):
            done = self.two.both(lambda store: self._run(store, as_of))
            assert tuple(done) == expected
        self.given += [bill for bill in self.office.bills if bill not in self.given]

    def _run(self, store: Store, as_of: datetime) -> list[int]:
        run = invoices.run_bills(store.desk, as_of.isoformat())
        fresh = [one for one in run.invoices if one.ref not in store.bills]
        company = {(one.company, one.bill_on): one.ref for one in fresh}
        order = [one for one in self.office.bills if one not in self.given]
        store.bills += [company.pop((one.company, one.day)) for one in order if company]
        assert not company
        return [run.subscriptions, len(run.invoices)]

    @precondition(lambda self: self.model.lines)
    @rule(
        drafts=st.lists(DRAFTS, min_size=1, max_size=4),
        number=st.integers(0, 9),
        shift=st.sampled_from([timedelta(), timedelta(), timedelta(seconds=1), DAY]),
        late=st.lists(DRAFTS, max_size=2),
    )
    def month(self, drafts: list[Draft], number: int, shift: timedelta, late: list[Draft]) -> None:
        """Usage, the end of a period, its bills, and what is told after them."""
        self.use("mno", drafts, cumulative=False)
        self.wait_for(number, shift)
        self.bill(timedelta())
        self.bills_are_what_the_model_says()
        if late:
            self.use("mno", late, cumulative=False)

    @precondition(lambda self: self.model.stock and self.given)
    @rule(number=st.integers(0, 9), what=st.sampled_from(["approve", "issue", "both", "both"]))
    def issue(self, number: int, what: str) -> None:
        """A bill is approved, or issued, or both."""
        place = number % len(self.given)
        bill = self.given[place]
        if what != "issue":
            answer = self._on(place, invoices.approve_invoice)
            assert answer == ("issued" if bill.number else "approved")
            bill.state = bill.state if bill.number else "approved"
        if what != "approve":
            refusal = "issued" if bill.number else "not_approved"
            is_refused = bill.state != "approved"
            answer = self._on(place, invoices.issue_invoice)
            if is_refused:
                assert answer == refusal
                return
            self.office.issue(bill, self.now, PAYMENT_TERMS)
            assert answer == bill.state

    def _on(self, place: int, change: Any) -> Any:
        return self.two.both(lambda store: change(store.desk, store.bills[place]).state)

    @precondition(lambda self: self.model.stock and self.given)
    @rule(
        number=st.integers(0, 9),
        part=st.sampled_from([1, 1, 2, 3]),
        method=st.sampled_from(["bank", "bank", "wallet"]),
    )
    def pay_bill(self, number: int, part: int, method: str) -> None:
        """Money comes for an invoice, all of it or a part."""
        issued = [one for one in self.given if one.state in ("open", "part_paid")]
        if not issued:
            return
        bill, key = issued[number % len(issued)], self.key()
        method = method if bill.company in self.model.wallets else "bank"
        minor = max((bill.total - bill.paid) // part, 1)
        taxed = self._tax(bill, bill.paid + minor) - self._tax(bill, bill.paid)
        given = minor - taxed if method == "wallet" else 0
        wallet = self.model.wallets[bill.company] if method == "wallet" else None
        refusal = self.refusal(wallet, given)
        answer = self.two.both(
            lambda store: invoice_payments.pay_invoice(
                store.desk, str(bill.number), amount=f"{minor / 100:.2f}", method=method, key=key
            ),
            keyed=True,
        )
        if refusal:
            assert answer == refusal
            return
        self.office.pay(bill, minor)
        self.pay(wallet, given)
        assert (answer["state"], answer["wallet_minor"]) == (self._state(bill), given)

    def _tax(self, bill: Bill, part: int) -> int:
        if self.tax.wallet_tax != "on_deposit":
            return 0
        return rounded(Fraction(bill.tax * part, bill.total))

    # What must be alike.

    @invariant()
    def bills_are_what_the_model_says(self) -> None:
        """Each bill by its day, its state, its items and its totals; each pool by its data."""
        if not self.model.wallets:
            return
        shown = self.two.both(self._bills)
        assert len(shown) == len(self.given)
        for one, bill in zip(shown, self.given, strict=True):
            assert one == self._expected(bill), (one, self._expected(bill))
        for pool in self._pools():
            self._pool(pool)

    def _bills(self, store: Store) -> list[dict[str, Any]]:
        assert {one.ref for one in invoices.list_invoices(store.desk)} == set(store.bills)
        found = []
        for ref in store.bills:
            told = invoices.show_invoice(store.desk, ref)
            view, sums = told.invoice, Counter[tuple[bool, str, str]]()
            for item in told.items:
                late = item.item.startswith("Adjustment")
                sums[late, item.kind, item.plan] += item.amount_minor
                assert item.amount_minor == item.quantity * item.unit_price_minor
            names = ("company", "state", "bill_on", "net_minor", "tax_minor", "total_minor")
            facts = {name: getattr(view, name) for name in (*names, "paid_minor", "due")}
            items = sorted((key, minor) for key, minor in sums.items() if minor)
            found.append(facts | {"called": view.number, "items": items})
        return found

    def _expected(self, bill: Bill) -> dict[str, Any]:
        sums = Counter[tuple[bool, str, str]]()
        for _owner, period, step, (_whose, kind), sku, minor in bill.items:
            sums[step > period + 1, kind, sku] += minor
        return {
            "company": bill.company,
            "state": self._state(bill),
            "bill_on": bill.day,
            "net_minor": bill.net,
            "tax_minor": bill.tax,
            "total_minor": bill.total,
            "paid_minor": bill.paid,
            "due": bill.due,
            "called": bill.number,
            "items": sorted((key, minor) for key, minor in sums.items() if minor),
        }

    def _state(self, bill: Bill) -> str:
        is_late = bill.due is not None and bill.due < self.now
        return "overdue" if is_late and bill.state in ("open", "part_paid") else bill.state

    def _pool(self, pool: Account) -> None:
        view = self.two.both(lambda store: pools.show_pool(store.desk, pool.pool))
        number = pool.period_at(min(pool.ends or self.now, self.now))
        used, included = pool.used(number), pool.included(number)
        inside = sorted({stay.card for stay in pool.stays if stay.ends is None})
        unpaid = pool.is_unpaid(number)
        assert view["state"] == ("suspended" if unpaid else "archived" if pool.ends else "active")
        assert (view["data_included_bytes"], view["data_used_bytes"]) == (included, used)
        assert view["overage_minor"] == pool.overage(number)
        assert view["members"] == [
            {"iccid": card, "data_used_bytes": pool.used(number, card=card)} for card in inside
        ]
