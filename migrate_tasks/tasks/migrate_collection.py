"""``invoke migrate.*``: status, health, run, reset, new and dump."""

from __future__ import annotations

from invoke import Collection, Context, Exit, task

from migrate_tasks.errors import TryAgainLater
from migrate_tasks.tasks.edge import HELP, edge, say, say_document, say_json, settings_of


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
def run(c: Context, directory: str | None = None, url: str | None = None, *, json: bool = False) -> None:
    """Execute all pending migrations."""
    from migrate_tasks.migrations.events import ignore
    from migrate_tasks.migrations.runner import run_migrations
    from migrate_tasks.render.json import run_json
    from migrate_tasks.render.text import event_text, run_text

    settings = settings_of(c, directory=directory, url=url)
    result = run_migrations(settings, on_event=ignore if json else lambda event: say(event_text(event)))
    say_json(run_json(result)) if json else say(run_text(result))


@task(help={**HELP, "name": "the one migration to set back (default: all)"})
@edge
def reset(
    c: Context,
    name: str | None = None,
    directory: str | None = None,
    url: str | None = None,
    *,
    json: bool = False,
) -> None:
    """Set migrations back to pending; development only, and nothing that they made is dropped."""
    from migrate_tasks.migrations.report import reset_migrations
    from migrate_tasks.render.json import reset_json

    names = reset_migrations(settings_of(c, directory=directory, url=url), name)
    lines = [
        *(f"{name} is pending again" for name in names),
        f"{len(names)} reset; what they made is still there, and files that cannot run twice will fail",
    ]
    say_json(reset_json(names)) if json else say("\n".join(lines))


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


migrate = Collection("migrate", status, health, run, reset, new, dump)
