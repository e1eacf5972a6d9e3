"""A comparison with NULL, which is never true."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.words import words_of_step
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import (
    AddColumn,
    AddConstraint,
    AlterDomain,
    Create,
    CreateDomain,
    CreateIndex,
    CreatePolicy,
    CreateTable,
    Delete,
    Insert,
    Merge,
    Query,
    Update,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

OPERATORS = {"=": "IS NULL", "<>": "IS NOT NULL", "!=": "IS NOT NULL"}
COMPARING = re.compile("=|<>")  # most statements have neither, and are quickly done with
CONDITIONS = frozenset({"WHERE", "HAVING", "CHECK", "USING", "WHEN", "ON"})
OTHERS = frozenset({"SET", "DEFAULT", "SELECT", "VALUES", "THEN", "ELSE", "WITH", "RETURNING", "OPTIONS"})

CHECKED = "never false: the CHECK refuses no row by it"
FILTERED = "never true, not even where the value is NULL"


def check(step: Step) -> Iterator[Finding]:
    """Yield each comparison with NULL in a condition; an assignment in UPDATE ... SET is none."""
    if not COMPARING.search(step.text):
        return
    clause = ""
    for word, following in pairwise(words_of_step(step)):
        if word.word in CONDITIONS | OTHERS:
            clause = word.word
        elif word.word in OPERATORS and following.word == "NULL" and clause in CONDITIONS:
            message = f"{word.source} NULL is {CHECKED if clause == 'CHECK' else FILTERED}"
            yield step.finding(message, f"Write {OPERATORS[word.word]}.", at=word.start)


RULE = Rule(
    name="comparing-with-null",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="= NULL or <> NULL in a condition",
    reason="""\
A comparison with NULL gives NULL, whatever stands on the other side. In WHERE no row is found by it, and in CHECK every
row passes, for only false is refused. Write IS NULL or IS NOT NULL; or IS DISTINCT FROM, where both sides may be
NULL.""",
    on=(
        AddColumn,
        AddConstraint,
        AlterDomain,
        Create,
        CreateDomain,
        CreateIndex,
        CreatePolicy,
        CreateTable,
        Delete,
        Insert,
        Merge,
        Query,
        Update,
    ),
    check=check,
)
