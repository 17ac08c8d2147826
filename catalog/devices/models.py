"""Which phones take an eSIM: a short list of models, and nothing said of the others.

The list is open and small: what it does not name is not known, neither way. It tells no TACs.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, cast

Verdict = Literal["yes", "no", "depends", "unknown"]
_WORD = re.compile(r"[0-9]+|[a-z]+")
_PLUS = re.compile(r"\+|\bplus\b")
_CLOSE = 0.6
"""Of 1, from which on a word may be another one with a slip."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model: whether it takes an eSIM, and what to look at before believing it."""

    brand: str
    model: str
    esim: Verdict
    note: str

    @property
    def words(self) -> tuple[str, ...]:
        """Brand and model in the form in which they are compared."""
        return _words(f"{self.brand} {self.model}")


def find_models(text: str) -> list[Model]:
    """The models that have every word; one that is meant exactly stands alone.

    >>> [found.model for found in find_models("iphone 15 pro")]
    ['iPhone 15 Pro']
    >>> [found.model for found in find_models("apple XR")]
    ['iPhone XR']
    >>> [found.model for found in find_models("Galaxy s24 plus") + find_models("iphone15pro")]
    ['Galaxy S24+', 'iPhone 15 Pro']
    >>> find_models("toaster")
    []
    """
    wanted = _words(text)
    if not wanted:
        return []
    exact = [each for each in every_model() if _is_meant(each, wanted)]
    return exact or [each for each in every_model() if set(wanted) <= set(each.words)]


def near_models(text: str) -> list[Model]:
    """The models that are found when each word nobody knows is taken for the one it is close to.

    Numbers are never: a 15 is no slip for a 16.

    >>> [found.model for found in near_models("ipohne 15 por")]
    ['iPhone 15 Pro']
    >>> near_models("iphone 99") + near_models("toaster 15")
    []
    """
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extractOne

    known = sorted({word for each in every_model() for word in each.words if word.isalpha()})
    words = []
    for word in _words(text):
        is_slip = word.isalpha() and word not in known
        near = is_slip and extractOne(
            word, known, scorer=OSA.normalized_similarity, score_cutoff=_CLOSE
        )
        words.append(near[0] if near else word)
    return find_models(" ".join(words))


def verdict_of(found: Sequence[Model]) -> Verdict:
    """What holds for all that was found; models that differ make it depend on which it is.

    >>> verdict_of(find_models("iphone 8")), verdict_of(find_models("iphone se"))
    ('no', 'depends')
    >>> verdict_of([])
    'unknown'
    """
    verdicts = {each.esim for each in found}
    if len(verdicts) == 1:
        return verdicts.pop()
    return "depends" if verdicts else "unknown"


@cache
def every_model() -> tuple[Model, ...]:
    """The list as it comes with the program."""
    text = files("catalog.devices").joinpath("models.csv").read_text("utf-8")
    rows = csv.DictReader(text.splitlines())
    return tuple(
        Model(row["brand"], row["model"], cast("Verdict", row["esim"]), row["note"]) for row in rows
    )


def _is_meant(model: Model, wanted: tuple[str, ...]) -> bool:
    return sorted(wanted) in (sorted(model.words), sorted(_words(model.model)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(_PLUS.sub(" plus ", text.lower())))
