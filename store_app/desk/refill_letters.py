"""Another letter to who approves a refill, or now the one that could not be sent before."""

from __future__ import annotations

from sqlmodel import Session

from catalog.kernel.database import transact
from checkout.billing.refill_episodes import open_episode
from checkout.outbox.letters import APPROVAL, hurry, letters_about, write_letters
from store_app.desk.auto_refill_views import AutoRefillView, rule_named, show_rule
from store_app.desk.context import Desk
from store_app.desk.outbox import send_letter
from store_app.desk.refill_pages import not_paused


def send_again(desk: Desk, named: str) -> AutoRefillView:
    """Send the owner of the card the page once more; the view says what came of it.

    Raises:
        Refused: it does not wait for anybody's approval.

    """
    now = desk.clock()

    def work(session: Session) -> tuple[str, str]:
        rule = rule_named(session, named)
        episode = open_episode(session, rule.id)
        if episode is None or episode.state != "paused":
            raise not_paused()
        write_letters(session, APPROVAL, episode.id, now=now, actor=desk.actor)
        (last,) = letters_about(session, APPROVAL, episode.id, 1)
        hurry(session, last.id, now)
        return rule.id, last.id

    rule_id, letter_id = transact(desk.engine, work)
    send_letter(desk, letter_id)
    return show_rule(desk, rule_id)
