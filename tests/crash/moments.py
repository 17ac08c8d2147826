"""What dies at a chosen moment, and a desk whose commits have one before each and one after.

A moment is a number. Calls of a provider are counted too where they are wrapped by `around`.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event

from catalog.kernel.database import open_engine
from checkout.payments.stripe.checkout import StripeCheckout
from checkout.payments.stripe.client import StripeApi
from checkout.payments.stripe.keys import check_key
from store_app.desk.context import Desk

NOW = datetime(2026, 3, 1, 10, tzinfo=UTC)
KEY = "sk_test_" + "0" * 24
T = TypeVar("T")


class Moments:
    """Counts what happens, and dies at the chosen moment; 0 never comes."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal

    def pass_by(self) -> None:
        """One moment more."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., T]) -> Callable[..., T]:
        """A call with a moment before it and one after."""

        def counted(*args: Any, **kwargs: Any) -> T:
            self.pass_by()
            answer = call(*args, **kwargs)
            self.pass_by()
            return answer

        return counted

    def around_all(self, owner: object, *verbs: str) -> None:
        """The calls of an object or a class, each with its two moments."""
        for verb in verbs:
            setattr(owner, verb, self.around(getattr(owner, verb)))

    def around_commits(self, engine: Engine | type[Engine]) -> None:
        """Every commit of an engine, or of all of them, with its two moments."""

        def commit(connection: Connection) -> None:
            if connection.get_execution_options().get("reading"):
                return
            self.pass_by()
            connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
            self.pass_by()

        event.listen(engine, "commit", commit)


def at_commit(number: int, moment: str) -> int:
    """The moment just before or just after a commit, where nothing else is counted."""
    return 2 * number - (moment == "before")


def dying_desk(store: str, moments: Moments, card: StripeCheckout | None = None) -> Desk:
    """A desk of a store whose commits are counted."""
    engine = open_engine(store)
    moments.around_commits(engine)
    return Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1", card=card)


def card_at(address: str) -> StripeCheckout:
    """The card payments of the provider at an address."""
    return StripeCheckout(StripeApi(check_key(KEY), base=address))
