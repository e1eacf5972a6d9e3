"""Migrations that are one transaction each, row included: the usual ones, and the fast way.

A migration costs one message: its statements, the end of its row, the beginning of the next one's, COMMIT, and the
BEGIN for the next. So one commit both completes a migration and shows the next as running.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

from migrate_tasks.migrations.history import must
from migrate_tasks.migrations.script import ScriptFailed
from migrate_tasks.migrations.session import FORGET_OBJECTS

if TYPE_CHECKING:
    from migrate_tasks.migrations.work import Job, Work


class Transactional:
    """Executes migrations one after the other; ``begun`` is the one that the open transaction is for."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self.begun: str | None = None

    def execute(self, job: Job, following: Job | None) -> None:
        """Execute ``job``; ``following`` is the next one, if that is a transaction, too.

        Raises ScriptFailed after the last retry.
        """
        work, is_last = self._work, following is None
        if self.begun != job.name:
            work.record(job, job.begins)
            work.send(job, *work.begin(job, is_last=is_last))
        for retry in count(1):
            self.begun = None
            try:
                work.watch.begin(job.name, len(job.script.statements), work.heartbeats(job))
                self._send(job, None if work.stop.is_requested else following)
            except ScriptFailed as failed:
                if work.session.is_lost:
                    raise
                work.session.roll_back()
                work.retry(job, failed, retry)
                work.send(job, *work.begin(job, is_last=is_last))
            else:
                return

    def _send(self, job: Job, following: Job | None) -> None:
        """Send all of ``job`` and the beginning of ``following``; raises ScriptFailed where nothing of it stays."""
        end, begin = self._end_of(job, following), self._begin_of(following)
        try:
            self._work.send_statements(job, 0, len(job.script.statements), *end, *begin)
        except ScriptFailed as failed:
            if failed.ours is not None and failed.ours > end.index("COMMIT"):
                self._work.session.roll_back()  # the job is committed; what has failed belongs to the next
                return
            raise
        self.begun = following.name if following else None

    def _end_of(self, job: Job, following: Job | None) -> tuple[str, ...]:
        work = self._work
        has_pooler, running = work.session.has_pooler, (following.begins,) if following else ()
        return (
            *work.session.forget_settings(),
            *(FORGET_OBJECTS if has_pooler else ()),
            *(("SET LOCAL synchronous_commit = off",) if following else ()),
            must(job.ends),
            *running,
            *work.guard.before_commit,
            "COMMIT",
            *(() if has_pooler else FORGET_OBJECTS),
        )

    def _begin_of(self, following: Job | None) -> tuple[str, ...]:
        return self._work.begin(following) if following else ()
