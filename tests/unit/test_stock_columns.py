"""Suppliers' headings mean the store's columns, however they are spelt."""

from __future__ import annotations

import pytest

from catalog.stock.columns import COLUMNS, column_of, columns_of


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("ICCID", "iccid"),
        ("\ufefficcid", "iccid"),
        ("Matching ID", "matching_id"),
        ("matchingId", "matching_id"),
        ("MATCHING-ID", "matching_id"),
        ("RSP URL", "smdp_address"),
        ("SM-DP+ Address", "smdp_address"),
        ("smdp_address", "smdp_address"),
        ("SMDP+", "smdp_address"),
        ("Bundle", "bundle"),
        ("LPA", "activation_code"),
        ("QR Code", "activation_code"),
        ("Confirmation Code", "confirmation_code"),
        ("PUK1", "puk1"),
        ("Purchase Order", "purchase_order"),
        ("Install by", "install_by"),
        ("Favourite colour", None),
        ("", None),
    ],
)
def test_headings_of_real_suppliers_are_known(heading: str, column: str | None) -> None:
    """Case, blanks, underscores and hyphens make no difference."""
    assert column_of(heading) == column


@pytest.mark.parametrize("column", COLUMNS)
def test_every_column_knows_its_own_name(column: str) -> None:
    """A file may use the store's names, also in capitals with blanks."""
    assert column_of(column) == column
    assert column_of(column.upper().replace("_", " ")) == column


def test_a_repeated_column_is_read_once() -> None:
    """The first of two headings with one meaning counts."""
    assert columns_of(["ICCID", "LPA", "QR code", "Note"]) == [
        "iccid",
        "activation_code",
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("headings", "place"),
    [
        (("Activation Code", "LPA String"), 1),
        (("QR Code Data", "Activation Code"), 0),
        (("Activation Code", "QR Code"), 0),
        (("Activation Code", "QR", "LPA"), 2),
    ],
)
def test_a_heading_that_promises_a_whole_code_is_read(
    headings: tuple[str, ...], place: int
) -> None:
    """Beside it "Activation Code" is a matching id; "QR code" may be the name of a picture."""
    columns = columns_of(["ICCID", *headings])
    assert columns.count("activation_code") == 1
    assert columns.index("activation_code") == place + 1
