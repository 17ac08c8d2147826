"""Refused rows of a file as lines: where, what, why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from store_app.cli.layout import table
from store_app.words import _

if TYPE_CHECKING:
    from catalog.plan_files import RowError
    from checkout.billing.usage_files import RowError as UsageError


def error_table(errors: Iterable[RowError | UsageError]) -> str:
    """The errors under their titles; empty when there are none."""
    rows = [(error.line, error.field, error.reason) for error in errors]
    return table((_("Line"), _("Field"), _("Reason")), rows, right=(0,)) if rows else ""
