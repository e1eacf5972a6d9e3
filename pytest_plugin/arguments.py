"""What the factories of fixtures.py are called with: refused where it makes no sense, with the place of the call.

Imports only pytest and the standard library.
"""

from __future__ import annotations

import inspect
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from migrate_tasks.errors import MigrateTasksError

OUR_FOLDER = str(Path(__file__).parent)
SCOPES = ("function", "class", "module", "package", "session")


@dataclass(frozen=True)
class Call:
    """A call of a factory, by a user: ``text`` as it may be written, ``place`` is like "conftest.py:7"."""

    text: str
    place: str

    @classmethod
    def of(cls, factory: str, *args: Any, **kwargs: Any) -> Call:
        """Return the call of ``factory`` that is executed now; arguments that are None are not shown."""
        named = (f"{name}={_shown(value)}" for name, value in kwargs.items() if value is not None)
        shown = ", ".join([*(_shown(value) for value in args if value is not None), *named])
        return cls(f"{factory}({shown})", _place())

    def refuse(self, reason: str) -> pytest.UsageError:
        """Return the error that says why the call makes no sense."""
        return pytest.UsageError(f"{self.place}: {self.text}: {reason}")

    def refuse_unless_name(self, argument: str, value: object) -> None:
        """Raise UsageError where ``value`` is not the name of a fixture."""
        __tracebackhide__ = True
        if not isinstance(value, str):
            raise self.refuse(f'{argument} is the name of a fixture: "migrated_{argument}"')

    def fixture(self, request: pytest.FixtureRequest, name: str, factory: str) -> Any:
        """Return the value of the fixture ``name``; raises ConfigurationError where there is none."""
        try:
            return request.getfixturevalue(name)
        except pytest.FixtureLookupError as error:
            if error.argname != name:
                raise
        hint = f"Make it, in the same file or a conftest.py: {name} = {factory}(...)"
        raise self._refused(f'there is no fixture "{name}"', hint)

    def not_made_by(self, factory: str, name: str) -> MigrateTasksError:
        """Return the error that says that another factory than ``factory``, or none, has made a fixture."""
        return self._refused(f'"{name}" is no fixture of {factory}()', f"Name a fixture that {factory}() has made.")

    def _refused(self, reason: str, hint: str) -> MigrateTasksError:
        from migrate_tasks.errors import ConfigurationError

        return ConfigurationError(f"{self.place}: {self.text}: {reason}", hint=hint)


def refuse_template(call: Call, directory: object, parent: object, seed: object, to: object) -> None:
    """Raise UsageError where template() is called with what makes no sense."""
    __tracebackhide__ = True
    if directory is not None and not isinstance(directory, (str, os.PathLike)):
        raise call.refuse("the directory is a path")
    if parent is not None:
        call.refuse_unless_name("template", parent)
    if seed is not None and not callable(seed):
        raise call.refuse("seed is a function, which is called with the database")
    if to is not None and not isinstance(to, str):
        raise call.refuse('to is the name of a migration: "003-name"')
    if directory is not None and parent:
        raise call.refuse("it has the migrations of its directory or those of its parent, not both")
    if to and directory is None and (parent or seed):
        raise call.refuse("it has the migrations of its parent, so the parent must have to=, or this a directory")


def refuse_scope(call: Call, scope: object) -> None:
    """Raise UsageError where ``scope`` is neither one of pytest's nor a function."""
    __tracebackhide__ = True
    if scope not in SCOPES and not callable(scope):
        raise call.refuse(f"scope is one of {', '.join(SCOPES)}")


def _shown(value: object) -> str:
    """Return what stands for an argument: a fixture or a function by its name."""
    return str(getattr(value, "__name__", None) or repr(value))


def _place() -> str:
    """Return the file and line of the innermost frame that is not ours."""
    frame = inspect.currentframe()
    while frame and str(Path(frame.f_code.co_filename).parent) == OUR_FOLDER:
        frame = frame.f_back
    if frame is None:
        return "pytest_plugin"
    file = Path(frame.f_code.co_filename)
    with suppress(ValueError):
        file = file.relative_to(Path.cwd())
    return f"{file}:{frame.f_lineno}"
