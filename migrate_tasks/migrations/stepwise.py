"""Migrations that are not one transaction: unit by unit, each recorded, so that a run continues where one ended.

A block of the author's own BEGIN and COMMIT carries its progress in the same transaction; so does a statement by itself
that can be in one, in a transaction of ours. Only what cannot be in any is recorded before and after; recovery.py finds
out what became of it when its end is not known.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.events import MigrationResumed
from migrate_tasks.migrations.history import must
from migrate_tasks.migrations.modes import Unit, UnitKind
from migrate_tasks.migrations.recovery import Recovery
from migrate_tasks.migrations.script import ScriptFailed
from migrate_tasks.places import place_of
from migrate_tasks.sql.indexes import concurrent_target
from migrate_tasks.sql.session import is_session_setting, session_object
from migrate_tasks.sql.statements import normalised
from migrate_tasks.sql.transactions import Control, control_of, may_commit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from migrate_tasks.migrations.work import Job, Work
    from migrate_tasks.sql.statements import Statement

NOT_IN_TRANSACTION = "25001"  # active_sql_transaction: a statement that cannot be in a transaction is in one


class Stepwise:
    """Executes one migration from its first unit, or from where ``metadata``, what its row tells, says."""

    def __init__(self, work: Work, job: Job, metadata: Mapping[str, Any]) -> None:
        self._work = work
        self._job = job
        self._statements = job.script.statements
        self._metadata = metadata
        self._checksums = _checksums(self._statements)
        self._recovery = Recovery(work.session, work.stop)
        self._found: dict[str, Any] = {}
        self.done = 0

    def execute(self) -> None:
        """Execute what is not done yet; raises ScriptFailed after the last retry."""
        work, total = self._work, len(self._statements)
        first = self.done = self._recorded()
        work.record(self._job, self._job.running(**self._progress(self.done), statements_total=total))
        work.watch.begin(self._job.name, total, work.heartbeats(self._job))
        if self.done:
            work.on_event(MigrationResumed(self._job.name, min(self.done + 1, total), total))
        for statement in work.session.outside(self._job.script, self._job.timeouts, self._job.migration.directives):
            work.session.send(statement)
        self._restore_settings()
        if self._metadata.get("statement_started") == self.done < total:
            self._recover()
        for unit in self._job.script.units:
            if unit.end > self.done:
                self._execute_with_retries(replace(unit, first=max(unit.first, self.done)))
        if first == total:  # what is left of the file was executed before
            work.record(self._job, self._job.done())

    def _recorded(self) -> int:
        """Return how many statements an earlier attempt has done; they must not have changed since."""
        done = int(self._metadata.get("statements_done") or 0)
        if done <= len(self._statements) and self._metadata.get("statements_checksum") in (None, self._checksums[done]):
            return done
        raise ConfigurationError(
            f'the first {done} statements of migration "{self._job.name}" were changed after they were executed',
            detail="They are not executed again, so what is in the file now would never be.",
            hint=f"Put them back; or say that they are to be executed: invoke migrate.mark {self._job.name} --pending",
        )

    def _restore_settings(self) -> None:
        """Set again what the statements that are done had set in their session, which is gone."""
        undone = self._rolled_back()
        for number, statement in enumerate(self._statements[: self.done]):
            if number in undone:
                continue
            lost = session_object(statement)
            if lost:
                place = place_of(self._job.script.text, statement.start)
                raise ConfigurationError(
                    f'migration "{self._job.name}" cannot continue with statement {self.done + 1}:'
                    f" the {lost} of {self._job.script.path}:{place} died with its session",
                    hint="Write it so that it can be executed from the beginning, then:"
                    f" invoke migrate.mark {self._job.name} --pending",
                )
            if is_session_setting(statement):
                self._work.send_statements(self._job, number, number + 1)

    def _rolled_back(self) -> set[int]:
        """Return the numbers of the statements in blocks that end with ROLLBACK: of them nothing stays."""
        return {
            number
            for unit in self._job.script.units
            if unit.kind is UnitKind.BLOCK and control_of(self._statements[unit.end - 1]) is Control.ROLLBACK
            for number in range(unit.first, unit.end)
        }

    def _recover(self) -> None:
        """Find out what became of the statement that an earlier attempt has sent and heard no more of."""
        found = self._metadata.get("statement_found") or {}
        is_changed = found.get("checksum") not in (None, self._checksums[self.done + 1])
        target = concurrent_target(self._statements[self.done])
        if is_changed and not (target and target.action == "create" and target.name):
            return  # what was found says nothing of what is there now in its place
        # else an INVALID index of that name is in the way
        if self._is_done(self.done, found) and not is_changed:
            self._record_done(self.done + 1)

    def _is_done(self, number: int, found: Mapping[str, Any]) -> bool:
        """Return whether that statement has had its effect; raises ScriptFailed, of it, where mending fails."""
        try:
            return self._recovery.is_done(self._statements[number], found)
        except ScriptFailed as failed:
            raise ScriptFailed(replace(failed.error, position=None, statement=number)) from None

    def _execute_with_retries(self, unit: Unit) -> None:
        for retry in count(1):
            try:
                if retry > 1 and unit.kind is UnitKind.ALONE:
                    self._is_done(unit.first, self._found)  # an INVALID index may be left
                self._execute(unit)
            except ScriptFailed as failed:
                unit = self._once_more(unit, failed, retry)
            else:
                return

    def _once_more(self, unit: Unit, failed: ScriptFailed, retry: int) -> Unit:
        """Return what to try again, after a pause; raises ``failed`` where that is no use."""
        session, statement = self._work.session, self._statements[unit.first]
        if session.is_lost:
            raise failed
        if session.is_in_transaction:
            session.send("ROLLBACK")
        if unit.kind is UnitKind.WRAPPED and failed.error.sqlstate == NOT_IN_TRANSACTION:
            return replace(unit, kind=UnitKind.ALONE)
        if unit.kind is UnitKind.ALONE and may_commit(statement):
            raise failed  # a part of it may be committed
        try:
            self._work.retry(self._job, failed, retry)
        except ScriptFailed:
            if unit.kind is UnitKind.ALONE:
                self._clean_up(unit.first)
            raise
        return unit

    def _clean_up(self, number: int) -> None:
        """Try to remove what the failed statement has left; else the next run will."""
        with suppress(ScriptFailed, psycopg.Error):
            if not self._work.session.has_pooler:
                self._work.session.send("SET lock_timeout = '3s'")
            self._is_done(number, self._found)

    def _execute(self, unit: Unit) -> None:
        match unit.kind:
            case UnitKind.BLOCK:
                self._execute_block(unit)
            case UnitKind.WRAPPED:
                self._work.send(self._job, *self._work.begin(self._job, unit.first))
                self._send_and_record(unit.first, unit.end, "COMMIT", unit.end)
            case UnitKind.ALONE:
                self._execute_alone(unit)

    def _execute_block(self, unit: Unit) -> None:
        first, last = unit.first, unit.end - 1
        begins_itself = control_of(self._statements[first]) is Control.BEGIN
        end = control_of(self._statements[last])
        begin = self._statements[first].text if begins_itself else "BEGIN"
        begin, *settings = self._work.begin(self._job, first, begin=begin)
        is_begun = self._work.session.is_in_transaction  # by COMMIT AND CHAIN, which gives up what was SET LOCAL
        self._work.send(self._job, *([] if is_begun else [begin]), *settings)
        first += begins_itself
        match end:
            case Control.ROLLBACK:
                self._work.send_statements(self._job, first, unit.end)
                self._record_done(unit.end)
            case Control.COMMIT:
                self._send_and_record(first, last, self._statements[last].text, unit.end)
            case _:
                self._send_and_record(first, unit.end, "COMMIT", unit.end)

    def _execute_alone(self, unit: Unit) -> None:
        statement = self._statements[unit.first]
        self._found = {**self._recovery.look(statement), "checksum": self._checksums[unit.end]}
        started = {"statement_started": unit.first, "statement_found": self._found}
        self._work.record(self._job, self._work.history.progress(self._job.name, **started))
        self._work.send_statements(self._job, unit.first, unit.end)
        self._recovery.check(statement, unit.first)
        self._record_done(unit.end)

    def _send_and_record(self, first: int, end: int, commit: str, done: int) -> None:
        """Send the statements and commit, with the progress in the transaction; the author's own role stays set."""
        record = (*self._work.as_ourselves, must(self._statement_for(done)), *self._work.guard.before_commit)
        self._work.send_statements(self._job, first, end, *record, commit)
        self.done = done

    def _record_done(self, done: int) -> None:
        self._work.record(self._job, self._statement_for(done))
        self.done = done

    def _statement_for(self, done: int) -> str:
        """Return what records that so many statements are done; after the last one, that the migration is."""
        progress = self._progress(done)
        if done == len(self._statements):
            return self._job.done(**progress)
        return self._work.history.progress(self._job.name, "statement_started", "statement_found", **progress)

    def _progress(self, done: int) -> dict[str, Any]:
        return {"statements_done": done, "statements_checksum": self._checksums[done]}


def _checksums(statements: Sequence[Statement]) -> list[str]:
    """Return the checksum of the first 0, 1, 2, ... statements, comments and white space aside."""
    digest = hashlib.sha256()
    checksums = [digest.hexdigest()]
    for statement in statements:
        digest.update(f"{normalised(statement.text)};{statement.data or ''}\n".encode())
        checksums.append(digest.hexdigest())
    return checksums
