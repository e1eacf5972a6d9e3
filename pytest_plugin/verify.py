"""Whether a database is what a true clone is: every table, sequence, catalog and setting, compared.

Left out is what a clone of the same template may have otherwise, too: the database's name and oid, transaction ids and
the horizons that VACUUM has reached, and the page counts that it notes for the planner.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from psycopg import sql

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.postgres.connection import connect
from pytest_plugin.errands import Errand

if TYPE_CHECKING:
    import psycopg

    from pytest_plugin.pool import Clone, Pool
    from pytest_plugin.workshop import Workshop

SHOWN = 5  # differences that a message names

# Relations with rows of their own that the role may read, and their columns: not the horizons, nor the size of an
# index, which never shrinks, nor what VACUUM noted of the catalogs that all databases share.
READ_RELATIONS = """
SELECT format('%I.%I', n.nspname, c.relname), n.nspname <> 'pg_catalog',
  array_agg(CASE WHEN n.nspname <> 'pg_catalog' THEN quote_ident(a.attname)
    WHEN a.attname = 'relpages' THEN 'CASE WHEN relkind = ''i'' OR relisshared THEN 0 ELSE relpages END AS relpages'
    WHEN a.attname = 'reltuples' THEN 'CASE WHEN relisshared THEN 0 ELSE reltuples END AS reltuples'
    ELSE quote_ident(a.attname) END ORDER BY a.attnum) FILTER (WHERE n.nspname <> 'pg_catalog' OR a.attname NOT IN (
    'relfrozenxid', 'relminmxid', 'relallvisible', 'relallfrozen'))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'm', 'S') AND NOT c.relisshared AND c.relpersistence <> 't'
  AND has_table_privilege(c.oid, 'SELECT')
GROUP BY 1, 2
"""
READ_DATABASE = """
SELECT datdba, datconnlimit, datallowconn, datistemplate, encoding, datcollate, datctype, dattablespace,
  (SELECT array_agg(x::text ORDER BY x::text) FROM aclexplode(datacl) x),
  (SELECT array_agg(ROW(setrole, setconfig)::text ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid),
  shobj_description(oid, 'pg_database'),
  (SELECT count(*) FROM pg_prepared_xacts WHERE database = datname)
FROM pg_database d WHERE datname = current_database()
"""
# in a session of its own, what another one has is not seen; these are what a new session begins with
READ_SETTINGS = "SELECT name, setting FROM pg_settings WHERE name NOT IN ('application_name')"

Contents = dict[str, str]


def read_contents(connection: psycopg.Connection[Any]) -> Contents:
    """Return a text for each thing in the database of ``connection``; tables with their rows in the order they lie."""
    parts = [
        sql.SQL("SELECT {}, md5(string_agg(t::text, chr(10) {})), count(*) FROM (SELECT {} FROM ONLY {}) t").format(
            sql.Literal(name),
            sql.SQL("" if is_users else "ORDER BY t::text"),
            sql.SQL(", ".join(columns)),
            sql.SQL(name),
        )
        for name, is_users, columns in connection.execute(READ_RELATIONS)
        if columns
    ]
    rows = connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall()
    contents = {name: f"{count} rows, {digest}" for name, digest, count in rows}
    contents["the database itself"] = str(connection.execute(READ_DATABASE).fetchone())
    contents |= {f"setting {name}": value for name, value in connection.execute(READ_SETTINGS)}
    return contents


def differences(found: Contents, expected: Contents) -> list[str]:
    """Return what differs, a line each."""
    return [
        f"{name}: {found.get(name, 'not there')} instead of {expected.get(name, 'nothing')}"
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    ]


@dataclass(frozen=True)
class Verification:
    """What a true clone of one template has in it, to compare others with."""

    workshop: Workshop
    expected: Contents

    @classmethod
    def against_clone(cls, workshop: Workshop, template: str) -> Verification:
        """Make a clone of ``template``, read it, and drop it."""
        name = workshop.clone(template)
        with connect(workshop.conninfo_of(name)) as connection:
            expected = read_contents(connection)
        workshop.drop(name)
        return cls(workshop, expected)

    def check(self, pool: Pool, clone: Clone) -> None:
        """Raise MigrateTasksError where a database that is to be lent again is not what a clone is."""
        with connect(self.workshop.conninfo_of(clone.name)) as connection:
            found = differences(read_contents(connection), self.expected)
        # to look at a sequence is counted; see evidence.py
        Errand(pool.settle(clone)).result()
        if found:
            clone.session.close()  # without it, it is not lent again
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            raise MigrateTasksError(
                f"the database that {clone.test} had is not as new, though it was proved to be",
                detail="; ".join(found[:SHOWN]) + more,
                hint="Please report it. Until it is mended, mark the test: @pytest.mark.fresh('clone')",
            )
