"""Linting: each file is read, each operation judged by every rule for its kind, and then replayed."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.lint.allows import ALLOW, sift
from migrate_tasks.lint.done import Done
from migrate_tasks.lint.kept import Kept
from migrate_tasks.lint.knowledge.in_use import remember
from migrate_tasks.lint.mysql import read_text
from migrate_tasks.lint.replay import replay
from migrate_tasks.lint.report import Report
from migrate_tasks.lint.rolled_back import rolled_back
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.schema import Schema
from migrate_tasks.lint.step import FileStep, Step, Transaction
from migrate_tasks.lint.violation import Finding, Violation
from migrate_tasks.migrations.directives import parse_directives
from migrate_tasks.migrations.modes import Mode, UnitKind, script_of
from migrate_tasks.places import Place, Places
from migrate_tasks.sql.operations import Operation, TransactionControl
from migrate_tasks.sql.reading import NotRead, operations_of
from migrate_tasks.sql.skimming import statements_beginning_with
from migrate_tasks.sql.statements import UnreadableSql

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from migrate_tasks.lint.report import Source
    from migrate_tasks.lint.rule import Rule
    from migrate_tasks.lint.settings import LintSettings
    from migrate_tasks.lint.violation import Severity
    from migrate_tasks.migrations.modes import Script, Unit
    from migrate_tasks.sql.statements import Statement

Found = tuple[str, Finding]
PLACE = re.compile(r":(\d+):(\d+): ")
CHANGING = frozenset(  # that may change a schema
    {"CREATE", "ALTER", "DROP", "DO", "CALL", "SELECT", "WITH", "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT"}
)
SYNTAX, DIRECTIVE, UNKNOWN = "syntax-error", "invalid-directive", "unknown-statement"
MYSQL = "mysql-syntax"
ESCAPED = "Postgres ends a string at \\': double the quote, as in 'it''s', or write E'it\\'s'"


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
    before: Schema | None = None  # the schema when a transaction began that is rolled back
    files: int = 0
    statements: int = 0
    unread: int = 0

    def __post_init__(self) -> None:
        self.rules = all_rules()
        self.every = _Applied({}, self.rules.values())  # for files that allow what another rule may find
        self._applied: dict[frozenset[str], _Applied] = {}

    def violations_of(self, source: Source) -> list[Violation]:
        """Judge a file, and replay it; sorted by place."""
        self.schema.at = source.name
        file = _File(self, source)
        if not source.is_judged:
            file.replay()
            return []
        applied = self._applied_to(source.path_of_settings)
        # once, however often a function is called
        found = dict.fromkeys(file.findings(self.every if ALLOW.search(source.text) else applied))
        self.files += 1
        self.statements += len(file.statements)
        self.unread += file.unread
        kept, wrong = sift(source.text, file.statements, found, self.rules)
        left = applied.unexplained(kept, found)
        return sorted(applied.rated(source, [*left, *wrong]), key=lambda v: (v.line, v.column, v.rule))

    def replay(self, operation: Operation, taken_back: Collection[int]) -> None:
        """Change the schema as an operation does; a ROLLBACK, as it was before the BEGIN, which is one of these."""
        match operation:
            case TransactionControl(action="BEGIN"):
                self.before = self.schema.save() if operation.start in taken_back else None
            case TransactionControl(action="COMMIT" | "ROLLBACK"):
                if operation.action == "ROLLBACK" and self.before:
                    self.schema.restore(self.before)
                self.before = None
            case _:
                replay(operation, self.schema)

    def _applied_to(self, path: str) -> _Applied:
        """Return the rules that are applied to a file."""
        ignored = self.settings.ignored_in(path)
        if ignored not in self._applied:
            severities = {name: self.settings.severity_of(rule, path) for name, rule in self.rules.items()}
            on = {name: severity for name, severity in severities.items() if severity}
            self._applied[ignored] = _Applied(on, [self.rules[name] for name in on])
        return self._applied[ignored]


class _Applied:
    """The rules that are applied to a file, by the kinds of operation that they judge."""

    def __init__(self, severities: Mapping[str, Severity], rules: Collection[Rule]) -> None:
        self.severities = severities
        self.by_kind: dict[type[Operation], list[Rule]] = defaultdict(list)
        self.of_file = [rule for rule in rules if rule.check_file]
        self.explaining = {rule.name for rule in rules if rule.explains}
        for rule in rules:
            for kind in rule.on:
                self.by_kind[kind].append(rule)

    def unexplained(self, kept: Iterable[Found], found: Iterable[Found]) -> Iterator[Found]:
        """Yield what is kept, without statements that cannot be read for a reason that is found, allowed or not."""
        reasons = [finding for name, finding in found if name in self.explaining]
        for name, finding in kept:
            if name != UNKNOWN or not any(reason.covers(finding.start) for reason in reasons):
                yield name, finding

    def rated(self, source: Source, found: Iterable[Found]) -> Iterator[Violation]:
        """Yield the findings of these rules as violations."""
        places = Places(source.text)
        for name, finding in found:
            if severity := self.severities.get(name):
                place = places.of(finding.start)
                last = places.of(max(finding.start, finding.end - 1)).line
                yield Violation(source.path, place.line, place.column, name, severity, finding, last)


class _File:
    """One file on its way through the linter."""

    def __init__(self, linter: _Linter, source: Source) -> None:
        self.linter, self.source = linter, source
        self.statements: tuple[Statement, ...] = ()
        self.taken_back: Collection[int] = ()
        self.kept = Kept()
        self.unread = 0

    def replay(self) -> None:
        """Replay it, as far as it can be read."""
        with suppress(UnreadableSql):
            statements = statements_beginning_with(CHANGING, self.source.text)
            taken_back = rolled_back(statements)
            for statement in statements:
                with suppress(NotRead):
                    for operation in operations_of(statement):
                        self.linter.replay(operation, taken_back)
                        for inner, _ in self.kept.executed_by(operation, statement):
                            self.linter.replay(inner, taken_back)

    def findings(self, asked: _Applied) -> Iterator[Found]:
        """Yield what the rules say of it, and replay it on the way."""
        reading = read_text(self.source.text)
        self.statements = reading.statements
        yield from ((SYNTAX, _syntax_error(error, reading.text)) for error in reading.refused)
        yield from ((MYSQL, finding) for finding in reading.found)
        try:
            directives = parse_directives(self.source.text, self.source.path)
            script = script_of(self.statements, reading.text, self.source.path, directives)
        except ConfigurationError as error:
            yield DIRECTIVE, self._about(error)
            self.replay()
            return
        self.taken_back = rolled_back(self.statements)
        read = [self._operations(statement) for statement in self.statements]
        whole = FileStep(
            self.source.name,
            script,
            directives,
            Done(operation for operations in read for operation in operations if isinstance(operation, Operation)),
            self.linter.schema,
            self.linter.settings.target,
        )
        done = Done()
        for statement, operations, transaction in zip(self.statements, read, _transactions(script), strict=True):
            for operation in operations:
                if isinstance(operation, Finding):
                    yield UNKNOWN, operation
                else:
                    yield from self._judge(asked, Step.of(whole, operation, statement, transaction, done))
                    for inner, written in self.kept.executed_by(operation, statement):
                        yield from self._judge(asked, Step.of(whole, inner, written, transaction, done))
        for rule in asked.of_file:
            assert rule.check_file
            yield from ((rule.name, finding) for finding in rule.check_file(whole))

    def _judge(self, asked: _Applied, step: Step) -> Iterator[Found]:
        """Yield what the rules say of an operation, and replay it."""
        for rule in asked.by_kind.get(type(step.operation), ()):
            for finding in rule.check(step) if rule.check else ():
                yield rule.name, finding
                if step.transaction:
                    step.transaction.told.add(rule.name)
        remember(step)
        step.earlier.append(step.operation)
        self.linter.replay(step.operation, self.taken_back)

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


def _syntax_error(error: UnreadableSql, text: str) -> Finding:
    is_escaped = error.message.startswith("unterminated quoted") and "\\'" in text[: error.offset]
    return Finding(error.offset, error.offset + 1, error.message, ESCAPED if is_escaped else "")


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
    latest: dict[str, Operation] = {}  # of all that are wrapped
    for unit in script.units:
        own = _transaction(unit, latest)
        yield from (own for _ in range(unit.first, unit.end))


def _transaction(unit: Unit, latest: dict[str, Operation]) -> Transaction | None:
    match unit.kind:
        case UnitKind.BLOCK:
            return Transaction(is_own=True)
        case UnitKind.WRAPPED:
            return Transaction(latest=latest)
        case UnitKind.ALONE:
            return None
