"""RENAME of anything that programs may name, but a table or a column."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.made_here import is_constraint_made_here, is_made_anew, is_made_here
from migrate_tasks.lint.knowledge.renamed_again import comes_to_nothing
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Rename

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

NOT_NAMED_BY_PROGRAMS = frozenset({"index", "trigger", "policy", "rule", "event trigger", "statistics"})
OWN_RULES = frozenset({"table", "column"})
HELP = "Make one of the new name beside it, and drop the old one when no program uses it any more."


def check(step: Step) -> Iterator[Finding]:
    """Yield the renaming of an object that programs may name."""
    rename = step.operation
    assert isinstance(rename, Rename)
    if rename.sets_schema or rename.kind in NOT_NAMED_BY_PROGRAMS | OWN_RULES or _is_made_here(step, rename):
        return
    message = f'renaming {rename.kind} "{rename.old}" to "{rename.new}" breaks programs that use the old name'
    yield step.finding(message, HELP)


def _is_made_here(step: Step, rename: Rename) -> bool:
    if comes_to_nothing(step, rename):
        return True
    if rename.kind == "constraint":
        return is_constraint_made_here(step, rename.name, rename.old)
    if rename.kind in ("enum value", "attribute"):
        return is_made_here(step, "type", rename.name)
    return is_made_here(step, rename.kind, rename.name) or is_made_anew(step, rename.kind, rename.name)


RULE = Rule(
    name="renaming-object",
    group=Group.COMPATIBILITY,
    severity=Severity.WARNING,
    summary="RENAME of a view, type, enum value, function, schema, constraint, ... that may be in use",
    reason="""\
Programs of the version before still read the view, call the function, cast to the type or write the value by its old
name; constraints are named by ON CONFLICT ON CONSTRAINT, and by code that tells errors apart. Make the new one beside
the old one; where the file makes another one of the old name, nothing is found. Indexes, triggers, policies and rules
are not found: no query names them.""",
    on=(Rename,),
    check=check,
)
