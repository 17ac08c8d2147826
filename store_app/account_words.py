"""What was changed about companies and end users, the same on the command line and on screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store_app.present import instant
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.account_log import ChangeView

LOG_TITLES: Final = (_("When"), _("What"), _("Before"), _("After"), _("By"))
_FIELDS: Final = {
    "name": _("name"),
    "email": _("e-mail"),
    "company": _("company"),
    "vat_rate": _("VAT rate"),
    "credit_limit": _("credit on invoice"),
    "street": _("street"),
    "postcode": _("postcode"),
    "city": _("town"),
    "country": _("country"),
    "vat_number": _("VAT number"),
    "registration": _("registration"),
    "reverse_charge": _("reverse charge"),
    "wallet_minimum": _("wallet's minimum"),
    "wallet_pays": _("wallet pays"),
}


def log_cells(view: ChangeView, zone: str = "UTC") -> tuple[str, str, str, str, str]:
    """One change in words; what was empty is a dash."""
    field = _FIELDS.get(view.field, view.field)
    return instant(view.at, zone), field, view.old or "–", view.new or "–", view.actor
