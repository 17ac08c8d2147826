"""The command that reads activation codes; it needs no store."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from store_app.cli.layout import pairs
from store_app.cli.options import answer, examples, group
from store_app.cli.output import DONE, REFUSED, Answer
from store_app.words import _

code = group("code", "Activation codes: read and explain them.")


@code.command(
    "parse", epilog=examples("code parse 'LPA:1$smdp.example.com$K2-7HX0-91ZQ'", "code parse -")
)
def parse(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help="The code or link; - reads it from stdin.")
    ],
) -> Answer:
    """Read an activation code and say what is in it.

    The exit code is 1 when it is none, and every reason is told.
    """
    from catalog.esim.activation_code import format_code, parse_code

    parsed = parse_code(sys.stdin.read(100_000) if text == "-" else text)
    code = parsed.code
    document: dict[str, Any] = {
        "ok": parsed.ok,
        "warnings": list(parsed.warnings),
        "reasons": list(parsed.reasons),
        "address": code.address if code else None,
        "matching_id": code.matching_id if code else None,
        "oid": code.oid if code else None,
        "confirmation_required": code.confirmation_required if code else None,
        "written": format_code(code) if code else None,
    }
    return answer(ctx, document, lambda: _words(document), DONE if parsed.ok else REFUSED)


def _words(document: dict[str, Any]) -> str:
    lines = [
        (_("Address"), document["address"]),
        (_("Matching id"), document["matching_id"]),
        (_("OID"), document["oid"]),
        (_("Confirmation code"), _("required") if document["confirmation_required"] else None),
        (_("Written"), document["written"]),
        *((_("Refused"), remark.message) for remark in document["reasons"]),
        *((_("Remark"), remark.message) for remark in document["warnings"]),
    ]
    return pairs(lines)
