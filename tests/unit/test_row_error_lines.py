"""Rows of a file in lines for people."""

from __future__ import annotations

import doctest

from catalog.kernel.row_errors import RowError
from store_app.cli import row_errors
from store_app.cli.row_errors import error_table, remark_table


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    assert not doctest.testmod(row_errors).failed


def test_the_same_remark_is_said_once() -> None:
    """With how many rows it is about and where they are; others keep a line of their own."""
    remarks = [RowError(line, "iccid", "has blanks") for line in (2, 3, 4, 8)]
    lines = remark_table([*remarks, RowError(3, "eid", "is short")]).splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["4", "2-4,", "8", "iccid"],
        ["1", "3", "eid", "is"],
    ]


def test_every_refused_row_has_its_line() -> None:
    """Nothing is drawn together there: each one is to be corrected; none means no table."""
    assert len(error_table([RowError(2, "iccid", "wrong")] * 3).splitlines()) == 4
    assert error_table([]) == remark_table([]) == ""


def test_a_file_of_refusals_does_not_fill_the_terminal() -> None:
    """The first ones show what is wrong; the rest is a number."""
    lines = error_table([RowError(line, "iccid", "wrong") for line in range(2, 1502)]).splitlines()
    assert lines[100].split()[0] == "101"
    assert lines[101:] == ["… and 1,400 more; --json tells them all."]
