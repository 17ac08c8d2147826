"""A letter written and sent that kills its process.

With an order its eSIM is mailed; without one the letters that wait are sent, whose page is opened
at the address. Every commit and every message handed to the mail server has a moment before it and
one after.
"""

from __future__ import annotations

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk import outbox
from store_app.desk.context import Desk
from store_app.desk.esim_mail import mail_esim
from tests.crash.card_that_dies import KEY, NOW, Moments


def main(store: str, address: str, fatal: int, order: str = "") -> None:
    """Write and send, dying at the fatal moment."""
    moments, engine = Moments(fatal), open_engine(store)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        moments.pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        moments.pass_by()

    event.listen(engine, "commit", commit)
    vars(outbox)["send"] = moments.around(vars(outbox)["send"])
    card = StripeCheckout(StripeApi(check_key(KEY), base=address))
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1", card=card)
    if order:
        mail_esim(desk, order, key="mail")
    else:
        outbox.send_due(desk)
