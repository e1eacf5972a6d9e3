"""Template databases: made once from a recipe, kept from run to run, copied for the tests.

A template is made under a private name, by one process while the others wait, and gets its own when it is complete: so
one with that name is always whole. Nobody can connect to it, since CREATE DATABASE waits for whoever is connected.
Its comment says what it is; for what CREATE DATABASE does not copy, see not_copied.py.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from migrate_tasks.errors import ConfigurationError, MigrateTasksError
from migrate_tasks.migrations.runner import run_migrations
from migrate_tasks.postgres.connection import connect
from pytest_plugin.migrated_database import MigratedDatabase
from pytest_plugin.names import BUILDS, TEMPLATE, TEMPLATE_PREFIX, TEMPLATES, lock_of_template, template_name
from pytest_plugin.not_copied import read_settings_of
from pytest_plugin.recipe import Fingerprint, Recipe, SeedFailed, digest_of, take_fingerprint
from pytest_plugin.server import if_full

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pytest_plugin.workshop import Workshop

TOLD_AFTER = 0.3  # seconds of waiting
MOST_KEPT = 8  # templates that nobody uses

READ_SERVER = """
SELECT current_setting('server_version_num'), current_user, datcollate, datctype, encoding,
  (SELECT array_agg(name || ' ' || default_version ORDER BY name) FROM pg_available_extensions)
FROM pg_database WHERE datname = 'template1'
"""
# datconnlimit is -2 where a crash has interrupted DROP DATABASE (PostgreSQL's src/include/catalog/pg_database.h)
READ_TEMPLATES = """
SELECT datname, shobj_description(oid, 'pg_database'), datconnlimit <> -2
FROM pg_database WHERE starts_with(datname, %s)
"""
# a crash empties unlogged tables, also those of a template; it also sets the time that the counts are from
READ_EPOCH = "SELECT extract(epoch FROM pg_stat_get_bgwriter_stat_reset_time())::text"
HAS_UNLOGGED = """
SELECT EXISTS (SELECT FROM pg_class
  WHERE relpersistence = 'u' AND (relkind = 'S' OR relkind = 'r' AND pg_relation_size(oid) > 0))
"""
# a clone's sequences are put back by setval(), which forgets the values that were fetched in advance (log_cnt)
SETTLE_SEQUENCES = """
DO $$ DECLARE sequence regclass; value bigint; called boolean; BEGIN
  FOR sequence IN SELECT oid FROM pg_class WHERE relkind = 'S' LOOP
    EXECUTE format('SELECT last_value, is_called FROM %s WHERE log_cnt <> 0', sequence) INTO value, called;
    IF value IS NOT NULL THEN PERFORM setval(sequence, value, called); END IF;
  END LOOP;
END $$
"""


class Templates:
    """The templates on one server, as one process makes and uses them; ``tell`` shows people a line.

    ``run`` is what all processes of the run have in common; templates made before ``rebuild`` are made anew.
    """

    def __init__(self, workshop: Workshop, run: str, *, rebuild: datetime | None, tell: Callable[[str], None]) -> None:
        self._workshop = workshop
        self._run = run
        self._rebuild = rebuild
        self._tell = tell
        self._server: Sequence[Any] = ()
        # of each that is used, by its name: what it is, and when another run has made it
        self.made: dict[str, tuple[str, datetime | None]] = {}
        self._names: dict[str, str] = {}  # of those that are used, by their fingerprints
        self.new: set[str] = set()  # those that this process made
        self._epochs: dict[str, str | None] = {}  # of those that are used: the tag's "unlogged"

    def find_or_make(self, recipe: Recipe) -> str:
        """Return the name of the template; raises MigrateTasksError, SeedFailed where a seed has raised something."""
        admin = self._workshop.admin
        if not self._server:
            row = admin.execute(READ_SERVER).fetchone()
            assert row
            self._server = row
        parent = self.find_or_make(recipe.parent) if recipe.parent else None
        fingerprint = take_fingerprint(recipe, self._server)
        if fingerprint.text not in self._names:
            self._names[fingerprint.text] = self._found_or_made(recipe, fingerprint, parent)
        return self._names[fingerprint.text]

    def _found_or_made(self, recipe: Recipe, fingerprint: Fingerprint, parent: str | None) -> str:
        name = template_name(fingerprint.text)
        with self._only_one_builder(name):
            if self._is_fit(name):
                self._use(name, recipe.title)
                return name
            if self._drop(name):
                self._make(recipe, fingerprint, parent)
                self.new.add(name)
                self._use(name, recipe.title)
                return name
        self._tell(
            f"another run uses the template of {recipe.title}: this one makes its own, later ones find the older"
        )
        return self._found_or_made(recipe, replace(fingerprint, base=digest_of([fingerprint.base, self._run])), parent)

    def remove_unused(self) -> None:
        """Drop the templates that nobody uses, but for those that were used last."""
        tags = self._tags()
        by_use = sorted(tags, key=lambda name: (str(tags[name].get("used")), str(tags[name].get("made"))), reverse=True)
        for name in by_use[MOST_KEPT:]:
            with self._only_one_builder(name):
                self._drop(name)

    def refuse_emptied(self, name: str) -> None:
        """Raise MigrateTasksError where the server has crashed since, and the template has lost rows by that."""
        if self._epochs.get(name) not in (None, self._epoch()):
            raise MigrateTasksError(
                "the server has crashed, which has emptied the unlogged tables of the template database",
                hint="Run the tests again: they begin with a new template.",
            )

    def _only_one_builder(self, name: str) -> psycopg.Connection[Any] | Any:
        return _Builder(self._workshop.admin, lock_of_template(name), self._tell)

    def _use(self, name: str, title: str) -> None:
        """Keep others from dropping it, note the day, and learn what its clones need beside the copy."""
        admin = self._workshop.admin
        admin.execute("SELECT pg_advisory_lock_shared(%s, %s)", (TEMPLATES, lock_of_template(name)))
        tag = self._tags()[name]
        self.made[name] = title, None if tag.get("run") == self._run else datetime.fromisoformat(tag["made"])
        today = _now().date().isoformat()
        if tag.get("used") != today:
            _comment(admin, name, json.dumps({**tag, "used": today}))
        self._epochs[name] = tag.get("unlogged")
        self._workshop.settings[name] = read_settings_of(admin, name, tag.get("comment"))

    def _is_fit(self, name: str) -> bool:
        """Return whether a template is there, whole, and as new as was asked for.

        One that another run has made since this one began is that: where several rebuild, one of them does it.
        """
        tag = self._tags().get(name)
        if not tag or (self._rebuild and datetime.fromisoformat(tag["made"]) < self._rebuild):
            return False
        return tag.get("unlogged") in (None, self._epoch())

    def _epoch(self) -> str | None:
        """Return what another crash of the server would change."""
        row = self._workshop.admin.execute(READ_EPOCH).fetchone()
        return row and row[0]

    def _tags(self) -> dict[str, dict[str, Any]]:
        """Return what the comments of our databases say; nothing of one that is half dropped."""
        rows = self._workshop.admin.execute(READ_TEMPLATES, (TEMPLATE_PREFIX,))
        tags = {name: (_read_tag(comment), is_valid) for name, comment, is_valid in rows if TEMPLATE.fullmatch(name)}
        return {name: tag if is_valid else {} for name, (tag, is_valid) in tags.items() if tag}

    def _drop(self, name: str) -> bool:
        """Drop a template, if it is there, and return whether it is gone: not where another run uses it."""
        if name not in self._tags():
            return True
        admin, lock = self._workshop.admin, (TEMPLATES, lock_of_template(name))
        if admin.execute("SELECT pg_try_advisory_lock(%s, %s)", lock).fetchone() != (True,):
            return False
        admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
        admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        admin.execute("SELECT pg_advisory_unlock(%s, %s)", lock)
        return True

    def _make(self, recipe: Recipe, fingerprint: Fingerprint, parent: str | None) -> None:
        workshop = self._workshop
        source = parent or self._beginning_of(fingerprint) or "template1"
        name = workshop.clone(source)
        try:
            self.refuse_emptied(source)
            self._fill(recipe, name)
            tag = {"base": fingerprint.base, "files": fingerprint.files[-1:], "made": _now().isoformat()}
            _finish(workshop, name, {**tag, "run": self._run}, self._epoch())
            workshop.admin.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
                    sql.Identifier(name), sql.Identifier(template_name(fingerprint.text))
                )
            )
        except BaseException:
            workshop.drop(name)
            raise

    def _beginning_of(self, fingerprint: Fingerprint) -> str | None:
        """Return the template that is furthest on the way, where the rest are migrations that were appended."""
        links = {link: number for number, link in enumerate(fingerprint.files)}
        found = {
            links[tag["files"][0]]: name
            for name, tag in self._tags().items()
            if tag.get("base") == fingerprint.base and tag["files"] and tag["files"][0] in links
        }
        if not found or not fingerprint.is_appendable or self._rebuild:
            return None
        name = found[max(found)]
        with self._only_one_builder(name):
            if not self._is_fit(name):
                return None
            self._use(name, "earlier migrations")
        return name

    def _fill(self, recipe: Recipe, name: str) -> None:
        database = describe_database(self._workshop, name, recipe)
        if recipe.settings:
            try:
                run_migrations(replace(recipe.settings, url=database.url), to=recipe.to)
            except MigrateTasksError as error:
                raise _explained(error) from None
        if recipe.seed:
            try:
                recipe.seed(database)
            except MigrateTasksError:
                raise
            except Exception as error:
                trace = error.__traceback__ and error.__traceback__.tb_next
                raise SeedFailed(recipe, error.with_traceback(trace)) from error


class _Builder:
    """Makes the others wait while one process makes a template; polled, so that a wait can be told and ended."""

    def __init__(self, admin: psycopg.Connection[Any], number: int, tell: Callable[[str], None]) -> None:
        self._admin, self._lock, self._tell = admin, (BUILDS, number), tell

    def __enter__(self) -> None:
        started, is_told = time.monotonic(), False
        while self._admin.execute("SELECT pg_try_advisory_lock(%s, %s)", self._lock).fetchone() != (True,):
            if time.monotonic() - started > TOLD_AFTER and not is_told:
                self._tell("waiting for another process, which makes the template database")
                is_told = True
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        self._admin.execute("SELECT pg_advisory_unlock(%s, %s)", self._lock)


def describe_database(workshop: Workshop, name: str, recipe: Recipe) -> MigratedDatabase:
    """Return what a test, or a seed, is told of the database ``name``."""
    server = workshop.server
    facts = server.facts
    return MigratedDatabase(name, server.url_of(name), facts.host, facts.port, facts.user, recipe.migrating)


def _finish(workshop: Workshop, name: str, tag: dict[str, Any], epoch: str | None) -> None:
    """Make a database fit to be copied: tagged, vacuumed, settled, and closed to all."""
    admin = workshop.admin
    own = admin.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,))
    row = own.fetchone()
    with connect(workshop.conninfo_of(name)) as connection:
        has_unlogged = connection.execute(HAS_UNLOGGED).fetchone() == (True,)
        # written to the disk, which brings all before it there, too: VACUUM trusts no commit that may still get lost
        admin.execute("SET synchronous_commit = on")
        comment = {"comment": row and row[0], "unlogged": epoch if has_unlogged else None}
        _comment(admin, name, json.dumps({**tag, **comment}))
        connection.execute("VACUUM (FREEZE)")  # so that one in a test, later, changes nothing
        # a sequence of another role's is one that we cannot put back either
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(SETTLE_SEQUENCES)
    # a connection after the last change leaves the file from which the clones' first ones start (pg_internal.init)
    connect(workshop.conninfo_of(name)).close()
    admin.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false IS_TEMPLATE true").format(sql.Identifier(name)))
    workshop.end_sessions(name)


def _comment(admin: psycopg.Connection[Any], name: str, text: str) -> None:
    admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(text)))


def _read_tag(comment: str | None) -> dict[str, Any] | None:
    """Return what a template's comment says; None where it is somebody else's words."""
    with suppress(ValueError):
        tag = json.loads(comment or "")
        return tag if isinstance(tag, dict) and "made" in tag else None
    return None


def _explained(error: MigrateTasksError) -> MigrateTasksError:
    """Return the error of a migration with the way out that a test run has."""
    if "extension" in error.message and ("not available" in error.message or "control file" in error.message):
        return ConfigurationError(
            error.message,
            detail=error.detail,
            hint="Install the extension on the server, or name another server: --postgres-url=URL, or"
            " --postgres-server=container with a --postgres-image that has it.",
        )
    return if_full(error)


def _now() -> datetime:
    return datetime.now(UTC)
