"""Putting back what a test wrote, where that was rows of ordinary tables and sequences, and nothing else.

A table that was empty in the template is emptied, and vacuumed, so that its file has no page again; a small one that
had rows gets exactly those again, in their order. Whether it came true is read from the database afterwards. Whatever
is not known to be safe is not tried: then the answer is None, and the database is replaced by a new clone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_plugin.errands import ask
from pytest_plugin.evidence import FLUSH, RESET

if TYPE_CHECKING:
    from collections.abc import Iterable

    from psycopg import pq

    from pytest_plugin.errands import Work

MOST_TABLES = 40  # of more, a clone is cheaper
LARGEST = 128 * 1024  # bytes; a table with rows that is larger is not copied into memory
FIRST_OWN = 16384  # oids below belong to what initdb makes: the catalogs (FirstNormalObjectId)
WITHOUT_DATABASE_STATS = 160000  # VACUUM (SKIP_DATABASE_STATS) came with PostgreSQL 16

# of all that may change: whether it may be put back, and by what name
READ_TABLES = """
SELECT c.oid, c.relkind, format('%I.%I', n.nspname, c.relname), t.parent,
  c.relkind = 'S' OR (
    c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND EXISTS (SELECT FROM pg_am a WHERE a.oid = c.relam AND a.amname = 'heap')
    AND NOT EXISTS (
      SELECT FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_am a ON a.oid = x.relam
      WHERE i.indrelid = c.oid AND a.oid >= 16384)
    AND NOT EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND g.tgenabled IN ('A', 'R'))
    AND NOT EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid AND w.ev_enabled IN ('A', 'R'))
    AND ({is_replica} OR NOT (
      c.relforcerowsecurity OR NOT pg_has_role(c.relowner, 'USAGE')
      OR EXISTS (SELECT FROM pg_trigger g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
      OR EXISTS (SELECT FROM pg_rewrite w WHERE w.ev_class = c.oid)))
  ) OR coalesce(t.parent >= 16384, false)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (SELECT p.oid AS parent FROM pg_class p WHERE p.reltoastrelid = c.oid) t ON c.relkind = 't'
WHERE c.relkind IN ('r', 't', 'm', 'S') AND c.oid >= 16384
"""
READ_FILLED = "SELECT oid FROM pg_class WHERE relkind = 'r' AND oid >= 16384 AND pg_relation_size(oid) > 0"
READ_SEQUENCES = """
SELECT c.oid, format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S'
"""
# what makes a statement that inserts a table's rows: its columns, but for those that are generated; a type whose text
# depends on the search_path, such as regclass, is not taken
READ_COLUMNS = """
SELECT quote_ident(attname), format_type(atttypid, atttypmod), atttypid::regtype::text LIKE 'reg%'
FROM pg_attribute WHERE attrelid = {oid} AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""
# texts that say all of a value, whatever the database has been set to
EXACT_TEXT = (
    "BEGIN; SET LOCAL extra_float_digits = 1; SET LOCAL datestyle = ISO; SET LOCAL intervalstyle = postgres;"
    " SET LOCAL bytea_output = hex"
)


@dataclass(frozen=True)
class Table:
    """A table or a sequence; ``parent`` is the table that a TOAST table belongs to."""

    kind: str
    name: str
    parent: int | None
    is_restorable: bool


@dataclass(frozen=True)
class Rows:
    """The rows of a table in the template: the statement that inserts them, and how to tell that they are there."""

    insert: str
    read_digest: str
    digest: str


@dataclass
class Pristine:
    """What the template is like: read from a clone before any test has had it.

    ``rows`` is filled when a table is first written to, from the next clone; None: it cannot be copied.
    """

    is_replica: bool  # whether the role may SET session_replication_role, so that no trigger fires
    may_reset: bool  # whether it may set the counts of a database to zero
    server_version: int
    is_read: bool = False
    filled: frozenset[int] = frozenset()
    sequences: dict[int, tuple[str, str]] = field(default_factory=dict)
    tables: dict[int, Table] = field(default_factory=dict)
    rows: dict[int, Rows | None] = field(default_factory=dict)
    wanted_rows: dict[int, str] = field(default_factory=dict)

    @property
    def reset(self) -> str:
        """The statement that sets the counts to zero, where the role may do that."""
        return RESET if self.may_reset else ""

    def read(self, pgconn: pq.abc.PGconn) -> Work[None]:
        """Read from a clone that nobody has written to what is not known yet."""
        if not self.is_read:
            filled, sequences = yield from ask(pgconn, f"{READ_FILLED}; {READ_SEQUENCES}")
            self.filled = frozenset(int(oid or 0) for (oid,) in filled)
            parts = [f"SELECT {oid}, last_value, is_called FROM {name}" for oid, name in sequences]
            found = (yield from ask(pgconn, " UNION ALL ".join(parts)))[0] if parts else []
            self.sequences = {int(oid or 0): (str(value), str(called)) for oid, value, called in found}
            self.is_read = True
        for oid, name in self.wanted_rows.items():
            self.rows[oid] = yield from _read_rows(pgconn, oid, name)
        self.wanted_rows.clear()


def restore(pgconn: pq.abc.PGconn, changed: Iterable[int], pristine: Pristine) -> Work[bool]:
    """Put back the rows of ``changed`` (oids), and return whether the database is as the template again.

    Then the counts are at zero, where the role may set them so.
    """
    oids = yield from _targets(pgconn, set(changed), pristine)
    if oids is None:
        return False
    tables = [oid for oid in oids if pristine.tables[oid].kind == "r"]
    sequences = [oid for oid in oids if pristine.tables[oid].kind == "S"]
    filled = [oid for oid in tables if oid in pristine.filled]
    if not all(_has_rows(oid, pristine) for oid in filled):
        return False
    yield from ask(pgconn, _empty(tables, sequences, pristine))
    if tables:
        has_toast = any(pristine.tables[oid].kind == "t" for oid in oids)
        yield from ask(pgconn, _vacuum(tables, pristine, has_toast=has_toast))
    is_last = not filled
    if not (yield from _is_empty(pgconn, tables, pristine.reset if is_last else "")):
        return False
    return is_last or (yield from _refill(pgconn, [pristine.rows[oid] for oid in filled], filled, pristine))


def _targets(pgconn: pq.abc.PGconn, changed: set[int], pristine: Pristine) -> Work[list[int] | None]:
    """Return the tables and sequences to put back; None where one of them cannot be.

    Where a catalog has changed, nothing that it says now may be remembered of the template.
    """
    if any(oid < FIRST_OWN for oid in changed):
        return None
    if not pristine.tables:
        yield from _read_tables(pgconn, pristine)
    parents = {parent for oid in changed if oid in pristine.tables and (parent := pristine.tables[oid].parent)}
    oids = (changed | parents) & pristine.tables.keys()
    fits = oids >= changed and len(oids) <= MOST_TABLES and all(pristine.tables[oid].is_restorable for oid in oids)
    return sorted(oids) if fits and all(_is_known(oid, pristine) for oid in oids) else None


def _is_known(oid: int, pristine: Pristine) -> bool:
    return pristine.tables[oid].kind != "S" or oid in pristine.sequences


def _read_tables(pgconn: pq.abc.PGconn, pristine: Pristine) -> Work[None]:
    query = READ_TABLES.format(is_replica=str(pristine.is_replica).lower())
    for oid, kind, name, parent, is_restorable in (yield from ask(pgconn, query))[0]:
        pristine.tables[int(oid or 0)] = Table(
            str(kind), str(name), int(parent) if parent else None, is_restorable == "t"
        )


def _has_rows(oid: int, pristine: Pristine) -> bool:
    """Return whether the rows of a table are at hand; if they are not known, the next clone is asked for them."""
    if oid not in pristine.rows and pristine.is_replica:
        pristine.wanted_rows[oid] = pristine.tables[oid].name
    return pristine.rows.get(oid) is not None


def _empty(tables: list[int], sequences: list[int], pristine: Pristine) -> str:
    """Return what takes all rows away and sets the sequences, as one transaction.

    Where triggers cannot be kept still, one statement deletes from all tables: foreign keys are checked at its end.
    """
    names = [pristine.tables[oid].name for oid in tables]
    if pristine.is_replica:
        deletes = ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM ONLY {name}" for name in names)]
    else:
        parts = ", ".join(f"d{number} AS (DELETE FROM ONLY {name})" for number, name in enumerate(names))
        deletes = ["SET LOCAL row_security = off", f"WITH {parts} SELECT"] if parts else []
    values = ", ".join("setval({}, {}, '{}')".format(oid, *pristine.sequences[oid]) for oid in sequences)
    return "; ".join(
        ["BEGIN", "SET LOCAL lock_timeout = '1s'", *deletes, *([f"SELECT {values}"] if values else []), FLUSH, "COMMIT"]
    )


def _vacuum(tables: list[int], pristine: Pristine, *, has_toast: bool = True, freeze: bool = False) -> str:
    options = ["INDEX_CLEANUP ON", "TRUNCATE ON", f"PROCESS_TOAST {'ON' if has_toast else 'OFF'}"]
    if pristine.server_version >= WITHOUT_DATABASE_STATS:
        options.append("SKIP_DATABASE_STATS")
    if freeze:
        options.append("FREEZE")
    return f"VACUUM ({', '.join(options)}) {', '.join(pristine.tables[oid].name for oid in tables)}"


def _is_empty(pgconn: pq.abc.PGconn, tables: list[int], and_then: str) -> Work[bool]:
    """Return whether the files of the tables have no page: then there is no row, of whatever age.

    ``and_then`` is one more statement, which is spared a message of its own.
    """
    sizes = " + ".join(["0", *(f"pg_relation_size({oid})" for oid in tables)])
    [(size,)], *_ = yield from ask(pgconn, f"SELECT {sizes}; {and_then}")
    return size == "0"


def _refill(pgconn: pq.abc.PGconn, rows: list[Rows | None], tables: list[int], pristine: Pristine) -> Work[bool]:
    """Insert the template's rows again, and return whether they are the same."""
    known = [each for each in rows if each]
    inserts = "; ".join(each.insert for each in known)
    yield from ask(pgconn, f"{EXACT_TEXT}; SET LOCAL session_replication_role = replica; {inserts}; {FLUSH}; COMMIT")
    yield from ask(pgconn, _vacuum(tables, pristine, freeze=True))
    digests = "; ".join(each.read_digest for each in known)
    results = yield from ask(pgconn, f"{EXACT_TEXT}; {digests}; COMMIT; {pristine.reset}")
    return [row[0][0] for row in results if row][: len(known)] == [each.digest for each in known]


def _read_rows(pgconn: pq.abc.PGconn, oid: int, name: str) -> Work[Rows | None]:
    """Return the rows of a table as statements; None where it is large, or a type has no lasting text."""
    columns, [(size,)] = yield from ask(pgconn, f"{READ_COLUMNS.format(oid=oid)}; SELECT pg_table_size({oid})")
    if int(size or 0) > LARGEST or any(is_fickle == "t" for _, _, is_fickle in columns) or not columns:
        return None
    texts = " || ', ' || ".join(f"quote_nullable({column}::text) || '::{_quoted(kind)}'" for column, kind, _ in columns)
    read_digest = f"SELECT md5(string_agg(r::text, ',')) FROM (SELECT * FROM ONLY {name}) r"
    reading = f"{EXACT_TEXT}; SELECT {texts} FROM ONLY {name}; {read_digest}; COMMIT"
    *_, values, [(digest,)], _ = yield from ask(pgconn, reading)
    if not values:
        return None
    names = ", ".join(str(column) for column, _, _ in columns)
    rows = ", ".join(f"({value})" for (value,) in values)
    insert = f"INSERT INTO {name} ({names}) OVERRIDING SYSTEM VALUE VALUES {rows}"
    return Rows(insert, read_digest, str(digest))


def _quoted(kind: str | None) -> str:
    return str(kind).replace("'", "''")
