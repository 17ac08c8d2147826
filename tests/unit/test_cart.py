"""The cart: sums, keys, tenders, and what stays after a part of it was sold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog.kernel.errors import Refused
from catalog.kernel.money import parse_amount
from store_app.cart import MAX_LINES, Cart, CartLine


def line(total_minor: int = 1210, sku: str = "ES-5", currency: str = "EUR") -> CartLine:
    """A line with a fifth of tax or so."""
    tax = total_minor // 6
    return CartLine(sku, sku, "at first use", total_minor - tax, tax, total_minor, currency)


def cart(*totals: int) -> Cart:
    """A cart of lines with these totals."""
    made = Cart()
    for total in totals:
        made = made.add(line(total))
    return made


def test_sums_are_those_of_the_lines() -> None:
    """Net, tax and total add up."""
    made = cart(1210, 605)
    assert (made.net_minor, made.tax_minor, made.total_minor) == (1514, 301, 1815)
    assert made.currency == "EUR"
    assert made.count("ES-5") == 2


def test_an_empty_cart_costs_nothing() -> None:
    """No lines, no currency, no sum."""
    assert (Cart().total_minor, Cart().currency, Cart().payer_words) == (0, "", "walk-in")


def test_lines_keep_their_numbers_and_keys() -> None:
    """Taking a line out changes no other line's key, and numbers are not given twice."""
    made = cart(100, 200, 300).keyed("key")
    third = made.lines[2]
    shorter = made.without([1]).add(line(400))
    assert shorter.line_key(third) == made.line_key(third) == "key-3"
    assert [each.number for each in shorter.lines] == [2, 3, 4]


def test_a_key_is_made_once_and_forgotten_after_an_answer() -> None:
    """A second attempt has the first one's key until it was answered."""
    made = cart(100).keyed("first")
    assert made.keyed("second").key == "first"
    assert made.unkeyed().keyed("second").key == "second"


def test_an_emptied_cart_forgets_its_buyer() -> None:
    """The next customer is another one."""
    made = cart(100).priced([line(90)], customer="ana@example.org", company="Acme")
    assert made.payer_words == "ana@example.org of Acme"
    assert made.total_minor == 90
    assert made.without([1]) == Cart()


def test_one_currency_and_a_limit() -> None:
    """What does not fit is refused and changes nothing."""
    with pytest.raises(Refused, match="priced in JPY"):
        cart(100).add(line(currency="JPY"))
    with pytest.raises(Refused, match="at most"):
        cart(*[1] * MAX_LINES).add(line())


def test_too_little_cash_is_refused_with_what_is_missing() -> None:
    """The sentence names the missing amount and the field."""
    with pytest.raises(Refused, match=r"0\.01 EUR are missing") as refusal:
        cart(100, 200).tenders(299)
    assert refusal.value.field == "tendered"


@settings(max_examples=100)
@given(
    st.lists(st.integers(0, 10**7), min_size=1, max_size=MAX_LINES),
    st.integers(0, 10**7),
)
def test_tenders_add_up_and_cover_each_line(totals: list[int], change: int) -> None:
    """Exact cash for all lines but the last, whose change is the change of the whole cart."""
    made = cart(*totals)
    given_minor = made.total_minor + change
    amounts = [parse_amount(text, "EUR") for text in made.tenders(given_minor)]
    assert amounts[:-1] == totals[:-1]
    assert sum(amounts) == given_minor
    assert amounts[-1] - totals[-1] == change
