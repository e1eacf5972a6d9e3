"""Settings: flags > environment > [tool.migrate-tasks] of pyproject.toml > defaults.

The environment is a parameter, so nothing is read at import and tests pass a dict. The URL of a
database is never read from a file that gets committed, and hides itself in ``repr``.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_tasks.durations import format_duration, parse_duration
from migrate_tasks.errors import ConfigurationError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import timedelta

DEVELOPMENT = frozenset({"development", "test"})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a run needs to know, with every path absolute.

    ``root``          where tasks.py and startup.yaml lie; ``.postgres`` is made there.
    ``directory``     the folder of the migrations.
    ``startup_file``  the sequence of phases.
    ``url``           the database for migrations; None means the embedded server.
    ``app_env``       APP_ENV as given, or None.
    ``connect_wait``  how long ``invoke migrate.run`` and the start-up wait for a database that is not up yet.
    ``lock_wait``     how long a run waits for another run on the same database.
    """

    root: Path
    directory: Path
    startup_file: Path
    url: str | None = field(default=None, repr=False)
    app_env: str | None = None
    connect_wait: timedelta
    lock_wait: timedelta

    @property
    def environment(self) -> str:
        """APP_ENV; where it is unset, development on the embedded server and production elsewhere."""
        return self.app_env or ("production" if self.url else "development")

    @property
    def is_development(self) -> bool:
        """True for the environments known to be harmless; an unknown one counts as production."""
        return self.environment in DEVELOPMENT

    def to_environ(self) -> dict[str, str]:
        """Return the variables that make another process read these settings; the URL is not among them."""
        values = {
            "directory": str(self.directory),
            "startup_file": str(self.startup_file),
            "connect_wait": format_duration(self.connect_wait),
            "lock_wait": format_duration(self.lock_wait),
        }
        return {"APP_ENV": self.environment, **{f"{PREFIX}{key.upper()}": value for key, value in values.items()}}


# what pyproject.toml may say, and what holds where nothing is said
DEFAULTS = {"directory": "migrations", "startup_file": "startup.yaml", "connect_wait": "30s", "lock_wait": "5m"}


PREFIX = "MIGRATE_TASKS_"  # of the environment variables with the same names


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
    layers: tuple[Mapping[str, Any], ...] = (
        given,
        _from_environment(environ),
        _from_pyproject(root / "pyproject.toml"),
    )
    chosen = {key: next((layer[key] for layer in layers if key in layer), default) for key, default in DEFAULTS.items()}
    return Settings(
        root=root,
        directory=root / _path("directory", chosen["directory"]),
        startup_file=root / _path("startup_file", chosen["startup_file"]),
        url=given.get("url") or environ.get("MIGRATION_DATABASE_URL") or environ.get("DATABASE_URL") or None,
        app_env=environ.get("APP_ENV") or None,
        connect_wait=_duration("connect_wait", chosen["connect_wait"]),
        lock_wait=_duration("lock_wait", chosen["lock_wait"]),
    )


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    names = {f"{PREFIX}{key.upper()}": key for key in DEFAULTS}
    for name in environ:
        if name.startswith(PREFIX) and name not in names:
            raise ConfigurationError(
                f"unknown environment variable {name}",
                hint=did_you_mean(name, names) or f"The variables are {', '.join(names)}.",
            )
    return {key: environ[name] for name, key in names.items() if environ.get(name)}


def _from_pyproject(path: Path) -> dict[str, Any]:
    try:
        tool = tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name} could not be read: {error}") from None
    table = tool.get("migrate-tasks", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigurationError(f"{path.name}: [tool.migrate-tasks] must be a table")
    _check_keys(table, 'pyproject.toml: unknown key "{}" in [tool.migrate-tasks]')
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


def _duration(key: str, value: Any) -> timedelta:
    try:
        return parse_duration(value)
    except ValueError as error:
        raise ConfigurationError(f"setting {key}: {error}") from None
