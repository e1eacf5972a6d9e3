"""Migrations that are one transaction each, row included: the usual ones, and the fast way.

A migration costs three messages: its statements; the end of its row, and the next one's beginning; COMMIT and the next
BEGIN. So one commit both completes a migration and shows the next as running.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from migrate_tasks.migrations.script import ScriptFailed, ServerError
from migrate_tasks.migrations.session import FORGET_OBJECTS, FORGET_SETTINGS

if TYPE_CHECKING:
    from migrate_tasks.migrations.work import Job, Work

ENDED = ServerError("25P01", "the file ended the transaction of its migration", None, None, None, None, None)


class Transactional:
    """Executes migrations one after the other, and knows which one the open transaction is for."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._begun: str | None = None

    def execute(self, job: Job, following: Job | None) -> None:
        """Execute ``job``; ``following`` is the next one, if that is a transaction, too.

        Raises ScriptFailed after the last retry.
        """
        if self._begun != job.name:
            self._work.record(job, job.running())
            self._work.begin(job, is_last=following is None)
        self._begun = None
        for retry in count(1):
            try:
                self._work.watch.begin(job.name, len(job.script.statements))
                self._work.send_statements(job, 0, len(job.script.statements))
                self._finish(job, following)
            except ScriptFailed as failed:
                if self._work.session.is_lost:
                    raise
                self._work.session.roll_back()
                self._work.retry(job, failed, retry)
                self._work.begin(job, is_last=following is None)
            else:
                return

    def _finish(self, job: Job, following: Job | None) -> None:
        """Write the row and commit; raises ScriptFailed, of no statement, where that fails."""
        work = self._work
        if not work.session.has_open_transaction:
            raise ScriptFailed(ENDED)
        is_last = following is None or work.stop.is_requested
        running = () if following is None or is_last else (following.running(),)
        clean = FORGET_OBJECTS if work.session.has_pooler else ()
        durability = () if is_last else ("SET LOCAL synchronous_commit = off",)
        before = (*FORGET_SETTINGS, *clean, *durability)
        try:
            results = work.session.send(*before, job.done(), *running, *work.guard.before_commit)
            work.check_row(job, results[len(before)])
            work.check_guard(work.guard.before_commit, results, job)
            self._commit(following if running else None)
        except ScriptFailed as failed:
            raise ScriptFailed(replace(failed.error, position=None, statement=None)) from None

    def _commit(self, following: Job | None) -> None:
        session = self._work.session
        end = ("COMMIT", *(() if session.has_pooler else FORGET_OBJECTS))
        if following is None:
            session.send(*end)
        else:
            self._work.send_begin(following, (*end, *session.begin(following.script, following.timeouts)))
            self._begun = following.name
