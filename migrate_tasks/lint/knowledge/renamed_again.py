"""What a file renames more than once: only what its first name becomes at last is of any concern to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import PARTS
from migrate_tasks.lint.renames import renamed
from migrate_tasks.sql.operations import Name, Rename

if TYPE_CHECKING:
    from migrate_tasks.lint.step import Step

Called = tuple[Name, str]  # the object; and the part of it that is renamed, "" for itself


def last_name(step: Step, rename: Rename) -> Name:
    """Return what a renamed object is called when all of the file is executed."""
    return _last(step, rename)[0]


def comes_to_nothing(step: Step, rename: Rename) -> bool:
    """Return whether the file gives the old name back, or has given it itself."""
    before = _before(rename)
    earlier = step.earlier.of(Rename, rename.name)
    return _last(step, rename) == before or any(each.kind == rename.kind and _after(each) == before for each in earlier)


def _last(step: Step, rename: Rename) -> Called:
    latest = rename
    while later := _next(step, latest):
        latest = later
    return _after(latest)


def _next(step: Step, rename: Rename) -> Rename | None:
    """Return the first operation after a RENAME that renames the same again."""
    called = _after(rename)
    later = (each for each in step.operations.of(Rename, called[0]) if each.start > rename.start)
    return next((each for each in later if each.kind == rename.kind and _before(each) == called), None)


def _before(rename: Rename) -> Called:
    return rename.name, rename.old if rename.kind in PARTS else ""


def _after(rename: Rename) -> Called:
    if rename.kind in PARTS:
        return rename.name, rename.new
    return renamed(rename.name, rename.new, sets_schema=rename.sets_schema), ""
