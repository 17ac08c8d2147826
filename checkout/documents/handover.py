"""What a buyer is given to install an eSIM, as a value and as plain text.

The confirmation code is no part of it: it is delivered apart, on a slip or in a message of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from checkout.documents import handover_words as words
from checkout.documents.plain_text import one_line

_LABEL: Final = 26


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One sold eSIM for its buyer; every field out of `repr` is as secret as the code.

    Attributes:
        shop: who sold it; empty for nobody.
        offer: what was bought, such as "5 GB for 30 days".
        start: when its time begins.
        order: empty for an eSIM that was assigned; likewise the receipt.
        iccid: empty for one that was sold by its code.
        payload: what the QR code holds.
        sold_at: the date that the file bears.

    """

    shop: str
    plan_name: str
    offer: str
    start: str
    install_by: date | None
    is_reusable: bool
    is_test: bool
    order: str
    receipt: str
    iccid: str
    address: str
    payload: str = field(repr=False)
    matching_id: str = field(repr=False)
    apple_link: str = field(repr=False)
    android_link: str = field(repr=False)
    confirmation_required: bool = False
    sold_at: datetime

    @property
    def number(self) -> str:
        """What names it at the till: its ICCID, or its order."""
        return self.iccid or self.order

    @property
    def terms(self) -> tuple[str, ...]:
        """What the buyer has to know before installing."""
        by = words.INSTALL_BY.format(self.install_by) if self.install_by else ""
        once = words.AGAIN if self.is_reusable else words.ONCE
        apart = words.CODE_APART if self.confirmation_required else ""
        return tuple(filter(None, (words.TEST if self.is_test else "", by, once, apart)))

    @property
    def by_hand(self) -> tuple[tuple[str, str], ...]:
        """What is typed into a phone that can't scan."""
        return (
            (words.ADDRESS, self.address),
            (words.ACTIVATION_CODE, self.matching_id or words.NO_MATCHING_ID),
            (words.WHOLE_CODE, self.payload),
        )

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """Links that install it on the phone that opens them."""
        return ((words.APPLE_LINK, self.apple_link), (words.ANDROID_LINK, self.android_link))

    @property
    def numbers(self) -> tuple[tuple[str, str], ...]:
        """What names it later."""
        named = ((words.ICCID, self.iccid), (words.ORDER, self.order))
        return tuple(pair for pair in (*named, (words.RECEIPT, self.receipt)) if pair[1])


def handover_text(handover: Handover) -> str:
    """All of it as plain text, for a message or a printer without pictures."""
    return "\n\n".join("\n".join(part) for part in _parts(handover)) + "\n"


def confirmation_text(handover: Handover, confirmation_code: str) -> str:
    """The slip that is given apart: the code and what it belongs to, and nothing that installs."""
    return words.CONFIRMATION.format(handover.number, confirmation_code) + "\n"


def _parts(handover: Handover) -> Iterator[list[str]]:
    title = f"{words.TITLE}: {one_line(handover.plan_name)}"
    yield [*filter(None, [one_line(handover.shop)]), title]
    yield [f"{handover.offer}.", f"{handover.start}.", *handover.terms]
    for phone, steps in words.STEPS.items():
        yield [phone, *(f"  {number}. {step}" for number, step in enumerate(steps, 1))]
    yield [words.BY_HAND, *_pairs(handover.by_hand)]
    yield [words.LINKS, *(f"  {label}:\n  {link}" for label, link in handover.links)]
    yield list(_pairs(handover.numbers))
    yield [words.TO_YOURSELF]


def _pairs(pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    return (f"  {label:<{_LABEL}}{told}" for label, told in pairs)
