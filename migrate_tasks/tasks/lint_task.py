"""``invoke migrate.lint``: what ``migrate-lint`` does, in the project whose tasks.py invoke has loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from invoke import Context, Exit, task

from migrate_tasks.tasks.edge import edge, settings_of
from migrate_tasks.tasks.lint_command import HELP, LISTS, Options, run_lint

if TYPE_CHECKING:
    from collections.abc import Sequence


@task(
    help={name.replace("_", "-"): text for name, text in HELP.items()},
    iterable=["paths", *LISTS],
    optional=["server"],
    auto_shortflags=False,
)
@edge
def lint(  # noqa: PLR0917 -- flags are arguments
    c: Context,
    paths: Sequence[str] | None = None,
    format: str = "text",  # noqa: A002 -- the flag's name
    output: str | None = None,
    select: Sequence[str] | None = None,
    ignore: Sequence[str] | None = None,
    explain: str | None = None,
    since: str | None = None,
    server: str | bool | None = None,  # noqa: FBT001 -- True where the flag has no value
    postgres_version: str | None = None,
    stdin_filename: str | None = None,
    *,
    list: bool = False,  # noqa: A002 -- the flag's name
    fix: bool = False,
    strict: bool = False,
) -> None:
    """Tell what the migrations would block, break or fail at; exit code 1 for violations, 2 for bad input."""
    options = Options(
        paths=tuple(paths or ()),
        format=format,
        output=output,
        select=tuple(select or ()),
        ignore=tuple(ignore or ()),
        list=list,
        explain=explain,
        since=since,
        fix=fix,
        strict=strict,
        server="" if server is True else server or None,
        postgres_version=postgres_version,
        stdin_filename=stdin_filename,
    )
    code = run_lint(options, settings_of(c).root)
    if code:
        raise Exit(code=code)
