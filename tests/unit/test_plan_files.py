"""Plan files: three formats, physical line numbers, everything wrong told at once."""

from __future__ import annotations

import pytest

from catalog.kernel.errors import Refused
from catalog.kernel.row_errors import RowError
from catalog.plan_files import PlanFile, read_plan_file
from catalog.plans import PlanKind, Refill

TOML = """# the shop's plans
[[plan]]
sku = "ES-5GB-30D"
kind = "prepaid"
countries = ["ES"]
currency = "EUR"
price = "12.50"
data_mb = 5000
validity_days = 30
[[plan.refill]]
id = "1GB"
data_mb = 1000
price = "4.00"

[[plan]]
sku = "PAYGO-EU"
kind = "paygo"
regions = ["europe"]
currency = "EUR"
price = "1.00"
rate_per_mb = "0.0045"
[plan.country_rates]
CH = "0.02"
"""
CSV = "sku,countries,currency,price,data_mb,validity_days"
ROW = "ES-1,ES,EUR,4.00,1000,7"
JSON = (
    '{"sku": "ES-1", "kind": "prepaid", "countries": ["ES"], "currency": "EUR", '
    '"price": "4.00", "data_mb": 1000, "validity_days": 7}'
)


def places(read: PlanFile) -> list[tuple[int, str]]:
    """Line and field of each error."""
    return [(error.line, error.field) for error in read.errors]


def skus(read: PlanFile) -> list[tuple[int, str]]:
    """Line and SKU of each plan."""
    return [(line, plan.sku) for line, plan in read.plans]


def test_toml_plans_come_with_the_line_of_their_table() -> None:
    """Refills and rate tables belong to the plan above them."""
    read = read_plan_file("plans.toml", TOML)
    assert skus(read) == [(2, "ES-5GB-30D"), (15, "PAYGO-EU")]
    assert (read.errors, read.rejected) == ((), 0)
    assert read.plans[0][1].refills == (Refill("1GB", 400, data_bytes=10**9),)
    assert read.plans[1][1].country_rates_micro == {"CH": 20_000}


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('price = "12.50"', 'price = "0.50"', (7, "price")),
        ('price = "4.00"', "price = 4.0", (13, "refill[1].price")),
        ("data_mb = 1000", "", (10, "refill[1].data_mb")),
        ("validity_days = 30", "", (2, "validity_days")),
        ('CH = "0.02"', "CH = 0.02", (22, "country_rates")),
        ('regions = ["europe"]', 'regions = ["atlantis"]', (18, "regions")),
        ('rate_per_mb = "0.0045"', 'rate_per_mb = "0.0045"\ndata_mb = 5', (22, "data_mb")),
    ],
)
def test_toml_errors_stand_on_the_line_of_their_key(
    old: str, new: str, place: tuple[int, str]
) -> None:
    """The line is the key's own, or its table's when the key is missing."""
    read = read_plan_file("plans.toml", TOML.replace(old, new, 1))
    assert places(read) == [place]
    assert (len(read.plans), read.rejected) == (1, 1)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("a.toml", "[[plan]]\nsku = \n", 2),
        ("a.toml", '[[plan]]\nsku = "A"\nsku = "B"\n', 3),
        ("a.toml", '[[plan]]\nsku = """open\n', 2),
        ("a.toml", "x = " + "[" * 5000, 1),
        ("a.toml", '# a comment\ntitle = "plans"\n', 2),
        ("a.toml", f"{TOML}\n[shop]\nname = 'x'\n", 25),
        ("a.toml", "plan = 5\n", 1),
        ("a.csv", f'"{CSV}\n{ROW}\n', 1),
        ("a.csv", "sku,colour\nA,red\n", 1),
        ("a.csv", "\nsku,price,SKU\nA,1,B\n", 2),
    ],
)
def test_broken_syntax_refuses_the_file_with_the_line(name: str, text: str, line: int) -> None:
    """No plan is taken from a file that cannot be read as a whole."""
    with pytest.raises(Refused, match=rf"not read: line {line} ") as refusal:
        read_plan_file(name, text)
    assert refusal.value.code == "unreadable_file"


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.toml", ""), ("a.toml", "# later\n"), ("a.csv", " \n"), ("a.csv", CSV), ("a.jsonl", "\n")],
)
def test_a_file_without_plans_is_refused(name: str, text: str) -> None:
    """An empty file and a lonely header are mistakes, and not an import of nothing."""
    with pytest.raises(Refused, match="holds no plans"):
        read_plan_file(name, text)


def test_inline_plans_in_toml_are_read() -> None:
    """A plain array of plans is legal TOML; its lines are not looked for."""
    terms = JSON.replace('": ', '" = ')
    read = read_plan_file("a.toml", f"plan = [{terms}, {terms}]")
    assert skus(read) == [(1, "ES-1")]
    assert places(read) == [(1, "sku")]


def test_csv_is_prepaid_with_the_same_names() -> None:
    """Lists are parted by semicolon, comma or blank; refills are id:data_mb:price."""
    text = (
        "SKU,kind,countries,regions,companies,currency,price,data_mb,validity_days,refills\n"
        'A,prepaid,"ES, PT",,Acme & Co;Zed,EUR,4.00,1000,7,1GB:1000:4.00; 3GB:3000:9.00 ;\n'
        "B,,es pt,gcc;balkans,,EUR,4.00,1000,7,\n"
    )
    read = read_plan_file("plans.CSV", text)
    assert read.errors == ()
    (_, first), (_, second) = read.plans
    assert (first.kind, first.countries) == (PlanKind.PREPAID, ("ES", "PT"))
    assert first.companies == ("Acme & Co", "Zed")
    assert first.refills == (
        Refill("1GB", 400, data_bytes=10**9),
        Refill("3GB", 900, data_bytes=3 * 10**9),
    )
    assert {"ES", "PT", "QA", "XK"} <= set(second.countries)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_csv_from_other_spreadsheets(delimiter: str) -> None:
    """Semicolons and tabs part cells as well."""
    read = read_plan_file("a.csv", f"{CSV}\r\n{ROW}\r\n".replace(",", delimiter))
    assert skus(read) == [(2, "ES-1")]


def test_csv_lines_are_physical() -> None:
    """Blank lines and quoted line breaks count, as they do in an editor."""
    text = f'name,{CSV}\n\n"two\nlines",{ROW}\n,{ROW.replace("4.00", "0.10")}\n"ok",{ROW}\n'
    read = read_plan_file("a.csv", text)
    assert places(read) == [(3, "name"), (5, "price"), (5, "sku"), (6, "sku")]
    assert (read.plans, read.rejected) == ((), 3)


@pytest.mark.parametrize(
    ("header", "row", "field"),
    [
        (CSV, ROW + ",extra", ""),
        (CSV, ROW.replace("4.00", ""), "price"),
        (f"{CSV},kind", f"{ROW},paygo", "kind"),
        (f"{CSV},refill", f"{ROW},1GB:1000", "refill[1].price"),
        (f"{CSV},refill", f"{ROW},1GB:x:1.00", "refill[1].data_mb"),
        (f"{CSV},refill", f"{ROW},1GB:1:1.00:9", "refill[1].more"),
    ],
)
def test_csv_rows_are_refused_by_field(header: str, row: str, field: str) -> None:
    """One wrong cell refuses its row and names its column."""
    read = read_plan_file("a.csv", f"{header}\n{row}\n")
    assert places(read) == [(2, field)]
    assert read.rejected == 1


def test_json_lines_fail_one_by_one() -> None:
    """A broken line is an error of its own; blank lines count."""
    broken = [
        "not json",
        "[1]",
        "{}",
        '{"sku": "A", "sku": "B"}',
        '{"price": ' + "9" * 5000 + "}",
        "[" * 100_000,
    ]
    read = read_plan_file("a.jsonl", "\r\n".join([JSON, "", *broken]))
    assert skus(read) == [(1, "ES-1")]
    assert {line for line, _ in places(read)} == set(range(3, 9))
    assert read.rejected == len(broken)


def test_json_line_breaks_inside_text_do_not_shift_lines() -> None:
    """Only the line feed ends a line of JSON; U+2028 in a name is part of the name."""
    odd = JSON.replace("ES-1", "E\u2028S")
    read = read_plan_file("a.jsonl", f"{odd}\n{JSON.replace('4.00', '0.10')}")
    assert places(read) == [(1, "sku"), (2, "price")]


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("a.jsonl", f"{JSON}\n\n{JSON}", (1, 3)),
        ("a.csv", f"{CSV}\n{ROW}\n{ROW}", (2, 3)),
        ("a.toml", TOML.replace("PAYGO-EU", "ES-5GB-30D"), (2, 16)),
    ],
)
def test_a_sku_stands_once_in_a_file(name: str, text: str, lines: tuple[int, int]) -> None:
    """The second is refused and says where the first is."""
    read = read_plan_file(name, text)
    first, second = lines
    assert [line for line, _ in read.plans] == [first]
    reason = f"“{read.plans[0][1].sku}” already stands on line {first}"
    assert read.errors == (RowError(second, "sku", reason),)


@pytest.mark.parametrize(
    ("name", "text"), [("a.toml", TOML), ("a.csv", f"{CSV}\n{ROW}"), ("a.jsonl", JSON)]
)
def test_a_byte_order_mark_and_windows_lines_do_no_harm(name: str, text: str) -> None:
    """Files as Windows programs save them."""
    saved = ("\ufeff" + text.replace("\n", "\r\n")).encode()
    read = read_plan_file(name, saved)
    assert read.errors == ()
    assert read == read_plan_file(name, text)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("plans.xlsx", b"PK"),
        ("plans", b""),
        ("a.csv", b"sku\n\xff\xfe"),
        ("a.toml", b"\x00\x01"),
        ("a.jsonl", "{}" + " " * 64_000_000),
    ],
)
def test_what_is_not_a_plan_file_is_refused(name: str, content: bytes | str) -> None:
    """Unknown suffix, not text or too large: the file is unreadable."""
    with pytest.raises(Refused) as refusal:
        read_plan_file(name, content)
    assert refusal.value.code == "unreadable_file"
    assert "Nothing was changed" in refusal.value.message


def test_the_operators_megabyte_is_passed_on() -> None:
    """Sizes are converted once, here."""
    read = read_plan_file("a.jsonl", JSON, megabyte=2**20)
    assert read.plans[0][1].data_bytes == 1000 * 2**20
