"""Alembic's room: the revisions of the schema, and how they are run and written."""
