"""A debit, and the automatic refill that follows from it, that kill their process.

A sale takes from the wallet; with a file of usage records, they take from an eSIM.
Every commit and every call of the provider has a moment before it and one after.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, event

from catalog.kernel.database import open_engine
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.context import Desk
from store_app.desk.sales import sell
from store_app.desk.usage import import_usage
from tests.crash.card_that_dies import KEY, NOW, Moments
from tests.refills import ANA, SKU


def main(store: str, address: str, fatal: int, usage: Path | None = None) -> None:
    """Sell out of Ana's wallet, or import usage of her eSIM, dying at the fatal moment."""
    moments, engine = Moments(fatal), open_engine(store)

    def commit(connection: Connection) -> None:
        if connection.get_execution_options().get("reading"):
            return
        moments.pass_by()
        connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
        moments.pass_by()

    event.listen(engine, "commit", commit)
    card = StripeCheckout(StripeApi(check_key(KEY), base=address))
    unattended = card.keeper.unattended
    for verb in ("start", "look_up"):
        setattr(unattended, verb, moments.around(getattr(unattended, verb)))
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1", card=card)
    if usage is not None:
        import_usage(desk, usage, source="mno")
    else:
        sell(desk, sku=SKU, pay="wallet", key="w1", customer=ANA)
