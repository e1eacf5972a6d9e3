"""``invoke migrate.*``: looking, executing, undoing; what people say of the history is in history_tasks.py."""

from __future__ import annotations

from invoke import Collection, Context, Exit, task

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.tasks.edge import (
    HELP,
    edge,
    orderly_stop,
    say,
    say_document,
    say_json,
    settings_of,
    teller,
    whole_number,
)
from migrate_tasks.tasks.history_tasks import accept, baseline, mark, reset
from migrate_tasks.tasks.lint_task import lint

TO = "the last migration to execute (default: all)"


@task(help=HELP)
@edge
def status(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Show every migration: pending, running, completed or failed."""
    from migrate_tasks.migrations.report import migration_status
    from migrate_tasks.render.json import status_json
    from migrate_tasks.render.text import status_text

    report = migration_status(settings_of(c, directory=directory, url=url))
    say_json(status_json(report)) if json else say(status_text(report))


@task(help=HELP)
@edge
def health(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Answer in one word; exit code 0 for ok and degraded, 75 for unreachable, else 1."""
    from migrate_tasks.migrations.report import migration_health
    from migrate_tasks.render.json import health_json
    from migrate_tasks.render.text import health_text

    answer = migration_health(settings_of(c, directory=directory, url=url))
    say_json(health_json(answer)) if json else say(health_text(answer))
    if not answer.healthy:
        raise Exit(code=TryAgainLater.exit_code if answer.status == "unreachable" else 1)


@task(help=HELP)
@edge
def check(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Exit with 1 when anything is pending, changed, missing, failed or stuck; for pipelines."""
    from migrate_tasks.migrations.report import migration_status
    from migrate_tasks.migrations.status import assess
    from migrate_tasks.render.json import health_json
    from migrate_tasks.render.text import health_text

    answer = assess(migration_status(settings_of(c, directory=directory, url=url)))
    say_json(health_json(answer)) if json else say(health_text(answer))
    if answer.status != "ok":
        raise Exit(code=1)


@task(help={**HELP, "timeout": "how long to wait (default: the setting lock_wait)"})
@edge
def wait(
    c: Context, timeout: str | None = None, directory: str | None = None, url: str | None = None, *, json: bool = False
) -> None:
    """Wait until all migrations are completed, by whatever runs them; exit code 75 when they are not in time."""
    from migrate_tasks.migrations.report import wait_for_migrations
    from migrate_tasks.render.json import status_json
    from migrate_tasks.render.text import counts_text, status_text

    settings = settings_of(c, directory=directory, url=url, lock_wait=timeout)
    report = wait_for_migrations(
        settings, timeout=settings.lock_wait, on_wait=None if json else lambda report: say(counts_text(report))
    )
    say_json(status_json(report)) if json else say(status_text(report))


@task(help={**HELP, "to": TO, "sql": "print the SQL, as it would be sent"})
@edge
def plan(
    c: Context,
    to: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    sql: bool = False,
    json: bool = False,
) -> None:
    """Show what a run would execute, in what mode and with what timeouts; nothing is touched."""
    from migrate_tasks.migrations.planned import plan_migrations
    from migrate_tasks.render.json import plan_json
    from migrate_tasks.render.plan import plan_sql, plan_text

    planned = plan_migrations(settings_of(c, directory=directory, url=url), to=to)
    if json:
        say_json(plan_json(planned, with_sql=sql))
    elif sql:
        say_document(plan_sql(planned))
    else:
        say(plan_text(planned))


@task(help={**HELP, "to": TO, "dry-run": "execute in one transaction, and roll it back"})
@edge
def run(
    c: Context,
    to: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    dry_run: bool = False,
    json: bool = False,
) -> None:
    """Execute all pending migrations."""
    from migrate_tasks.migrations.runner import run_migrations
    from migrate_tasks.render.json import run_json
    from migrate_tasks.render.text import run_text
    from migrate_tasks.tracing import traced_run

    settings = settings_of(c, directory=directory, url=url)
    if dry_run:
        from migrate_tasks.migrations.dry_run import try_migrations

        result = try_migrations(settings, to=to, on_event=teller(silent=json))
    else:
        with orderly_stop(settings) as stop, traced_run(teller(silent=json)) as on_event:
            result = run_migrations(settings, to=to, on_event=on_event, stop=stop)
    say_json(run_json(result)) if json else say(run_text(result))


@task(
    help={
        **HELP,
        "steps": "how many migrations to undo, from the last one on",
        "to": "the migration to go back to, which is kept",
        "yes": "do it in production, too",
    }
)
@edge
def down(
    c: Context,
    steps: str | None = None,
    to: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    yes: bool = False,
    json: bool = False,
) -> None:
    """Undo migrations by their companions NNN-name.down.sql, last first."""
    from migrate_tasks.migrations.down import undo_migrations
    from migrate_tasks.render.json import down_json
    from migrate_tasks.render.text import down_text

    settings = settings_of(c, directory=directory, url=url)
    number = None if steps is None else whole_number("steps", steps)
    with orderly_stop(settings) as stop:
        result = undo_migrations(
            settings, steps=number, to=to, yes=yes, on_event=teller(silent=json, verb="undone"), stop=stop
        )
    say_json(down_json(result)) if json else say(down_text(result))


@task(help={"description": 'what it does, as "create invoices"', "directory": HELP["directory"]})
@edge
def new(c: Context, description: str, directory: str | None = None) -> None:
    """Write the next migration file, a commented skeleton."""
    from migrate_tasks.migrations.files import shown, write_skeleton

    say(shown(write_skeleton(settings_of(c, directory=directory).directory, description)))


@task(help={"file": "file to write (default: print it)", "url": HELP["url"], "json": HELP["json"]})
@edge
def dump(c: Context, file: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Write the database's schema as SQL, for the repository and its diffs."""
    from pathlib import Path

    from migrate_tasks.postgres.dump import dump_schema, write_dump
    from migrate_tasks.postgres.servers import open_database
    from migrate_tasks.render.json import dump_json

    settings = settings_of(c, url=url)
    with open_database(settings) as database:
        schema = dump_schema(database.url, lock_wait=settings.lock_wait)
    if file is not None:
        write_dump(Path(file), schema)
    if json:
        say_json(dump_json(schema, file))
    elif file is not None:
        say(f"{file} has the schema of {database.description}")
    else:
        say_document(schema)


migrate = Collection(
    "migrate", status, health, check, wait, plan, run, down, new, dump, reset, baseline, mark, accept, lint
)
