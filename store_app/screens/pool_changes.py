"""What is changed about pools: opened, filled, emptied, ended; each after one question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.plans import Plan
from store_app.present import money, size
from store_app.screens.assign import (
    Target,
    assign_to,
    assigned_words,
    member_plan,
    pick_company,
    pick_plan,
)
from store_app.screens.money import ask, once
from store_app.screens.picker import Choice, Picker
from store_app.subscription_words import fee_words
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form, Values
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.assignable import EsimChoice
    from store_app.desk.pool_pages import PoolMember, PoolPage
    from store_app.screens.pool import PoolScreen
    from store_app.screens.pools import PoolsScreen

_COLUMNS: Final = (
    Column("ICCID", 20),
    Column(_("User"), 14, flex=1),
    Column(_("Now"), 14, flex=1),
)
_OTHER: Final = "other"


async def open_pool(screen: PoolsScreen) -> None:
    """Ask for the company, the plan and the name, then open the pool."""
    from store_app.desk.assignable import pool_plans
    from store_app.desk.pools import add_pool

    company = await pick_company(screen, _("A pool for which company?"))
    if company is None:
        return
    plans = [plan for plan in await screen.run_desk(pool_plans) if may_have(plan, company)]
    target = await pick_plan(screen, _("Which plan has the pool?"), plans)
    if target is None or target.plan is None:
        return
    typed = await ask(screen, _name_form(company, target.plan))
    if typed is None:
        return
    name = " ".join(typed["name"].split())
    view = await once(screen, add_pool, name, plan=target.plan.sku, company=company)
    screen.read(view.pool)
    screen.say(_("{name} is open: Enter, then a adds eSIMs.").format(name=view.pool), "success")


def may_have(plan: Plan, company: str) -> bool:
    """Whether a plan is for this company."""
    return not plan.companies or company in plan.companies


def _name_form(company: str, plan: Plan) -> Form:
    def check(typed: Values) -> None:
        if not typed["name"].strip():
            raise Refused(_("Type a name, such as Fleet."), field="name")

    label = _("Name of the pool ({fee})").format(fee=fee_words(plan))
    field = Field("name", label, placeholder=_("Fleet"))
    title = _("A pool of {company}: {plan}").format(company=company, plan=plan.name)
    return Form(title, [field], yes_label=_("Open it"), check=check)


async def add_member(screen: PoolScreen, page: PoolPage) -> None:
    """Choose an eSIM, of a dynamic pool its plan too, and put it in."""
    from store_app.desk.assignable import PoolChoice, free_esims
    from store_app.desk.esims import show_esim

    line = page.line
    found = await screen.run_desk(free_esims, page.operator, company=line.company)
    inside = {member.iccid for member in page.members}
    iccid = await ask(screen, _picker(line.pool, [one for one in found if one.iccid not in inside]))
    if iccid == _OTHER:
        iccid = await _typed_iccid(screen)
    if iccid is None:
        return
    pool = PoolChoice(line.pool, line.company, line.plan, line.kind == "dynamic_pool")
    view = await screen.run_desk(show_esim, iccid)
    target: Target | None = await member_plan(screen, pool, view.operator)
    if target is None:
        return
    done = await assign_to(screen, view, target, line.company)
    if done is not None:
        screen.read()
        screen.say(assigned_words(done), "success")


def _picker(pool: str, found: Sequence[EsimChoice]) -> Picker:
    choices = [Choice(one.iccid, (one.iccid, one.end_user, _now_words(one))) for one in found]
    other = Choice(_OTHER, (_("another number …"), "", _("type or scan it")))
    nothing = _("No eSIM like that is free. Type its whole number after choosing “another”.")
    title = _("Which eSIM joins {pool}? Type a part of its number.").format(pool=pool)
    return Picker(title, _COLUMNS, [*choices, other], empty_text=nothing, typed="")


def _now_words(one: EsimChoice) -> str:
    """What an eSIM is now: its plan, or the stock that it lies in."""
    if one.company:
        return one.plan
    return _("stock for {plan}").format(plan=one.plan) if one.plan else _("in stock")


async def _typed_iccid(screen: PoolScreen) -> str | None:
    def check(typed: Values) -> None:
        if not typed["iccid"].strip():
            raise Refused(_("Type or scan the number of the eSIM."), field="iccid")

    field = Field("iccid", "ICCID", placeholder="89…", max_length=40)
    typed = await ask(screen, Form(_("Which eSIM?"), [field], yes_label=_("Go on"), check=check))
    return typed["iccid"].strip() if typed else None


async def take_out(screen: PoolScreen, page: PoolPage, member: PoolMember) -> None:
    """Ask, then end the assignment of one member; the pool goes on."""
    from store_app.desk.assignments import end_assignment

    iccid = member.iccid
    if iccid is None:
        return
    question = _("Take {iccid} out of {pool}?").format(iccid=iccid, pool=page.line.pool)
    detail = _(
        "It is off at once and stays with {company}; s on its page assigns it again.\n"
        "It used {used} in this period; that stays on the pool's bill."
    ).format(company=page.line.company, used=size(member.used_bytes))
    if not await ask(screen, Confirm(question, detail, _("Take it out"))):
        return
    await once(screen, end_assignment, iccid)
    screen.read()
    words = _("{iccid} is out of {pool}.").format(iccid=iccid, pool=page.line.pool)
    screen.say(words, "success")


async def end(screen: PoolScreen, page: PoolPage) -> None:
    """Ask, then end the pool and the assignments of its members."""
    from store_app.desk.pools import end_pool

    line = page.line
    question = _("End the pool {pool} of {company}?").format(pool=line.pool, company=line.company)
    detail = _("Its {count} eSIMs are off at once. The next bill run bills the rest.").format(
        count=line.members
    )
    if line.overage_minor:
        over = money(line.overage_minor, line.currency)
        detail += "\n" + _("Overage so far: {over}.").format(over=over)
    if not await ask(screen, Confirm(question, detail, _("End it"))):
        return
    await once(screen, end_pool, line.pool)
    screen.read()
    screen.say(_("The pool {pool} has ended.").format(pool=line.pool), "success")
