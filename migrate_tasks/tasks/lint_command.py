"""``migrate-lint``: the linter from a terminal, a hook or a pipeline. It loads neither invoke nor, usually, psycopg.

Exit codes: 0 nothing to mend, 1 violations, 2 the command line, the settings or a file cannot be used.
"""

from __future__ import annotations

import argparse
import gc
import re
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater, did_you_mean
from migrate_tasks.render.visible import visible
from migrate_tasks.tasks.console import flush, refused_by_system, say, say_aside, say_document, settle_streams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from migrate_tasks.lint.check import Checked, Request
    from migrate_tasks.lint.report import Report
    from migrate_tasks.lint.sources import Typed

BAD_INPUT = 2
STDIN = "-"
FORMATS = ("text", "json", "github", "gitlab", "sarif")
VALUES = {
    "output": "FILE",
    "select": "RULE,...",
    "ignore": "RULE,...",
    "explain": "RULE",
    "since": "REV",
    "postgres_version": "VERSION",
    "stdin_filename": "FILE",
}
LISTS = ("select", "ignore")  # which may be repeated
EMBEDDED = ""  # what --server is without a URL

HELP = {
    "paths": "files and folders, or - for standard input (default: the folder of the migrations)",
    "format": f"one of {', '.join(FORMATS)}",
    "output": "write to FILE instead",
    "select": "apply only these rules: RULE,... (may be repeated)",
    "ignore": "do not apply these rules: RULE,... (may be repeated)",
    "list": "show all rules, one a line",
    "explain": "tell of one rule, or of all",
    "since": "judge only files that are new or changed since the git revision REV",
    "fix": "mend what can be mended without changing its meaning",
    "strict": "exit with 1 for warnings, too",
    "server": "let a server parse each statement, too; nothing is executed (default: the embedded one)",
    "postgres_version": "the oldest major version that the files must work on, 14 to 18",
    "stdin_filename": "the file that standard input is to be taken for",
}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was typed; empty and None mean nothing."""

    paths: tuple[str, ...] = ()
    format: str = "text"
    output: str | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    list: bool = False
    explain: str | None = None
    since: str | None = None
    fix: bool = False
    strict: bool = False
    server: str | None = None
    postgres_version: str | None = None
    stdin_filename: str | None = None


def main(arguments: Sequence[str] | None = None) -> None:
    """Run migrate-lint and exit."""
    settle_streams()
    gc.disable()  # what is read is kept to the end; looking through it again and again takes a quarter of the time
    try:
        try:
            code = run_lint(_parse(arguments), _project_root())
        finally:
            flush()
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except BrokenPipeError:  # the reader, head or less, has seen enough
        code = 128 + signal.SIGPIPE
    except OSError as error:  # the page of --help, or what was to be told on stderr
        code = _told(refused_by_system(error))
    finally:
        gc.enable()
    sys.exit(code)


def run_lint(options: Options, root: Path) -> int:
    """Do what the options ask for in the project in ``root``, and return the exit code."""
    try:
        return _run(options, root)
    except MigrateTasksError as error:
        return _told(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        return _told(refused_by_system(error))


def _told(error: MigrateTasksError) -> int:
    say_aside(visible(f"error: {error}", keep="\n"))
    return error.exit_code if isinstance(error, TryAgainLater) else BAD_INPUT


def _run(options: Options, root: Path) -> int:
    from migrate_tasks.lint.pages import explain, rules_list
    from migrate_tasks.lint.violation import Severity

    if options.list:
        say_document(rules_list())
        return 0
    if options.explain is not None:
        say_document(explain(options.explain))
        return 0
    checked = _check(options, root)
    for path, counts in checked.mended.items():
        for rule, count in sorted(counts.items()):
            say_aside(visible(f"{path}: mended {rule}{f', {count} times' if count > 1 else ''}"))
    _write(options, checked.report)
    failing = tuple(Severity) if options.strict else (Severity.ERROR,)
    return int(any(violation.severity in failing for violation in checked.report.violations))


def _check(options: Options, root: Path) -> Checked:
    from migrate_tasks.lint.check import check

    request = _request(options, root)
    if options.server is None:
        return check(request, fix=options.fix)
    from migrate_tasks.lint.server_check import open_check

    with open_check(root, options.server or None) as errors_of:
        return check(request, fix=options.fix, errors_of=errors_of)


def _request(options: Options, root: Path) -> Request:
    from migrate_tasks.lint.check import Request
    from migrate_tasks.lint.read import Chosen

    typed = _typed(options)
    select, ignore = _names(options.select), _names(options.ignore)
    if options.select and not select:
        raise ConfigurationError("--select names no rule", hint="Leave it out for all rules that are on.")
    chosen = Chosen(select=select, ignore=ignore, postgres_version=options.postgres_version)
    paths = () if typed else options.paths
    return Request(root=root, paths=paths, typed=typed, chosen=chosen, since=options.since)


def _typed(options: Options) -> Typed | None:
    """Return what stands on standard input, where that is asked for."""
    if STDIN not in options.paths:
        if options.stdin_filename is not None:
            raise ConfigurationError("--stdin-filename is for what stands on standard input", hint="Add the path -")
        return None
    if len(options.paths) > 1 or options.fix or options.since is not None:
        raise ConfigurationError("standard input cannot be linted together with files, --fix or --since")
    from migrate_tasks.lint.sources import STDIN_NAME, Typed
    from migrate_tasks.migrations.files import decode_sql

    return Typed(decode_sql(sys.stdin.buffer.read(), options.stdin_filename or STDIN_NAME), options.stdin_filename)


def _names(lists: Sequence[str]) -> tuple[str, ...]:
    """Return the rules of lists with commas."""
    return tuple(",".join(lists).replace(",", " ").split())


def _write(options: Options, report: Report) -> None:
    from migrate_tasks.lint.formats import FORMATS
    from migrate_tasks.lint.formats.plain import summary

    if options.format not in FORMATS:
        raise ConfigurationError(
            f'format "{options.format}" is not known',
            hint=did_you_mean(options.format, FORMATS) or f"It is one of {', '.join(FORMATS)}.",
        )
    text = FORMATS[options.format](report)
    if options.output is None:
        say_document(text)
    else:
        Path(options.output).write_text(text, encoding="utf-8", errors="backslashreplace")
        say(summary(report))


def _parse(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(
        prog="migrate-lint", description="Tell what SQL migrations would block, break or fail at.", allow_abbrev=False
    )
    parser.add_argument("paths", nargs="*", metavar="PATH", help=HELP["paths"])
    parser.add_argument("--format", default="text", choices=FORMATS, help=HELP["format"])
    for name, value in VALUES.items():
        action = "append" if name in LISTS else "store"
        parser.add_argument(f"--{name.replace('_', '-')}", action=action, metavar=value, help=HELP[name])
    for name in ("list", "fix", "strict"):
        parser.add_argument(f"--{name}", action="store_true", help=HELP[name])
    parser.add_argument("--server", nargs="?", const=EMBEDDED, metavar="URL", help=HELP["server"])
    given = vars(parser.parse_args(arguments))
    if given["server"] and not re.search("://|=", given["server"]):  # --server PATH: no URL is without one of these
        given["paths"].insert(0, given["server"])
        given["server"] = EMBEDDED
    return Options(**{**given, **{name: tuple(given[name] or ()) for name in ("paths", *LISTS)}})


def _project_root() -> Path:
    """Return the nearest folder with a pyproject.toml, from the current one upwards; else the current one."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
