"""The databases of one test process: its server, its templates, and a pool of clones for each.

Everything is opened when it is first needed.
"""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from pytest_plugin import options as asked
from pytest_plugin.evidence import OLDEST_SERVER, PATIENCE
from pytest_plugin.leaks import Watch
from pytest_plugin.names import KEPT, clone_name
from pytest_plugin.pool import SHORT_PATIENCE, Clone, Pool
from pytest_plugin.report import Summary
from pytest_plugin.restore import Pristine
from pytest_plugin.server import IF_FULL, PostgresServer, if_full, open_server
from pytest_plugin.sweep import sweep
from pytest_plugin.templates import Templates, describe_database
from pytest_plugin.verify import Verification
from pytest_plugin.workshop import Workshop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_plugin.grounds import Grounds
    from pytest_plugin.migrated_database import MigratedDatabase
    from pytest_plugin.options import Options
    from pytest_plugin.recipe import Recipe
    from pytest_plugin.report import Left

READ_POWERS = """
SELECT current_setting('track_counts') = 'on', has_parameter_privilege('session_replication_role', 'SET'),
  has_function_privilege('pg_stat_reset()', 'EXECUTE')
"""


@dataclass
class Lent:
    """What one test has: its database, and, when it asks, an open connection. ``keep`` leaves the database there."""

    database: MigratedDatabase
    clone: Clone
    keep: bool = False
    _connection: psycopg.Connection[Any] | None = None

    def connection(self) -> psycopg.Connection[Any]:
        """Return an open connection; it is closed with the test."""
        if self._connection is None:
            session = self.clone.session
            self._connection = session.lend() if session.is_open else self.database.connect()
        return self._connection

    def close(self) -> None:
        """Close the connection where it is not the database's own session."""
        if self._connection is not None and self._connection.pgconn is not self.clone.session.pgconn:
            self._connection.close()
        self._connection = None  # pytest keeps what a test had until the run ends


@dataclass
class Databases:
    """All that one test process has on its server. ``tell`` shows people a line while they wait."""

    options: Options
    grounds: Grounds
    tell: Callable[[str], None]
    left: list[Left] = field(default_factory=list)  # what tests left behind
    kept: list[str] = field(default_factory=list)  # how to reach what is kept, a line each
    pools: dict[str, Pool] = field(default_factory=dict)
    is_closed: bool = False
    _templates: dict[Recipe, str | MigrateTasksError] = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)
    _patience: float = PATIENCE  # for connections to a fixed URL, when a test has ended

    @cached_property
    def server(self) -> PostgresServer:
        """The server, opened by the first who asks; raises ConfigurationError, TryAgainLater."""
        try:
            server = self._stack.enter_context(open_server(self.options, self.grounds))
        except MigrateTasksError as error:
            raise if_full(error) from None
        if not server.facts.may_create:
            raise ConfigurationError(
                f'could not create a test database: role "{server.facts.user}" may not create databases',
                hint=f"ALTER ROLE {server.facts.user} CREATEDB, or point --postgres-url at a server meant for tests.",
            )
        return server

    @cached_property
    def workshop(self) -> Workshop:
        """Where databases are made; what killed runs left is taken away first."""
        workshop = Workshop(self.server)
        self._stack.callback(workshop.close)
        if sweep(workshop) and self.server.kind == asked.EMBEDDED:
            self.grounds.note_change()  # else what was left would come out of the cache again and again
        return workshop

    @cached_property
    def templates(self) -> Templates:
        """The templates on the server."""
        rebuild = self.grounds.begun if self.options.rebuild_template else None
        templates = Templates(self.workshop, self.grounds.shared.name, rebuild=rebuild, tell=self.tell)
        templates.remove_unused()
        return templates

    @cached_property
    def watch(self) -> Watch:
        """Who sees what tests leave on the server."""
        return Watch(lambda *left: self.left.append(left))

    @property
    def fixed_url(self) -> str:
        """The URL of all databases of this process, where they have the same."""
        return self.server.url_of(clone_name(self.workshop.lease, "current"))

    @property
    def kept_for(self) -> str:
        """How long a database of a failed test is kept, in words."""
        if not self.options.keep_databases:
            return "It is not kept; --keep-databases does that."
        if self.server.kind == asked.EMBEDDED:
            return "It is kept until the next run, at most an hour."
        is_url = self.server.kind == asked.URL
        return "It is kept." if is_url else "It is not kept: its container ends with the run."

    def summary(self) -> Summary:
        """Return the account of this process."""
        facts = self.server.facts
        fates: Counter[str] = sum((pool.fates for pool in self.pools.values()), Counter())
        waited = sum(pool.waited for pool in self.pools.values())
        # the server may be gone by now: nothing is opened for this
        templates = self.templates.made if "templates" in self.__dict__ else {}
        made = {title: None if when is None else when.isoformat() for title, when in templates.values()}
        server = f"PostgreSQL {facts.release}, {self.server.kind}, user {facts.user}"
        return Summary(server, made, fates, waited, self.left, self.kept)

    @property
    def is_open(self) -> bool:
        """Whether anything was asked for."""
        return "server" in self.__dict__

    def template(self, recipe: Recipe) -> str:
        """Return the name of the template database, which is made if it is not there; a failure is final."""
        if recipe not in self._templates:
            made = len(self.templates.new)
            try:
                with _problems_told():
                    self._templates[recipe] = self.templates.find_or_make(recipe)
            except MigrateTasksError as error:
                self._templates[recipe] = error
            if len(self.templates.new) > made:
                self.watch.forget()
            if self.templates.new and self.server.kind == asked.EMBEDDED:
                self.grounds.note_change()
        found = self._templates[recipe]
        if isinstance(found, MigrateTasksError):
            raise found
        return found

    @contextmanager
    def lend(
        self, recipe: Recipe, test: str, fresh: str | None, *, is_more_to_come: Callable[[], bool]
    ) -> Iterator[Lent]:
        """Lend a database made by ``recipe`` to a test; ``fresh`` is "restore" or "clone", None as the options say.

        Raises MigrateTasksError, also at the end, where --verify-fresh finds a difference.
        """
        pool = self.pool(self.template(recipe))
        with _problems_told():
            clone = pool.take(test)
            self.templates.refuse_emptied(pool.template)
        name = self._fix_name(clone) if self.options.fixed_url else clone.name
        lent = Lent(describe_database(self.workshop, name, recipe), clone)
        try:
            yield lent
        finally:
            lent.close()
            if self.options.fixed_url:
                self._unfix_name(clone)
            if lent.keep:
                self._keep(pool, clone, describe_database(self.workshop, clone.name, recipe))
            else:
                is_reusable = (fresh or self.options.fresh) != asked.CLONE
                with _problems_told():
                    coming = pool.give_back(clone, is_reusable=is_reusable, is_more_to_come=is_more_to_come())
                if self.options.verify_fresh and (renewed := coming.result()):
                    self._verification(pool).check(pool, renewed)

    def close(self) -> None:
        """Drop what was made, unless the whole server goes, and end every connection; may be called again."""
        try:
            if "workshop" in self.__dict__ and not self.is_closed:
                for pool in self.pools.values():
                    pool.close()
                if self.server.kind == asked.EMBEDDED and self.watch.has_seen_change:
                    self.grounds.note_leak()
                if self.server.kind != asked.EMBEDDED or self.grounds.is_changed or self.kept:
                    self.workshop.drop_all()
                if self.kept and self.server.kind == asked.EMBEDDED:
                    self.grounds.keep()
        finally:
            self.is_closed = True
            self._stack.close()

    def pool(self, template: str) -> Pool:
        """Return the databases of the template of that name."""
        if template not in self.pools:
            facts, pristine = self.server.facts, None
            if facts.version >= OLDEST_SERVER:
                row = self.workshop.admin.execute(READ_POWERS).fetchone()
                assert row
                counts, is_replica, may_reset = row
                pristine = Pristine(is_replica, may_reset, facts.version) if counts else None
            self.pools[template] = Pool(self.workshop, template, pristine, self.watch)
        return self.pools[template]

    def _verification(self, pool: Pool) -> Verification:
        if pool.verification is None:
            pool.verification = Verification.against_clone(self.workshop, pool.template)
        return pool.verification

    def _fix_name(self, clone: Clone) -> str:
        """Give a database the one name that all of this process's databases have in turn; sessions would forbid it."""
        clone.session.close()
        fixed = clone_name(self.workshop.lease, "current")
        self._rename(clone.name, fixed)
        return fixed

    def _unfix_name(self, clone: Clone) -> None:
        """Give the name back; what the test left open is told, and ended."""
        fixed = clone_name(self.workshop.lease, "current")
        if count := self.workshop.end_sessions(fixed, self._patience):
            self._patience = SHORT_PATIENCE
            self.watch.left_open(clone.test, count)
        self._rename(fixed, clone.name)

    def _rename(self, name: str, new: str) -> None:
        self.workshop.end_sessions(name)
        self.workshop.admin.execute(
            sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(new))
        )

    def _keep(self, pool: Pool, clone: Clone, database: MigratedDatabase) -> None:
        pool.part_with(clone)
        comment = sql.Literal(f"{KEPT}{clone.test}")
        self.workshop.admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(clone.name), comment))
        self.kept.append(f"{clone.test}: {database!r}")


@contextmanager
def _problems_told() -> Iterator[None]:
    """Turn what the server says when databases are made into our errors."""
    try:
        yield
    except psycopg.Error as error:
        raise _told(error) from None


def _told(error: psycopg.Error) -> MigrateTasksError:
    said = error.diag
    hint = said.message_hint
    if error.sqlstate == "55006":
        names = re.findall(r'"(\w+)"', said.message_primary or "") or [""]
        hint = f"See whose sessions those are: SELECT * FROM pg_stat_activity WHERE datname = '{names[0]}'"
    elif error.sqlstate == "53100":
        hint = IF_FULL
    elif error.sqlstate == "53300":
        hint = "Use fewer workers, or raise max_connections of the server."
    message = said.message_primary or str(error).strip().partition("\n")[0]
    return MigrateTasksError(f"could not create a test database: {message}", detail=said.message_detail, hint=hint)
