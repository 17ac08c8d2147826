"""How benches say what they measured: the target beside it, and whether it is reached."""

from __future__ import annotations


def verdict(
    what: str,
    measured: float,
    *,
    at_most: float | None = None,
    at_least: float | None = None,
    beside: str = "",
) -> str:
    """One line: what was measured, `beside` it the numbers that it comes from, and the verdict."""
    line = f"{what:44}{measured:>10.2f}"
    if at_most is not None:
        line += f"   target <= {at_most:<5} {_ok(measured <= at_most)}"
    if at_least is not None:
        line += f"   target >= {at_least:<5} {_ok(measured >= at_least)}"
    return f"{line:80}{beside}".rstrip() + "\n"


def _ok(is_met: bool) -> str:
    return "ok" if is_met else "not ok"
