"""The offline SM-DP+ of demo stores: it allocates profiles that no phone can load."""

from __future__ import annotations

import hashlib
from typing import Final

from stdnum import luhn

from catalog.suppliers.supplier import Confirmed, rejection

OFFLINE_SUPPLIER: Final = "OFFLINE DEMO SUPPLIER"
"""Its label wherever it is shown."""
SMDP_ADDRESS: Final = "offline-demo.example.com"
_ISSUER: Final = "8988303"
"""A prefix of numbers that no operator has."""
_OF_THE_DEMO: Final = "DEMO-"


class OfflineSupplier:
    """Allocates at once and remembers nothing: an ICCID follows from the call that ordered it."""

    def order_download(self, call_id: str, *, profile_type: str, eid: str = "") -> str:
        """A number that follows from the call."""
        del eid
        if not profile_type.startswith(_OF_THE_DEMO):
            raise rejection("8.2.5", "3.9")
        digest = int(hashlib.sha256(call_id.encode()).hexdigest(), 16)
        body = _ISSUER + f"{digest % 10**11:011d}"
        return body + str(luhn.calc_check_digit(body))

    def confirm(
        self,
        call_id: str,
        *,
        iccid: str,
        matching_id: str,
        release: bool,
        eid: str = "",
        confirmation_code: str = "",
    ) -> Confirmed:
        """The matching id as it was asked for, for the phone that was told."""
        del call_id, release, confirmation_code
        self._check(iccid)
        return Confirmed(matching_id, SMDP_ADDRESS, eid)

    def release(self, call_id: str, *, iccid: str) -> None:
        """It always is."""
        del call_id
        self._check(iccid)

    def cancel(self, call_id: str, *, iccid: str, matching_id: str = "", eid: str = "") -> None:
        """Nobody will miss it."""
        del call_id, matching_id, eid
        self._check(iccid)

    def test(self, call_id: str) -> None:
        """There is nothing that could be out of order."""
        del call_id

    def _check(self, iccid: str) -> None:
        if not iccid.startswith(_ISSUER):
            raise rejection("8.2.1", "3.9")
