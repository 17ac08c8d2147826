"""What Alembic runs: on the connection, and in the transaction, that it is handed."""

from __future__ import annotations

from alembic import context

from store_app.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,  # SQLite changes a table by rebuilding it
)
with context.begin_transaction():
    context.run_migrations()
