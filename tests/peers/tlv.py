"""Tags, lengths and values (BER-TLV): the speech of cards and of the servers behind them."""

from __future__ import annotations

from collections.abc import Iterator


def tlv(tag: int, *values: bytes) -> bytes:
    """One element; its value is what is given, in a row."""
    value = b"".join(values)
    length = len(value).to_bytes((len(value).bit_length() + 7) // 8 or 1)
    counted = length if len(value) < 0x80 else bytes([0x80 | len(length)]) + length
    return tag.to_bytes((tag.bit_length() + 7) // 8) + counted + value


def elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The elements of a value, one after the other."""
    at = 0
    while at < len(content):
        start, at = at, at + 1
        if content[start] & 0x1F == 0x1F:
            at += 1
        tag, length, at = int.from_bytes(content[start:at]), content[at], at + 1
        if length >= 0x80:
            more = length & 0x7F
            length, at = int.from_bytes(content[at : at + more]), at + more
        yield tag, content[at : at + length]
        at += length


def find(content: bytes, *path: int) -> bytes | None:
    """The value at the end of a path of tags; None when it is not there."""
    for wanted in path:
        found = next((value for tag, value in elements(content) if tag == wanted), None)
        if found is None:
            return None
        content = found
    return content


def must_find(content: bytes, *path: int) -> bytes:
    """The value at the end of a path of tags, which has to be there."""
    value = find(content, *path)
    assert value is not None, [f"{tag:X}" for tag in path]
    return value
