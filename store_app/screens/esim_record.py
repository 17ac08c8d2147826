"""What a clerk says of an eSIM on its page: off or on, archived, labels, note; and its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog.kernel.errors import Refused
from store_app.present import NOTHING, instant
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, once, start
from store_app.screens.reading import Reading
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.esim_record import LogEntry
    from store_app.desk.esims import EsimView
    from store_app.screens.esim_page import EsimPage


class EsimRecord(StoreScreen):
    """The keys of the page of an eSIM that say something of it."""

    named: str
    page: EsimPage | None = None

    def read(self) -> object:
        """Read the page anew."""
        raise NotImplementedError

    def action_hold(self) -> None:
        """Suspend it by hand, or resume it."""
        if self.page is not None:
            start(self, _hold(self, self.page.view))

    def action_retire(self) -> None:
        """End it for good, after a reason and a question."""
        if self.page is not None:
            start(self, _retire(self, self.page.view))

    def action_labels(self) -> None:
        """Write its labels anew."""
        if self.page is not None:
            start(self, _labels(self, self.page.view))

    def action_note(self) -> None:
        """Write its note anew."""
        if self.page is not None:
            start(self, _note(self, self.page.view))

    def action_log(self) -> None:
        """Show its log."""
        start(self, _changes(self))


async def _hold(screen: EsimRecord, view: EsimView) -> None:
    from store_app.desk.esim_record import resume_esim, suspend_esim

    if view.word == "suspended":
        question = _("Resume {iccid}?").format(iccid=view.name)
        why = _("It was suspended: {reason}").format(reason=view.word_reason or NOTHING)
        if not await ask(screen, Confirm(question, why, _("Resume it"))):
            return
        await once(screen, resume_esim, view.name)
        screen.read()
        screen.say(_("Resumed: what is left on it decides again."), "success")
        return
    title = _("Suspend {iccid}? Its days and fees go on; no data is bought for it.")
    typed = await ask(screen, _why(title.format(iccid=view.name), _("Suspend it"), needed=False))
    if typed is None:
        return
    await once(screen, suspend_esim, view.name, reason=typed["reason"].strip())
    screen.read()
    screen.say(_("Suspended by hand; h resumes it."), "success")


async def _retire(screen: EsimRecord, view: EsimView) -> None:
    from store_app.desk.esim_record import archive_esim

    title = _("Archive {iccid}: why?").format(iccid=view.name)
    typed = await ask(screen, _why(title, _("Go on"), needed=True))
    if typed is None:
        return
    reason = typed["reason"].strip()
    detail = _(
        "It ends for good. What is left on it is lost, no money moves, and nothing more is "
        "billed for it.\nReason: {reason}"
    ).format(reason=reason)
    question = _("Archive {iccid}?").format(iccid=view.name)
    if not await ask(screen, Confirm(question, detail, _("Archive it"))):
        return
    await once(screen, archive_esim, view.name, reason=reason)
    screen.read()
    screen.say(_("Archived: it has ended."), "success")


async def _labels(screen: EsimRecord, view: EsimView) -> None:
    from store_app.desk.esim_record import label_esim

    field = Field("labels", _("Labels, with commas between"), ", ".join(view.labels))
    title = _("Labels of {iccid}").format(iccid=view.name)
    typed = await ask(screen, Form(title, [field]))
    if typed is None:
        return
    wanted: dict[str, str] = {}
    for each in typed["labels"].split(","):
        if each.strip():
            wanted.setdefault(" ".join(each.split()).casefold(), " ".join(each.split()))
    had = {each.casefold() for each in view.labels}
    add = tuple(each for key, each in wanted.items() if key not in had)
    remove = tuple(each for each in view.labels if each.casefold() not in wanted)
    if add or remove:
        await once(screen, label_esim, view.name, add=add, remove=remove)
        screen.read()
    labels = ", ".join(wanted.values()) or NOTHING
    screen.say(_("Labels: {labels}").format(labels=labels), "success")


async def _note(screen: EsimRecord, view: EsimView) -> None:
    from store_app.desk.esim_record import note_esim

    field = Field("note", _("Note, empty for none"), view.note, max_length=500)
    title = _("Note on {iccid}").format(iccid=view.name)
    typed = await ask(screen, Form(title, [field]))
    if typed is None:
        return
    await once(screen, note_esim, view.name, typed["note"])
    screen.read()
    screen.say(_("The note is kept."), "success")


async def _changes(screen: EsimRecord) -> None:
    from store_app.desk.esim_record import esim_log

    entries = await screen.run_desk(esim_log, screen.named)
    zone = screen.heading.time_zone if screen.heading else "UTC"
    text = "\n".join(_entry(entry, zone) for entry in entries)
    title = _("Changes of {iccid}").format(iccid=screen.named)
    await ask(screen, Reading(title, text or _("Nothing has changed since it came.")))


def _entry(entry: LogEntry, zone: str) -> str:
    """One change in a line: when, what it was and is, who and why."""
    why = f": {entry.reason}" if entry.reason else ""
    said = f"{entry.field}: {entry.old or NOTHING} > {entry.new or NOTHING}"
    return f"{instant(entry.at, zone)}  {said}  ({entry.actor}{why})"


def _why(title: str, yes: str, *, needed: bool) -> Form:
    def check(typed: Values) -> None:
        if needed and not typed["reason"].strip():
            raise Refused(_("Say why."), code="reason_needed", field="reason")

    return Form(title, [Field("reason", _("Reason"), max_length=120)], yes_label=yes, check=check)
