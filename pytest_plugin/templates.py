"""Template databases: made once from a recipe, kept from run to run, copied for the tests.

A template is made under a private name, by one process while the others wait, and gets its own when it is complete: so
one with that name is always whole. Nobody can connect to it, since CREATE DATABASE waits for whoever is connected.
Its comment says what it is; what CREATE DATABASE does not copy is put into each clone by statements.
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
from pytest_plugin.names import BUILDS, TEMPLATE_PREFIX, TEMPLATES, lock_of_template, template_name
from pytest_plugin.recipe import Fingerprint, Recipe, take_fingerprint

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
READ_TEMPLATES = """
SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE starts_with(datname, %s)
"""
READ_DATABASE = """
SELECT d.datconnlimit, quote_ident(pg_get_userbyid(d.datdba)), pg_get_userbyid(d.datdba) <> current_user,
  d.datacl IS NOT NULL
FROM pg_database d WHERE d.datname = %s
"""
READ_SETTINGS = """
SELECT quote_ident(r.rolname), unnest(s.setconfig) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = %s
"""
READ_PRIVILEGES = """
SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END,
  a.is_grantable
FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = %s
"""
# settings whose value is stored as a list of names, quoted where they must be (variable_is_guc_list_quote in pg_dump)
LISTS = ("search_path", "temp_tablespaces", "local_preload_libraries", "session_preload_libraries")

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
    """The templates on one server, as one process makes and uses them; ``tell`` shows people a line."""

    def __init__(self, workshop: Workshop, *, rebuild: bool, tell: Callable[[str], None]) -> None:
        self._workshop = workshop
        self._rebuild = rebuild
        self._tell = tell
        self._server: Sequence[Any] = ()
        self.made: dict[str, tuple[str, datetime]] = {}  # of each that is used, by its name: what it is, and when made
        self.new: set[str] = set()  # those that this process made

    def find_or_make(self, recipe: Recipe) -> str:
        """Return the name of the template; raises MigrateTasksError, and whatever a seed raises."""
        admin = self._workshop.admin
        if not self._server:
            row = admin.execute(READ_SERVER).fetchone()
            assert row
            self._server = row
        parent = self.find_or_make(recipe.parent) if recipe.parent else None
        fingerprint = take_fingerprint(recipe, self._server)
        name = template_name(fingerprint.text)
        if name not in self.made:
            with self._only_one_builder(name):
                if self._rebuild and name not in self.new:
                    self._drop(name)
                if name not in self._tags():
                    self._make(recipe, fingerprint, parent)
                    self.new.add(name)
                self._use(name, recipe.title)
        return name

    def remove_unused(self) -> None:
        """Drop the templates that nobody uses, but for those that were used last."""
        admin = self._workshop.admin
        by_use = sorted(self._tags().items(), key=lambda item: str(item[1].get("used")), reverse=True)
        for name, _ in by_use[MOST_KEPT:]:
            lock = (TEMPLATES, lock_of_template(name))
            if admin.execute("SELECT pg_try_advisory_lock(%s, %s)", lock).fetchone() == (True,):
                self._drop(name)
                admin.execute("SELECT pg_advisory_unlock(%s, %s)", lock)

    def _only_one_builder(self, name: str) -> psycopg.Connection[Any] | Any:
        return _Builder(self._workshop.admin, lock_of_template(name), self._tell)

    def _use(self, name: str, title: str) -> None:
        """Keep others from dropping it, note the day, and learn what its clones need beside the copy."""
        admin = self._workshop.admin
        admin.execute("SELECT pg_advisory_lock_shared(%s, %s)", (TEMPLATES, lock_of_template(name)))
        tag = self._tags()[name]
        self.made[name] = title, datetime.fromisoformat(tag["made"])
        today = _now().date().isoformat()
        if tag.get("used") != today:
            _comment(admin, name, json.dumps({**tag, "used": today}))
        self._workshop.settings[name] = read_settings_of(admin, name, tag.get("comment"))

    def _tags(self) -> dict[str, dict[str, Any]]:
        rows = self._workshop.admin.execute(READ_TEMPLATES, (TEMPLATE_PREFIX,))
        return {name: json.loads(tag) for name, tag in rows if tag}

    def _drop(self, name: str) -> None:
        admin = self._workshop.admin
        if name in self._tags():
            admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE false").format(sql.Identifier(name)))
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    def _make(self, recipe: Recipe, fingerprint: Fingerprint, parent: str | None) -> None:
        workshop = self._workshop
        source = parent or self._beginning_of(fingerprint) or "template1"
        if source not in (parent, "template1"):
            self._use(source, "earlier migrations")
        name = workshop.clone(source)
        try:
            self._fill(recipe, name)
            tag = {"base": fingerprint.base, "files": fingerprint.files[-1:], "made": _now().isoformat()}
            _finish(workshop, name, tag)
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
            if tag["base"] == fingerprint.base and tag["files"] and tag["files"][0] in links
        }
        return found[max(found)] if found and fingerprint.is_appendable and not self._rebuild else None

    def _fill(self, recipe: Recipe, name: str) -> None:
        database = describe_database(self._workshop, name, recipe)
        if recipe.settings:
            try:
                run_migrations(replace(recipe.settings, url=database.url), to=recipe.to)
            except MigrateTasksError as error:
                raise _explained(error) from None
        if recipe.seed:
            recipe.seed(database)


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


def read_settings_of(admin: psycopg.Connection[Any], name: str, comment: str | None) -> list[tuple[str, str]]:
    """Return statements, as what comes before and after a database's name, for what CREATE DATABASE does not copy."""
    row = admin.execute(READ_DATABASE, (name,)).fetchone()
    assert row
    limit, owner, is_of_another, has_privileges = row
    found = [
        (f"ALTER ROLE {role} IN DATABASE" if role else "ALTER DATABASE", _setting(admin, config))
        for role, config in admin.execute(READ_SETTINGS, (name,))
    ]
    if has_privileges:
        found.append(("REVOKE ALL ON DATABASE", "FROM PUBLIC"))
        for privilege, grantee, is_grantable in admin.execute(READ_PRIVILEGES, (name,)):
            option = " WITH GRANT OPTION" if is_grantable else ""
            found.append((f"GRANT {privilege} ON DATABASE", f"TO {grantee}{option}"))
    if limit >= 0:
        found.append(("ALTER DATABASE", f"CONNECTION LIMIT {limit}"))
    if comment:
        found.append(("COMMENT ON DATABASE", f"IS {sql.Literal(comment).as_string(admin)}"))
    if is_of_another:
        found.append(("ALTER DATABASE", f"OWNER TO {owner}"))
    return found


def _setting(admin: psycopg.Connection[Any], config: str) -> str:
    name, value = config.split("=", 1)
    shown = value if name in LISTS and value else sql.Literal(value).as_string(admin)
    return f"SET {name} TO {shown}"


def _finish(workshop: Workshop, name: str, tag: dict[str, Any]) -> None:
    """Make a database fit to be copied: tagged, vacuumed, settled, and closed to all."""
    admin = workshop.admin
    own = admin.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (name,))
    row = own.fetchone()
    # written to the disk, which brings all before it there, too: VACUUM trusts no commit that may still get lost
    admin.execute("SET synchronous_commit = on")
    _comment(admin, name, json.dumps({**tag, "comment": row and row[0]}))
    with connect(workshop.conninfo_of(name)) as connection:
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


def _explained(error: MigrateTasksError) -> MigrateTasksError:
    """Return the error of a migration with the way out that a test run has."""
    if "extension" in error.message and ("not available" in error.message or "control file" in error.message):
        return ConfigurationError(
            error.message,
            detail=error.detail,
            hint="Install the extension on the server, or name another server: --postgres-url=URL, or"
            " --postgres-server=container with a --postgres-image that has it.",
        )
    return error


def _now() -> datetime:
    return datetime.now(UTC)
