"""A phone: lpac, which reads the code and downloads, with a chip and an SM-DP+ at its ends."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field

from tests.peers.es9_peer import PhoneDesk, Waiting, phone_desk
from tests.peers.euicc_peer import Euicc, modem
from tests.peers.lpac_install import command

_PATIENCE_S = 10


@dataclass(frozen=True)
class Attempt:
    """What came of one download.

    Attributes:
        succeeded: whether lpac says that the profile is installed.
        failed_at: the step at which lpac gave up, and why; empty when it did not.
        card: what the chip was handed.
        server: what the SM-DP+ was asked.

    """

    succeeded: bool
    failed_at: tuple[str, str]
    card: Euicc = field(repr=False)
    server: PhoneDesk = field(repr=False)


def download(payload: str, *profiles: Waiting, confirmation_code: str = "") -> Attempt:
    """Give a scanned payload to lpac while these profiles wait, and the code typed by hand."""
    card = Euicc()
    typed = ["-c", confirmation_code] if confirmation_code else []
    with modem(card) as device, phone_desk(*profiles) as (server, proxy):
        done = subprocess.run(
            [*command(), "profile", "download", "-a", payload, *typed],
            env={
                "LPAC_APDU": "at",
                "LPAC_APDU_AT_DEVICE": device,
                "LPAC_HTTP": "curl",
                "https_proxy": proxy,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    said = json.loads(done.stdout.splitlines()[-1])["payload"]
    succeeded = said["code"] == 0
    failed_at = ("", "") if succeeded else (said["message"], str(said["data"] or ""))
    return Attempt(succeeded, failed_at, card, server)
