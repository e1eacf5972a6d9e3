"""COPY from a file of the server, or from a program that it starts."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.words import with_depth, words_of_step
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import Insert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding

HELP = "Put the rows into the migration: INSERT, or COPY ... FROM stdin with the data below it."


def check(step: Step) -> Iterator[Finding]:
    """Yield a COPY that reads what is on the server's machine."""
    assert isinstance(step.operation, Insert)
    if step.operation.how != "COPY":
        return
    outside = [word for word, depth in with_depth(words_of_step(step)) if depth == 0]
    for word, following in pairwise(outside):
        if word.word == "FROM" and following.word == "PROGRAM":
            yield step.finding("COPY FROM PROGRAM starts a program on the server's own machine", HELP)
        elif word.word == "FROM" and following.word.endswith("'"):
            yield step.finding(f"COPY FROM {following.source} reads a file on the server's own disk", HELP)


RULE = Rule(
    name="copy-from-file",
    group=Group.CORRECTNESS,
    severity=Severity.WARNING,
    summary="COPY FROM a file or a program",
    reason="""\
The path is one of the database server's machine, not of the one where the migrations are. There is no such file on a
managed server, in a container or in a test database, and only a superuser or a member of pg_read_server_files (for
programs pg_execute_server_program) may read it. Put the data into the migration; `COPY ... FROM stdin` with the rows
below it works.""",
    on=(Insert,),
    check=check,
)
