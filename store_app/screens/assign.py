"""Giving an eSIM a plan or a pool, a company and a user: pickers, then one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from catalog.kernel.errors import Refused
from catalog.plans import SUBSCRIPTION_KINDS, Plan
from store_app.present import money, size
from store_app.screens.base import StoreScreen
from store_app.screens.money import ask, once
from store_app.screens.picker import Choice, Picker
from store_app.subscription_words import KINDS, fee_words, terms_words
from store_app.widgets.confirm import Confirm
from store_app.widgets.form import Field, Form
from store_app.widgets.lazy_list import Column
from store_app.words import _

if TYPE_CHECKING:
    from store_app.desk.assignable import PoolChoice
    from store_app.desk.assignments import Assigned
    from store_app.desk.esims import EsimView

PLAN_COLUMNS: Final = (
    Column(_("Plan or pool"), 18, flex=1),
    Column(_("Kind"), 13),
    Column(_("Costs"), 20),
)
_FIRM_COLUMNS: Final = (Column(_("Company"), 20, flex=1), Column(_("Currency"), 8))
_STEP_COLUMNS: Final = (Column("", 24, flex=1),)
_NO_COMPANY: Final = _("No company of that name. Esc, then F5 and n adds one.")


@dataclass(frozen=True, slots=True)
class Target:
    """Where an eSIM is to go: on a plan of its own, or into a pool, there with its plan if any."""

    plan: Plan | None = None
    pool: PoolChoice | None = None


async def assign_esim(screen: StoreScreen, iccid: str) -> Assigned | None:
    """Ask what an eSIM shall have, for whom; do it once; None when nothing was done."""
    from store_app.desk.esims import show_esim

    view = await screen.run_desk(show_esim, iccid)
    if is_running(view):
        step = await ask(screen, _step_picker(view))
        if step == "end":
            return await _end(screen, view)
        if step == "user":
            return await _hand_on(screen, view)
        if step is None:
            return None
    target = await _pick_target(screen, view)
    if target is None:
        return None
    company = await _company(screen, view, target)
    if company is None:
        return None
    return await assign_to(screen, view, target, company)


async def assign_to(
    screen: StoreScreen, view: EsimView, target: Target, company: str
) -> Assigned | None:
    """Ask for the user, say everything again, assign it."""
    from store_app.desk.assignments import assign_esim as assign

    typed = await ask(screen, _user_form(view, company))
    if typed is None:
        return None
    user = typed["user"].strip() or None
    question = _("Assign {iccid} to {company}?").format(iccid=view.name, company=company)
    if not await ask(screen, Confirm(question, _detail(view, target, user), _("Assign it"))):
        return None
    done: Assigned = await once(
        screen,
        assign,
        view.name,
        plan=target.plan.sku if target.plan else None,
        pool=target.pool.pool if target.pool else None,
        company=company,
        user=user,
    )
    return done


def assigned_words(done: Assigned) -> str:
    """What was done, and the next step."""
    if done.status == "archived":
        return _("{iccid} has ended; the rest is on the next bill.").format(iccid=done.iccid)
    what = done.pool or done.plan
    words = _("{iccid} is assigned to {company}: {what}.")
    said = words.format(iccid=done.iccid, company=done.company, what=what)
    if done.status != "suspended":
        return said
    return f"{said} " + _("It starts when its first invoice is paid: F12, r makes it.")


def is_running(view: EsimView) -> bool:
    """Whether it has a plan that was assigned and goes on."""
    return view.order is None and view.sold_at is not None and view.status != "archived"


async def pick_plan(
    screen: StoreScreen, title: str, plans: Sequence[Plan], pools: Sequence[PoolChoice] = ()
) -> Target | None:
    """A plan or a pool out of these."""
    choices = [
        *(Choice(f"plan {plan.sku}", _plan_cells(plan)) for plan in plans),
        *(Choice(f"pool {pool.pool}", _pool_cells(pool)) for pool in pools),
    ]
    nothing = _("No plan of that name. Plans are imported on F2 with Ctrl+O.")
    picker = Picker(title, PLAN_COLUMNS, choices, empty_text=nothing, typed="")
    chosen: str | None = await ask(screen, picker)
    if chosen is None:
        return None
    kind, _blank, name = chosen.partition(" ")
    if kind == "plan":
        return Target(plan=next(plan for plan in plans if plan.sku == name))
    return Target(pool=next(pool for pool in pools if pool.pool == name))


async def member_plan(screen: StoreScreen, pool: PoolChoice, operator: str) -> Target | None:
    """The pool, with the plan that a member of a dynamic one brings."""
    from store_app.desk.assignable import assignable_plans

    if not pool.is_dynamic:
        return Target(pool=pool)
    plans = await screen.run_desk(assignable_plans, operator, company=pool.company, members=True)
    title = _("Which plan does it bring into {pool}?").format(pool=pool.pool)
    chosen = await pick_plan(screen, title, plans)
    return Target(plan=chosen.plan, pool=pool) if chosen else None


async def pick_company(screen: StoreScreen, title: str) -> str | None:
    """A company that can be billed."""
    from checkout.accounts.companies import WALK_IN
    from store_app.desk.people import list_companies

    firms = await screen.run_desk(list_companies)
    choices = [Choice(one.name, (one.name, one.currency)) for one in firms if one.name != WALK_IN]
    picker = Picker(title, _FIRM_COLUMNS, choices, empty_text=_NO_COMPANY, typed="")
    chosen: str | None = await ask(screen, picker)
    return chosen


async def _pick_target(screen: StoreScreen, view: EsimView) -> Target | None:
    from store_app.desk.assignable import assignable_plans, open_pools

    firm = view.company if view.sold_at else None
    plans = await screen.run_desk(assignable_plans, view.operator, company=firm)
    # What lies in stock for a plan is most often assigned to that plan.
    plans = sorted(plans, key=lambda plan: plan.sku != view.plan)
    if is_running(view):
        plans = [plan for plan in plans if plan.kind in SUBSCRIPTION_KINDS]
    pools = await screen.run_desk(open_pools, firm)
    title = _("What shall {iccid} have? Type a part of the name.").format(iccid=view.name)
    target = await pick_plan(screen, title, plans, pools)
    if target is None or target.pool is None:
        return target
    return await member_plan(screen, target.pool, view.operator)


async def _company(screen: StoreScreen, view: EsimView, target: Target) -> str | None:
    if view.sold_at is not None and view.company:
        return view.company
    if target.pool is not None:
        return target.pool.company
    return await pick_company(screen, _("For which company?"))


def _plan_cells(plan: Plan) -> tuple[str, ...]:
    return plan.name, KINDS[plan.kind], fee_words(plan) or terms_words(plan)[0]


def _pool_cells(pool: PoolChoice) -> tuple[str, ...]:
    return pool.pool, _("pool"), pool.company


def _step_picker(view: EsimView) -> Picker:
    has_month = view.period_ends_at is not None
    steps = [
        ("plan", _("Change its plan or pool")) if has_month else None,
        ("user", _("Give it to another user of {company}").format(company=view.company)),
        ("end", _("End it")),
    ]
    return Picker(
        f"{view.name}: {view.pool or view.plan_name}",
        _STEP_COLUMNS,
        [Choice(value, (words,)) for value, words in filter(None, steps)],
        empty_text="",
    )


def _user_form(view: EsimView, company: str) -> Form:
    field = Field(
        "user",
        _("E-mail address of the user (may stay empty)"),
        view.end_user or "",
        placeholder="ana@example.com",
        max_length=120,
    )
    return Form(
        _("Who at {company} has it?").format(company=company), [field], yes_label=_("Go on")
    )


def _detail(view: EsimView, target: Target, user: str | None) -> str:
    lines = []
    if target.pool is not None:
        lines.append(_("Pool {pool}: {plan}").format(pool=target.pool.pool, plan=target.pool.plan))
    if target.plan is not None:
        fee = fee_words(target.plan)
        lines.append(f"{target.plan.name}{': ' if fee else ''}{fee}")
        if target.plan.kind in SUBSCRIPTION_KINDS:
            lines += terms_words(target.plan)
    if user:
        lines.append(_("User: {user}").format(user=user))
    if is_running(view):
        words = _("{old} ends now; both are on the next bill, each for its time.")
        lines.append(words.format(old=view.pool or view.plan_name))
    return "\n".join(lines)


async def _hand_on(screen: StoreScreen, view: EsimView) -> Assigned | None:
    from store_app.desk.assignments import assign_esim as assign

    company = view.company or ""
    typed = await ask(screen, _user_form(view, company))
    if typed is None:
        return None
    user = typed["user"].strip()
    if not user:
        raise Refused(_("No user was named; nothing has changed."), field="user")
    done: Assigned = await once(screen, assign, view.name, company=company, user=user)
    return done


async def _end(screen: StoreScreen, view: EsimView) -> Assigned | None:
    from store_app.desk.assignments import end_assignment

    what = view.pool or view.plan_name
    question = _("End {what} of {iccid} now?").format(what=what, iccid=view.name)
    if not await ask(screen, Confirm(question, _end_detail(view), _("End it"))):
        return None
    done: Assigned = await once(screen, end_assignment, view.name)
    return done


def _end_detail(view: EsimView) -> str:
    """What is off from then on, and what still comes on a bill."""
    lines = [_("It is off at once and stays with {company}.").format(company=view.company)]
    if view.period_ends_at is None:
        lines.append(_("What is left on it is lost."))
        return "\n".join(lines)
    lines.append(_("Used in this period: {used}.").format(used=size(view.data_used_bytes)))
    due = view.overage_minor + view.usage_minor
    if due:
        words = _("Usage beyond the fee so far: {due}.")
        lines.append(words.format(due=money(due, view.currency or "")))
    lines.append(_("The next bill run bills the rest; a fee by the day is cut, another is not."))
    return "\n".join(lines)
