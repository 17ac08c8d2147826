"""The one place where commands speak: JSON or words on stdout, messages on stderr, exit codes."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any, TextIO

from catalog.kernel.clock import iso
from catalog.kernel.errors import StoreError
from catalog.kernel.trouble import machine_trouble
from store_app.cli.arguments import WrongUsage
from store_app.words import _

DONE, REFUSED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command has to say: a document for programs and words for people."""

    document: Mapping[str, Any]
    words: str = ""
    exit_code: int = DONE


def as_document(value: Any) -> dict[str, Any]:
    """The fields of a desk's result by name: the keys of the command line contract."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def carry_out(work: Callable[[], Answer | int], *, as_json: bool) -> int:
    """Do the work, tell what came of it, and give the exit code; nothing is ever raised."""
    try:
        return _attempt(work, as_json=as_json)
    except OSError as error:
        return _unheard(error)


def _attempt(work: Callable[[], Answer | int], *, as_json: bool) -> int:
    try:
        done = work()
        text = _text(done, as_json=as_json) if isinstance(done, Answer) else ""
    except BrokenPipeError:
        raise
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # the last edge before people
        return _refuse(error, as_json=as_json)
    _write(sys.stdout, text)
    return done.exit_code if isinstance(done, Answer) else done


def warn(message: str) -> None:
    """Say something beside the answer, on stderr."""
    _write(sys.stderr, message)


def _text(answer: Answer, *, as_json: bool) -> str:
    return _json(answer.document) if as_json else answer.words


def _refuse(error: BaseException, *, as_json: bool) -> int:
    refusal, exit_code = _understood(error)
    if as_json:
        named = {"code": refusal.code, "message": refusal.message}
        field = {"field": refusal.field} if refusal.field else {}
        _write(sys.stdout, _json({"error": named | field}))
    else:
        hint = refusal.hint + "\n" if isinstance(refusal, WrongUsage) and refusal.hint else ""
        warn(hint + _tame(refusal.message))
    return exit_code


def _understood(error: BaseException) -> tuple[StoreError, int]:
    """Every error as a refusal with its exit code; what nobody foresaw goes to the log."""
    if isinstance(error, StoreError):
        return error, WRONG_USAGE if isinstance(error, WrongUsage) else REFUSED
    if isinstance(error, KeyboardInterrupt):
        stopped = _("Interrupted; what was not finished has not happened.")
        return StoreError(stopped, code="interrupted"), INTERRUPTED
    trouble = machine_trouble(error)
    if trouble is not None:
        return trouble, REFUSED
    if isinstance(error, OSError) and error.filename:
        words = f"{error.filename}: {error.strerror or type(error).__name__}"
        return StoreError(words, code="file", field="file"), REFUSED
    from store_app.crash import record_crash

    return record_crash(error), REFUSED


def _write(stream: TextIO | None, text: str) -> None:
    """Print a text, with `?` for what the stream's encoding lacks; a closed stream takes none."""
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    stream.write(text.encode(encoding, "replace").decode(encoding) + "\n" * bool(text))
    stream.flush()


def _tame(text: str) -> str:
    """A message with what it quotes, which may be anything, unable to move the cursor."""
    return "".join(c if c.isprintable() or c == "\n" else " " for c in text)


def _unheard(error: OSError) -> int:
    """Nobody takes the answer: say so if it can be said, and let Python close stdout in peace."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    if not isinstance(error, BrokenPipeError):
        with suppress(OSError):
            warn(_("The answer could not be written: {reason}.").format(reason=error.strerror))
    return REFUSED


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, default=_plain, indent=2 if _watched() else None)


def _watched() -> bool:
    return sys.stdout is not None and sys.stdout.isatty()


def _plain(value: Any) -> Any:
    """A value that JSON does not know, in the types it knows."""
    if is_dataclass(value):
        return as_document(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
