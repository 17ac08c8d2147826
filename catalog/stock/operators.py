"""The name of an upload's operator: spelled as the store knows it, remarked on where it is new."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import Session, col, select

from catalog.kernel.quoting import quoted
from catalog.stock.tables import StockBatchRow
from catalog.tables import PlanRow

_CLOSE = 75
"""Of 100, from which on two names may be one with a slip or a word more."""


def known_operators(session: Session, plans: Sequence[PlanRow]) -> Mapping[str, str]:
    """The operators of plans and of uploads that stand, as they are spelled; plans come first."""
    stands = col(StockBatchRow.state).in_(("pending", "approved"))
    uploaded = session.exec(select(StockBatchRow.operator).where(stands).distinct()).all()
    names = (*uploaded, *(plan.operator for plan in plans if plan.operator))
    return {name.casefold(): name for name in names}


def new_operator(operator: str, known: Mapping[str, str]) -> str:
    """A remark on an operator whom neither a plan nor an upload names; empty on a known one.

    In a store that knows no operator yet, every name is new and nothing is odd about it.

    >>> new_operator("Telefonca", {"telefonica": "Telefonica"})
    'The operator “Telefonca” is new here; it is close to “Telefonica”.'
    """
    if not known or operator.casefold() in known:
        return ""
    from rapidfuzz import fuzz, process

    near = process.extractOne(
        operator.casefold(), known.keys(), scorer=fuzz.token_set_ratio, score_cutoff=_CLOSE
    )
    close = f"; it is close to {quoted(known[near[0]])}" if near else ""
    return f"The operator {quoted(operator)} is new here{close}."
