"""Cards from the command line, against Stripe's double on a port of this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store_app.settings import log_file
from tests.journeys.shop_program import SPAIN, Shop, finish
from tests.stripe_double import TEST_KEY, StripeDouble
from tests.stripe_faults import only, refuses
from tests.stripe_server import serving

LIVE_KEY = TEST_KEY.replace("test", "live")


@pytest.fixture
def address(stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Stripe's double on a port, and the key to it in the environment."""
    with serving(stripe_double) as url:
        monkeypatch.setenv("ESIM_STORE_STRIPE_BASE", url)
        monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", TEST_KEY)
        monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-01T10:00:00Z")
        yield url


@pytest.mark.usefixtures("address")
def test_a_card_sale_from_page_to_code(shop: Shop, stripe_double: StripeDouble) -> None:
    """`sell` prints the page and the state, `order check` delivers, the same key has the code."""
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")
    assert (sold["state"], sold["receipt"], sold["activation_code"]) == ("placed", "", "")
    assert sold["checkout_url"].startswith("https://checkout.stripe.com/")
    waiting = shop.ask("order", "check", sold["order"])
    assert (waiting["state"], waiting["payments"][0]["checkout_url"]) == (
        "placed",
        sold["checkout_url"],
    )
    stripe_double.pay()
    done = shop.ask("order", "check", sold["order"])
    assert (done["order"], done["state"], done["refunds"]) == (sold["order"], "delivered", [])
    again = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")
    assert (again["replayed"], again["activation_code"][:6]) == (True, "LPA:1$")
    assert "checkout_url" not in again


@pytest.mark.usefixtures("address")
def test_a_card_sale_goes_back_to_its_card(shop: Shop, stripe_double: StripeDouble) -> None:
    """`order refund` once per key; while the bank thinks it is listed without a number."""
    stripe_double.refund_status = "pending"
    order = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")["order"]
    stripe_double.pay()
    shop.ask("order", "check", order)
    asked = shop.ask("order", "refund", order, "--key", "r1")
    assert (asked["state"], asked["refunds"][0]["state"]) == ("delivered", "pending")
    assert "pending" in shop.run("order", "show", order).out
    stripe_double.end_refund("succeeded")
    assert shop.ask("maintain")["reconciled"] == 1
    done = shop.ask("order", "refund", order, "--key", "r1")
    assert (done["state"], done["replayed"]) == ("refunded", True)
    assert done["refunds"][0]["number"] == "R1-C000001"
    assert [each["amount"] for each in stripe_double.refunds] == [done["total_minor"]]


@pytest.mark.usefixtures("address")
def test_words_tell_where_to_pay(shop: Shop) -> None:
    """A person sees the page, that nothing is delivered yet, and what to do then."""
    said = shop.run("sell", "--plan", SPAIN, "--pay", "card")
    for words in (
        "Pay at",
        "https://checkout.stripe.com/",
        "order check O-",
        "nothing is delivered",
    ):
        assert words in said.out


@pytest.mark.usefixtures("address")
def test_cancel_top_up_maintain_and_the_queue(shop: Shop, stripe_double: StripeDouble) -> None:
    """The other commands that meet a card say what the contract asks for."""
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")
    assert shop.ask("order", "cancel", sold["order"])["state"] == "cancelled"
    shop.ask("user", "add", "ana@example.com")
    words = ("wallet", "top-up", "ana@example.com", "--amount", "20", "--pay", "card")
    topped = shop.ask(*words, "--key", "t1")
    assert (topped["state"], topped["balance_minor"]) == ("placed", 0)
    stripe_double.pay(amount_total=1)
    assert shop.ask("maintain")["reconciled"] == 1
    (waiting,) = shop.ask("order", "queue")["orders"]
    assert (waiting["order"], waiting["payments"][0]["state"]) == (topped["order"], "stranded")
    assert "amount" in shop.run("order", "queue").out


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "needs a key"),
        ("pk_test_000000000000", "no secret or restricted key"),
        (LIVE_KEY, "live"),
    ],
)
@pytest.mark.usefixtures("address")
def test_without_a_key_that_may_be_used_no_card_is_offered(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, key: str, message: str
) -> None:
    """No key, a wrong one, a live one for another address: said in words, cash goes on."""
    monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", key)
    said = shop.run("sell", "--plan", SPAIN, "--pay", "card")
    assert said.exit_code == 1
    assert message in said.err
    assert key not in said.err or not key
    assert shop.ask("plans", "list")["plans"]


@pytest.mark.usefixtures("address")
def test_a_key_file_others_may_read_is_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """0600 or no card: the sentence names the command that mends it."""
    monkeypatch.delenv("ESIM_STORE_STRIPE_KEY")
    path = tmp_path / "key"
    path.write_text(TEST_KEY)
    path.chmod(0o644)
    monkeypatch.setenv("ESIM_STORE_STRIPE_KEY_FILE", str(path))
    assert "chmod 600" in shop.run("sell", "--plan", SPAIN, "--pay", "card").err
    path.chmod(0o600)
    assert shop.ask("sell", "--plan", SPAIN, "--pay", "card")["state"] == "placed"


@pytest.mark.usefixtures("address")
def test_no_key_in_any_log_and_nothing_beside_the_answer(
    shop: Shop,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Loggers at their loudest, the log file, stderr and new files: the key is in none."""
    caplog.set_level(logging.DEBUG)
    shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")
    assert TEST_KEY not in caplog.text
    monkeypatch.setenv("STRIPE_LOG", "debug")
    said = finish(shop.start("--json", "sell", "--plan", SPAIN, "--pay", "card", "--key", "k2"))
    assert (said.exit_code, said.err) == (0, "")
    assert said.document["state"] == "placed"
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if TEST_KEY.encode() in path.read_bytes()]
    assert not log_file().exists() or TEST_KEY not in log_file().read_text()


@pytest.mark.usefixtures("address")
def test_the_link_is_told_again_and_written_for_the_printer(shop: Shop) -> None:
    """`order link` gives the page, on paper too; mail needs a server first."""
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--key", "k1")
    told = shop.ask("order", "link", sold["order"], "--paper")
    assert told["checkout_url"] == sold["checkout_url"]
    assert sold["checkout_url"] in Path(told["paper"]).read_text()
    refused = shop.refused("order", "link", sold["order"], "--email", "ana@example.com")
    assert refused == "no_mail_server"


@pytest.mark.usefixtures("address")
def test_a_card_sale_at_the_reader(shop: Shop) -> None:
    """`reader use`, `sell --reader`, a test card, `order check`; other ways to pay have none."""
    assert shop.refused("sell", "--plan", SPAIN, "--pay", "card", "--reader") == "no_reader"
    labels = [each["label"] for each in shop.ask("reader", "list")["readers"]]
    assert sorted(labels) == ["Counter 1", "Counter 2"]
    assert shop.ask("reader", "use", "Counter 1")["is_used"]
    sold = shop.ask("sell", "--plan", SPAIN, "--pay", "card", "--reader", "--key", "k1")
    assert (sold["state"], sold["iccid"]) == ("placed", None)
    assert "checkout_url" not in sold
    shop.ask("reader", "present", sold["order"])
    assert shop.ask("order", "check", sold["order"])["state"] == "delivered"
    assert shop.run("sell", "--plan", SPAIN, "--pay", "cash", "--reader").exit_code == 2
    assert shop.ask("reader", "use", "none") == {"reader": None}


@pytest.mark.usefixtures("address")
def test_several_plans_for_one_card_payment(shop: Shop, stripe_double: StripeDouble) -> None:
    """`--plan` twice: one page for the sum, an order each; other ways to pay take one plan."""
    words = ("sell", "--plan", SPAIN, "--plan", SPAIN, "--pay")
    sold = shop.ask(*words, "card", "--key", "k1")
    assert sold["total_minor"] == 2 * sold["orders"][0]["total_minor"]
    assert "order check" in shop.run(*words, "card", "--key", "k1").out
    stripe_double.pay()
    shop.ask("order", "check", sold["orders"][0]["order"])
    again = shop.ask(*words, "card", "--key", "k1")
    assert [each["state"] for each in again["orders"]] == ["delivered"] * 2
    assert (again["replayed"], len(stripe_double.sessions)) == (True, 1)
    assert shop.run(*words, "cash").exit_code == 2


@pytest.mark.usefixtures("address")
def test_the_doctor_tries_the_account(
    shop: Shop, stripe_double: StripeDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of checks, exit code 1 when one fails; neither live keys nor none are tried."""
    stripe_double.now = datetime.now(UTC)
    monkeypatch.delenv("ESIM_STORE_NOW")
    said = shop.run("doctor", "--stripe")
    assert (said.exit_code, "BREACH" in said.out) == (0, False)
    with stripe_double.wrong(only("POST", "/v1/refunds", refuses(402, "card_error"))):
        said = shop.run("--json", "doctor", "--stripe")
    assert said.exit_code == 1
    assert [each["name"] for each in said.document["checks"] if not each["ok"]]
    monkeypatch.delenv("ESIM_STORE_STRIPE_BASE")
    monkeypatch.setenv("ESIM_STORE_STRIPE_KEY", LIVE_KEY)
    assert shop.refused("doctor", "--stripe") == "live_key"
    monkeypatch.delenv("ESIM_STORE_STRIPE_KEY")
    assert shop.refused("doctor", "--stripe") == "no_card_key"


def test_the_demo_store_has_a_pretended_reader(tmp_path: Path) -> None:
    """Without a key: it is listed as what it is, approves at once, and is offline."""
    demo = Shop(tmp_path / "demo.db")
    demo.ask("init", "--demo")
    (reader,) = demo.ask("reader", "list")["readers"]
    assert reader["label"] == "OFFLINE DEMO READER"
    demo.ask("reader", "use", reader["reader"])
    sold = demo.ask("sell", "--plan", "ES-1GB-7D", "--pay", "card", "--reader", "--key", "k1")
    assert sold["state"] == "delivered"
    assert demo.refused("reader", "present", sold["order"]) == "no_reader"
