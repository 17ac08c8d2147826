"""A kept receipt, invoice or credit note as a till prints it: plain text of 40 columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from catalog.kernel.clock import parse_instant
from catalog.kernel.money import decimal_string, money_words

_WIDTH = 40
_TITLES = {
    "receipt": "RECEIPT",
    "payment": "RECEIPT",
    "credit_note": "CREDIT NOTE",
    "invoice": "INVOICE",
}
_LABELS = (
    ("buyer", "For"),
    ("iccid", "ICCID"),
    ("receipt", "For receipt"),
    ("reason", "Reason"),
)


def receipt_text(content: Mapping[str, Any]) -> str:
    """A receipt as plain text of 40 columns, the same at every printing."""
    amount = _amounts(content)
    lines = [
        *_shop_lines(content),
        f"{_TITLES[content['document']]} {content['number']}",
        *_reference_lines(content),
        f"{_issued_at(content)}  {content['clerk']}",
        "-" * _WIDTH,
        *_item_lines(content),
        *_tax_lines(content),
        _pair("Total", amount("total_minor")),
        _pair("Payment", "on invoice")
        if content["document"] == "invoice"
        else _pair("Paid by", str(content["method"])),
    ]
    if content.get("tendered_minor") is not None:
        lines += [
            _pair("Tendered", amount("tendered_minor")),
            _pair("Change", amount("change_minor")),
        ]
    lines += [_pair(label, str(content[key])) for key, label in _LABELS if content.get(key)]
    if content.get("due"):
        lines.append(_pair("To be paid by", str(content["due"])))
    if content.get("start_rule"):
        lines += ["-" * _WIDTH, str(content["start_rule"])]
    return "\n".join(lines) + "\n"


def _item_lines(content: Mapping[str, Any]) -> list[str]:
    """What was bought; several eSIMs have a line each, with their orders and numbers."""
    items = content.get("items")
    if not items:
        return [str(content["item"])]
    lines = []
    for item in items:
        price = money_words(item["total_minor"], content["currency"])
        lines += [_pair(str(item["item"]), price), f"  Order {item['order']}"]
        lines += [f"  ICCID {item['iccid']}"] if item.get("iccid") else []
    return lines


def _reference_lines(content: Mapping[str, Any]) -> list[str]:
    if "order" not in content or content.get("items"):
        return [f"Register {content['register']}"]
    return [f"Order {content['order']}  Register {content['register']}"]


def _tax_lines(content: Mapping[str, Any]) -> list[str]:
    """Net and VAT; a payment has none, they are on its invoice."""
    if content["document"] == "payment":
        return []
    amount, rate = _amounts(content), decimal_string(content["tax_rate"], "EUR")
    return [_pair("Net", amount("net_minor")), _pair(f"VAT {rate} %", amount("tax_minor"))]


def _shop_lines(content: Mapping[str, Any]) -> list[str]:
    shop = str(content.get("shop") or "")
    return [shop.center(_WIDTH).rstrip(), ""] if shop else []


def _issued_at(content: Mapping[str, Any]) -> str:
    """To the minute with its zone; the oldest receipts kept no zone and are told in UTC."""
    zone = ZoneInfo(content.get("zone") or "UTC")
    return f"{parse_instant(content['at']).astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _amounts(content: Mapping[str, Any]) -> Any:
    currency = content["currency"]
    return lambda key: money_words(content[key], currency)


def _pair(label: str, value: str) -> str:
    return label + value.rjust(max(_WIDTH - len(label), len(value) + 1))
