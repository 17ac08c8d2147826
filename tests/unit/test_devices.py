"""Phones: what the list says, what it does not, and numbers that are mistyped."""

from __future__ import annotations

import doctest

import pytest

from catalog.devices import check, models
from catalog.devices.check import check_device
from catalog.devices.models import Model, every_model, find_models, verdict_of
from tests.journeys.shop_program import run

EID = "89049032123451234512345678901235"
IMEI = "490154203237518"


@pytest.mark.parametrize("module", [check, models])
def test_examples_in_the_docstrings_hold(module: object) -> None:
    """The documentation of the modules is true."""
    assert not doctest.testmod(module).failed  # type: ignore[arg-type]  # any module


def test_the_list_is_whole() -> None:
    """Each model once, with a verdict of three; what depends says on what."""
    listed = every_model()
    assert len({each.words for each in listed}) == len(listed) > 100
    assert {each.esim for each in listed} == {"yes", "no", "depends"}
    assert all(each.note for each in listed if each.esim == "depends")
    assert not any(each.note for each in listed if each.esim == "no")


@pytest.mark.parametrize("model", every_model(), ids=lambda each: f"{each.brand} {each.model}")
def test_each_model_is_found_by_its_name(model: Model) -> None:
    """With its brand, in any order and case: that one alone, and its verdict."""
    name = f"{model.brand} {model.model}"
    for text in (name, name.upper(), " ".join(reversed(name.split())), name.replace("+", " plus")):
        assert find_models(text) == [model]
    assert check_device(name).verdict == model.esim


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("iphone", "depends"),
        ("iphone 15", "yes"),
        ("fairphone", "yes"),
        ("galaxy s9", "no"),
        ("iPhone 5", "unknown"),
        ("Galaxy S99", "unknown"),
        ("", "unknown"),
        ("日本", "unknown"),
    ],
)
def test_verdicts_are_honest(text: str, verdict: str) -> None:
    """A word for many depends; what is not listed is not known."""
    assert verdict_of(find_models(text)) == verdict


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ipohne 15", "Is “Apple iPhone 15” meant?"),
        ("samsng galxy s24 ultra", "Is “Samsung Galaxy S24 Ultra” meant?"),
        ("goggle pixel 8", "Is “Google Pixel 8” meant?"),
    ],
)
def test_a_slip_is_asked_about(text: str, meant: str) -> None:
    """What was meant is a question and no verdict."""
    done = check_device(text)
    assert (done.verdict, done.models) == ("unknown", ())
    assert meant in done.words


@pytest.mark.parametrize(("text", "named"), [("ipohne", 3), ("samsng", 3), ("iphone 99", 0)])
def test_few_models_are_asked_about(text: str, named: int) -> None:
    """However many models the words mean; a number that nobody knows means none."""
    assert check_device(text).words.count("“") == named


def test_an_eid_is_stronger_than_the_list() -> None:
    """Who shows one takes eSIMs; a mistyped one proves nothing."""
    assert check_device("iphone 7", eid=EID).verdict == "yes"
    wrong = check_device("iphone 15", eid=EID[:-1] + "4")
    assert (wrong.ok, wrong.eid, wrong.verdict) == (False, None, "yes")
    assert wrong.reasons[0][0] == "eid"


def test_an_imei_is_checked_and_tells_no_more() -> None:
    """Its digits are right or not; no list of TACs is claimed."""
    assert check_device(imei="49-015420-323751-8").imei == IMEI
    assert check_device(imei=IMEI).verdict == "unknown"
    assert check_device(imei=IMEI).words.startswith("The IMEI is written right, which does not")
    assert check_device(imei=IMEI[:-1]).words.startswith("Dial")
    assert not check_device(imei=IMEI[:-1]).ok


@pytest.mark.parametrize(
    ("words", "exit_code", "verdict"),
    [
        (("iphone", "15", "pro"), 0, "yes"),
        (("toaster",), 0, "unknown"),
        (("iphone", "7"), 1, "no"),
        (("--eid", EID), 0, "yes"),
        (("pixel", "8", "--imei", IMEI[:-1] + "9"), 1, "yes"),
    ],
)
def test_the_command_answers(words: tuple[str, ...], exit_code: int, verdict: str) -> None:
    """A document for programs, words for people, no store."""
    said = run("device", "check", *words, "--json")
    assert (said.exit_code, said.document["verdict"]) == (exit_code, verdict)
    assert bool(said.document["reasons"]) == ("--imei" in words)
    spoken = run("device", "check", *words)
    assert said.document["words"].split()[0] in spoken.out


def test_nothing_told_is_wrong_usage() -> None:
    """The command asks for something to judge."""
    assert run("device", "check", "--json").exit_code == 2
