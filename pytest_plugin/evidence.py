"""What PostgreSQL itself says a database has been through: the proof that a test wrote nothing, or where it wrote.

The server counts every row inserted, updated or deleted, in each table and each catalog, whoever did it and whether it
was committed or not; and every look at a sequence (pg_stat_get_tuples_inserted and its like; src/backend/utils/
activity/pgstat_relation.c). A session's counts are all there once it has ended, before it leaves pg_stat_activity, or
after pg_stat_force_next_flush (PostgreSQL 15 and later). So two readings with no other session in between tell what
changed. What leaves no trace: VACUUM, which changes nothing in a template's copy; row locks, NOTIFY, advisory locks,
and whatever sessions that are gone had to themselves. ``track_counts = off``, which only a superuser may set, blinds
it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_plugin.errands import ask
from pytest_plugin.names import OF_OURS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import pq

    from pytest_plugin.errands import Rows, Work

OLDEST_SERVER = 150000  # with counts in shared memory; before, some were lost on their way
FLUSH = "SELECT pg_stat_force_next_flush()"
RESET = "SELECT pg_stat_reset()"

# Of the database with the oid $1, from left to right: the other sessions first, since what they did is counted when
# they are gone (our own is one of those counted); what would spoil the counts, where a crash of the server, which takes
# all of them back to zero, sets the time of the background writer's; what belongs to the database but is in none of its
# own tables; the counts of the database, and those of what all databases share; and what ALTER SYSTEM has written.
PREPARE_MARKS = """
PREPARE migrate_tasks_marks(oid) AS SELECT pg_stat_get_db_numbackends($1) - 1,
  ROW(pg_postmaster_start_time(), pg_stat_get_bgwriter_stat_reset_time(), pg_stat_get_db_stat_reset_time($1),
    (SELECT count(*) FROM pg_prepared_xact() WHERE dbid = $1),
    (SELECT count(*) FROM pg_get_replication_slots() WHERE datoid = $1),
    (SELECT count(*) FROM pg_subscription WHERE subdbid = $1),
    (SELECT (datname, datdba, datacl, datconnlimit, datallowconn, datistemplate, dattablespace)
      FROM pg_database WHERE oid = $1),
    (SELECT array_agg((xmin, ctid)) FROM pg_db_role_setting WHERE setdatabase = $1),
    (SELECT array_agg((xmin, ctid)) FROM pg_shdescription WHERE objoid = $1 AND classoid = 'pg_database'::regclass)
  )::text,
  ROW(pg_stat_get_db_tuples_inserted($1), pg_stat_get_db_tuples_updated($1), pg_stat_get_db_tuples_deleted($1))::text,
  ROW(pg_stat_get_db_tuples_inserted(0), pg_stat_get_db_tuples_updated(0), pg_stat_get_db_tuples_deleted(0))::text,
  {configured}
"""
# which only a superuser may ask; not the time of its last change, which is known to the second only
CONFIGURED = "md5(pg_read_file('postgresql.auto.conf'))"
# a connection that was just closed is gone in about a millisecond; one that is not gone by then was left open
PATIENCE = 0.5  # seconds
WAIT_FOR_OTHERS = """
DO $$ BEGIN
  WHILE pg_stat_get_db_numbackends({oid}) > 1
    AND clock_timestamp() < statement_timestamp() + interval '{patience} s' LOOP
    PERFORM pg_sleep(0.001), pg_stat_clear_snapshot();
  END LOOP;
END $$
"""
READ_LOOKS = "SELECT coalesce(sum(pg_stat_get_blocks_fetched(seqrelid)), 0) FROM pg_sequence"
# before the database is dropped: DROP DATABASE ... WITH (FORCE) takes 100 ms where it finds a session
END_OTHERS = """
SELECT count(pg_terminate_backend(pid)) FILTER (WHERE backend_type = 'client backend') FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
READ_COUNTS = """
SELECT oid, n FROM (
  SELECT oid, CASE relkind WHEN 'S' THEN pg_stat_get_blocks_fetched(oid) ELSE pg_stat_get_tuples_inserted(oid)
    + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid) END AS n
  FROM pg_class WHERE relkind IN ('r', 't', 'm', 'S') AND NOT relisshared
) c WHERE n > 0
"""
READ_SURROUNDINGS = """
SELECT (SELECT string_agg(rolname, chr(10)) FROM pg_roles WHERE oid >= 16384),
  (SELECT string_agg(spcname, chr(10)) FROM pg_tablespace WHERE oid >= 16384),
  (SELECT string_agg(datname, chr(10)) FROM pg_database WHERE NOT starts_with(datname, '{prefix}'))
"""


@dataclass(frozen=True)
class Marks:
    """One reading: the other sessions in the database, and texts that are equal where nothing has happened."""

    others: int
    state: str
    written: str
    shared: str
    configured: str


@dataclass(frozen=True)
class Evidence:
    """What the server said when nobody had the database.

    ``looks`` are the times that somebody looked at a sequence, ``counts`` the rows written to each table, and the looks
    at each sequence, by its oid.
    """

    marks: Marks
    looks: int = 0
    counts: Mapping[int, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Surroundings:
    """What tests share on the server; ``databases`` are not ours, ``configured`` is what ALTER SYSTEM has set."""

    roles: frozenset[str]
    tablespaces: frozenset[str]
    databases: frozenset[str]
    configured: str

    def changes_since(self, before: Surroundings) -> list[tuple[str, str]]:
        """Return what is new, in words that follow the name of a test, and what tells it from another such change."""
        new = [(f'left role "{name}"', "") for name in sorted(self.roles - before.roles)]
        new += [(f'left tablespace "{name}"', "") for name in sorted(self.tablespaces - before.tablespaces)]
        new += [(f'left database "{name}"', "") for name in sorted(self.databases - before.databases)]
        is_changed = self.configured != before.configured
        return new + [("changed the server's settings (ALTER SYSTEM)", self.configured)] * is_changed


def prepare_marks(pgconn: pq.abc.PGconn, *, is_superuser: bool) -> Work[None]:
    """Make a connection to any database fit for :func:`read_marks`."""
    yield from ask(pgconn, PREPARE_MARKS.format(configured=CONFIGURED if is_superuser else "NULL"))


def read_marks(pgconn: pq.abc.PGconn, oid: int, patience: float = PATIENCE) -> Work[Marks]:
    """Return what the server says of a database now; sessions other than ours get ``patience`` seconds to be gone."""
    execute = f"EXECUTE migrate_tasks_marks({oid})"
    marks = _marks((yield from ask(pgconn, execute)))
    if marks.others:
        wait = WAIT_FOR_OTHERS.format(oid=oid, patience=patience)
        marks = _marks((yield from ask(pgconn, f"{wait}; {execute}")))
    return marks


def end_others(pgconn: pq.abc.PGconn) -> Work[int]:
    """End the other sessions in the database, and return how many were connections of the test's."""
    [[(count,)]] = yield from ask(pgconn, END_OTHERS)
    return int(count or 0)


def read_looks(pgconn: pq.abc.PGconn) -> Work[int]:
    """Return the times that somebody looked at any sequence."""
    [[(looks,)]] = yield from ask(pgconn, READ_LOOKS)
    return int(looks or 0)


def read_changed(pgconn: pq.abc.PGconn, before: Mapping[int, int]) -> Work[frozenset[int]]:
    """Return the oids of what was written to, or has lost its counts, since they were ``before``."""
    now = yield from read_counts(pgconn)
    return frozenset(oid for oid in now.keys() | before.keys() if now.get(oid, 0) != before.get(oid, 0))


def read_counts(pgconn: pq.abc.PGconn) -> Work[dict[int, int]]:
    """Return the rows written to each table, and the looks at each sequence."""
    [counts] = yield from ask(pgconn, READ_COUNTS)
    return {int(oid or 0): int(n or 0) for oid, n in counts}


def read_surroundings(pgconn: pq.abc.PGconn, configured: str) -> Work[Surroundings]:
    """Return what the server has beside our databases; ``configured`` is the mark of that name."""
    [[names]] = yield from ask(pgconn, READ_SURROUNDINGS.format(prefix=OF_OURS))
    roles, tablespaces, databases = (frozenset((text or "").splitlines()) for text in names)
    return Surroundings(roles, tablespaces, databases, configured)


def _marks(results: list[Rows]) -> Marks:
    [(others, *texts)] = results[-1]
    return Marks(int(others or 0), *(text or "" for text in texts))
