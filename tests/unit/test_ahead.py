"""Work that is done one step ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from catalog.kernel.ahead import ahead


def test_items_keep_their_order() -> None:
    """Nothing is lost, and nothing is made where it is used."""
    makers: list[int] = []

    def made() -> Iterator[int]:
        for number in range(5):
            makers.append(threading.get_ident())
            yield number

    assert list(ahead(made())) == [0, 1, 2, 3, 4]
    assert threading.get_ident() not in makers


def test_the_next_is_made_while_one_is_used() -> None:
    """No item waits to be asked for."""
    second = threading.Event()

    def made() -> Iterator[int]:
        yield 1
        second.set()
        yield 2

    for _item in ahead(made()):
        assert second.wait(10)


def test_trouble_comes_where_it_is_used() -> None:
    """What was made before it is given out first."""

    def made() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = ahead(made())
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)
