"""Linting: each file is read, each operation judged by every rule for its kind, and then replayed."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.lint.allows import sift
from migrate_tasks.lint.in_use import held_by
from migrate_tasks.lint.renames import renamed
from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.report import Report
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.schema import Schema
from migrate_tasks.lint.step import FileStep, Step, Transaction
from migrate_tasks.lint.violation import Finding, Violation
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.modes import Mode, UnitKind, script_of
from migrate_tasks.places import Place, Places
from migrate_tasks.sql.operations import Rename, TransactionControl
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.statements import UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from migrate_tasks.lint.report import Source
    from migrate_tasks.lint.rule import Rule
    from migrate_tasks.lint.settings import LintSettings
    from migrate_tasks.lint.step import Held
    from migrate_tasks.migrations.modes import Script
    from migrate_tasks.sql.operations import Operation
    from migrate_tasks.sql.statements import Statement

Found = tuple[str, Finding]
ROLLING_BACK = ("ROLLBACK", "ABORT")
PLACE = re.compile(r":(\d+):(\d+): ")
CHANGING = frozenset(  # that may change a schema
    {"CREATE", "ALTER", "DROP", "DO", "SELECT", "WITH", "BEGIN", "START", "COMMIT", "END", *ROLLING_BACK}
)
SYNTAX, DIRECTIVE, UNKNOWN = "syntax-error", "invalid-directive", "unknown-statement"


def lint(sources: Iterable[Source], settings: LintSettings) -> Report:
    """Return what is wrong with the judged ones of ``sources``, which are in the order of execution."""
    linter = _Linter(settings)
    violations = [violation for source in sources for violation in linter.violations_of(source)]
    return Report(tuple(violations), linter.files, linter.statements, linter.unread)


@dataclass
class _Linter:
    """The state from file to file: the schema, and what was counted."""

    settings: LintSettings
    schema: Schema = field(default_factory=Schema)
    before: Schema | None = None  # the schema when the file's own transaction began
    files: int = 0
    statements: int = 0
    unread: int = 0

    def __post_init__(self) -> None:
        self.rules = all_rules()
        self.by_kind: dict[type[Operation], list[Rule]] = defaultdict(list)
        for rule in self.rules.values():
            for kind in rule.on:
                self.by_kind[kind].append(rule)

    def violations_of(self, source: Source) -> list[Violation]:
        """Judge a file, and replay it; sorted by place."""
        self.schema.at = source.name
        file = _File(self, source)
        if not source.is_judged:
            file.replay()
            return []
        found = list(file.findings())
        self.files += 1
        self.statements += len(file.statements)
        self.unread += file.unread
        kept, about_allows = sift(source.text, file.statements, found, self.rules)
        return sorted(self._rated(source, [*kept, *about_allows]), key=lambda v: (v.line, v.column, v.rule))

    def replay(self, operation: Operation, statements: Sequence[Statement]) -> None:
        """Change the schema as an operation does; a ROLLBACK, as what was before BEGIN."""
        action = operation.action if isinstance(operation, TransactionControl) else ""
        if action == "BEGIN" and any(statement.words[0] in ROLLING_BACK for statement in statements):
            self.before = deepcopy(self.schema)
        elif action == "ROLLBACK" and self.before:
            self.schema = self.before
        if action in ("COMMIT", "ROLLBACK"):
            self.before = None
        replay(operation, self.schema)

    def _rated(self, source: Source, found: Iterable[Found]) -> Iterator[Violation]:
        places = Places(source.text)
        for name, finding in found:
            severity = self.settings.severity_of(self.rules[name], source.path)
            if severity:
                place = places.of(finding.start)
                last = places.of(max(finding.start, finding.end - 1)).line
                yield Violation(source.path, place.line, place.column, name, severity, finding, last)


class _File:
    """One file on its way through the linter."""

    def __init__(self, linter: _Linter, source: Source) -> None:
        self.linter, self.source = linter, source
        self.statements: tuple[Statement, ...] = ()
        self.unread = 0
        self.done: list[Operation] = []
        self.held: list[Held] = []

    def replay(self) -> None:
        """Replay it, as far as it can be read."""
        with suppress(UnreadableSql):
            self.statements = split_statements(self.source.text)
            for statement in self.statements:
                if statement.words[0] in CHANGING:
                    with suppress(NotRead):
                        for operation in operations_of(statement):
                            self.linter.replay(operation, self.statements)

    def findings(self) -> Iterator[Found]:
        """Yield what all rules say of it, and replay it on the way."""
        try:
            self.statements = split_statements(self.source.text)
            directives = parse_directives(self.source.text, self.source.path)
            script = script_of(self.statements, self.source.text, self.source.path, directives)
        except UnreadableSql as error:
            yield SYNTAX, Finding(error.offset, error.offset + 1, error.message)
            return
        except ConfigurationError as error:
            yield DIRECTIVE, self._about(error)
            self.replay()
            return
        for statement, transaction in zip(self.statements, _transactions(script), strict=True):
            yield from self._judge(statement, transaction, script)
        step = FileStep(
            self.source.name, script, directives, self.done, self.linter.schema, self.linter.settings.target
        )
        for rule in self.linter.rules.values():
            if rule.check_file:
                yield from ((rule.name, finding) for finding in rule.check_file(step))

    def _judge(self, statement: Statement, transaction: Transaction | None, script: Script) -> Iterator[Found]:
        for operation in self._operations(statement):
            if isinstance(operation, Finding):
                yield UNKNOWN, operation
                continue
            step = Step(
                operation,
                statement,
                self.source.name,
                script,
                self.linter.schema,
                transaction,
                self.done,
                self.held,
                self.linter.settings.target,
            )
            held = held_by(step)
            for rule in self.linter.by_kind[type(operation)]:
                if rule.check:
                    yield from ((rule.name, finding) for finding in rule.check(step))
            self.linter.replay(operation, self.statements)
            self.done.append(operation)
            self._hold(held)
            if transaction:
                transaction.done.append(operation)

    def _hold(self, held: Held) -> None:
        """Remember the locks of an operation, and those before by the name that a table has now."""
        match held.operation:
            case Rename(kind="table", name=old, new=new, sets_schema=sets_schema):
                name = renamed(old, new, sets_schema=sets_schema)
                self.held = [earlier.renamed(old, name) for earlier in [*self.held, held]]
            case _:
                self.held.append(held)

    def _operations(self, statement: Statement) -> Sequence[Operation | Finding]:
        try:
            return operations_of(statement)
        except NotRead as error:
            self.unread += 1
            return [_unknown(statement, error.offset)]

    def _about(self, error: ConfigurationError) -> Finding:
        """Return the finding that an error with a place in its message is."""
        place = PLACE.search(error.message)
        offset = Places(self.source.text).offset_of(Place(int(place[1]), int(place[2]))) if place else 0
        message = error.message[place.end() :] if place else error.message
        return Finding(offset, offset + 1, message, " ".join(filter(None, [error.detail, error.hint])))


def _unknown(statement: Statement, offset: int) -> Finding:
    near = next((token for token in statement.tokens if token.end >= offset), statement.tokens[-1])
    word = statement.text[near.start - statement.start : near.end + 1 - statement.start]
    return Finding(
        offset,
        statement.end,
        f'cannot read this statement from "{word[:40]}" on, so no rule has judged it',
        'Ask a server whether it is right: migrate-lint --server. Or allow it: "-- migrate: allow unknown-statement'
        ' because ...".',
    )


def _transactions(script: Script) -> Iterator[Transaction | None]:
    """Yield the transaction of each statement."""
    if script.mode is Mode.TRANSACTION:
        whole = Transaction()
        yield from (whole for _ in script.statements)
        return
    for unit in script.units:
        own = None if unit.kind is UnitKind.ALONE else Transaction(is_own=unit.kind is UnitKind.BLOCK)
        yield from (own for _ in range(unit.first, unit.end))
