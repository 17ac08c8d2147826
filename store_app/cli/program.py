"""The command line: every family of commands under one program."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import Annotated, Any

import typer

from catalog.kernel.quoting import shown
from store_app.cli import (
    accounts,
    assign,
    auto_refill,
    card,
    code,
    device,
    end_users,
    esim_pack,
    esim_record,
    invoice,
    invoice_papers,
    listen,
    pay_link,
    plans,
    pool,
    reader,
    refill,
    replace,
    run,
    sell,
    settings,
    shift,
    stock,
    supplier,
    swap,
    transactions,
    upkeep,
    usage,
    wallet,
    wallet_configure,
)
from store_app.cli.arguments import Invocation, WrongUsage
from store_app.cli.options import examples
from store_app.cli.output import INTERRUPTED, Answer
from store_app.words import _

_MAX_MESSAGE = 300
NAME = "esim-store"

program = typer.Typer(
    name=NAME,
    help="Sell eSIMs and track their balances. Without a command the screens open.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=examples(
        "run --demo",
        "plans list spain 5gb",
        "sell --plan ES-5GB-30D --pay cash --tendered 20.00",
        "esim show 8931080000000000019 --json",
    ),
)
wallet.wallet.command("configure", epilog=wallet_configure.EXAMPLES)(wallet_configure.configure)
esim_pack.commands.add_typer(esim_record.commands)
esim_pack.commands.add_typer(replace.of_esim)
esim_pack.commands.add_typer(swap.commands)
pay_link.commands.add_typer(replace.of_order)
wallet.wallet.command("card", epilog=card.EXAMPLES)(card.card)
for family in (
    run.commands,
    upkeep.commands,
    plans.plans,
    stock.stock,
    supplier.supplier,
    shift.shift,
    sell.commands,
    refill.commands,
    auto_refill.commands,
    pay_link.commands,
    reader.reader,
    transactions.transactions,
    esim_pack.commands,
    code.code,
    device.device,
    usage.usage,
    assign.commands,
    pool.pool,
    invoice.bill,
    invoice_papers.invoice,
    accounts.company,
    end_users.user,
    wallet.wallet,
    settings.settings,
    listen.commands,
):
    program.add_typer(family)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(NAME)
    except PackageNotFoundError:  # run from its folder without being installed
        return "uninstalled"


@program.callback()
def _anywhere(
    store: Annotated[
        str | None,
        typer.Option(
            metavar="URL|PATH", envvar="ESIM_STORE_URL", help="The store to use; counts anywhere."
        ),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document; counts anywhere.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version."),
    ] = False,
) -> None:
    """Options that count before and after any command; `read_arguments` has taken two of them."""
    del store, json, version


def run_command(invocation: Invocation) -> Answer | int:
    """Do what the words say; wrong words are `WrongUsage`."""
    if invocation.words[:1] == ("--version",):
        return Answer({"version": _version()}, _version())
    if not invocation.as_json:
        return _call(invocation)
    with redirect_stdout(StringIO()) as printed:  # help is the only thing that Typer prints itself
        done = _call(invocation)
    return done if isinstance(done, Answer) else Answer({"help": printed.getvalue()})


def _call(invocation: Invocation) -> Answer | int:
    try:
        done: Any = typer.main.get_command(program).main(
            list(invocation.words), prog_name=NAME, standalone_mode=False, obj=invocation
        )
    except typer.TyperException as error:
        raise _wrong_usage(error) from error
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    if done == INTERRUPTED:  # Typer makes an exit code of Ctrl+C
        raise KeyboardInterrupt
    return done if isinstance(done, Answer) else int(done or 0)


def _wrong_usage(error: typer.TyperException) -> WrongUsage:
    context = getattr(error, "ctx", None)
    param = getattr(error, "param", None)
    hint = ""
    if context is not None:
        hint = _("{usage}\nTry “{command} --help”.").format(
            usage=context.get_usage(), command=context.command_path
        )
    message = shown(error.format_message(), _MAX_MESSAGE)
    return WrongUsage(message, field=param.name if param else None, hint=hint)
