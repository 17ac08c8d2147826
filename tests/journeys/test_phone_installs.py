"""From a supplier's file over the till to a phone: what is scanned installs what was bought."""

from __future__ import annotations

from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.journeys.shop_program import SPAIN, Shop
from tests.peers.es9_peer import Waiting
from tests.peers.lpac_peer import download

HOST = "smdp.supplier.example"
FILE = f"""ICCID,Activation Code,Confirmation Code
8931080000000000017,LPA:1${HOST}$K2-1A2B3C-4D5E6F,
8931080000000000025,LPA:1${HOST}$k2-lower-case,
8931080000000000033,LPA:1${HOST}$K2-OID$2.999.10,
8931080000000000041,LPA:1${HOST}$K2-CODE$$1,4711
8931080000000000058,LPA:1${HOST}$K2-BOTH$2.999.10$1,0815
8931080000000000066,lpa:1${HOST}$K2-TAIL$$,
8931080000000000074,LPA:1${HOST}${"LONG-" * 46},
"""
WAITING = tuple(
    Waiting(iccid, HOST, code.split("$")[2], typed)
    for iccid, code, typed in (line.split(",") for line in FILE.splitlines()[1:])
)


@pytest.fixture
def stocked(shop: Shop, tmp_path: Path) -> Shop:
    """A shop whose plan is sold out of the supplier's file alone."""
    for _ in range(30):
        shop.ask("sell", "--plan", SPAIN, "--pay", "cash")
    path = tmp_path / "profiles.csv"
    path.write_text(FILE)
    upload = ("stock", "import", str(path), "--operator", "Telefonica", "--plan", SPAIN)
    assert shop.ask(*upload, "--approve")["accepted"] == len(WAITING)
    return shop


def scanned(path: Path) -> str:
    """What a phone's camera reads from a picture."""
    (found,) = zxingcpp.read_barcodes(Image.open(path), try_invert=False)
    return str(found.text)


def test_each_sold_code_installs_its_own_profile(stocked: Shop, tmp_path: Path) -> None:
    """Upload, sale, picture, camera, phone: the profile that arrives is the one on the sale."""
    sold = []
    for _ in WAITING:
        sale = stocked.ask("sell", "--plan", SPAIN, "--pay", "cash")
        picture = tmp_path / f"{sale['iccid']}.png"
        stocked.ask("esim", "qr", sale["iccid"], "--out", str(picture))
        (profile,) = [each for each in WAITING if each.iccid == sale["iccid"]]
        typed = profile.confirmation_code
        assert not typed or typed not in scanned(picture)
        attempt = download(scanned(picture), *WAITING, confirmation_code=typed)
        assert attempt.card.installed == [sale["iccid"]], attempt
        sold.append(sale["iccid"])
    assert sorted(sold) == [profile.iccid for profile in WAITING]
