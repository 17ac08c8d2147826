"""The question to whom something is sent by e-mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store_app.widgets.form import Field, Form

if TYPE_CHECKING:
    from textual.screen import Screen


async def ask_address(screen: Screen[None], title: str, known: str = "") -> str | None:
    """An e-mail address in the form in which it is compared; None when nothing is to be sent."""
    from checkout.accounts.end_users import check_email

    form = Form(
        title,
        [Field("email", "E-mail address", known, "name@example.org")],
        yes_label="Send",
        check=lambda values: check_email(values["email"]),
    )
    values = await screen.app.push_screen_wait(form)
    return check_email(values["email"]) if values else None
