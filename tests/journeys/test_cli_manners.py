"""How every command behaves: JSON, stores, errors, exit codes, and what it loads."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from store_app.cli.arguments import Invocation, WrongUsage, read_arguments
from store_app.cli.output import Answer, carry_out
from store_app.crash import crash_places
from tests.journeys.shop_program import SPAIN, Shop, finish, run, start


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "plans", "list"],
        ["plans", "--json", "list"],
        ["plans", "list", "--json"],
        ["plans", "list", "spain", "--json"],
    ],
)
def test_json_is_taken_anywhere(shop: Shop, words: list[str]) -> None:
    """`--json` counts before, within and after the command."""
    said = run(*words, "--store", str(shop.path))
    assert said.exit_code == 0
    assert SPAIN in [plan["sku"] for plan in said.document["plans"]]


@pytest.mark.parametrize("form", ["{0}", "sqlite:///{0}"])
def test_store_is_a_path_or_a_url_from_the_environment(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    """`ESIM_STORE_URL` takes both; no option is needed then."""
    monkeypatch.setenv("ESIM_STORE_URL", form.format(shop.path))
    assert run("plans", "list", "--json").document["plans"]


@pytest.mark.parametrize(
    ("argv", "read"),
    [
        ([], Invocation(())),
        (["run", "--demo"], Invocation(("run", "--demo"))),
        (["--store=x.db", "run"], Invocation(("run",), "x.db")),
        (["code", "parse", "--", "--json"], Invocation(("code", "parse", "--", "--json"))),
        (["a", "--store", "--json"], Invocation(("a",), "--json")),
    ],
)
def test_global_options_are_read_by_hand(argv: list[str], read: Invocation) -> None:
    """Only `--json` and `--store` are taken out, and nothing after `--`."""
    assert read_arguments(argv) == read


@pytest.mark.parametrize("argv", [["--store"], ["--store="], ["plans", "--store", ""]])
def test_store_needs_a_value(argv: list[str]) -> None:
    """A store that is named but empty is wrong usage, not the default store."""
    with pytest.raises(WrongUsage):
        read_arguments(argv)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["plans"], None),
        (["nonsense"], None),
        (["plans", "list", "--nonsense"], None),
        (["sell", "--pay", "cash"], "plan"),
        (["sell", "--plan", SPAIN, "--pay", "shells"], "pay"),
        (["order", "list", "--limit", "0"], "limit"),
        (["refill", "8934070000000000000"], "refill"),
        (["sell", "--plan", SPAIN, "--pay", "cash", "--key", " "], "key"),
        (["run", "--demo"], "json"),
        ([], None),
    ],
)
def test_wrong_usage_is_a_document_and_exit_code_2(
    shop: Shop, words: list[str], field: str | None
) -> None:
    """With `--json` even a wrong command line answers with one document."""
    said = shop.run(*words, "--json")
    assert said.exit_code == 2
    assert said.refusal == "usage"
    assert said.document["error"].get("field") == field


def test_wrong_usage_in_words_tells_how_it_is_meant(shop: Shop) -> None:
    """Without `--json` the sentence goes to stderr and stdout stays empty."""
    said = shop.run("sell", "--pay", "cash")
    assert (said.exit_code, said.out) == (2, "")
    assert "--plan" in said.err
    assert "esim-store sell --help" in said.err


@pytest.mark.parametrize(
    "words", [["plans", "list"], ["doctor"], ["sell", "--plan", SPAIN, "--pay", "cash"]]
)
def test_a_missing_store_is_refused_and_not_created(tmp_path: Path, words: list[str]) -> None:
    """Only `init` and the screens make a store."""
    missing = tmp_path / "none.db"
    said = run("--store", str(missing), "--json", *words)
    assert (said.exit_code, said.refusal) == (1, "no_store")
    assert "init" in said.document["error"]["message"]
    assert not missing.exists()


def test_a_refusal_in_words_is_one_sentence_on_stderr(shop: Shop) -> None:
    """People read why; stdout stays empty for pipes."""
    said = shop.run("plans", "show", "NOPE")
    assert (said.exit_code, said.out) == (1, "")
    assert "NOPE" in said.err


@pytest.mark.parametrize("now", ["yesterday", "2026-03-01T10:00:00"])
def test_a_frozen_clock_must_be_an_instant(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, now: str
) -> None:
    """A clock that cannot be read stops the command instead of the real time being used."""
    monkeypatch.setenv("ESIM_STORE_NOW", now)
    assert shop.refused("plans", "list") == "bad_time"


def test_the_frozen_clock_dates_what_happens(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Orders carry the frozen instant, in UTC with a Z."""
    monkeypatch.setenv("ESIM_STORE_NOW", "2026-03-02T12:30:00+02:00")
    sale = shop.ask("sell", "--plan", SPAIN, "--pay", "cash")
    assert shop.ask("order", "show", sale["order"])["created_at"] == "2026-03-02T10:30:00Z"


@pytest.mark.parametrize("option", ["--customer", "--company", "--key", "--plan"])
def test_card_numbers_are_refused_everywhere(shop: Shop, option: str) -> None:
    """A card number typed where words belong is refused before anything is written."""
    number = "4242 4242.4242-4242"
    assert shop.refused("sell", "--plan", SPAIN, "--pay", "cash", option, number) == "card_number"
    assert shop.ask("order", "list") == {"orders": []}


@pytest.mark.parametrize(
    "words",
    [
        ("order", "refund", "O-7K3M9QXA", "--supervisor"),
        ("order", "refund", "O-7K3M9QXA", "--reason"),
        ("usage", "import", "none.csv", "--source"),
        ("stock", "import", "none.csv", "--operator"),
        ("user", "add", "ana@example.com", "--company"),
    ],
)
def test_card_numbers_are_refused_in_every_option(shop: Shop, words: tuple[str, ...]) -> None:
    """Options that are kept as they are typed."""
    said = shop.run(*words, "4111111111111111", "--json")
    assert said.refusal == "card_number"
    assert "4111" not in said.out + said.err


@pytest.mark.parametrize("words", [("plans", "show"), ("company", "show"), ("order", "receipt")])
def test_an_error_does_not_repeat_an_activation_code(shop: Shop, words: tuple[str, ...]) -> None:
    """A code pasted in the wrong place is not printed back."""
    code = "LPA:1$smdp.example.com$K2-7HX0"
    for said in (shop.run(*words, code), shop.run("esim", "identify", "x", "y", code)):
        assert said.exit_code != 0
        assert "K2-7HX0" not in said.out + said.err


def test_a_crash_is_one_sentence_and_a_place_in_the_log(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No traceback, no locals, no message of the error: those may hold codes."""
    code = f"K2-{'SECRET'[::-1]}-91ZQ"

    def broken(*_: object) -> None:
        raise RuntimeError(code)

    monkeypatch.setattr("store_app.desk.catalogue.list_plans", broken)
    said = shop.run("plans", "list", "--json")
    assert (said.exit_code, said.refusal) == (1, "internal")
    log = Path(said.document["error"]["message"].split(" in ")[-1].rstrip("."))
    assert "RuntimeError" in log.read_text()
    assert code not in log.read_text() + said.out + said.err


def test_an_interrupt_is_told_and_not_traced(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends with 130 and a sentence."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("store_app.desk.catalogue.list_plans", interrupted)
    said = shop.run("plans", "list")
    assert said.exit_code == 130
    assert said.err.startswith("Interrupted; what was not finished has not happened.")
    assert "Traceback" not in said.err
    assert shop.run("--json", "plans", "list").refusal == "interrupted"


def test_what_is_logged_of_a_chain_of_errors_is_types_and_places() -> None:
    """Causes are followed; messages are left out."""
    error = RuntimeError("outer secret")
    error.__cause__ = ValueError("inner secret")
    places = crash_places(error)
    assert places.index("RuntimeError") < places.index("builtins.ValueError")
    assert "secret" not in places


def test_a_reader_that_has_gone_is_not_an_error_message() -> None:
    """`esim-store ... | head` leaves no traceback behind."""
    program = [sys.executable, "-m", "store_app", "code", "parse", "LPA:1$smdp.example.com$A"]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_a_full_disk_is_told() -> None:
    """An answer that cannot be written is no traceback, and not a success."""
    with Path("/dev/full").open("w") as full:
        program = [sys.executable, "-m", "store_app", "code", "parse", "LPA:1$smdp.example.com$A"]
        said = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.startswith("The answer could not be written")
    assert len(said.stderr.splitlines()) == 1


def test_a_message_cannot_move_the_cursor(shop: Shop) -> None:
    """What a refusal quotes is data, whatever it holds."""
    said = shop.run("plans", "show", "\x1b[2JX")
    assert said.exit_code == 1
    assert "\x1b" not in said.err


def test_text_that_the_terminal_cannot_show_is_replaced(capfd: pytest.CaptureFixture[str]) -> None:
    """An ASCII terminal gets question marks, not a crash."""
    said = finish(start("code", "parse", "", PYTHONIOENCODING="ascii", PYTHONUTF8="0"))
    assert said.exit_code == 1
    assert carry_out(lambda: Answer({}, "a\ud800b"), as_json=False) == 0
    assert capfd.readouterr().out == "a?b\n"


@pytest.mark.parametrize(
    ("words", "key"), [(["--version"], "version"), (["sell", "--help"], "help"), (["-h"], "help")]
)
def test_even_help_is_one_document(words: list[str], key: str) -> None:
    """`--json` never lets anything else onto stdout."""
    assert list(run(*words, "--json").document) == [key]
    assert run(*words).out.strip() == run(*words, "--json").document[key].strip()


_HEAVY = ("textual", "sqlalchemy", "sqlmodel", "alembic", "stripe", "httpx")


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["sell", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    """Help and version come without the screens and the database."""
    program = (
        "import json, sys; from store_app.__main__ import main; code = main(sys.argv[1:]);"
        "print(json.dumps([code, sorted({name.split('.')[0] for name in sys.modules})]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
    ).stdout
    code, loaded = json.loads(out.splitlines()[-1])
    assert code == 0
    assert not set(loaded) & set(_HEAVY)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ([], [None, False]),
        (["run"], [None, False]),
        (["run", "--demo"], [None, True]),
        (["--store", "x.db"], ["x.db", False]),
    ],
)
def test_the_screens_start_without_typer_and_database(
    words: list[str], asked: list[object]
) -> None:
    """What is between the shell and the first paint is only the app."""
    program = (
        "import json, os, sys, types; os.environ['TEXTUAL_DRIVER'] = 'none';"
        "app = types.ModuleType('store_app.app'); sys.modules['store_app.app'] = app;"
        "app.run_app = lambda store, demo: print(json.dumps([store, demo])) or 7;"
        "from store_app.__main__ import main; code = main(sys.argv[1:]);"
        "print(json.dumps([code, sorted({'typer', 'sqlalchemy', 'rich'} & set(sys.modules))]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True
    ).stdout
    assert [json.loads(line) for line in out.splitlines()] == [asked, [7, []]]


@pytest.mark.parametrize("words", [[], ["run"], ["run", "--demo"]])
def test_a_terminal_without_screens_is_told_so(words: list[str]) -> None:
    """`TERM=dumb` and pipes get a sentence, exit code 1."""
    said = finish(start(*words, TERM="dumb"))
    assert (said.exit_code, said.out) == (1, "")
    assert "terminal" in said.err
    assert "Traceback" not in said.err


def test_a_shell_gets_completions_and_not_the_screens() -> None:
    """Completion calls the program without words."""
    asking = start(
        _ESIM_STORE_COMPLETE="complete_bash", COMP_WORDS="esim-store sto", COMP_CWORD="1"
    )
    assert finish(asking).out.split() == ["stock"]
