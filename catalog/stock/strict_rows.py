"""Rows whose reading is in no doubt, judged by columns: narrower than `verdicts.judge`, and equal.

What many rows share (a plan, an address, a cost) is judged once, by the very functions that judge
a single row. A row that is not strict in every column is left to `judge`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any, Final

from catalog.esim.code_fields import MAX_LENGTH, address_reasons, oid_reasons
from catalog.esim.identifiers import check_imsi
from catalog.kernel.row_errors import RowError
from catalog.stock.columns import COLUMNS
from catalog.stock.frames import schema, stored
from catalog.stock.raw_rows import checked_row
from catalog.stock.row_reading import Reading
from catalog.stock.verdicts import Upload, cost_of, install_by_of, plan_of

if TYPE_CHECKING:
    import polars as pl

Texts = Mapping[str, str]
Judge = Callable[[Texts], Mapping[str, Any] | None]
"""What a few texts of a row come to, by column of a profile; None when they are not strict."""

_FEW: Final = 2_000  # texts of a block that are worth a look each
_PATTERNS: Final = {
    "iccid": r"^89(?:[0-9]{17}[Ff]?|[0-9]{18})$",
    "code.matching_id": r"^[0-9A-Z-]{1,200}$",
    "confirmation_code": r"^[!-~]{0,12}$",  # too short for the number of a bank card
    "eid": r"^(?:89[0-9]{30})?$",
    "msisdn": r"^(?:\+?[1-9][0-9]{6,14})?$",
    "imsi": r"^(?:[0-9]{14,15})?$",
    "pin1": r"^(?:[0-9]{4,8})?$",
    "puk1": r"^(?:[0-9]{4,8})?$",
}
_PREFIXES: Final = ("LPA:1", "lpa:1", "Lpa:1", "1")


def strict_rows(
    table: pl.DataFrame, columns: Sequence[str], upload: Upload
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The profiles of the strict rows of a table, and the other rows as they are.

    `columns` are those that mean something; the table has their texts, and `line`.
    """
    import polars as pl

    blank = [pl.lit("").alias(name) for name in COLUMNS if name not in columns]
    every = _with_code(table.with_columns(*blank))
    every = every.with_columns(is_strict=pl.col("is_strict") & _matches() & _sound())
    for names, made, work in _shared(upload):
        every = _once_each(every, names, made, work)
    is_strict = pl.col("is_strict").fill_null(value=False)
    found = every.filter(is_strict).select("line", *_identity(), *_taken())
    kinds = schema()
    values = found.select(pl.col(name).cast(kind) for name, kind in kinds.items())
    return values, table.filter(every.select(~is_strict).to_series())


def _with_code(table: pl.DataFrame) -> pl.DataFrame:
    """The parts of each code, whole or from columns of their own, as `code.…`."""
    import polars as pl

    whole = pl.col("activation_code")
    parts = table.select(whole.str.splitn("$", 6).alias("cells")).unnest("cells")
    form, address, matching_id, oid, flag, more = (pl.col(name) for name in parts.columns)
    has_flag = flag.is_not_null()
    told = parts.select(
        form.alias("code.form"),
        address.alias("code.given_address"),
        matching_id.alias("code.given_id"),
        oid.fill_null("").alias("code.given_oid"),
        has_flag.alias("code.flag"),
        (flag.fill_null("1") == "1").alias("code.flag_ok"),
        (more.is_null() & (has_flag | (oid.fill_null("-") != ""))).alias("code.ends_well"),
    )
    table = pl.concat([table, told], how="horizontal")
    has_code = whole != ""
    return table.with_columns(
        pl.when(has_code)
        .then(pl.col("code.given_address"))
        .otherwise("smdp_address")
        .alias("code.address"),
        pl.when(has_code)
        .then(pl.col("code.given_id"))
        .otherwise("matching_id")
        .alias("code.matching_id"),
        pl.when(has_code).then(pl.col("code.given_oid")).otherwise("oid").alias("code.oid"),
        (has_code & pl.col("code.flag")).alias("code.flag"),
        (~has_code | _whole_is_strict()).alias("is_strict"),
    )


def _whole_is_strict() -> pl.Expr:
    """Whether a whole code is written as it would be, and its parts elsewhere say the same."""
    import polars as pl

    agree = [
        pl.col(name).is_in([""]) | (pl.col(name) == pl.col(part))
        for name, part in (
            ("smdp_address", "code.given_address"),
            ("matching_id", "code.given_id"),
            ("oid", "code.given_oid"),
        )
    ]
    return pl.all_horizontal(
        pl.col("code.form").is_in(_PREFIXES), "code.flag_ok", "code.ends_well", *agree
    )


def _matches() -> pl.Expr:
    import polars as pl

    return pl.all_horizontal(
        *(pl.col(name).str.contains(pattern) for name, pattern in _PATTERNS.items()),
        pl.col("activation_code").str.len_chars() <= MAX_LENGTH,
        pl.sum_horizontal(pl.col("code.address", "code.matching_id", "code.oid").str.len_chars())
        < MAX_LENGTH - len("1$$$$1"),
        ~pl.col("code.flag") | (pl.col("confirmation_code") != ""),
    )


def _sound() -> pl.Expr:
    """Whether the check digits of card and chip are right."""
    import polars as pl

    number = pl.col("iccid").str.strip_chars_end("Ff")
    tail, head = (_whole(part) for part in (number.str.tail(8), number.str.head(-8)))
    groups = (tail % 10_000, tail // 10_000, head % 10_000, head // 10_000 % 10_000, head // 10**8)
    sums = pl.lit(pl.Series(_LUHN, dtype=pl.Int64))
    luhn = reduce(lambda total, group: total + sums.gather(group), groups, pl.lit(0))
    eid = pl.col("eid")
    remainder = (_whole(eid.str.head(16)) % 97 * (10**16 % 97) + _whole(eid.str.tail(16))) % 97
    return (luhn % 10 == 0) & ((eid == "") | (remainder == 1))


def _luhn(group: int) -> int:
    """What four digits add to the Luhn sum: each second one from the right counts double."""
    digits = [group // 10**place % 10 for place in range(4)]
    return sum(d * 2 - 9 * (d > 4) if place % 2 else d for place, d in enumerate(digits))


_LUHN: Final = [_luhn(group) for group in range(10_000)]


def _whole(text: pl.Expr) -> pl.Expr:
    import polars as pl

    number = text.cast(pl.Int64, strict=False).fill_null(0)
    return pl.when(number >= 0).then(number).otherwise(0)


def _identity() -> Iterator[pl.Expr]:
    """The numbers and secrets that are each row's own."""
    import polars as pl

    iccid = pl.col("iccid").str.strip_chars_end("Ff")
    yield iccid
    yield iccid.str.head(19).alias("iccid_key")
    yield pl.col("code.matching_id").alias("matching_id")
    yield pl.col("confirmation_code", "eid", "imsi", "pin1", "puk1")
    yield pl.col("msisdn").str.strip_prefix("+")
    given = pl.col("confirmation_code") != ""
    yield (pl.col("code.flag") | given).alias("confirmation_required")


_COST: Final = ("cost_minor", "cost_currency")
_SHARED: Final = {
    ("plan_sku", "bundle"): ("operator", "plan_id"),
    ("batch_ref",): ("batch_ref",),
    ("purchase_order",): ("purchase_order",),
    ("cost", "currency"): _COST,
    ("install_by",): ("install_by",),
    ("reusable",): ("reusable",),
    ("code.address",): ("smdp_address", "smdp_key"),
    ("code.oid",): ("oid",),
    ("imsi",): (),
}


def _taken() -> list[pl.Expr]:
    import polars as pl

    return [pl.col(f"= {name}").alias(name) for made in _SHARED.values() for name in made]


def _shared(upload: Upload) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], Judge]]:
    works: list[Judge] = [
        _reading(lambda row: plan_of(row, upload)),
        _reading(lambda row: {"batch_ref": row.short("batch_ref")}),
        _reading(lambda row: {"purchase_order": row.short("purchase_order")}),
        _reading(lambda row: dict(zip(_COST, cost_of(row, upload), strict=True))),
        _reading(lambda row: {"install_by": install_by_of(row, upload.today)}),
        _reading(lambda row: {"reusable": row.flag("reusable")}),
        _address,
        _oid,
        _imsi,
    ]
    for (names, made), work in zip(_SHARED.items(), works, strict=True):
        yield names, made, work


def _reading(work: Callable[[Reading], Mapping[str, Any]]) -> Judge:
    """The same work as on a single row; any fault or warning leaves the row to `judge`."""

    def read(texts: Texts) -> Mapping[str, Any] | None:
        row = checked_row(0, texts.items())
        if isinstance(row, RowError):
            return None
        reading = Reading(row)
        values = work(reading)
        return None if reading.faults or reading.warnings else values

    return read


def _address(texts: Texts) -> Mapping[str, Any] | None:
    address = texts["code.address"]
    if address_reasons(address):
        return None
    return {"smdp_address": address, "smdp_key": address.lower()}


def _oid(texts: Texts) -> Mapping[str, Any] | None:
    return None if oid_reasons(texts["code.oid"]) else {"oid": texts["code.oid"]}


def _imsi(texts: Texts) -> Mapping[str, Any] | None:
    """Of an IMSI its network and its length are looked at."""
    number = texts["imsi"]
    checked = check_imsi(number) if number else None
    return None if checked and (checked.reasons or checked.warnings) else {}


def _once_each(
    table: pl.DataFrame, names: Sequence[str], made: Sequence[str], work: Judge
) -> pl.DataFrame:
    """Judge every combination of texts once and give its values to the rows that have it."""
    import polars as pl

    keys = [_key_of(name) for name in names]
    few = table.filter(pl.col("is_strict").fill_null(value=False)).select(keys).unique()
    kinds = schema()
    columns = [f"= {name}" for name in made]
    if few.height > _FEW:
        nothing = [pl.lit(None, kinds[name]).alias(f"= {name}") for name in made]
        return table.with_columns(*nothing, is_strict=pl.lit(value=False))
    rows = []
    for texts in few.rows():
        values = work(dict(zip(names, texts, strict=True)))
        told = [stored(name, values[name]) if values is not None else None for name in made]
        rows.append((*texts, *told, values is not None))
    given = dict.fromkeys((key.meta.output_name() for key in keys), pl.String)
    schema_ = given | {c: kinds[n] for c, n in zip(columns, made, strict=True)}
    known = pl.DataFrame(rows, schema=schema_ | {"is_known": pl.Boolean}, orient="row")
    joined = table.with_columns(keys).join(known, on=list(given), how="left", maintain_order="left")
    is_known = pl.col("is_known").fill_null(value=False)
    return joined.with_columns(is_strict=pl.col("is_strict") & is_known).drop("is_known", *given)


def _key_of(name: str) -> pl.Expr:
    """What is judged of a column; of an IMSI its beginning, and its length in zeros."""
    import polars as pl

    text = pl.col(name)
    if name == "imsi":
        text = text.str.head(6) + text.str.slice(6).str.replace_all("[0-9]", "0")
    return text.alias(f"? {name}")
