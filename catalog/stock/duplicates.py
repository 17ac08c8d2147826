"""Which profiles are there already: by card, and by the code that fetches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from catalog.esim.tables import OWN_MATCHING_ID, EsimRow
from catalog.kernel.database import chunks
from catalog.kernel.row_errors import RowError
from catalog.stock.tables import StockBatchRow
from catalog.stock.verdicts import Profile

Code = tuple[str, str]
"""A lower-cased SM-DP+ address and a matching id."""

IN_THIS_FILE = "earlier in this file"


@dataclass(frozen=True, slots=True)
class Taken:
    """Cards and codes that exist, each with words for the place."""

    cards: dict[str, str]
    codes: dict[Code, str]

    def refusal(self, profile: Profile) -> RowError | None:
        """Why the profile is a duplicate, or None when it is new."""
        card = card_of(profile)
        if card and (place := self.cards.get(card)):
            return RowError(profile.line, "iccid", f"The ICCID is there already: {place}.")
        code = own_code_of(profile)
        if code and (place := self.codes.get(code)):
            reason = f"The activation code is there already: {place}."
            return RowError(profile.line, "activation_code", reason)
        return None

    def add(self, profile: Profile) -> None:
        """Count an accepted profile of this file as existing."""
        if card := card_of(profile):
            self.cards[card] = IN_THIS_FILE
        if code := own_code_of(profile):
            self.codes[code] = IN_THIS_FILE


def card_of(profile: Profile) -> str | None:
    """The key of the profile's card; None while its ICCID is not known."""
    card: str | None = profile.columns["iccid_key"]
    return card


def own_code_of(profile: Profile) -> Code | None:
    """The code that no other profile may have; None when it is empty or reusable."""
    columns = profile.columns
    if columns["reusable"] or not columns["matching_id"]:
        return None
    return columns["smdp_key"], columns["matching_id"]


def taken_in_store(session: Session, profiles: Sequence[Profile], loading: str = "") -> Taken:
    """What of these profiles the store holds; batch `loading` is the file being read."""
    found = Taken({}, {})
    columns = (
        col(EsimRow.iccid_key),
        col(EsimRow.smdp_key),
        col(EsimRow.matching_id),
        col(StockBatchRow.reference),
    )
    held = select(*columns).join(StockBatchRow, col(EsimRow.batch_id) == StockBatchRow.id)
    for cards in chunks([card for profile in profiles if (card := card_of(profile))]):
        for card, _, _, batch in session.exec(held.where(col(EsimRow.iccid_key).in_(cards))):
            found.cards[str(card)] = _place(batch, loading)
    for address, matching_ids in _by_address(profiles).items():
        own = held.where(OWN_MATCHING_ID, EsimRow.smdp_key == address)
        for part in chunks(matching_ids):
            for _, _, matching_id, batch in session.exec(
                own.where(col(EsimRow.matching_id).in_(part))
            ):
                found.codes[address, matching_id] = _place(batch, loading)
    return found


def _by_address(profiles: Iterable[Profile]) -> dict[str, list[str]]:
    by_address: defaultdict[str, list[str]] = defaultdict(list)
    for profile in profiles:
        if code := own_code_of(profile):
            by_address[code[0]].append(code[1])
    return by_address


def _place(batch: str, loading: str) -> str:
    return IN_THIS_FILE if batch == loading else f"in batch {batch}"
