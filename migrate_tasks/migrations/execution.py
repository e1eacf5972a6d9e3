"""Executing the jobs of one run, one after the other: their rows, their events, what is told when one fails."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from migrate_tasks.errors import MigrateTasksError, TryAgainLater
from migrate_tasks.migrations.events import MigrationCompleted, MigrationNotice
from migrate_tasks.migrations.failure import explain, what_stays
from migrate_tasks.migrations.modes import read_script
from migrate_tasks.migrations.script import ScriptFailed, cancel_script, read_notice
from migrate_tasks.migrations.status import MigrationResult, RunResult, Status
from migrate_tasks.migrations.stepwise import Stepwise
from migrate_tasks.migrations.transactional import Transactional

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from psycopg import pq

    from migrate_tasks.errors import MigrationFailed
    from migrate_tasks.migrations.status import HistoryRow
    from migrate_tasks.migrations.work import Job, Work

# what a statement says that cannot be in a transaction, which nothing in its text has shown: active SQL transaction,
# invalid transaction termination (a procedure commits), unsafe new enum value
NOT_IN_TRANSACTION = frozenset({"25001", "2D000", "55P04"})

# what IF NOT EXISTS says when it has nothing to do: duplicate table, object, column, schema, function
ALREADY_THERE = frozenset({"42P07", "42710", "42701", "42P06", "42723"})


class Execution:
    """One run, for one that keeps the others out.

    ``names`` are those of all migrations, in the order of the result, ``skipped`` those with nothing to do, ``rows``
    the history at the beginning, ``outcome`` what becomes of a migration.
    """

    def __init__(
        self,
        work: Work,
        names: Sequence[str],
        skipped: Sequence[str],
        rows: Mapping[str, HistoryRow],
        outcome: str = "completed",
    ) -> None:
        self._work = work
        self._names = names
        self._rows = rows
        self._outcome = outcome
        self._transactional = Transactional(work)
        self._stepwise: Stepwise | None = None
        self._results = {name: MigrationResult(name, "skipped") for name in skipped}
        self._started = time.monotonic()

    def execute(self, jobs: Sequence[Job]) -> RunResult:
        """Execute the ``jobs`` in their order."""
        jobs = [self._stepwise_job(job) if self._left_of(job.name).get("statements_done") else job for job in jobs]
        for number, (job, following) in enumerate(zip(jobs, [*jobs[1:], None], strict=False)):
            # what the next message needs is made while the server is at work on this one
            self._work.session.meanwhile = partial(_prepare, jobs[number + 1 : number + 3])
            self._execute(job, following if following and _is_transaction(following) else None)
        return self._result()

    def _result(self) -> RunResult:
        results = tuple(self._results[name] for name in self._names if name in self._results)
        return RunResult(len(self._names), results, _since(self._started))

    def _execute(self, job: Job, following: Job | None) -> None:
        started = time.monotonic()
        self._stepwise = None
        self._end_between(job)
        try:
            with notices_told(self._work, job.name):
                self._send(job, following)
        except ScriptFailed as failed:
            raise self._failed(job, failed, _since(started)) from None
        except KeyboardInterrupt:
            self._interrupted(job, following)
            raise
        except psycopg.OperationalError as error:
            if not self._work.session.is_lost:
                raise
            reason = str(error).strip().splitlines()[0]
            path = job.script.path
            raise TryAgainLater(f"{path}: the connection was lost: {reason}", hint="Run it again.") from None
        self._results[job.name] = MigrationResult(job.name, "executed", _since(started))
        self._work.on_event(MigrationCompleted(job.name, _since(started)))

    def _send(self, job: Job, following: Job | None) -> None:
        if _is_transaction(job):
            try:
                self._transactional.execute(job, following)
            except ScriptFailed as failed:
                if failed.error.sqlstate not in NOT_IN_TRANSACTION or job.migration.directives.transaction:
                    raise
                number = failed.error.statement
                if number is not None and job.script.statements[number].words[0] == "SET":
                    raise  # SET TRANSACTION comes too late: that is no reason to do without a transaction
                reason = f"statement by statement, since it cannot be one transaction: {failed.error.message}"
                self._work.session.roll_back()
                self._work.on_event(MigrationNotice(job.name, "NOTICE", reason))
                job = self._stepwise_job(job)
            else:
                return
        self._stepwise = Stepwise(self._work, job, self._left_of(job.name))
        self._stepwise.execute()
        self._work.session.roll_back()  # nothing is open; the session is as new

    def _left_of(self, name: str) -> Mapping[str, Any]:
        """Return what is recorded of an attempt at the migration that did not come to its end."""
        row = self._rows.get(name)
        return row.metadata if row and row.status in (Status.RUNNING, Status.FAILED) else {}

    def _stepwise_job(self, job: Job) -> Job:
        """Return ``job``, statement by statement: it cannot be one transaction, or a part of it is done already."""
        if not _is_transaction(job):
            return job
        directives = replace(job.migration.directives, transaction=False)
        script = read_script(job.script.text, job.script.path, directives)
        return replace(job, script=script)

    def _failure_of(self, job: Job, message: str) -> str:
        """Return the statement that tells the error; of what went statement by statement something may stay."""
        return self._work.history.failed(job.name, message) if self._stepwise else job.failed(message)

    def _failed(self, job: Job, failed: ScriptFailed, duration: timedelta) -> MigrationFailed:
        before = what_stays([result.name for result in self._result().results], self._outcome)
        done = self._stepwise.done if self._stepwise else None
        error = explain(job.migration, failed.error, before, self._work.watch.blockers, done)
        self._try_to_record(job, self._failure_of(job, error.message))
        self._results[job.name] = MigrationResult(job.name, "failed", duration, error.message)
        error.result = self._result()
        return error

    def _interrupted(self, job: Job, following: Job | None) -> None:
        """Undo what is open, and say so in the row, if it says running."""
        cancel_script(self._work.session.connection)
        self._try_to_record(job, self._failure_of(job, "the run was interrupted"))
        if following:
            self._try_to_record(following, self._work.history.not_started(following.name))

    def _end_between(self, job: Job) -> None:
        """End the run before ``job``, of which nothing was sent, where that was asked for."""
        try:
            self._work.stop.end_between()
        except KeyboardInterrupt:
            if self._transactional.begun == job.name:
                self._try_to_record(job, self._work.history.not_started(job.name))
            raise

    def _try_to_record(self, job: Job, statement: str) -> None:
        """Undo what is open and write the row, unless it no longer says running, or the history itself is gone."""
        with suppress(psycopg.Error, ScriptFailed, MigrateTasksError):
            self._work.session.roll_back()
            self._work.record(job, statement, is_last=True)


def _prepare(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.prepare()


def _is_transaction(job: Job) -> bool:
    return not job.script.units


@contextmanager
def notices_told(work: Work, name: str) -> Iterator[None]:
    """Tell what the server says in the block.

    libpq calls the handler from C, where an exception, a KeyboardInterrupt too, would be lost: it is kept, the
    script is cancelled, and the exception goes its way when the block has ended.
    """
    kept: list[BaseException] = []
    connection = work.session.connection

    def tell(result: pq.abc.PGresult) -> None:
        try:
            notice = read_notice(result)
            if notice.sqlstate not in ALREADY_THERE and not kept:
                work.on_event(MigrationNotice(name, notice.severity, notice.message))
        except BaseException as error:  # noqa: BLE001 -- see above
            kept.append(error)
            connection.cancel()

    before, connection.pgconn.notice_handler = connection.pgconn.notice_handler, tell
    try:
        yield
    except ScriptFailed:
        if not kept:
            raise
    finally:
        connection.pgconn.notice_handler = before
    if kept:
        raise kept[0]


def _since(started: float) -> timedelta:
    return timedelta(seconds=time.monotonic() - started)
