"""A statement that refuses a transaction block, in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.by_partition import gone_through
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Finding
from migrate_tasks.migrations.modes import UnitKind
from migrate_tasks.sql.operations import Cluster, CreateIndex, Drop, Reindex, Vacuum
from migrate_tasks.sql.statements import split_statements
from migrate_tasks.sql.transactions import cannot_run_in_transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import FileStep, Step
    from migrate_tasks.sql.operations import Operation

HELP = "Put it after the COMMIT, or into a migration of its own without BEGIN: the runner executes it by itself there."


def check_partitioned(step: Step) -> Iterator[Finding]:
    """Find what the server does partition by partition, where the runner cannot take it out of the transaction."""
    table = gone_through(step)
    if table and step.transaction and (step.transaction.is_own or step.directives.transaction):
        what = f"REINDEX {step.operation.kind}" if isinstance(step.operation, Reindex) else "CLUSTER"
        message = f'{what} of the partitioned table "{table.name}" cannot run inside a transaction: Postgres refuses it'
        yield step.finding(message, HELP)


def check(step: FileStep) -> Iterator[Finding]:
    """Yield what stands in a transaction and cannot: between the file's own BEGIN and COMMIT, or in a DO."""
    yield from _in_blocks(step)
    for statement in step.script.statements:
        if statement.words[0] == "DO":
            for operation in step.operations.in_statement(statement):
                if operation.start > statement.start:
                    yield from _in_do(step, operation)


def _in_do(step: FileStep, operation: Operation) -> Iterator[Finding]:
    if isinstance(operation, CreateIndex | Drop | Reindex | Vacuum):
        (statement, *_) = split_statements(step.text[operation.start : operation.end])
        if what := cannot_run_in_transaction(statement):
            message = f"{what} cannot run inside a DO, which is always in a transaction: Postgres refuses it"
            yield Finding(operation.start, operation.end, message, "Write it as a statement of its own.")


def _in_blocks(step: FileStep) -> Iterator[Finding]:
    for unit in step.script.units:
        if unit.kind is UnitKind.BLOCK:
            for statement in step.script.statements[unit.first : unit.end]:
                if what := cannot_run_in_transaction(statement):
                    message = f"{what} cannot run inside a transaction block: Postgres refuses it (SQLSTATE 25001)"
                    yield Finding(statement.start, statement.end, message, HELP)


RULE = Rule(
    name="cannot-run-in-transaction",
    group=Group.CORRECTNESS,
    summary="CREATE INDEX CONCURRENTLY, VACUUM and the like between BEGIN and COMMIT, or in a DO",
    reason="""\
These statements begin and end transactions of their own: CREATE, DROP and REINDEX INDEX CONCURRENTLY, DETACH PARTITION
CONCURRENTLY, VACUUM, CREATE and DROP DATABASE, ALTER SYSTEM and some more. Inside BEGIN and COMMIT the server refuses
them (SQLSTATE 25001). The runner sends them by themselves where the file lets it.

REINDEX and CLUSTER of a partitioned table are done partition by partition, and refused likewise.""",
    on=(Reindex, Cluster),
    check=check_partitioned,
    check_file=check,
)
