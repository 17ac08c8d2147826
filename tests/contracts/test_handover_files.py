"""What a buyer is given, before those who read it: three decoders, two that draw, a person."""

from __future__ import annotations

import doctest

import pypdfium2
import pytest

from catalog.esim.qr import png_bytes, svg_text
from checkout.documents import barcode
from checkout.documents import handover_words as words
from checkout.documents.handover import confirmation_text, handover_text
from checkout.documents.handover_pdf import handover_pdf
from tests.handovers import (
    CODES,
    ICCID,
    bars_in,
    codes_in,
    handover,
    seen_in_pdf,
    seen_in_png,
    seen_in_svg,
)

EVERY = ("zxing", "zbar", "opencv")
LONG_NAME = "Europe and a good part of the world besides, with more data than anybody needs"


def test_examples_in_the_docstrings_hold() -> None:
    """The documentation of the module is true."""
    assert not doctest.testmod(barcode).failed


@pytest.mark.parametrize("shape", CODES)
def test_picture_drawing_and_page_are_read(shape: str) -> None:
    """Each decoder reads the very payload in each of the files."""
    told = handover(CODES[shape])
    wanted = {name: {told.payload} for name in EVERY}
    assert codes_in(seen_in_png(png_bytes(told.payload))) == wanted
    assert codes_in(seen_in_svg(svg_text(told.payload).encode())) == wanted
    assert codes_in(seen_in_pdf(handover_pdf(told))) == wanted


@pytest.mark.parametrize("number", [ICCID, f"{ICCID}9", ICCID[:18], "O-7K3M9QXA"])
def test_the_bars_bring_back_the_number(number: str) -> None:
    """The till's scanner reads the ICCID, or the order of an eSIM whose number is not known."""
    told = handover(iccid="" if number.startswith("O") else number)
    assert bars_in(seen_in_pdf(handover_pdf(told))) == {"zxing": {number}, "zbar": {number}}


@pytest.mark.parametrize("shape", CODES)
@pytest.mark.parametrize("name", ["Spain 5 GB", LONG_NAME])
def test_it_is_one_page_and_nothing_is_lost(shape: str, name: str) -> None:
    """The longest code leaves everything on the one page, the bars within it."""
    told = handover(CODES[shape], plan_name=name, is_test=True)
    with pypdfium2.PdfDocument(handover_pdf(told)) as pdf:
        assert len(pdf) == 1
        text = "".join(pdf[0].get_textpage().get_text_bounded().split())
    for words_told in (told.shop, name, told.offer, told.start, *told.terms, *told.numbers[0]):
        assert "".join(words_told.split()) in text
    for _, typed in told.by_hand:
        assert "".join(typed.split()) in text
    assert bars_in(seen_in_pdf(handover_pdf(told)))["zbar"] == {ICCID}


def test_links_can_be_pressed() -> None:
    """Both lead where the spec of the phones' makers says."""
    told = handover()
    content = handover_pdf(told)
    for _, link in told.links:
        assert link.encode() in content


def test_printing_again_gives_the_same_bytes() -> None:
    """Nothing in the file tells when it was printed."""
    assert handover_pdf(handover()) == handover_pdf(handover())


def test_text_tells_all_that_the_page_tells() -> None:
    """Both phones' steps, what is typed, the links, the numbers; on lines of their own."""
    told = handover(CODES["code required"])
    lines = [line.strip() for line in handover_text(told).splitlines()]
    for wanted in (*told.terms, *(link for _, link in told.links), told.shop, words.CODE_APART):
        assert wanted in lines
    for label, typed in (*told.by_hand, *told.numbers):
        assert f"{label:<26}{typed}" in lines
    assert all(step in "\n".join(lines) for steps in words.STEPS.values() for step in steps)


def test_the_confirmation_code_is_on_its_slip_alone() -> None:
    """The slip holds nothing that installs; the rest has no field that could hold the code."""
    told = handover(CODES["code required"])
    slip = confirmation_text(told, "4711")
    assert "4711" in slip
    assert told.matching_id not in slip
    assert told.address not in slip
    assert "4711" not in handover_text(told) + repr(told)


def test_no_secret_is_in_a_repr() -> None:
    """Payload, matching id and links stay out of logs."""
    told = handover()
    assert told.matching_id not in repr(told)
    assert told.address in repr(told)
