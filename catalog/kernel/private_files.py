"""Files for the eyes of one user: whole or not at all, and never open to others in between."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_private(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read (0600), in place of one that stood there.

    It is written beside its place and moved there: whoever looks sees the old one or the new one.
    Something that is no plain file, such as a pipe or a device, is written to as it is.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(content)
        return
    place = path.resolve()  # what a link leads to is replaced, the link stays
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as draft:
        try:
            draft.write(content)
            draft.flush()
            os.fsync(draft.fileno())
            os.replace(draft.name, place)  # noqa: PTH105 - a name, not a path
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(draft.name)  # noqa: PTH108 - likewise
            raise
