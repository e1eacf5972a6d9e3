"""Settings: flags > environment > [tool.migrate-tasks] of pyproject.toml > defaults.

The environment is a parameter, so nothing is read at import and tests pass a dict. The URL of a database and the
tokens of the app are never read from a file that gets committed, and hide themselves in ``repr``.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from migrate_tasks.durations import format_duration, parse_duration
from migrate_tasks.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import timedelta

T = TypeVar("T")

DEVELOPMENT = frozenset({"development", "test"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run needs to know, with every path absolute.

    ``root``          where tasks.py and startup.yaml lie; ``.postgres`` is made there.
    ``directory``     the folder of the migrations.
    ``startup_file``  the sequence of phases.
    ``state_file``    where a start-up writes how far it is, as JSON.
    ``url``           the database for migrations; None means the embedded server.
    ``app_env``       APP_ENV as given, or None.
    ``connect_wait``  how long ``invoke migrate.run`` and the start-up wait for a database that is not up yet.
    ``lock_wait``     how long a run waits for another run on the same database.
    ``lock_timeout``  how long a statement waits for a lock before its migration is rolled back and tried again.
    ``lock_timeout_retries``  how often it is tried again.
    ``statement_timeout``  how long a statement may run; None leaves that to the server's own setting.
    ``grace_period``  how long a migration may go on after SIGTERM before it is cancelled.
    ``out_of_order``  fail, warn or allow: a new migration below one that is completed.
    ``ahead``         ok, warn or fail: migrations are completed whose files are newer than any here.
    ``role``          the role that migrations run as (SET ROLE); None: the user of the URL.
    ``show_details``  never, when_authorized or always: to whom the app shows names and errors.
    ``allowed_hosts`` the names that the app may be called by, lower case, "*" for any; None: those of this machine for
                      the built-in server, any where the app is mounted.
    ``token``         the bearer tokens of the app, as MIGRATE_TASKS_TOKEN gave them.
    ``token_file``    the file that has them, or further ones.
    """

    root: Path
    directory: Path
    startup_file: Path
    state_file: Path
    url: str | None = field(default=None, repr=False)
    app_env: str | None = None
    connect_wait: timedelta
    lock_wait: timedelta
    lock_timeout: timedelta
    lock_timeout_retries: int
    statement_timeout: timedelta | None = None
    grace_period: timedelta
    out_of_order: str
    ahead: str
    role: str | None = None
    show_details: str = "when_authorized"
    allowed_hosts: tuple[str, ...] | None = None
    token: str | None = field(default=None, repr=False)
    token_file: Path | None = None

    @property
    def environment(self) -> str:
        """APP_ENV; where it is unset, development on the embedded server and production elsewhere."""
        return self.app_env or ("production" if self.url else "development")

    @property
    def is_development(self) -> bool:
        """True for the environments known to be harmless; an unknown one counts as production."""
        return self.environment in DEVELOPMENT

    def to_environ(self) -> dict[str, str]:
        """Return the variables that make another process read these settings; URL and tokens are not among them."""
        values = {
            "directory": str(self.directory),
            "startup_file": str(self.startup_file),
            "state_file": str(self.state_file),
            "connect_wait": format_duration(self.connect_wait),
            "lock_wait": format_duration(self.lock_wait),
            "lock_timeout": format_duration(self.lock_timeout),
            "lock_timeout_retries": str(self.lock_timeout_retries),
            "statement_timeout": format_duration(self.statement_timeout) if self.statement_timeout is not None else "",
            "grace_period": format_duration(self.grace_period),
            "out_of_order": self.out_of_order,
            "ahead": self.ahead,
            "role": self.role or "",
            "show_details": self.show_details,
            "allowed_hosts": ",".join(self.allowed_hosts or ()),
        }
        return {"APP_ENV": self.environment, **{f"{PREFIX}{key.upper()}": value for key, value in values.items()}}


# what pyproject.toml may say, and what holds where nothing is said
DEFAULTS: dict[str, Any] = {
    "directory": "migrations",
    "startup_file": "startup.yaml",
    "state_file": ".startup/state.json",
    "connect_wait": "30s",
    "lock_wait": "5m",
    "lock_timeout": "3s",
    "lock_timeout_retries": 10,
    "statement_timeout": None,
    "grace_period": "3s",
    "out_of_order": "fail",
    "ahead": "warn",
    "role": None,
    "show_details": "when_authorized",
    "allowed_hosts": None,
}
SECTIONS = ("lint",)  # tables of [tool.migrate-tasks] with settings of their own, which others read
PREFIX = "MIGRATE_TASKS_"  # of the environment variables with the same names
TOKEN, TOKEN_FILE = f"{PREFIX}TOKEN", f"{PREFIX}TOKEN_FILE"  # only in the environment, as the URL is
HOST = re.compile(r"\*|\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9._-]*[a-z0-9_])?")  # without a port


def read_settings(
    root: Path | str = ".",
    *,
    environ: Mapping[str, str] | None = None,
    **flags: Any,
) -> Settings:
    """Return the settings for the project in ``root``.

    ``flags`` are what a command line gave (``url`` and the names in ``DEFAULTS``); None means not given.
    Raises ConfigurationError for an unknown key or a value that does not fit.
    """
    root = Path(root).resolve()
    environ = os.environ if environ is None else environ
    _check_keys((flag for flag in flags if flag != "url"), 'unknown setting "{}"')
    given = {key: value for key, value in flags.items() if value is not None}
    if given.get("url") == "":  # as of a variable of the shell that is not set: any other database would be wrong
        raise ConfigurationError("the database's URL is empty", hint="Leave --url out, or say which database.")
    layers: tuple[Mapping[str, Any], ...] = (
        given,
        _from_environment(environ),
        _from_pyproject(root),
    )
    chosen = {key: next((layer[key] for layer in layers if key in layer), default) for key, default in DEFAULTS.items()}
    return Settings(
        root=root,
        directory=root / _path("directory", chosen["directory"]),
        startup_file=root / _path("startup_file", chosen["startup_file"]),
        state_file=root / _path("state_file", chosen["state_file"]),
        url=given.get("url") or environ.get("MIGRATION_DATABASE_URL") or environ.get("DATABASE_URL") or None,
        app_env=environ.get("APP_ENV") or None,
        connect_wait=_duration("connect_wait", chosen["connect_wait"]),
        lock_wait=_duration("lock_wait", chosen["lock_wait"]),
        lock_timeout=_duration("lock_timeout", chosen["lock_timeout"]),
        lock_timeout_retries=_number("lock_timeout_retries", chosen["lock_timeout_retries"]),
        statement_timeout=_or_none(_duration, "statement_timeout", chosen["statement_timeout"]),
        grace_period=_duration("grace_period", chosen["grace_period"]),
        out_of_order=_word("out_of_order", chosen["out_of_order"], ("fail", "warn", "allow")),
        ahead=_word("ahead", chosen["ahead"], ("ok", "warn", "fail")),
        role=_or_none(_name, "role", chosen["role"]),
        show_details=_word("show_details", chosen["show_details"], ("never", "when_authorized", "always")),
        allowed_hosts=_or_none(_hosts, "allowed_hosts", chosen["allowed_hosts"]),
        token=environ.get(TOKEN) or None,
        token_file=root / environ[TOKEN_FILE] if environ.get(TOKEN_FILE) else None,
    )


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {f"{PREFIX}{key.upper()}": key for key in DEFAULTS}
    known = (*names, TOKEN, TOKEN_FILE)
    for name in environ:
        if name.startswith(PREFIX) and name not in known:
            raise ConfigurationError(
                f"unknown environment variable {name}",
                hint=did_you_mean(name, known) or f"The variables are {', '.join(known)}.",
            )
    return {key: environ[name] for name, key in names.items() if environ.get(name)}


def read_section(root: Path, name: str) -> dict[str, Any]:
    """Return the table [tool.migrate-tasks.NAME] of the project's pyproject.toml, unchecked; empty where there is none.

    Raises ConfigurationError for a file that cannot be read.
    """
    section = _our_table(root / "pyproject.toml").get(name, {})
    if not isinstance(section, dict):
        raise ConfigurationError(f"pyproject.toml: [tool.migrate-tasks.{name}] must be a table")
    return section


def _from_pyproject(root: Path) -> dict[str, Any]:
    table = {key: value for key, value in _our_table(root / "pyproject.toml").items() if key not in SECTIONS}
    _check_keys(table, 'pyproject.toml: unknown key "{}" in [tool.migrate-tasks]')
    return table


def _our_table(path: Path) -> dict[str, Any]:
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} could not be read: {error}") from None
    table = tool.get("migrate-tasks", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path.name}: [tool.migrate-tasks] must be a table")
    return table


def _check_keys(keys: Iterable[str], message: str) -> None:
    for key in keys:
        if key not in DEFAULTS:
            raise ConfigurationError(
                message.format(key),
                hint=did_you_mean(key, DEFAULTS) or f"The keys are {', '.join(DEFAULTS)}.",
            )


def _path(key: str, value: Any) -> Path:
    if isinstance(value, Path) or (isinstance(value, str) and value):
        return Path(value)
    raise ConfigurationError(f"setting {key}: {value!r} is not a path")


def _number(key: str, value: Any) -> int:
    if not isinstance(value, bool) and re.fullmatch(r"\d{1,6}", str(value)):
        return int(value)
    raise ConfigurationError(f"setting {key}: {value!r} is not a whole number")


def _word(key: str, value: Any, known: Sequence[str]) -> str:
    if value in known:
        return str(value)
    raise ConfigurationError(
        f"setting {key}: {value!r} is not known",
        hint=did_you_mean(str(value), known) or f"It is one of {', '.join(known)}.",
    )


def _name(key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    raise ConfigurationError(f"setting {key}: {value!r} is not a name")


def _hosts(key: str, value: Any) -> tuple[str, ...]:
    """Return the names in a list, or in a text with commas or spaces between them."""
    names = re.split(r"[,\s]+", value.strip(", \t\n")) if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not names:
        raise ConfigurationError(f"setting {key}: {value!r} is not a list of hosts")
    for name in names:
        if not isinstance(name, str) or not HOST.fullmatch(name.lower()):
            raise ConfigurationError(
                f"setting {key}: {name!r} is not a host",
                hint='Write it without scheme and port: "db.example.org", "10.0.0.7", "[::1]"; or "*" for any.',
            )
    return tuple(name.lower() for name in names)


def _or_none(read: Callable[[str, Any], T], key: str, value: Any) -> T | None:
    """Return what ``read`` makes of the value, or None where none is given."""
    return None if value in (None, "") else read(key, value)


def _duration(key: str, value: Any) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ConfigurationError(f"setting {key}: {error}") from None
