"""What a buyer is given to install an eSIM, as files: picture, drawing, page, text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from catalog.esim.qr import png_bytes, svg_text
from catalog.kernel.database import snapshot
from catalog.kernel.errors import Refused
from catalog.kernel.private_files import write_private
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from checkout.documents.handover import Handover, confirmation_text, handover_text
from checkout.documents.handover_pdf import handover_pdf
from store_app.delivery import read_delivery
from store_app.desk.context import Desk

FORMS: Final[dict[str, tuple[str, Callable[[Handover], bytes]]]] = {
    "png": (".png", lambda handover: png_bytes(handover.payload)),
    "svg": (".svg", lambda handover: svg_text(handover.payload).encode()),
    "pdf": (".pdf", handover_pdf),
    "text": (".txt", lambda handover: handover_text(handover).encode()),
}


@dataclass(frozen=True, slots=True)
class Pack:
    """What the buyer of one eSIM is given, and apart from it what the phone asks for.

    Attributes:
        customer: the e-mail address of whom it is for; empty for nobody that is known.

    """

    handover: Handover
    confirmation_code: str = field(repr=False)
    customer: str

    @property
    def name(self) -> str:
        """What its files begin with."""
        return f"esim-{self.handover.number}"


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file of a pack; the slip with the confirmation code has the form `confirmation`."""

    form: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """Where a file of a pack lies."""

    form: str
    path: str


def every_form() -> tuple[str, ...]:
    """The forms that can be made here: pages need the libraries of the extra `documents`."""
    return tuple(form for form in FORMS if form != "pdf" or find_spec("fpdf"))


def read_pack(desk: Desk, named: str) -> Pack:
    """The pack of a sold eSIM, by its ICCID or its order; `Refused` when it is not sold."""
    delivery = read_delivery(desk, named)
    code = delivery.code
    with snapshot(desk.engine) as session:
        settings = load_settings(session)
    handover = Handover(
        shop=settings.shop_name,
        plan_name=delivery.plan_name,
        offer=delivery.offer_words,
        start=delivery.start_words,
        install_by=delivery.install_by,
        is_reusable=delivery.is_reusable,
        is_test=settings.demo,
        order=delivery.order,
        receipt=delivery.receipt,
        iccid=code.iccid or "",
        address=code.address,
        payload=code.payload,
        matching_id=code.matching_id,
        apple_link=code.apple_link,
        android_link=code.android_link,
        confirmation_required=code.confirmation_required,
        sold_at=delivery.sold_at or desk.clock(),
    )
    return Pack(handover, code.confirmation_code, delivery.customer)


def pack_files(pack: Pack, forms: Sequence[str] = ()) -> list[PackFile]:
    """The files in the forms asked for, or in all; a confirmation code is on a slip of its own.

    Raises:
        Refused: a form that there is none of, or that lacks its libraries.

    """
    wanted = tuple(dict.fromkeys(forms)) or every_form()
    unknown = next((form for form in wanted if form not in FORMS), None)
    if unknown is not None:
        raise Refused(
            f"{quoted(unknown)} is none of {', '.join(FORMS)}; nothing was written.",
            code="bad_form",
            field="format",
        )
    written = [(form, *FORMS[form]) for form in wanted]
    files = [PackFile(form, pack.name + end, make(pack.handover)) for form, end, make in written]
    slip = _slip(pack)
    return [*files, slip] if slip else files


def write_pack(
    desk: Desk, named: str, folder: Path, forms: Sequence[str] = ()
) -> list[WrittenFile]:
    """Write the pack of a sold eSIM into a folder, each file for the eyes of this user only."""
    made = pack_files(read_pack(desk, named), forms)
    folder.mkdir(parents=True, exist_ok=True)
    for file in made:
        write_private(folder / file.name, file.content)
    return [WrittenFile(file.form, str(folder / file.name)) for file in made]


def _slip(pack: Pack) -> PackFile | None:
    if not pack.confirmation_code:
        return None
    text = confirmation_text(pack.handover, pack.confirmation_code)
    return PackFile("confirmation", f"{pack.name}-confirmation.txt", text.encode())
