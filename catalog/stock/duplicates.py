"""Which profiles are there already: by card, and by the code that fetches them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select as values_of
from sqlmodel import Session, col, select

from catalog.esim.tables import OWN_MATCHING_ID, EsimRow
from catalog.kernel.bulk_reads import among
from catalog.kernel.database import chunks
from catalog.kernel.row_errors import RowError
from catalog.stock.lots import ESIMS
from catalog.stock.tables import StockBatchRow, StockLotRow
from catalog.stock.verdicts import Profile

if TYPE_CHECKING:
    import polars as pl

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
            return card_is_taken(profile.line, place)
        code = own_code_of(profile)
        if code and (place := self.codes.get(code)):
            return code_is_taken(profile.line, place)
        return None


def card_is_taken(line: int, place: str) -> RowError:
    """The refusal of a row whose card exists."""
    return RowError(line, "iccid", f"The ICCID is there already: {place}.")


def code_is_taken(line: int, place: str) -> RowError:
    """The refusal of a row whose code exists."""
    return RowError(line, "activation_code", f"The activation code is there already: {place}.")


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


def own_codes() -> pl.Expr:
    """The code of each row that no other profile may have, address and matching id; else null."""
    import polars as pl

    own = ~pl.col("reusable") & (pl.col("matching_id") != "")
    return pl.when(own).then(pl.concat_str("smdp_key", "matching_id", separator="$"))


def rows_in_store(session: Session, profiles: pl.DataFrame) -> pl.DataFrame:
    """The rows of a frame whose card or own code the store holds."""
    import polars as pl

    cards = profiles["iccid_key"].drop_nulls().to_list()
    held_cards = values_of(ESIMS.c.iccid_key).where(among(session, ESIMS.c.iccid_key, cards))
    known = list(session.execute(held_cards).scalars())
    taken = pl.col("iccid_key").is_in(known) & pl.col("iccid_key").is_not_null()
    with_code = profiles.filter(own_codes().is_not_null())
    for (address,), part in with_code.partition_by("smdp_key", as_dict=True).items():
        mine = among(session, ESIMS.c.matching_id, part["matching_id"].to_list())
        held = values_of(ESIMS.c.matching_id).where(ESIMS.c.smdp_key == address, mine)
        ids = list(session.execute(held.where(OWN_MATCHING_ID)).scalars())
        if ids:
            same = (pl.col("smdp_key") == address) & pl.col("matching_id").is_in(ids)
            taken |= same & own_codes().is_not_null()
    return profiles.filter(taken)


def taken_in_store(session: Session, profiles: Sequence[Profile], loading: str = "") -> Taken:
    """What of these profiles the store holds; batch `loading` is the file being read."""
    found = Taken({}, {})
    columns = (
        col(EsimRow.iccid_key),
        col(EsimRow.smdp_key),
        col(EsimRow.matching_id),
        col(StockBatchRow.reference),
    )
    lot = col(EsimRow.lot) == StockLotRow.number
    held = select(*columns).join(StockLotRow, lot).join(StockBatchRow)
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
