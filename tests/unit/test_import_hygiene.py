"""The house rules that a linter of single lines does not see."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, UniqueConstraint, Uuid
from sqlalchemy.schema import DefaultClause

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for house in ("catalog", "checkout", "store_app")
    for path in sorted((ROOT / house).rglob("*.py"))
    if "migrations/versions" not in path.as_posix()
]
ENGINE_WORDS = re.compile(
    r"\bPRAGMA\b|sqlalchemy\.dialects|dialect\.name|exec_driver_sql|(?<![\w.])text\(\""
)


def _loaded(statement: str) -> set[str]:
    program = f"{statement}\nimport sys; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}


def test_the_import_contracts_hold() -> None:
    """store_app -> checkout -> catalog, and every other contract of pyproject.toml."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("statement", "heavy"),
    [
        ("import store_app.shell", {"sqlalchemy", "sqlmodel", "alembic", "typer", "stripe"}),
        ("import store_app.settings", {"sqlalchemy", "textual", "pydantic"}),
        (
            "from store_app.__main__ import main; main(['--help'])",
            {"sqlalchemy", "textual", "alembic", "stripe"},
        ),
        (
            "import checkout.documents.invoice_pdf, checkout.documents.einvoice",
            {"fpdf", "facturx", "lxml", "babel", "pycountry", "font_source_sans_pro"},
        ),
    ],
)
def test_starting_loads_only_what_is_shown(statement: str, heavy: set[str]) -> None:
    """The first picture and the help wait for no database library."""
    assert _loaded(statement) & heavy == set()


def test_an_upgraded_store_opens_without_alembic(tmp_path: Path) -> None:
    """Only a store that is behind pays for the migration library."""
    opening = (
        f"from store_app.bootstrap import open_desk; open_desk({str(tmp_path / 's.db')!r})"
        ".engine.dispose()"
    )
    assert "alembic" in _loaded(opening)
    assert "alembic" not in _loaded(opening)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_engine_words_stay_on_the_floor(path: Path) -> None:
    """What only one database understands is written in catalog/kernel and nowhere else."""
    if path.parent.name == "kernel" or path.name.endswith("tables.py"):
        return
    found = [
        f"{number}: {line.strip()}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ENGINE_WORDS.search(line)
    ]
    assert found == []


def test_every_table_is_portable() -> None:
    """Ids are made by the program, constraints have names, nothing is deferred."""
    from store_app.schema import METADATA

    for table in METADATA.tables.values():
        assert table.info.get("schema") in ("tenant", "shared"), table.name
        for column in table.columns:
            assert column.identity is None
            assert not isinstance(column.server_default, DefaultClause), column
            assert column.default is None or not column.default.is_sequence, column
            if column.name == "id":
                assert isinstance(column.type, Uuid), column
        for constraint in table.constraints:
            assert constraint.name or not isinstance(
                constraint, (CheckConstraint, UniqueConstraint)
            ), table.name
            assert not constraint.deferrable


def test_every_table_fits_a_distributed_engine() -> None:
    """The statements that make the schema compile for PostgreSQL's wire-compatible relatives."""
    from sqlalchemy.dialects import postgresql
    from sqlalchemy.schema import CreateIndex, CreateTable

    from store_app.schema import METADATA

    statements: list[CreateTable | CreateIndex] = []
    for table in METADATA.sorted_tables:
        statements += [CreateTable(table), *map(CreateIndex, table.indexes)]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
    made = " ".join(str(statement.compile(dialect=dialect)) for statement in statements)
    assert "SERIAL" not in made
    assert "nextval" not in made
    assert "DEFERRABLE" not in made
