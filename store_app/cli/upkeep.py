"""Commands that look after a store: create, what is due, copies, proofs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from catalog.kernel.errors import Refused
from store_app.cli.arguments import Invocation
from store_app.cli.layout import pairs, table
from store_app.cli.options import File, answer, desk_of, examples
from store_app.cli.output import DONE, REFUSED, Answer, as_document
from store_app.words import _

if TYPE_CHECKING:
    from store_app.doctor import Check

commands = typer.Typer(rich_markup_mode=None)


@commands.command("init", epilog=examples("init --currency EUR --vat-rate 21", "init --demo"))
def init(
    ctx: typer.Context,
    demo: Annotated[
        bool, typer.Option("--demo", help="Fill a new store with demonstration goods.")
    ] = False,
    currency: Annotated[str, typer.Option(metavar="CODE", help="Currency of a new store.")] = "EUR",
    vat_rate: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="VAT rate of a new store, such as 21.")
    ] = None,
) -> Answer:
    """Create the store, or bring an older one up to date."""
    from store_app.bootstrap import init as make
    from store_app.bootstrap import store_file

    invocation: Invocation = ctx.obj
    made = make(invocation.store, demo=demo, currency=currency, vat_rate=vat_rate)
    words = _("The store at {store} is ready (schema {schema}).")
    place = store_file(made.store) or made.store
    return answer(ctx, as_document(made), lambda: words.format(store=place, schema=made.schema))


@commands.command("maintain")
def maintain(ctx: typer.Context) -> Answer:
    """Do what is due now: expiries, monthly charges, automatic refills, interrupted orders."""
    from store_app.desk.upkeep import maintain as do

    done = as_document(do(desk_of(ctx)))
    return answer(ctx, done, lambda: pairs(done.items()))


@commands.command("backup", epilog=examples("backup /media/usb/store-friday.db"))
def backup(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write.")],
) -> Answer:
    """Copy the store into a file while others go on selling."""
    from store_app.desk.upkeep import backup as do

    done = do(desk_of(ctx), file)
    words = _("{bytes} bytes in {file}, read back and checked.")
    return answer(ctx, as_document(done), lambda: words.format(bytes=done.bytes, file=file))


@commands.command("restore")
def restore(ctx: typer.Context, file: File) -> Answer:
    """Put a backup in the place of the store, after checking it."""
    from store_app.desk.upkeep import restore as do

    invocation: Invocation = ctx.obj
    done = do(invocation.store, file)
    words = _("The store is back as of {file}: {bytes} bytes, checked.")
    return answer(ctx, as_document(done), lambda: words.format(bytes=done.bytes, file=file))


@commands.command("doctor", epilog=examples("doctor", "doctor --stripe"))
def doctor(
    ctx: typer.Context,
    *,
    stripe: Annotated[
        bool,
        typer.Option("--stripe", help="Try the Stripe account of this machine's test key instead."),
    ] = False,
) -> Answer:
    """Prove the books: money, profiles, orders, numbers.

    The exit code is 1 when a check fails. `--stripe` opens, pays, refuses and gives back play
    money in the account of a test key; the store is not touched, and a live key is refused.
    """
    checks = _tried() if stripe else _examined(ctx)

    def words() -> str:
        rows = [(_("ok") if each.ok else _("BREACH"), each.name, each.detail) for each in checks]
        return table((_("State"), _("Check"), _("Detail")), rows)

    sound = all(check.ok for check in checks)
    return answer(ctx, {"checks": checks}, words, DONE if sound else REFUSED)


def _examined(ctx: typer.Context) -> list[Check]:
    from store_app.desk.upkeep import doctor as do

    return do(desk_of(ctx))


def _tried() -> list[Check]:
    from catalog.kernel.clock import system_clock
    from store_app.bootstrap import stripe_account
    from store_app.desk.context import NO_KEY
    from store_app.desk.stripe_trial import try_account

    api = stripe_account()
    if api is None:
        raise Refused(_(NO_KEY), code="no_card_key")
    return try_account(api, system_clock()())
