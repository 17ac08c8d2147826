"""Usage of PAYGO lines: sums where their wallet covers all, else record by record as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlmodel import Session

from catalog.kernel.bulk import update_rows
from catalog.kernel.database import chunks, snapshot, to_micros
from checkout.billing.line_rows import LINES
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import PAYGO, TARIFFS
from checkout.billing.tariff import Tariff, tariff_from_json, tax_between
from checkout.billing.usage_each import charge_each
from checkout.billing.usage_frames import raw, read_frame
from checkout.billing.usage_money import post_usage
from checkout.billing.usage_steps import Outcome, Pace, Steps, insert_steps, locked_columns
from checkout.billing.usage_sums import parts, totals
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl


_ORDER = ("ended_at", "mrc_anchor_at", "mrc_due_at")
"""What says whether the order of a line's records matters."""


def paygo_steps(engine: Engine, records: pl.DataFrame, run: Run, pace: Pace) -> Steps:
    """Apply records of PAYGO lines.

    A wallet that can pay the most that a whole batch may cost all its lines pays sums, in any
    order. Otherwise, and where an MRC begins or is owed, its records are taken in the order of
    their arrival.
    """
    import polars as pl

    if records.is_empty():
        return
    with snapshot(engine) as session:
        terms = _terms(session, records["number"].unique().to_list())
        tariffs = _tariffs(session, terms["tariff_id"].unique().to_list())
    records = records.join(terms, on="number")
    lines = _lines(records, tariffs).join(terms.select("number", *_ORDER), on="number")
    odd = lines.filter(~_is_sum(tariffs, run))["wallet_id"].unique()
    left = lines.filter(pl.col("wallet_id").is_in(odd.implode()))["number"].to_list()
    lines = lines.filter(~pl.col("wallet_id").is_in(odd.implode())).drop(_ORDER)
    due = {wallet: sum(most) for (wallet,), most in _by_wallet(lines)}
    for part in lines.sort("wallet_id", "number").iter_slices(pace.lines):
        outcome = yield partial(_charge_sums, part=part, due=due, tariffs=tariffs, run=run)
        left += outcome.left
        taken = part.filter(~pl.col("number").is_in(outcome.left))
        for wallet, most in taken.select("wallet_id", "most").rows():
            due[wallet] -= most
    rest = records.filter(pl.col("number").is_in(left)).sort("wallet_id", "place")
    for some in rest.iter_slices(pace.records):
        yield partial(charge_each, records=some, run=run)


def _by_wallet(lines: pl.DataFrame) -> Iterator[tuple[Any, list[int]]]:
    for wallet, some in lines.group_by("wallet_id"):
        yield wallet, some["most"].to_list()


def _terms(session: Session, numbers: list[int]) -> pl.DataFrame:
    import polars as pl

    order = (LINES.c.ended_at, PAYGO.c.mrc_anchor_at, PAYGO.c.mrc_due_at)
    columns = (PAYGO.c.line_number, PAYGO.c.wallet_id, PAYGO.c.tariff_id, *order)
    terms = select(*map(raw, columns)).join(LINES, LINES.c.number == PAYGO.c.line_number)
    schema = {"number": pl.Int64, "wallet_id": pl.String, "tariff_id": pl.String}
    schema |= dict.fromkeys(_ORDER, pl.Int64)
    found = read_frame(session, terms, schema, PAYGO.c.line_number, numbers)
    return found.with_columns(_as_ids(found["wallet_id"]), _as_ids(found["tariff_id"]))


def _as_ids(texts: pl.Series) -> pl.Series:
    """Ids as the rest of the program writes them."""
    ids = {text: str(UUID(text)) for text in texts.unique().to_list()}
    return texts.replace(ids) if ids else texts


def _tariffs(session: Session, ids: list[str]) -> dict[str, Tariff]:
    found = {}
    for part in chunks(ids):
        for row in session.execute(select(TARIFFS).where(TARIFFS.c.id.in_(part))):
            found[row.id] = tariff_from_json(row.terms)
    return found


def _lines(records: pl.DataFrame, tariffs: Mapping[str, Tariff]) -> pl.DataFrame:
    """The totals of each line, its parts, and the most that they may cost in minor units."""
    import polars as pl

    terms = records.select("number", "wallet_id", "tariff_id").unique("number")
    units = {tariff_id: tariff.parts_per_minor for tariff_id, tariff in tariffs.items()}
    schema = {"tariff_id": pl.String, "unit": pl.Int128}
    unit = pl.DataFrame(list(units.items()), schema=schema, orient="row")
    lines = totals(records).join(terms, on="number").join(unit, on="tariff_id")
    lines = lines.join(parts(records, tariffs), on="number")
    # One more for the part of a minor unit that was used before, and one for rounding up.
    most = pl.col("parts") // pl.col("unit") + 2
    return lines.with_columns(most=most)


_STATE = (
    "number",
    "granted_bytes",
    "served_bytes",
    "used_bytes",
    "activated_at",
    "ended_at",
    "as_of",
    "last_step",
)
_METER = (
    "line_number",
    "remainder",
    "charged_minor",
    "barred_bytes",
    "charges",
    "mrc_anchor_at",
    "mrc_due_at",
)


def _charge_sums(
    session: Session,
    step: int,
    *,
    part: pl.DataFrame,
    due: Mapping[str, int],
    tariffs: Mapping[str, Tariff],
    run: Run,
) -> Outcome:
    """Charge lines the sums of their parts, as far as their wallets can pay all that is `due`."""
    import polars as pl

    numbers = part["number"].to_list()
    state = locked_columns(session, LINES, _STATE, numbers)
    wallets = part["wallet_id"].unique().to_list()
    funds, _months = bring_up_to_date(session, wallets, run.now, run.actor)
    meters = locked_columns(session, PAYGO, _METER, numbers)
    lines = part.join(state, on="number").join(meters, left_on="number", right_on="line_number")
    lines = lines.with_columns(is_sum=_is_sum(tariffs, run))
    paying = [
        wallet
        for wallet in lines.group_by("wallet_id")
        .agg(pl.col("is_sum").all())
        .filter("is_sum")["wallet_id"]
        if due[wallet] < funds[wallet]
    ]
    taken = lines.filter(pl.col("wallet_id").is_in(paying)).sort("number")
    left = tuple(lines.filter(~pl.col("wallet_id").is_in(paying))["number"].to_list())
    if taken.is_empty():
        return Outcome(steps=1, left=left)
    charged = _write(session, step, _charged(taken, tariffs), run)
    return Outcome(charged_minor=charged, steps=1, left=left)


def _is_sum(tariffs: Mapping[str, Tariff], run: Run) -> pl.Expr:
    """Whether nothing about a line depends on the order of its records: no counter, no new MRC."""
    import polars as pl

    with_mrc = [tariff_id for tariff_id, tariff in tariffs.items() if tariff.mrc_minor]
    is_counted = ~pl.col("tariff_id").is_in(with_mrc) | pl.col("mrc_anchor_at").is_not_null()
    is_paid = pl.col("mrc_due_at").is_null() | (pl.col("mrc_due_at") > to_micros(run.now))
    return ~pl.col("cumulative") & pl.col("ended_at").is_null() & is_counted & is_paid


def _charged(lines: pl.DataFrame, tariffs: Mapping[str, Tariff]) -> pl.DataFrame:
    """The lines with what they are charged, whole minor units of all their parts, and its VAT."""
    import polars as pl

    all_parts = pl.col("parts") + pl.col("remainder")
    lines = lines.with_columns(
        charge=(all_parts // pl.col("unit")).cast(pl.Int64),
        rest=(all_parts % pl.col("unit")).cast(pl.Int64),
    )
    if not any(tariff.tax_rate for tariff in tariffs.values()):
        return lines.with_columns(vat=pl.lit(0, pl.Int64))
    vat = [
        tax_between(tariffs[tariff_id], before, before + charge)
        for tariff_id, before, charge in lines.select("tariff_id", "charged_minor", "charge").rows()
    ]
    return lines.with_columns(vat=pl.Series(vat, dtype=pl.Int64))


def _write(session: Session, step: int, lines: pl.DataFrame, run: Run) -> int:
    import polars as pl

    covered, is_news = pl.col("covered_bytes"), pl.col("activated_at").is_null()
    is_news |= pl.col("last") >= pl.col("as_of")
    after = lines.select(
        "number",
        pl.col("granted_bytes") + covered,
        pl.col("served_bytes") + covered,
        pl.col("used_bytes") + covered,
        pl.min_horizontal("activated_at", "clock").alias("activated_at"),
    ).to_dict(as_series=False)
    update_rows(session, LINES, "number", after | {"rated_until": None, "last_step": step})
    news = lines.filter(is_news).select("number", as_of="last").to_dict(as_series=False)
    update_rows(session, LINES, "number", news | {"source": run.source})
    meters = lines.select(
        line_number="number",
        remainder="rest",
        charged_minor=pl.col("charged_minor") + pl.col("charge"),
        barred_bytes=pl.col("barred_bytes") + pl.col("barred_bytes_right"),
        charges=pl.col("charges") + pl.col("records"),
    )
    update_rows(session, PAYGO, "line_number", meters.to_dict(as_series=False))
    return _post(session, step, lines, run)


def _post(session: Session, step: int, lines: pl.DataFrame, run: Run) -> int:
    import polars as pl

    amounts = {
        "at": run.now,
        "served_bytes": lines["covered_bytes"].to_list(),
        "barred_bytes": lines["barred_bytes"].to_list(),
        "charged_minor": lines["charge"].to_list(),
        "tax_minor": lines["vat"].to_list(),
    }
    insert_steps(session, step, lines, amounts)
    wallets = lines.group_by("wallet_id").agg(
        pl.col("charge").sum(), pl.col("vat").sum(), pl.len(), pl.col("records").sum()
    )
    post_usage(session, wallets.rows(), run)
    return int(lines["charge"].sum())
