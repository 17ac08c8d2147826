"""What the first line of every screen says: register, shift, demo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from store_app.desk.context import Desk


@dataclass(frozen=True, slots=True)
class Heading:
    """The register as it stands; `shift_since` is None while no shift is open.

    `card` says whose money a card moves here, empty where none is offered;
    `has_offline_card` that it only pretends; `reader` is the label of this register's card reader.
    """

    register_id: str
    shift_since: datetime | None
    is_demo: bool
    card: str
    has_offline_card: bool
    time_zone: str
    currency: str
    reader: str = ""

    def words(self, now: datetime) -> tuple[str, str]:
        """The left and the right end of the line."""
        zone = ZoneInfo(self.time_zone)
        since = self.shift_since
        shift = f"Shift open since {since.astimezone(zone):%H:%M}" if since else "No shift open"
        marks = " · ".join(mark for mark in ("DEMO" if self.is_demo else "", self.card) if mark)
        right = f"{marks}  {now.astimezone(zone):%H:%M}".lstrip()
        return f"eSIM Store  {self.register_id}  {shift}", right


def read_heading(desk: Desk) -> Heading:
    """The heading of this register now."""
    from catalog.kernel.database import snapshot
    from catalog.kernel.settings import load_settings
    from checkout.payments.offline import OFFLINE_CARD
    from checkout.till.shift import open_shift_of
    from store_app.desk.counter import card_label, card_method, find_reader

    with snapshot(desk.engine) as session:
        settings = load_settings(session)
        shift = open_shift_of(session, desk.register_id)
        method = card_method(desk, settings)
        card = card_label(method)
        is_asked = method is not None and card != OFFLINE_CARD  # a pretended card just approves
        at = find_reader(session, desk.register_id, method) if method and is_asked else None
        return Heading(
            register_id=desk.register_id,
            shift_since=shift.opened_at if shift else None,
            is_demo=settings.demo,
            card=card,
            has_offline_card=card == OFFLINE_CARD,
            time_zone=settings.time_zone,
            currency=settings.currency,
            reader=at.label if at else "",
        )
