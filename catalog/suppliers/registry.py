"""The suppliers of a store: added, looked up by name, taken away; and who stands behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from catalog.kernel.errors import NotFound, Refused
from catalog.kernel.ids import new_id
from catalog.kernel.quoting import quoted
from catalog.kernel.settings import load_settings
from catalog.suppliers.access import Access, check_access
from catalog.suppliers.es2plus import Es2Plus
from catalog.suppliers.offline import OFFLINE_SUPPLIER, OfflineSupplier
from catalog.suppliers.supplier import Supplier
from catalog.suppliers.tables import IN_HAND, DownloadOrderRow, SupplierRow
from catalog.tables import PlanRow


def supplier_of(access: Access) -> Supplier:
    """Who is asked through this access."""
    return OfflineSupplier() if access.is_offline else Es2Plus(access)


def add_supplier(session: Session, access: Access, *, actor: str, now: datetime) -> SupplierRow:
    """Keep how a supplier is reached; the same name again replaces it.

    `Refused` when an address or a file is wrong, and for the offline one outside a demo store.
    """
    check_access(access)
    if access.is_offline and not load_settings(session).demo:
        raise Refused(
            "The offline supplier sells profiles that no phone can load, so only a demo store may "
            "have it; nothing has changed.",
            code="not_offered",
            field="url",
        )
    row = session.exec(select(SupplierRow).where(SupplierRow.name == access.name)).first()
    values = asdict(access) | {"added_by": actor, "added_at": now, "removed_at": None}
    if row is None:
        row = SupplierRow(id=new_id(), **values)
    else:
        row.sqlmodel_update(values)
    session.add(row)
    session.flush()
    return row


def remove_supplier(session: Session, name: str, now: datetime) -> SupplierRow:
    """Sell nothing more from a supplier; `Refused` while it still owes or may owe a profile."""
    row = supplier_named(session, name)
    in_hand = (
        select(func.count())
        .select_from(DownloadOrderRow)
        .where(DownloadOrderRow.supplier_id == row.id, IN_HAND)
    )
    count = session.exec(in_hand).one()
    if count:
        raise Refused(
            f"{count} orders of this supplier are not finished; nothing has changed. See them "
            f"with: supplier show {name}.",
            code="in_use",
            field="name",
        )
    row.removed_at = now
    session.add(row)
    session.flush()
    return row


def supplier_named(session: Session, name: str) -> SupplierRow:
    """The supplier of this name, or `NotFound`."""
    row = session.exec(_standing().where(SupplierRow.name == name.strip())).first()
    if row is None:
        raise NotFound(
            f"There is no supplier {quoted(name)}; nothing has changed. “supplier list” shows "
            "those there are.",
            code="unknown_supplier",
            field="name",
        )
    return row


def all_suppliers(session: Session) -> Sequence[SupplierRow]:
    """Every supplier that is sold from, by name."""
    return session.exec(_standing().order_by(SupplierRow.name)).all()


def live_names(session: Session) -> frozenset[str]:
    """The names of the suppliers that profiles can be ordered from now."""
    return frozenset(row.name for row in all_suppliers(session))


def live_supplier(session: Session, plan: PlanRow) -> SupplierRow | None:
    """The supplier that a plan's profiles are ordered from, or None."""
    name = str(plan.terms.get("supplier") or "")
    return session.exec(_standing().where(SupplierRow.name == name)).first() if name else None


def label_of(row: SupplierRow) -> str:
    """What a supplier is called on every screen: its name, or that it is none."""
    return OFFLINE_SUPPLIER if access_of(row).is_offline else row.name


def access_of(row: SupplierRow) -> Access:
    """How a supplier is reached, as a frozen value."""
    kept = row.model_dump()
    return Access(**{name: kept[name] for name in Access.__dataclass_fields__})


def downloads_of(session: Session, row: SupplierRow, limit: int) -> Sequence[DownloadOrderRow]:
    """A supplier's orders that are not finished, the oldest first."""
    statement = select(DownloadOrderRow).where(DownloadOrderRow.supplier_id == row.id, IN_HAND)
    return session.exec(statement.order_by(col(DownloadOrderRow.created_at)).limit(limit)).all()


def _standing() -> SelectOfScalar[SupplierRow]:
    return select(SupplierRow).where(col(SupplierRow.removed_at).is_(None))
