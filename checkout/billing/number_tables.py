"""Table of the numbers that lines had before: usage of a card that was replaced finds its line."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from catalog.kernel.database import ID, TENANT, Instant


class FormerNumberRow(SQLModel, table=True):
    """A card whose place on its line another one has taken; what it used before is the line's."""

    __tablename__ = "former_number"
    __table_args__ = (TENANT,)

    iccid_key: str = Field(primary_key=True)
    line_id: str = Field(sa_type=ID, foreign_key="line.id", index=True)
    until: datetime = Field(sa_type=Instant)
    """When the other card took its place: what it uses from then on is nobody's."""
