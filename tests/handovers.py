"""What buyers are given, for tests, and cameras that look at it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import cv2
import numpy as np
import pypdfium2
import resvg_py
import zxingcpp

from catalog.esim.activation_code import ActivationCode, carddata_link, format_code
from checkout.documents.handover import Handover
from tests.peers import zbar_peer

HOST = "smdp.example.com"
ICCID = "8931080000000000017"
CODES = {
    "plain": ActivationCode(HOST, "K2-1A2B3C-4D5E6F"),
    "code required": ActivationCode(HOST, "K2-1A2B3C", "2.999.10", confirmation_required=True),
    "no matching id": ActivationCode(HOST, ""),
    "lower case": ActivationCode(HOST, "k2-1a2b3c"),
    "255 characters": ActivationCode(HOST, "A1-z" * 59),
}


def handover(code: ActivationCode = CODES["plain"], **changes: Any) -> Handover:
    """A handover of one code."""
    told: dict[str, Any] = {
        "shop": "Casa Móvil",
        "plan_name": "Spain 5 GB",
        "offer": "5 GB for 30 days",
        "start": "Validity starts at first use and lasts 30 days",
        "install_by": date(2026, 9, 1),
        "is_reusable": False,
        "is_test": False,
        "order": "O-7K3M9QXA",
        "receipt": "R1-000001",
        "iccid": ICCID,
        "address": code.address,
        "payload": format_code(code),
        "matching_id": code.matching_id,
        "apple_link": carddata_link(code, "apple"),
        "android_link": carddata_link(code, "android"),
        "confirmation_required": code.confirmation_required,
        "sold_at": datetime(2026, 3, 1, 10, tzinfo=UTC),
    }
    return Handover(**told | changes)


def seen_in_png(content: bytes) -> Any:
    """A PNG file in greys."""
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)


def seen_in_svg(content: bytes) -> Any:
    """A drawing as resvg shows it on a black ground, at 300 dots an inch."""
    drawn = resvg_py.svg_to_bytes(svg_string=content.decode(), dpi=300, background="black")
    return seen_in_png(bytes(drawn))


def seen_in_pdf(content: bytes, scale: int = 4) -> Any:
    """The first page as pdfium shows it."""
    with pypdfium2.PdfDocument(content) as pdf:
        return pdf[0].render(scale=scale, grayscale=True).to_numpy()


def codes_in(gray: Any) -> dict[str, set[str]]:
    """What each decoder reads of a picture's QR codes; zxing without trying the inverse."""
    gray = np.ascontiguousarray(gray if gray.ndim == 2 else gray[:, :, 0])
    qr = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    return {
        "zxing": {s.text for s in zxingcpp.read_barcodes(gray, formats=qr, try_invert=False)},
        "zbar": set(zbar_peer.decode(gray)),
        "opencv": {cv2.QRCodeDetector().detectAndDecode(gray)[0]},
    }


def bars_in(gray: Any) -> dict[str, set[str]]:
    """What each decoder reads of a picture's bars."""
    gray = np.ascontiguousarray(gray if gray.ndim == 2 else gray[:, :, 0])
    bars = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.Code128)
    return {
        "zxing": {s.text for s in zxingcpp.read_barcodes(gray, formats=bars, try_invert=False)},
        "zbar": set(zbar_peer.decode(gray, "CODE-128")),
    }
