"""Several debits of Ana's wallet at once, in one process of many.

Run as: python -m tests.crash.debits_at_once STORE ADDRESS ICCID KEY…
It says that it is ready, and begins when a line comes in: all processes at the same moment.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from catalog.kernel.database import open_engine
from store_app.desk.context import Desk
from store_app.desk.sales import refill
from tests.crash.moments import NOW, card_at


def main(store: str, address: str, iccid: str, keys: list[str]) -> None:
    """Refill Ana's eSIM out of her wallet once for each key, all at the same time."""
    card, engine = card_at(address), open_engine(store)
    desk = Desk(engine=engine, clock=lambda: NOW, actor="tester", register_id="R1", card=card)

    def debit(key: str) -> None:
        refill(desk, iccid, refill="1GB", pay="wallet", key=key)

    print("ready", flush=True)  # noqa: T201 - whoever started this waits for it
    sys.stdin.readline()
    with ThreadPoolExecutor(len(keys)) as pool:
        list(pool.map(debit, keys))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:])
