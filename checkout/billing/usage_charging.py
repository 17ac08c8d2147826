"""Usage of PAYGO lines: sums where their wallet covers all, else record by record as it came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Engine, select
from sqlmodel import Session

from catalog.kernel.database import chunks, snapshot, to_micros
from checkout.billing.line_rows import LINES
from checkout.billing.paygo_months import bring_up_to_date
from checkout.billing.paygo_rows import PAYGO, TARIFFS
from checkout.billing.tariff import Tariff, tariff_from_json, tax_between
from checkout.billing.usage_each import charge_each
from checkout.billing.usage_frames import raw, read_frame
from checkout.billing.usage_money import post_usage
from checkout.billing.usage_steps import Outcome, Pace, Steps, change_rows, insert_steps, lock_rows
from checkout.billing.usage_sums import parts, totals
from checkout.billing.usage_verdicts import Run

if TYPE_CHECKING:
    import polars as pl


_LINE = (
    "granted_bytes",
    "served_bytes",
    "used_bytes",
    "activated_at",
    "ended_at",
    "as_of",
    "source",
    "last_step",
)
_ROWS = 2  # of a line are written, where a prepaid one has only its own
_METER = (
    "remainder",
    "charged_minor",
    "barred_bytes",
    "charges",
    "mrc_anchor_at",
    "mrc_due_at",
)
"""What charges are computed from, and what may not have changed when they are written."""


def paygo_steps(engine: Engine, records: pl.DataFrame, run: Run, pace: Pace) -> Steps:
    """Apply records of PAYGO lines.

    A wallet that can pay the most that a whole batch may cost all its lines pays sums, in any
    order. Otherwise, and where an MRC begins or is owed, its records are taken in the order of
    their arrival. Sums are computed from what is read before the store is locked, and computed
    again when a line has changed meanwhile.
    """
    import polars as pl

    if records.is_empty():
        return
    terms = _read(engine, records["number"].unique())
    tariffs = _tariffs(engine, terms["tariff_id"].unique().to_list())
    records = records.join(terms.select("number", "wallet_id", "tariff_id"), on="number")
    sums = _sums(records, tariffs)
    lines, left = _sorted_out(sums, terms, tariffs, run)
    due = {wallet: sum(most) for (wallet,), most in _by_wallet(lines)}
    for some in lines.iter_slices(max(pace.lines // _ROWS, 1)):
        part = some
        while (outcome := (yield partial(_charge_sums, part=part, due=due, run=run))) is None:
            again = part.select(sums.columns)
            part, more = _sorted_out(again, _read(engine, again["number"]), tariffs, run)
            left += more
        left += outcome.left
        taken = part.filter(~pl.col("number").is_in(outcome.left))
        for wallet, most in taken.select("wallet_id", "most").rows():
            due[wallet] -= most
    rest = records.filter(pl.col("number").is_in(left)).sort("wallet_id", "place")
    for one in rest.iter_slices(pace.each):
        yield partial(charge_each, records=one, run=run)


def _by_wallet(lines: pl.DataFrame) -> Iterator[tuple[Any, list[int]]]:
    for wallet, some in lines.group_by("wallet_id"):
        yield wallet, some["most"].to_list()


def _read(engine: Engine, numbers: pl.Series) -> pl.DataFrame:
    """Lines with their payers, their terms and all that changes."""
    import polars as pl

    texts = ("wallet_id", "tariff_id", "source")
    found = [*(PAYGO.c[name] for name in texts[:2]), *(LINES.c[name] for name in _LINE)]
    columns = [PAYGO.c.line_number, *found, *(PAYGO.c[name] for name in _METER)]
    wanted = select(*map(raw, columns)).join(LINES, LINES.c.number == PAYGO.c.line_number)
    names = ("number", *texts[:2], *_LINE, *_METER)
    schema = dict.fromkeys(names, pl.Int64) | dict.fromkeys(texts, pl.String)
    with snapshot(engine) as session:
        lines = read_frame(session, wanted, schema, PAYGO.c.line_number, numbers)
    return lines.with_columns(_as_ids(lines["wallet_id"]), _as_ids(lines["tariff_id"]))


def _as_ids(texts: pl.Series) -> pl.Series:
    """Ids as the rest of the program writes them."""
    ids = {text: str(UUID(text)) for text in texts.unique().to_list()}
    return texts.replace(ids) if ids else texts


def _tariffs(engine: Engine, ids: list[str]) -> dict[str, Tariff]:
    found = {}
    with snapshot(engine) as session:
        for part in chunks(ids):
            for row in session.execute(select(TARIFFS).where(TARIFFS.c.id.in_(part))):
                found[row.id] = tariff_from_json(row.terms)
    return found


def _sums(records: pl.DataFrame, tariffs: Mapping[str, Tariff]) -> pl.DataFrame:
    """The totals of each line, its parts, and the most that they may cost in minor units."""
    import polars as pl

    terms = records.select("number", "wallet_id", "tariff_id").unique("number")
    units = {tariff_id: tariff.parts_per_minor for tariff_id, tariff in tariffs.items()}
    schema = {"tariff_id": pl.String, "unit": pl.Int128}
    unit = pl.DataFrame(list(units.items()), schema=schema, orient="row")
    sums = totals(records).join(terms, on="number").join(unit, on="tariff_id")
    sums = sums.join(parts(records, tariffs), on="number")
    # One more for the part of a minor unit that was used before, and one for rounding up.
    most = pl.col("parts") // pl.col("unit") + 2
    return sums.with_columns(most=most)


def _sorted_out(
    sums: pl.DataFrame, state: pl.DataFrame, tariffs: Mapping[str, Tariff], run: Run
) -> tuple[pl.DataFrame, list[int]]:
    """What lines are charged whose wallets pay nothing but sums, and the numbers of the others."""
    import polars as pl

    lines = sums.join(state.drop("wallet_id", "tariff_id"), on="number")
    of_sums = _is_sum(tariffs, run).all().over("wallet_id")
    lines = lines.with_columns(of_sums=of_sums)
    plain = lines.filter("of_sums").drop("of_sums").sort("wallet_id", "number")
    return _charged(plain, tariffs, run), lines.filter(~pl.col("of_sums"))["number"].to_list()


def _charge_sums(
    session: Session, step: int, *, part: pl.DataFrame, due: Mapping[str, int], run: Run
) -> Outcome:
    """Charge lines the sums of their parts, as far as their wallets can pay all that is `due`."""
    import polars as pl

    lock_rows(session, LINES, "number", part["number"])
    wallets = part["wallet_id"].unique().to_list()
    funds, _months = bring_up_to_date(session, wallets, run.now, run.actor)
    poor = [wallet for wallet in wallets if due[wallet] >= funds[wallet]]
    cannot = pl.col("wallet_id").is_in(poor)
    left = tuple(part.filter(cannot)["number"].to_list())
    taken = part.filter(~cannot).sort("number") if poor else part.sort("number")
    if taken.is_empty():
        return Outcome(steps=1, left=left)
    return Outcome(charged_minor=_write(session, step, taken, run), steps=1, left=left)


def _is_sum(tariffs: Mapping[str, Tariff], run: Run) -> pl.Expr:
    """Whether nothing about a line depends on the order of its records: no counter, no new MRC."""
    import polars as pl

    with_mrc = [tariff_id for tariff_id, tariff in tariffs.items() if tariff.mrc_minor]
    is_counted = ~pl.col("tariff_id").is_in(with_mrc) | pl.col("mrc_anchor_at").is_not_null()
    is_paid = pl.col("mrc_due_at").is_null() | (pl.col("mrc_due_at") > to_micros(run.now))
    return ~pl.col("cumulative") & pl.col("ended_at").is_null() & is_counted & is_paid


def _charged(lines: pl.DataFrame, tariffs: Mapping[str, Tariff], run: Run) -> pl.DataFrame:
    """The lines with what they are charged, whole minor units of all their parts, and its VAT."""
    import polars as pl

    all_parts = pl.col("parts") + pl.col("remainder")
    is_news = pl.col("activated_at").is_null() | (pl.col("last") >= pl.col("as_of"))
    lines = lines.with_columns(
        charge=(all_parts // pl.col("unit")).cast(pl.Int64),
        rest=(all_parts % pl.col("unit")).cast(pl.Int64),
        told_at=pl.when(is_news).then("last").otherwise("as_of"),
        told_by=pl.when(is_news).then(pl.lit(run.source)).otherwise("source"),
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

    covered = pl.col("covered_bytes")
    after = lines.select(
        "number",
        pl.col("granted_bytes") + covered,
        pl.col("served_bytes") + covered,
        pl.col("used_bytes") + covered,
        pl.min_horizontal("activated_at", "clock").alias("activated_at"),
        as_of="told_at",
        source="told_by",
    ).to_dict()
    told = {"rated_until": None, "last_step": step}
    change_rows(session, LINES, "number", after | told, lines.select(_LINE))
    meters = lines.select(
        line_number="number",
        remainder="rest",
        charged_minor=pl.col("charged_minor") + pl.col("charge"),
        barred_bytes=pl.col("barred_bytes") + pl.col("barred_sum"),
        charges=pl.col("charges") + pl.col("records"),
    ).to_dict()
    change_rows(session, PAYGO, "line_number", meters, lines.select(_METER))
    return _post(session, step, lines, run)


def _post(session: Session, step: int, lines: pl.DataFrame, run: Run) -> int:
    import polars as pl

    amounts = {
        "at": run.now,
        "served_bytes": lines["covered_bytes"],
        "barred_bytes": lines["barred_sum"],
        "charged_minor": lines["charge"],
        "tax_minor": lines["vat"],
    }
    insert_steps(session, step, lines, amounts)
    wallets = lines.group_by("wallet_id").agg(
        pl.col("charge").sum(), pl.col("vat").sum(), pl.len(), pl.col("records").sum()
    )
    post_usage(session, wallets.rows(), run)
    return int(lines["charge"].sum())
