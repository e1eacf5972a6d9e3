"""SECURITY DEFINER functions whose names are looked up where the caller says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.quoting import quoted
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.operations import Alter, CreateFunction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep


def _check(step: FileStep) -> Iterator[Finding]:
    for function in step.operations.of(CreateFunction):
        if not function.security_definer:
            continue
        if "search_path" not in function.settings and not _is_set_later(step, function):
            name = quoted(function.name)
            yield Finding(
                function.start,
                function.end,
                f'{function.kind} "{function.name}" has the rights of its owner, but finds tables and functions where'
                " the search_path of its caller says",
                "Write into its definition: SET search_path = '', and each name with its schema. Or afterwards:\n"
                f"ALTER {function.kind.upper()} {name} SET search_path = '';",
            )


def _is_set_later(step: FileStep, function: CreateFunction) -> bool:
    return any(
        alter.start > function.start
        and alter.kind == function.kind
        and alter.action.upper().startswith("SET SEARCH_PATH")
        for alter in step.operations.of(Alter, function.name)
    )


RULE = Rule(
    name="security-definer-search-path",
    group=Group.CORRECTNESS,
    summary="a SECURITY DEFINER function has no SET search_path",
    reason="""\
A `SECURITY DEFINER` function runs with the rights of its owner, but looks up names in the caller's `search_path`, and
in the caller's temporary tables first. Whoever may call it can put a table, a function or an operator of that name in
front, and so execute what they like with the owner's rights.

Add `SET search_path = ''` and write names with their schema, or `SET search_path = app, pg_temp`, with `pg_temp` last
(the manual's page of CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely").
""",
    severity=Severity.WARNING,
    check_file=_check,
)
