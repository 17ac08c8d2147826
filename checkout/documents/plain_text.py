"""Texts as they may stand in a document: one line, nothing that XML or a page can't hold."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Printable characters, and single spaces for all the rest.

    >>> one_line("  Acme   GmbH" + chr(7))
    'Acme GmbH'
    """
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def compact(text: str) -> str:
    """Letters and digits of ASCII in capitals: how numbers of banks and tax offices are compared.

    >>> compact("nl91 abna 0417.1643-00")
    'NL91ABNA0417164300'
    """
    return "".join(sign for sign in text.upper() if sign.isascii() and sign.isalnum())
