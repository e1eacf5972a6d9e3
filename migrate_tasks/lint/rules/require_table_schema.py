"""A table without its schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding, Severity
from migrate_tasks.sql.phrase import Phrase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep
    from migrate_tasks.sql.statements import Statement

TEMPORARY = ("TEMP", "TEMPORARY")


def check(step: FileStep) -> Iterator[Finding]:
    """Yield each table that CREATE, ALTER or DROP TABLE names without a schema; temporary ones have none."""
    for statement in step.script.statements:
        phrase = Phrase(statement)
        if _takes_head(phrase):
            yield from _bare(statement, phrase)


def _takes_head(phrase: Phrase) -> bool:
    """Take all before the first table's name, if the statement is one of these."""
    verb = phrase.takes_one_of("CREATE", "ALTER", "DROP")
    phrase.takes_one_of("UNLOGGED", "FOREIGN")
    if verb is None or not phrase.takes("TABLE"):
        return False
    phrase.takes("IF", "NOT", "EXISTS")
    phrase.takes("IF", "EXISTS")
    phrase.takes("ONLY")
    return True


def _bare(statement: Statement, phrase: Phrase) -> Iterator[Finding]:
    is_more = True
    while is_more:
        token = statement.tokens[phrase.at] if phrase.at < len(phrase.words) else None
        name = phrase.takes_name()
        if token and name and "." not in name:
            message = f"table {name} is named without its schema: search_path decides which one it is"
            yield Finding(token.start, token.end + 1, message, f"Write: public.{name}")
        is_more = statement.words[0] == "DROP" and phrase.takes(",")


RULE = Rule(
    name="require-table-schema",
    group=Group.DESIGN,
    severity=Severity.WARNING,
    is_default=False,
    summary="CREATE, ALTER or DROP TABLE of a name without a schema",
    reason="""\
Without a schema, the search_path of whoever executes the migration decides where the table is made or looked for:
another role, another setting of the database, or a table of the same name in an earlier schema, and it is another
table. For a project that keeps all in one schema that is no danger, so the rule is off by default.""",
    check_file=check,
)
