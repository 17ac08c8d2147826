"""For developers: write the next revision from the models.

`python -m store_app.migrations 0002 "what it adds"`
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script

from catalog.kernel.sqlite_file import upgrade_engine
from store_app.upgrade import Schema, alembic_config, run_revisions


def write_revision(number: int, message: str) -> None:
    """Compare the models with the schema before `number` and write the difference."""
    before = Schema(number - 1)
    with tempfile.TemporaryDirectory() as folder:
        engine = upgrade_engine(Path(folder) / "store.db")
        with engine.begin() as connection:
            if before.number:
                run_revisions(connection, before)
            config = alembic_config(connection, before)
            script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04d}")
        engine.dispose()
    if isinstance(script, Script):
        path = Path(script.path)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")


write_revision(int(sys.argv[1]), sys.argv[2])
