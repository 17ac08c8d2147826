"""QR codes: right sizes, honest refusals, and three decoders that read them."""

from __future__ import annotations

import doctest
from typing import Any

import cv2
import numpy as np
import pyte
import pytest
import zxingcpp

from catalog.esim import qr
from catalog.esim.qr import (
    Cell,
    Matrix,
    fit,
    half_block_rows,
    png_bytes,
    qr_matrix,
    svg_text,
    text_qr,
)
from catalog.kernel.errors import Refused
from tests.peers import zbar_peer

PAYLOAD = "LPA:1$smdp-plus.operator.example$K2-7HX0-91ZQ-44"
PAYLOADS = [
    PAYLOAD,
    "LPA:1$a.bc$",
    "LPA:1$smdp.example.com$0123456789ABCDEF0123456789ABCDEF$2.999.10$1",
    f"https://esimsetup.apple.com/esim_qrcode_provisioning?carddata={PAYLOAD}",
    "LPA:1$smdp.example.com$" + "A1-z" * 57,
]
BLACK, WHITE = "000000", "ffffff"


def picture(matrix: Matrix, scale: int = 6) -> Any:
    """A matrix as a grey picture, dark modules black."""
    modules = np.where(np.array(matrix), 0, 255).astype(np.uint8)
    return np.kron(modules, np.ones((scale, scale), np.uint8))


def terminal_picture(text: str) -> Any:
    """What a terminal shows, module for module, from the colours of its cells."""
    lines = text.split("\n")
    columns = max(line.count("m") for line in lines)
    screen = pyte.Screen(columns, len(lines))
    pyte.Stream(screen).feed(text.replace("\n", "\r\n"))
    matrix: list[tuple[bool, ...]] = []
    for y in range(len(lines)):
        cells = [screen.buffer[y][x] for x in range(columns - 1)]
        assert {cell.fg for cell in cells} | {cell.bg for cell in cells} <= {BLACK, WHITE}
        matrix.append(tuple((c.fg if c.data == "▀" else c.bg) == BLACK for c in cells))
        matrix.append(tuple(cell.bg == BLACK for cell in cells))
    return picture(tuple(matrix))


def decoded(gray: Any) -> set[str]:
    """What zxing, OpenCV and zbar read; inverted codes count as unreadable."""
    (found,) = zxingcpp.read_barcodes(gray, try_invert=False)
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(gray)
    (third,) = zbar_peer.decode(gray)
    return {found.text, text, third}


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    assert not doctest.testmod(qr).failed


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_matrix_is_read_by_three_decoders(payload: str) -> None:
    """Every kind of payload survives at both levels."""
    assert decoded(picture(qr_matrix(payload))) == {payload}
    assert decoded(picture(qr_matrix(payload, level="L"))) == {payload}


def test_an_inverted_code_is_not_read() -> None:
    """The decoders bite: they do not forgive what many phones do not forgive."""
    gray = 255 - picture(qr_matrix(PAYLOAD))
    assert not zxingcpp.read_barcodes(gray, try_invert=False)
    assert not zbar_peer.decode(gray)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_plain_terminal_shows_a_readable_code(payload: str) -> None:
    """Rebuilt from a terminal's cells, each black or white by its own colours, it decodes."""
    assert decoded(terminal_picture(text_qr(payload))) == {payload}


def test_a_png_is_read() -> None:
    """The file itself decodes and is as large as it says."""
    content = png_bytes(PAYLOAD, scale=4)
    gray = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert gray is not None
    assert gray.shape == (41 * 4, 41 * 4)
    assert decoded(gray) == {PAYLOAD}


def test_an_svg_brings_its_own_white_ground() -> None:
    """A dark page behind the picture does not swallow the code."""
    document = svg_text(PAYLOAD)
    assert document.index('fill="white"') < document.index("<path")
    assert 'fill="#000000"' in document


def test_a_code_of_48_characters_fits_a_plain_window() -> None:
    """80 x 24 with a header and a footer line leaves room for level M and its margin."""
    best = fit(PAYLOAD, 80, 22)
    assert len(PAYLOAD) == 48
    assert (best.columns, best.rows, best.level, best.quiet_zone) == (41, 21, "M", 4)
    assert best.matrix == qr_matrix(PAYLOAD)


@pytest.mark.parametrize(
    ("rows", "form"),
    [(21, ("M", 4)), (20, ("L", 4)), (19, ("L", 4)), (18, ("L", 2)), (17, ("L", 2))],
)
def test_a_short_window_takes_correction_before_margin(rows: int, form: tuple[str, int]) -> None:
    """Level L comes first, the narrow margin last, and both still decode."""
    best = fit(PAYLOAD, 80, rows)
    assert best.matrix is not None
    assert best.rows <= rows
    assert (best.level, best.quiet_zone) == form
    assert decoded(picture(best.matrix)) == {PAYLOAD}


@pytest.mark.parametrize(("columns", "rows"), [(80, 16), (32, 80), (0, 0)])
def test_too_small_a_window_gets_the_size_instead(columns: int, rows: int) -> None:
    """Nothing is clipped; the size that is named is enough."""
    refusal = fit(PAYLOAD, columns, rows)
    assert refusal.matrix is None
    assert refusal.message == "needs 33 x 17"
    assert fit(PAYLOAD, refusal.columns, refusal.rows).matrix is not None


def test_an_apple_link_needs_a_larger_window() -> None:
    """The measured size of a link with a code of 48 characters."""
    best = fit(PAYLOADS[3], 80, 40)
    assert (best.columns, best.rows) == (53, 27)


def test_a_fit_does_not_show_its_code() -> None:
    """A matrix is as secret as its payload."""
    assert "True" not in repr(fit(PAYLOAD, 80, 40))


def test_half_blocks_pair_the_rows() -> None:
    """An odd last row gets white below it; agreeing modules need no glyph."""
    rows = half_block_rows(((True, False), (True, True), (False, True)))
    assert rows == [
        [Cell(upper=True, lower=True), Cell(upper=False, lower=True)],
        [Cell(upper=False, lower=False), Cell(upper=True, lower=False)],
    ]
    assert [cell.glyph for row in rows for cell in row] == [" ", "▀", " ", "▀"]


def test_a_payload_beyond_every_version_is_refused() -> None:
    """The largest QR code has its limit too."""
    with pytest.raises(Refused, match="too long"):
        qr_matrix("x" * 4000)
