"""The link to a card payment: by e-mail over somebody else's server, on paper, and refused."""

from __future__ import annotations

import ssl
import stat
import sys
from functools import partial
from pathlib import Path

import pytest
import trustme

from catalog.kernel.database import transact
from catalog.kernel.errors import Refused, Unavailable
from catalog.kernel.settings import set_setting
from store_app.desk.context import Desk
from store_app.desk.pay_links import mail_link, paper_link, pay_link
from store_app.settings import paper_folder
from tests.card_shop import begin, with_card
from tests.mail_server import mail_server
from tests.peers.own_process import free_port
from tests.shop import small_shop
from tests.stripe_double import StripeDouble

TO = "ana@example.com"


@pytest.fixture
def shop(sqlite_desk: Desk, stripe_double: StripeDouble) -> Desk:
    """A small shop that takes cards."""
    return with_card(small_shop(sqlite_desk), stripe_double)


def mails(shop: Desk, address: str, **settings: str) -> None:
    """Set the mail server of a shop."""
    wanted = {"mail_server": address, "mail_from": "till@shop.example", **settings}
    for name, text in wanted.items():
        transact(shop.engine, partial(set_setting, name=name, text=text))


def test_the_link_arrives_with_its_amount_and_time(shop: Desk) -> None:
    """Plain text over a server without a password: what, how much, until when, whose money."""
    sale = begin(shop)
    with mail_server() as (postbox, address):
        mails(shop, address, mail_security="none", shop_name="Casa Móvil")
        assert mail_link(shop, sale.order, f" {TO.upper()} ") == TO
    (message,) = postbox.messages
    assert postbox.recipients == [TO]
    assert (message["Subject"], message["From"]) == (
        "Pay 12.50 EUR to Casa Móvil",
        "till@shop.example",
    )
    text = message.get_content()
    for words in ("Spain 5 GB", sale.order, "2026-03-01 10:15 UTC", "TEST", sale.checkout_url):
        assert words in text


def test_a_password_goes_over_a_closed_line_alone(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS with a certificate that is checked; the password out of a file of its owner's."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    password = tmp_path / "mail-password"
    password.write_text("quiet please\n")
    password.chmod(0o600)
    monkeypatch.setenv("ESIM_STORE_MAIL_PASSWORD_FILE", str(password))
    sale = begin(shop)
    with mail_server(tls_context=context, auth_required=True) as (postbox, address):
        mails(shop, address, mail_user="till")
        mail_link(shop, sale.order, TO)
        monkeypatch.setenv("ESIM_STORE_MAIL_PASSWORD", "wrong")
        with pytest.raises(Refused, match="password"):
            mail_link(shop, sale.order, TO)
        monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
        with pytest.raises(Unavailable):
            mail_link(shop, sale.order, TO)
        mails(shop, address, mail_security="none")
        with pytest.raises(Refused, match="open connection"):
            mail_link(shop, sale.order, TO)
    assert len(postbox.messages) == 1
    password.chmod(0o644)
    monkeypatch.delenv("ESIM_STORE_MAIL_PASSWORD")
    with pytest.raises(Refused, match="chmod 600"):
        mail_link(shop, sale.order, TO)


def test_what_was_not_sent_is_said(shop: Desk) -> None:
    """No server, no address, a server that refuses or is not there: each in its own words."""
    sale = begin(shop)
    with pytest.raises(Refused, match="mail_server"):
        mail_link(shop, sale.order, TO)
    with mail_server() as (postbox, address):
        mails(shop, address, mail_security="none")
        with pytest.raises(Refused, match="e-mail address"):
            mail_link(shop, sale.order, "ana")
        with pytest.raises(Refused, match="did not take it"):
            mail_link(shop, sale.order, "nobody@example.com")
        mails(shop, address, mail_security="starttls")
        with pytest.raises(Refused, match="mail_security"):
            mail_link(shop, sale.order, TO)
    assert postbox.messages == []
    mails(shop, f"127.0.0.1:{free_port()}", mail_security="none")
    with pytest.raises(Unavailable):
        mail_link(shop, sale.order, TO)


def test_paper_is_written_for_its_owner_and_a_code_reads(shop: Desk) -> None:
    """Without a printer a file in the store's own folder: a code of ink, and the link."""
    sale = begin(shop)
    path = Path(paper_link(shop, sale.order))
    assert path.parent == paper_folder()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert sale.checkout_url in text
    assert _scanned(text) == sale.checkout_url


def _scanned(text: str) -> str:
    import numpy as np
    import zxingcpp

    ink = {"█": (0, 0), "▀": (0, 255), "▄": (255, 0), " ": (255, 255)}
    code = [line for line in text.splitlines() if line and set(line) <= set(ink)]
    width = max(map(len, code)) + 4
    halves = [[ink[char] for char in line.ljust(width)] for line in code]
    cells = np.array(halves, dtype=np.uint8).transpose(0, 2, 1).reshape(2 * len(code), -1)
    picture = np.pad(cells, 4, constant_values=255)
    (found,) = zxingcpp.read_barcodes(np.kron(picture, np.ones((6, 6), dtype=np.uint8)))
    return str(found.text)


def test_the_operators_command_prints(
    shop: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gets the text and no shell; one that fails says where the text lies."""
    sale = begin(shop)
    out = tmp_path / "printed; not a shell"
    keep = f"import sys; open({str(out)!r}, 'w').write(sys.stdin.read())"
    monkeypatch.setenv("ESIM_STORE_PRINT", f'{sys.executable} -c "{keep}"')
    assert paper_link(shop, sale.order) == "printed"
    assert sale.checkout_url in out.read_text()
    for broken in (f'{sys.executable} -c "raise SystemExit(1)"', "no-such-printer-command"):
        monkeypatch.setenv("ESIM_STORE_PRINT", broken)
        with pytest.raises(Unavailable, match=f"pay-{sale.order}.txt"):
            paper_link(shop, sale.order)


def test_only_a_page_that_takes_money_is_given_out(shop: Desk, stripe_double: StripeDouble) -> None:
    """Paid, cancelled or overdue: there is nothing to pay at any more."""
    from store_app.desk.orders import check_order

    sale = begin(shop)
    assert pay_link(shop, sale.order).url == sale.checkout_url
    assert sale.checkout_url not in repr(pay_link(shop, sale.order))
    stripe_double.pay()
    check_order(shop, sale.order)
    with pytest.raises(Refused, match="no page"):
        pay_link(shop, sale.order)
