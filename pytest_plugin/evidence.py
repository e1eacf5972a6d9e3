"""What PostgreSQL itself says a database has been through: the proof that a test wrote nothing, or where it wrote.

The server counts every row inserted, updated or deleted, in each table and each catalog, whoever did it and whether it
was committed or not; every VACUUM, which changes what the planner is told; and every look at a sequence
(pg_stat_get_tuples_inserted and its like; src/backend/utils/activity/pgstat_relation.c). A session's counts are all
there once it has ended, before it leaves pg_stat_activity, or after pg_stat_force_next_flush (PostgreSQL 15 and later).
So two readings with no other session in between tell what changed. What leaves no trace: row locks, NOTIFY, advisory
locks, whatever sessions that are gone had to themselves. ``track_counts = off``, which only a superuser may set, blinds
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_plugin.errands import ask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import pq

    from pytest_plugin.errands import Rows, Work

OLDEST_SERVER = 150000  # with counts in shared memory; before, some were lost on their way
FLUSH = "SELECT pg_stat_force_next_flush()"

# the others first: what they did is counted when they are gone
READ_OTHERS = """
SELECT count(*) FROM pg_stat_get_activity(NULL) a JOIN pg_database d ON d.oid = a.datid
WHERE d.datname = current_database() AND a.pid <> pg_backend_pid()
"""
# a connection that was just closed is gone in about a millisecond; one that is not gone by then was left open
WAIT_FOR_OTHERS = f"""
DO $$ BEGIN
  FOR attempt IN 1..500 LOOP
    EXIT WHEN ({READ_OTHERS}) = 0;
    PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
  END LOOP;
END $$
"""
# (a crash of the server takes all counts back to zero, and sets that time of the background writer's)
# what belongs to the database and is in none of its own tables, and what would spoil the counts
READ_STATE = """
SELECT ROW(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time(), pg_stat_get_db_stat_reset_time(d.oid),
    current_setting('track_counts'),
    d.datdba, d.datacl, d.datconnlimit, d.datallowconn, d.datistemplate, d.encoding, d.datcollate, d.datctype,
    d.dattablespace,
    (SELECT array_agg(ROW(setrole, setconfig)::text ORDER BY setrole)
      FROM pg_db_role_setting WHERE setdatabase = d.oid),
    shobj_description(d.oid, 'pg_database'),
    (SELECT count(*) FROM pg_subscription s WHERE s.subdbid = d.oid),
    (SELECT count(*) FROM pg_get_replication_slots() s WHERE s.datoid = d.oid),
    (SELECT count(*) FROM pg_prepared_xact() x WHERE x.dbid = d.oid)
  )::text
FROM pg_database d WHERE d.datname = current_database()
"""
READ_COUNTS = """
SELECT oid, n FROM (
  SELECT oid, CASE relkind WHEN 'S' THEN pg_stat_get_blocks_fetched(oid) ELSE pg_stat_get_tuples_inserted(oid)
    + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) + pg_stat_get_vacuum_count(oid) END AS n
  FROM pg_class WHERE relkind IN ('r', 't', 'm', 'S') AND NOT relisshared
) c WHERE n > 0
"""


# what belongs to the whole server, and no clone has anew
READ_SURROUNDINGS = """
SELECT (SELECT string_agg(rolname, chr(10)) FROM pg_roles WHERE oid >= 16384),
  (SELECT string_agg(spcname, chr(10)) FROM pg_tablespace WHERE oid >= 16384), {configuration}
"""
CONFIGURATION = "(SELECT modification FROM pg_stat_file('postgresql.auto.conf'))"


@dataclass(frozen=True)
class Surroundings:
    """What tests share on the server: roles, tablespaces, and when ALTER SYSTEM last changed its settings."""

    roles: frozenset[str]
    tablespaces: frozenset[str]
    configured: str

    def changes_since(self, before: Surroundings) -> list[str]:
        """Return what is new, in words that follow the name of a test."""
        new = [f'left role "{role}"' for role in sorted(self.roles - before.roles)]
        new += [f'left tablespace "{name}"' for name in sorted(self.tablespaces - before.tablespaces)]
        return new + ["changed the server's settings (ALTER SYSTEM)"] * (self.configured != before.configured)


@dataclass(frozen=True)
class Evidence:
    """One reading: the other sessions in the database, its state as a text, rows written by the oid of their table.

    For a sequence it is the times that somebody looked at it.
    """

    others: int
    state: str
    surroundings: Surroundings
    counts: Mapping[int, int] = field(repr=False)

    def changed_since(self, before: Evidence) -> frozenset[int]:
        """Return the oids of what was written to, or has lost its counts."""
        oids = self.counts.keys() | before.counts.keys()
        return frozenset(oid for oid in oids if self.counts.get(oid, 0) != before.counts.get(oid, 0))


def reading_for(*, is_superuser: bool) -> str:
    """Return the statements by which a role reads evidence; only a superuser sees the file of ALTER SYSTEM."""
    surroundings = READ_SURROUNDINGS.format(configuration=CONFIGURATION if is_superuser else "''")
    return f"{READ_OTHERS}; {READ_STATE}; {surroundings}; {READ_COUNTS}"


def read_evidence(pgconn: pq.abc.PGconn, reading: str) -> Work[Evidence]:
    """Return what the server says now; other sessions get half a second to be gone."""
    evidence = _evidence((yield from ask(pgconn, reading)))
    if evidence.others:
        _, *results = yield from ask(pgconn, f"{WAIT_FOR_OTHERS}; {reading}")
        evidence = _evidence(results)
    return evidence


def _evidence(results: list[Rows]) -> Evidence:
    [[(others,)], [(state,)], [(roles, tablespaces, configured)], counts] = results
    return Evidence(
        int(others or 0),
        state or "",
        Surroundings(_names(roles), _names(tablespaces), configured or ""),
        {int(oid or 0): int(n or 0) for oid, n in counts},
    )


def _names(text: str | None) -> frozenset[str]:
    return frozenset((text or "").splitlines())
