"""What all tasks have in common: how they print, how their errors leave, and whose settings they have."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from invoke import Context, Exit

from migrate_tasks.errors import ConfigurationError, Interrupted, MigrateTasksError, MigrationFailed
from migrate_tasks.tasks.console import flush, let_go, refused_by_system, say, say_document, say_json, settle_streams

__all__ = ["HELP", "edge", "exit_with", "orderly_stop", "say", "say_document", "say_json", "settings_of", "teller"]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import FrameType, ModuleType

    from migrate_tasks.migrations.events import Event, OnEvent
    from migrate_tasks.migrations.watch import Stop
    from migrate_tasks.settings import Settings

PATHS = ("directory", "startup_file", "state_file")
CLEAR = "\x1b[2K"  # the line that the cursor is in

HELP = {
    "directory": "folder of the migrations (default: migrations)",
    "url": "database to work on (default: MIGRATION_DATABASE_URL, DATABASE_URL, or the embedded server)",
    "json": "print one JSON document",
}


def edge(body: Callable[..., None]) -> Callable[..., None]:
    """Let the errors of ``body`` leave as invoke's Exit: message, DETAIL and HINT on stderr, and the exit code."""

    @functools.wraps(body)
    def task_body(c: Context, **arguments: Any) -> None:
        # invoke forbids it for the whole process; where nothing was compiled at installation (uv's default, an
        # editable install) every run would then compile all that it loads
        sys.dont_write_bytecode = bool(sys.flags.dont_write_bytecode)
        settle_streams()
        asked = [n for n in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(n) != signal.SIG_IGN]  # not by nohup
        handlers = {number: signal.signal(number, _terminated) for number in asked}
        leave = functools.partial(exit_with, as_json=arguments.get("json", False))
        try:
            _refuse_help(arguments)
            body(c, **arguments)
            flush()
        except MigrateTasksError as error:
            raise leave(error) from error
        except KeyboardInterrupt as interrupt:
            raise leave(Interrupted(signal.Signals(*interrupt.args or [signal.SIGINT]))) from None
        except BrokenPipeError:  # the reader, head or less, has seen enough
            let_go(sys.stdout)
            raise Exit(code=128 + signal.SIGPIPE) from None
        except OSError as error:
            refused = refused_by_system(error)
            raise leave(refused) from refused
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)

    return task_body


def _refuse_help(arguments: Mapping[str, Any]) -> None:
    """Refuse what invoke took for an argument, since the task wanted one."""
    if "--help" in arguments.values():
        raise ConfigurationError('"--help" after a task is taken for its argument', hint="Write: invoke --help TASK")


def _terminated(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)


def exit_with(error: MigrateTasksError, *, as_json: bool = False) -> Exit:
    """Return the exception that ends invoke with ``error``; as JSON it is also printed, as one document."""
    if as_json:
        from migrate_tasks.render.json import error_json, run_json

        result = error.result if isinstance(error, MigrationFailed) else None
        with suppress(OSError):  # what stdout refuses may be the error itself; stderr has it, too
            say_json(run_json(result, error) if result else error_json(error))
    return Exit(f"error: {error}", error.exit_code)


@contextmanager
def orderly_stop(settings: Settings) -> Iterator[Stop]:
    """Yield what a SIGTERM asks to stop: after the current migration, if that fits the grace period.

    A second SIGTERM interrupts at once, as SIGINT always does.
    """
    from migrate_tasks.migrations.watch import Stop

    stop = Stop()

    def ask(number: int, frame: FrameType | None) -> None:
        if stop.is_requested:
            _terminated(number, frame)
        stop.request(number, settings.grace_period)

    before = signal.signal(signal.SIGTERM, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


def teller(*, silent: bool = False, verb: str = "completed") -> OnEvent:
    """Return what tells the events of a run: to the start-up, where it is a phase of one, and to people."""
    from migrate_tasks.migrations.events import WaitingForLock, ignore
    from migrate_tasks.startup import phase

    show = ignore if silent else _printer(verb)

    def tell(event: Event) -> None:
        if isinstance(event, WaitingForLock):
            phase.waits_for(str(event.holder or "another run"))
        else:
            phase.goes_on()
        show(event)

    return tell


def _printer(verb: str) -> OnEvent:
    """Return what prints events; on a terminal the progress of a migration is one line, redrawn."""
    from migrate_tasks.migrations.events import MigrationProgress
    from migrate_tasks.render.text import event_text, tells_more

    last: MigrationProgress | None = None

    def tell(event: Event) -> None:
        nonlocal last
        text = event_text(event, verb)
        if not isinstance(event, MigrationProgress):
            last = None
            say(text and f"{CLEAR if sys.stdout.isatty() else ''}{text}")
        elif sys.stdout.isatty():
            width = shutil.get_terminal_size().columns - 1
            print(f"{CLEAR}{(text or '')[:width]}", end="\r", flush=True)
        elif last is None or tells_more(event, last):
            last = event
            say(text)

    return tell


def settings_of(c: Context, **flags: str | None) -> Settings:
    """Return the settings of the project whose tasks.py invoke has loaded, with the flags that were typed."""
    from migrate_tasks.settings import read_settings

    paths = {name: _absolute(name, value) for name, value in flags.items()}
    module = sys.modules.get(c.config.tasks.collection_name)
    # tasks.py may lie above the current folder
    return read_settings((module and root_of(module)) or Path.cwd(), environ=os.environ, **paths)


def whole_number(flag: str, value: str) -> int:
    """Return the number that was typed for ``flag``; raises ConfigurationError."""
    if value.isascii() and value.isdigit():
        return int(value)
    raise ConfigurationError(f'--{flag}: "{value}" is not a whole number')


def _absolute(name: str, value: str | None) -> str | None:
    """Return a path that was typed as seen from the current folder; the settings count from the project's."""
    return value if value is None or name not in PATHS else str(Path(value).resolve())


def root_of(module: ModuleType) -> Path | None:
    """Return the folder of the project whose tasks.py, or tasks/__init__.py, ``module`` is."""
    if not module.__file__:
        return None
    here = Path(module.__file__).resolve().parent
    return here.parent if hasattr(module, "__path__") else here
