"""What a payer writes on a bank transfer, so that the bank notices a slip of the pen."""

from __future__ import annotations

from stdnum.iso7064 import mod_97_10

from checkout.documents.plain_text import compact

_LONGEST = 21


def payment_reference(number: str) -> str:
    """The creditor reference (ISO 11649) of a document's number; its letters and digits, checked.

    `ValueError` where they are none or more than 21.

    >>> payment_reference("INV-2026-0042")
    'RF73INV20260042'
    """
    signs = compact(number)
    if not 1 <= len(signs) <= _LONGEST:
        raise ValueError(f"a creditor reference holds 1 to {_LONGEST} letters and digits")
    return f"RF{mod_97_10.calc_check_digits(signs + 'RF')}{signs}"
