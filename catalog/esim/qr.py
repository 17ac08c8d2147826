"""QR codes that phones can read: module matrices, terminal cells, PNG and SVG.

Dark modules are black on white, never inverted, clipped or shrunk. `qrcode` is imported where it
is used because it is heavy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from catalog.kernel.errors import Refused

if TYPE_CHECKING:
    from qrcode.main import QRCode

Level = Literal["M", "L"]
Matrix = tuple[tuple[bool, ...], ...]
"""Rows of modules with their quiet zone; True is dark."""

QUIET_ZONE = 4
"""Modules of white on every side (ISO/IEC 18004)."""

# The order in which a code gives way: first its error correction, then its margin.
_FORMS: tuple[tuple[Level, int], ...] = (("M", QUIET_ZONE), ("L", QUIET_ZONE), ("L", 2))
_BLACK, _WHITE = 16, 231  # fixed by the 256-colour palette; themes repaint the first sixteen


class Cell(NamedTuple):
    """One terminal cell: two modules on top of each other; True is dark."""

    upper: bool
    lower: bool

    @property
    def glyph(self) -> str:
        """`▀` in the upper module's colour on the lower's, or a blank where both agree."""
        return " " if self.upper == self.lower else "▀"


_INK = {
    Cell(upper=False, lower=False): " ",
    Cell(upper=True, lower=False): "▀",
    Cell(upper=False, lower=True): "▄",
    Cell(upper=True, lower=True): "█",
}


@dataclass(frozen=True, slots=True)
class QrFit:
    """The best code for a window, or the size that the smallest one needs.

    Attributes:
        columns: cells across that the code takes, or would take.
        rows: cells down.
        level: its error correction.
        quiet_zone: modules of white round it.
        matrix: its modules, or None when the window is too small.

    """

    columns: int
    rows: int
    level: Level
    quiet_zone: int
    matrix: Matrix | None = field(repr=False)

    @property
    def message(self) -> str:
        """What to say when the window is too small."""
        return f"needs {self.columns} x {self.rows}"


def qr_matrix(payload: str, *, level: Level = "M", quiet_zone: int = QUIET_ZONE) -> Matrix:
    """The modules of a payload with the quiet zone; `Refused` when no QR code can hold it.

    >>> len(qr_matrix("LPA:1$smdp-plus.operator.example$K2-7HX0-91ZQ-44"))
    41
    """
    return tuple(map(tuple, _encoder(payload, level, quiet_zone).get_matrix()))


def fit(payload: str, columns: int, rows: int) -> QrFit:
    """The code for a window of terminal cells, or the size that it needs.

    Level M gives way to L when the window is short, and the quiet zone to 2 at last.
    """
    for level, quiet_zone in _FORMS:
        encoder = _encoder(payload, level, quiet_zone)
        size = 17 + 4 * encoder.version + 2 * quiet_zone
        wanted = QrFit(size, (size + 1) // 2, level, quiet_zone, None)
        if wanted.columns <= columns and wanted.rows <= rows:
            matrix = tuple(map(tuple, encoder.get_matrix()))
            return QrFit(wanted.columns, wanted.rows, level, quiet_zone, matrix)
    return wanted


def half_block_rows(matrix: Matrix) -> list[list[Cell]]:
    """The modules two by two as terminal rows; a missing last row is white.

    >>> half_block_rows(((True, False),))
    [[Cell(upper=True, lower=False), Cell(upper=False, lower=False)]]
    """
    padded = [*matrix, (False,) * len(matrix[0])]
    pairs = zip(padded[0::2], padded[1::2], strict=False)
    return [[Cell(*cell) for cell in zip(upper, lower, strict=True)] for upper, lower in pairs]


def text_qr(payload: str) -> str:
    """The code for a plain terminal: every cell with its own black and white."""
    rows = half_block_rows(qr_matrix(payload))
    return "\n".join("".join(map(_ansi, row)) + "\x1b[0m" for row in rows)


def paper_qr(payload: str) -> str:
    """The code as characters for a printer: ink where a module is dark, no colours."""
    rows = half_block_rows(qr_matrix(payload, level="L", quiet_zone=2))
    return "\n".join("".join(_INK[cell] for cell in row).rstrip() for row in rows)


def png_bytes(payload: str, scale: int = 8) -> bytes:
    """A PNG file, `scale` pixels a module, black on white."""
    from qrcode.image.pure import PyPNGImage

    return _image(payload, scale, PyPNGImage)


def svg_text(payload: str, scale: int = 8) -> str:
    """An SVG document with its own white ground."""
    from qrcode.image.svg import SvgPathFillImage

    return _image(payload, scale, SvgPathFillImage).decode()


def _encoder(payload: str, level: Level, quiet_zone: int) -> QRCode[Any]:
    from qrcode.constants import ERROR_CORRECT_L, ERROR_CORRECT_M
    from qrcode.exceptions import DataOverflowError
    from qrcode.main import QRCode

    correction = {"L": ERROR_CORRECT_L, "M": ERROR_CORRECT_M}[level]
    encoder = QRCode[Any](error_correction=correction, border=quiet_zone)
    encoder.add_data(payload)
    try:
        encoder.best_fit()
    except (DataOverflowError, ValueError):
        raise Refused("The text is too long for a QR code.", code="qr_too_long") from None
    return encoder


def _image(payload: str, scale: int, factory: type[Any]) -> bytes:
    encoder = _encoder(payload, "M", QUIET_ZONE)
    encoder.box_size = scale
    stream = BytesIO()
    encoder.make_image(image_factory=factory).save(stream)
    return stream.getvalue()


def _ansi(cell: Cell) -> str:
    ink, ground = (_BLACK if dark else _WHITE for dark in cell)
    return f"\x1b[38;5;{ink};48;5;{ground}m{cell.glyph}"
