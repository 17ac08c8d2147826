"""The engines of a test run share what is compiled: a statement is the same in all stores.

A program compiles each of its statements once. Tests open thousands of stores, each with an engine,
and would compile everything in each.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

_STATEMENTS = 5_000

_dialects: dict[str, Dialect] = {}
_compiled: LRUCache[Any, Any] = LRUCache(_STATEMENTS)


def engine_of_many(*words: Any, **options: Any) -> Engine:
    """The same as `create_engine`, sharing the dialect and the statements of the engines before."""
    engine = create_engine(*words, **options)
    engine.update_execution_options(compiled_cache=_compiled)
    known = _dialects.get(engine.dialect.name)
    if known is None:
        event.listen(engine, "connect", lambda *_: _share(engine.dialect))
    else:
        engine.dialect = known
    return engine


def _share(dialect: Dialect) -> None:
    """A dialect is to be shared once it has been connected: it knows its server then."""
    _dialects.setdefault(dialect.name, dialect)
