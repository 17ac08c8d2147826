"""What is said beside the code of a sold eSIM: what a person types, until when, and the links."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from store_app.delivery import Delivery


def manual_words(delivery: Delivery) -> Content:
    """Address and code to type, the terms of the installation, and the links of the phones."""
    code = delivery.code
    if not code.payload:
        return _card(delivery)
    confirmation = code.confirmation_code or (
        "asked for, but not in the stock file" if code.confirmation_required else ""
    )
    needed = (
        ("SM-DP+ address", code.address),
        ("Matching id", code.matching_id or "none: found by the phone's EID"),
        ("Confirmation code, to be given apart", confirmation),
    )
    terms = (
        ("Install by", f"{delivery.install_by:%Y-%m-%d}" if delivery.install_by else ""),
        ("Installs", "again on another phone" if delivery.is_reusable else "once, on one phone"),
        ("Receipt", delivery.receipt),
        ("Support reference", delivery.order),
        ("ICCID", code.iccid or ""),
    )
    links = (("iPhone link", code.apple_link), ("Android link", code.android_link))
    return Content.assemble(
        *_entries(needed, "\n "),
        f"{delivery.start_words}.\n",
        *_entries(terms, " "),
        *_entries(links, "\n"),
    )


def _card(delivery: Delivery) -> Content:
    """What is handed over of a SIM or a terminal: the thing itself, known by its number."""
    names = {"sim": "Hand over the SIM card", "terminal": "Hand over the terminal"}
    needed = ((names[delivery.code.line_kind], delivery.code.iccid or ""),)
    terms = (("Receipt", delivery.receipt), ("Support reference", delivery.order))
    start = f"{delivery.start_words}.\n"
    return Content.assemble(*_entries(needed, "\n "), start, *_entries(terms, " "))


def _entries(entries: Sequence[tuple[str, str]], between: str) -> list[Content]:
    """Labels and values that are there; a value keeps to its line or takes one of its own."""
    return [
        Content.assemble((label, "bold"), f"{between}{value}\n")
        for label, value in entries
        if value
    ]
