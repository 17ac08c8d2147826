"""Who stands on an invoice: the store as its seller and a company as its buyer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session

from catalog.kernel.errors import Refused
from catalog.kernel.settings import StoreSettings, read_setting
from checkout.accounts.end_users import check_email
from checkout.accounts.tables import CompanyRow

ADDRESS: Final = ("street", "postcode", "city", "country")
DETAILS: Final = (*ADDRESS, "vat_number", "registration", "email")
"""What is known of a party besides its name."""


def seller_of(settings: StoreSettings) -> dict[str, str]:
    """The store as its invoices name it."""
    name = settings.seller_name or settings.shop_name
    details = {detail: str(getattr(settings, f"seller_{detail}")) for detail in DETAILS}
    return {"name": name, **details}


def buyer_of(row: CompanyRow) -> dict[str, str]:
    """A company as its invoices name it."""
    return {"name": row.name, **{detail: str(getattr(row, detail)) for detail in DETAILS}}


def parties_of(row: CompanyRow, settings: StoreSettings) -> dict[str, Any]:
    """Both, as they are kept with an invoice that is issued now."""
    return {
        "seller": seller_of(settings),
        "buyer": buyer_of(row),
        "iban": settings.seller_iban,
        "reverse_charge": row.reverse_charge,
    }


def set_details(
    session: Session,
    row: CompanyRow,
    details: Mapping[str, str | None],
    *,
    reverse_charge: bool | None = None,
) -> None:
    """Change what is named of a company; empty clears it, None leaves it.

    Raises:
        Refused: it can't be read, or reverse charge without a VAT number.

    """
    for name, text in details.items():
        if text is not None:
            setattr(row, name, _READERS[name](text))
    if reverse_charge is not None:
        row.reverse_charge = reverse_charge
    if row.reverse_charge and not row.vat_number:
        raise Refused(
            f"{row.name} accounts for the VAT itself, so its VAT number stands on its invoices; "
            "nothing has changed. Give it with --vat-number.",
            code="vat_number_needed",
            field="vat_number",
        )
    session.add(row)
    session.flush()


def _as_setting(name: str) -> Callable[[str], str]:
    """Read a detail of a company by the rule of the seller's own."""

    def read(text: str) -> str:
        try:
            return str(read_setting(f"seller_{name}", text))
        except Refused as error:
            raise Refused(
                f"{error.message} Nothing has changed.", code=f"bad_{name}", field=name
            ) from error

    return read


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    **{name: _as_setting(name) for name in DETAILS},
    "email": lambda text: check_email(text) if text.strip() else "",
}
