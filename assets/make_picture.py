"""Draw the picture of the README from the real program: `python assets/make_picture.py`."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from functools import partial
from pathlib import Path

PICTURE = Path(__file__).parent / "storefront.svg"
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)  # they would ask another host


async def draw(store: str) -> str:
    """The storefront of a demo store, searching for Japan."""
    from textual.widgets import Input

    from store_app.app import StoreApp
    from store_app.bootstrap import open_desk
    from store_app.screens.storefront import StorefrontScreen

    app = StoreApp(partial(open_desk, store))
    async with app.run_test(size=(100, 28)) as pilot:
        while not (isinstance(app.screen, StorefrontScreen) and app.screen.is_ready):
            await pilot.pause(0.05)
        app.screen.query_one("#search", Input).value = "japan"
        await pilot.pause(1)
        return _FONT_FACE.sub("", app.export_screenshot(title="eSIM Store"))


def main() -> None:
    """Fill a throw-away demo store and write its picture."""
    os.environ |= {"ESIM_STORE_NOW": "2026-03-01T10:00:00Z", "COLORTERM": "truecolor"}
    from store_app.bootstrap import init

    with tempfile.TemporaryDirectory() as folder:
        store = str(Path(folder) / "demo.db")
        init(store, demo=True)
        PICTURE.write_text(asyncio.run(draw(store)), encoding="utf-8")


if __name__ == "__main__":
    main()
