"""Where databases are made and dropped: one process's connections to the server's administrative database.

One of them waits for answers and has the lease; others make, watch and drop databases while tests run. Every database
has this process's lease in its name, so whoever holds the lock of that number owns it, and when the process ends,
however it ends, the next run may take it away.
"""

from __future__ import annotations

import secrets
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import conninfo, pq

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.postgres.connection import connect
from pytest_plugin.errands import Errand, ask, is_alive, opened
from pytest_plugin.evidence import OLDEST_SERVER, PATIENCE, prepare_marks, read_marks
from pytest_plugin.names import KEPT, LEASES, TEMPLATES, clone_name, lock_of_template

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_plugin.errands import Work
    from pytest_plugin.evidence import Marks
    from pytest_plugin.server import PostgresServer

FILE_COPY, WAL_LOG = " STRATEGY FILE_COPY", " STRATEGY WAL_LOG"
STRATEGIES_SINCE = 150000
LEAVING = 0.01  # seconds that a closed session takes to be gone; DROP DATABASE would wait 100 ms for it
IN_USE, IS_TEMPLATE, LOCKED = "55006", "42809", "55P03"
# a prepared transaction that has granted something on its database would make DROP DATABASE wait for ever
LOCK_TIMEOUT = "SET lock_timeout = '2s'"
OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
END = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
RECOVERY = timedelta(seconds=10)  # that a server which has crashed may take until it takes connections again


def _new_lease() -> int:
    return secrets.randbelow(2**31)


@dataclass
class Workshop:
    """Makes and drops the databases of one process on ``server``; ``settings`` are a template's, see templates.py."""

    server: PostgresServer
    lease: int = field(default_factory=_new_lease)
    settings: dict[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    _admin: psycopg.Connection | None = None
    _idle: list[pq.abc.PGconn] = field(default_factory=list)  # connections for errands, that have nothing to do
    _dropping: Errand[None] | None = None
    _to_drop: deque[tuple[float, str]] = field(default_factory=deque)
    _patience: timedelta = RECOVERY
    _number: int = 0
    _seconds: dict[str, float] = field(default_factory=dict)  # what a clone took, by strategy

    @property
    def admin(self) -> psycopg.Connection[Any]:
        """The connection that waits for answers; opened, with the lease, when it is first needed or was lost."""
        if self._admin is None or not is_alive(self._admin.pgconn):
            self._admin = self._with_locks(self._reopened())
        return self._admin

    def _reopened(self) -> psycopg.Connection[Any]:
        """Connect; where a connection was lost, the server may be recovering, which is waited for once."""
        wait = timedelta(0)
        if self._admin:
            self._admin.close()
            wait, self._patience = self._patience, wait
        return connect(self.server.url, wait=wait)

    def _with_locks(self, admin: psycopg.Connection[Any]) -> psycopg.Connection[Any]:
        """Take the lease, and the locks of the templates in use, which are lost with a connection.

        Where another run found the lease free meanwhile, what was made with it is that one's to drop.
        """
        _refuse_pooler(admin)
        while admin.execute("SELECT pg_try_advisory_lock(%s, %s)", (LEASES, self.lease)).fetchone() != (True,):
            self.lease = _new_lease()
        for template in self.settings:
            admin.execute("SELECT pg_advisory_lock_shared(%s, %s)", (TEMPLATES, lock_of_template(template)))
        return admin

    def conninfo_of(self, name: str) -> str:
        """Return the connection string of the database ``name``."""
        return conninfo.make_conninfo(self.server.url, dbname=name)

    def new_name(self) -> str:
        """Return a name for a database of this process."""
        self._number += 1
        return clone_name(self.lease, self._number)

    def cloned(self, template: str) -> Work[str]:
        """Make a copy of ``template``, and return its name."""
        _ = self.admin  # nothing is made without a lease
        name, strategy = self.new_name(), self._next_strategy()
        started = time.perf_counter()
        yield from self._asked(self._copying(name, template, strategy))
        self._seconds[strategy] = time.perf_counter() - started
        for before, after in self.settings.get(template, ()):
            yield from self._asked(f'{before} "{name}" {after}')
        return name

    def marks_of(self, oid: int, patience: float = PATIENCE) -> Work[Marks]:
        """Return what the server says of a database; see evidence.py."""
        pgconn = yield from self._taken()
        marks = yield from read_marks(pgconn, oid, patience)
        self._idle.append(pgconn)
        return marks

    def clone(self, template: str) -> str:
        """Make a copy of ``template``, wait for it, and return its name."""
        name = self.new_name()
        self.admin.execute(self._copying(name, template, self._next_strategy()).encode())
        for before, after in self.settings.get(template, ()):
            self.admin.execute(f'{before} "{name}" {after}'.encode())
        return name

    def end_sessions(self, name: str, patience: float = 0.0) -> int:
        """End whatever is connected to a database, and return how many connections did not end within ``patience``."""
        deadline = time.monotonic() + patience
        while (left := self._count(OPEN, name)) and time.monotonic() < deadline:
            time.sleep(0.001)
        while self._count(END, name):
            time.sleep(0.001)
        return left

    def _count(self, question: str, name: str) -> int:
        row = self.admin.execute(question.encode(), (name,)).fetchone()
        return int(row[0]) if row else 0

    def drop(self, name: str) -> None:
        """Drop a database when there is time for it."""
        self._to_drop.append((time.monotonic() + LEAVING, name))

    def advance(self) -> None:
        """Go on with dropping, without waiting."""
        if self._dropping and self._dropping.advance():
            self._dropping = None
        if not self._dropping and self._to_drop and self._to_drop[0][0] < time.monotonic():
            self._dropping = Errand(self._dropped(self._to_drop.popleft()[1]))

    def drop_all(self) -> None:
        """Drop what is left of this process's databases, and wait for it; raises psycopg.Error where one stays.

        What other runs left is dropped, too, as far as that can be done.
        """
        if self._dropping:
            with suppress(psycopg.Error):
                self._dropping.result()
        for _, name in self._to_drop:
            with suppress(psycopg.Error):
                Errand(self._dropped(name)).result()
        self._dropping = None
        self._to_drop.clear()
        for name in self.own_databases():
            Errand(self._dropped(name)).result()

    def own_databases(self) -> list[str]:
        """Return the names of this process's databases, but for those that are kept."""
        rows = self.admin.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
            " AND NOT starts_with(coalesce(shobj_description(oid, 'pg_database'), ''), %s)",
            (clone_name(self.lease, ""), KEPT),
        )
        return [name for (name,) in rows]

    def close(self) -> None:
        """Close the connections; with the lease, whatever is left is given up."""
        for errand in [self._dropping] if self._dropping else []:
            errand.close()
        for pgconn in self._idle:
            pgconn.finish()
        if self._admin:
            self._admin.close()

    def _next_strategy(self) -> str:
        """Return how to copy. Where files are synced to the disk each way is tried once, and the faster one kept."""
        if self.server.version < STRATEGIES_SINCE:
            return ""
        if not self.server.has_fsync:
            return FILE_COPY
        untried = [strategy for strategy in (FILE_COPY, WAL_LOG) if strategy not in self._seconds]
        return untried[0] if untried else min(self._seconds, key=lambda strategy: self._seconds[strategy])

    def _copying(self, name: str, template: str, strategy: str) -> str:
        return f'CREATE DATABASE "{name}" TEMPLATE "{template}"{strategy}'

    def _dropped(self, name: str) -> Work[None]:
        remedies = {IN_USE: self._cleared, LOCKED: self._cleared, IS_TEMPLATE: self._opened_to_dropping}
        while True:
            try:
                yield from self._asked(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            except psycopg.Error as error:
                if error.sqlstate not in remedies:
                    raise
                yield from remedies.pop(error.sqlstate)(name)
            else:
                return

    def _opened_to_dropping(self, name: str) -> Work[None]:
        """Take back what keeps a template from being dropped; who makes one may be killed before it has its name."""
        yield from self._asked(f'ALTER DATABASE "{name}" IS_TEMPLATE false')

    def _asked(self, statement: str) -> Work[None]:
        """Execute a statement on a connection that has nothing else to do; one that fails at it is not used again."""
        pgconn = yield from self._taken()
        try:
            yield from ask(pgconn, statement)
        except BaseException:
            pgconn.finish()
            raise
        self._idle.append(pgconn)

    def _taken(self) -> Work[pq.abc.PGconn]:
        """Return a connection that has nothing to do, or else a new one."""
        while self._idle:
            pgconn = self._idle.pop()
            if is_alive(pgconn):
                return pgconn
        pgconn = yield from opened(self.server.url)
        yield from ask(pgconn, LOCK_TIMEOUT)
        if self.server.version >= OLDEST_SERVER:
            yield from prepare_marks(pgconn, is_superuser=self.server.facts.is_superuser)
        return pgconn

    def _cleared(self, name: str) -> Work[None]:
        """Take away what keeps a database from being dropped, besides sessions."""
        try:
            pgconn = yield from opened(self.conninfo_of(name))
        except psycopg.OperationalError:
            yield from self._asked(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            pgconn = yield from opened(self.conninfo_of(name))
        try:
            found = yield from ask(
                pgconn,
                "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database();"
                " SELECT format('SELECT pg_drop_replication_slot(%L)', slot_name) FROM pg_replication_slots"
                " WHERE database = current_database()",
            )
            for (statement,) in [row for rows in found for row in rows]:
                yield from ask(pgconn, str(statement))
        finally:
            pgconn.finish()


def _refuse_pooler(connection: psycopg.Connection) -> None:
    """Refuse a pooler that gives each transaction another session: none could hold a lock, or make a database."""
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    if row != (connection.info.backend_pid,):
        raise ConfigurationError(
            "test databases cannot be made behind a connection pooler",
            hint="Point --postgres-url at the server itself.",
        )
