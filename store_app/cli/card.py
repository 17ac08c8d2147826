"""The command of cards on file: kept with their owner's consent, shown, removed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from store_app.cli.arguments import WrongUsage
from store_app.cli.layout import pairs, paragraphs
from store_app.cli.options import answer, desk_of, examples
from store_app.cli.output import Answer, as_document
from store_app.cli.wallet import Owner
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.saved_cards import CardView

EXAMPLES = examples(
    "wallet card ana@example.com",
    "wallet card ana@example.com --save --agreed",
    "wallet card ana@example.com --remove",
)


def card(
    ctx: typer.Context,
    owner: Owner,
    *,
    save: Annotated[bool, typer.Option("--save", help="Ask for a card to be kept.")] = False,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="Its owner has agreed to the words shown.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Look whether the card was typed meanwhile.")
    ] = False,
    cancel: Annotated[bool, typer.Option("--cancel", help="Close the page.")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Have its provider forget the card.")
    ] = False,
    demo_card: Annotated[
        str,
        typer.Option(
            metavar="WORD",
            help="In a demo store, how it behaves: approves, declines, asks or times-out.",
        ),
    ] = "",
) -> Answer:
    """Show, keep or remove the card that automatic refills may charge.

    A card's number is typed on its provider's page, never here.
    """
    from store_app.desk import saved_cards as cards

    desk = desk_of(ctx)
    if save + check + cancel + remove > 1:
        raise WrongUsage(_("Only one of --save, --check, --cancel and --remove."), field="save")
    if save:
        view = cards.save_card(desk, owner, agreed=agreed, choice=demo_card)
    elif check:
        view = cards.check_card(desk, owner)
    elif cancel:
        view = cards.give_up_card(desk, owner)
    else:
        view = (cards.remove_card if remove else cards.show_card)(desk, owner)
    words = cards.consent_text(desk, owner)
    return answer(ctx, _document(view, words), lambda: _words(view, words))


def _document(view: CardView, words: str) -> dict[str, object]:
    document = as_document(view) | {"consent_words": words}
    document["checkout_url"] = document.pop("page_url")
    if not view.page_url:
        del document["checkout_url"]
    return document


def _words(view: CardView, consent: str) -> str:
    from catalog.esim.qr import text_qr
    from store_app.card_words import card_words
    from store_app.present import instant

    noted = ""
    if view.consent_at is not None:
        noted = _("{at}, noted by {by}").format(at=instant(view.consent_at), by=view.consent_by)
    head = pairs(
        [
            (_("Owner"), view.owner),
            (_("Card"), card_words(view)),
            (_("Agreed"), noted or None),
            (_("Type it at"), view.page_url or None),
            (_("Then"), f"wallet card {view.owner} --check" if view.page_url else None),
        ]
    )
    if view.page_url:
        return f"{head}\n\n{text_qr(view.page_url)}" if sys.stdout.isatty() else head
    asked = _("To be read to its owner before one is kept:")
    return paragraphs(head, "" if view.state == "saved" else f"{asked}\n{consent}")
