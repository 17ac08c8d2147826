"""Plain text for people and scripts: aligned columns and labelled lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.cells import cell_len

from store_app.widgets.columns import fit_text, printable


def table(
    titles: Sequence[str], rows: Iterable[Sequence[object]], right: Collection[int] = ()
) -> str:
    """Rows under their titles, columns two blanks apart; those in `right` are right-aligned.

    >>> print(table(["SKU", "Price"], [["ES-5GB", "€12.50"], ["FR", "€4.00"]], right=(1,)))
    SKU      Price
    ES-5GB  €12.50
    FR       €4.00
    """
    lines = [list(titles), *([printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(cell_len(line[index]) for line in lines) for index in range(len(titles))]
    return "\n".join(
        "  ".join(
            fit_text(cell, widths[index], "right" if index in right else "left")
            for index, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )


def pairs(lines: Iterable[tuple[str, object]]) -> str:
    """Labelled lines with their values aligned; a line without a value is left out.

    >>> print(pairs([("Order", "O-1"), ("Customer", None), ("eSIM", "8931")]))
    Order  O-1
    eSIM   8931
    """
    said = [(label, printable(str(value))) for label, value in lines if value not in (None, "")]
    width = max((cell_len(label) for label, _value in said), default=0)
    return "\n".join(f"{fit_text(label, width)}  {value}" for label, value in said)


def lines(text: str) -> str:
    """A stored text such as a receipt, line by line printable."""
    return "\n".join(map(printable, text.rstrip().splitlines()))


def paragraphs(*parts: str) -> str:
    """The parts that say something, a blank line between them."""
    return "\n\n".join(part for part in parts if part)
