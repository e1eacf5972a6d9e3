"""The databases of one process for one template: lent to tests, proved, put back or replaced while the next one runs.

Nothing here waits unless a test does: each database that comes back becomes an errand, new clones are made one at a
time on a connection of their own, and dropped on another.
"""

from __future__ import annotations

from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING

import psycopg

from pytest_plugin.errands import Errand, ask, opened, wait_for
from pytest_plugin.evidence import (
    FLUSH,
    PATIENCE,
    Evidence,
    Marks,
    end_others,
    read_changed,
    read_counts,
    read_looks,
    read_surroundings,
)
from pytest_plugin.harmless import READ_FUNCTIONS, READ_STRANGERS, Suspects, find_suspects
from pytest_plugin.restore import restore
from pytest_plugin.session import Session

if TYPE_CHECKING:
    from pytest_plugin.errands import Work
    from pytest_plugin.leaks import Watch
    from pytest_plugin.restore import Pristine
    from pytest_plugin.verify import Verification
    from pytest_plugin.workshop import Workshop

FEWEST, MOST = 1, 4  # databases that a process keeps for one template
SOON = 0.001  # seconds
# after a first test that left a connection open: most others do, then, as where no fixture disposes of the engine
SHORT_PATIENCE = 0.1  # seconds
MOST_USES = 200  # of one database, before its indexes have grown too much
READ_OID = "SELECT oid FROM pg_database WHERE datname = current_database()"
REUSED, RESTORED, CLONED = "reused", "restored", "cloned"


@dataclass
class Clone:
    """One database: ``session`` is open when it is lent; ``before`` is the evidence from then."""

    name: str
    session: Session
    oid: int = 0
    before: Evidence | None = None
    fate: str = CLONED  # how it became what the test that has it got
    uses: int = 0
    test: str = ""


@dataclass
class Pool:
    """The clones of one template.

    ``pristine`` is None where nothing can be proved, and each test gets a new clone. ``watch`` is the process's.
    """

    workshop: Workshop
    template: str
    pristine: Pristine | None
    watch: Watch
    verification: Verification | None = None
    fates: Counter[str] = field(default_factory=Counter)
    waited: float = 0.0  # seconds that tests waited
    _wanted: int = FEWEST
    _patience: float = PATIENCE
    _suspects: Suspects | None = None
    _ready: deque[Clone] = field(default_factory=deque)
    _coming: list[Errand[Clone | None]] = field(default_factory=list)
    _making: Errand[Clone | None] | None = None
    _failure: psycopg.Error | None = None  # of the last attempt to make one

    def take(self, test: str) -> Clone:
        """Return a database that is as the template, for ``test``; raises psycopg.Error where none can be made."""
        started = perf_counter()
        self._advance()
        if not self._ready:
            self._wanted = min(self._wanted + 1, MOST)
        self._failure = None  # of what was made in advance: this test gets a try of its own
        while not (clone := self._next()):
            if self._failure:
                raise self._failure
            if not self._coming and not self._making:
                self._make()
            wait_for([*self._coming, *self._in_making], None)
            self._advance()
        self.watch.begin(test)
        clone.test, clone.uses = test, clone.uses + 1
        self.fates[clone.fate] += 1
        self.waited += perf_counter() - started
        return clone

    def give_back(self, clone: Clone, *, is_reusable: bool, is_more_to_come: bool) -> Errand[Clone | None]:
        """Take a database back from its test; the errand tells whether it can be lent again."""
        self.watch.end(clone.test)
        is_reusable &= clone.uses < MOST_USES
        errand = Errand(self._renewed(clone, is_reusable=is_reusable))
        self._coming.append(errand)
        wait_for([errand], SOON)  # the first answer is on its way, and the long question comes after it
        self._advance()
        if is_more_to_come and not self._making and len(self._ready) + len(self._coming) < self._wanted:
            self._make()
        return errand

    def part_with(self, clone: Clone) -> None:
        """Leave a database to itself."""
        self.watch.end(clone.test)
        clone.session.close()

    def close(self) -> None:
        """Close all sessions; the databases are left to the workshop."""
        for errand in [*self._coming, *self._in_making]:
            with suppress(psycopg.Error):
                if clone := errand.result():
                    self._ready.append(clone)
        for clone in self._ready:
            clone.session.close()
        self._ready.clear()
        self._coming.clear()
        self._making = None

    def _next(self) -> Clone | None:
        """Return the database that is ready for the longest time, if its session still is."""
        while self._ready:
            clone = self._ready.popleft()
            if clone.session.is_alive:
                return clone
            self._throw_away(clone)
        return None

    @property
    def _in_making(self) -> list[Errand[Clone | None]]:
        return [self._making] if self._making else []

    def _advance(self) -> None:
        """Take what has become ready."""
        self.workshop.advance()
        for errand in [errand for errand in self._coming if errand.advance()]:
            self._coming.remove(errand)
            if clone := errand.result():
                self._ready.append(clone)
        if self._making and self._making.advance():
            making, self._making = self._making, None
            try:
                if clone := making.result():
                    self._ready.append(clone)
            except psycopg.Error as error:
                self._failure = error

    def _make(self) -> None:
        self._making = Errand(self._made())

    def _made(self) -> Work[Clone | None]:
        name = yield from self.workshop.cloned(self.template)
        session = Session((yield from opened(self.workshop.conninfo_of(name))))
        clone = Clone(name, session)
        if self.pristine:
            [[(oid,)]] = yield from ask(session.pgconn, READ_OID)
            clone.oid = int(oid or 0)
            yield from self.pristine.read(session.pgconn)
            if self._suspects is None:
                functions, strangers = yield from ask(session.pgconn, f"{READ_FUNCTIONS}; {READ_STRANGERS}")
                self._suspects = find_suspects(
                    ((str(name), str(text), called == "t") for name, text, called in functions),
                    (str(stranger) for (stranger,) in strangers),
                )
            yield from ask(session.pgconn, FLUSH)
            yield from self.settle(clone)
            assert clone.before
            begun, marks = self.watch.begun, clone.before.marks
            self.watch.compare((yield from read_surroundings(session.pgconn, marks.configured)), begun)
        return clone

    def settle(self, clone: Clone) -> Work[None]:
        """Set the counts of a database that is as the template to zero, and note what is compared with them."""
        assert self.pristine
        yield from ask(clone.session.pgconn, self.pristine.reset)
        yield from self._note(clone)

    def _note(self, clone: Clone) -> Work[None]:
        """Note what later readings are compared with; where counts cannot be set to zero, all of them."""
        assert self.pristine
        pgconn = clone.session.pgconn
        if self.pristine.may_reset:
            clone.before = Evidence((yield from self.workshop.marks_of(clone.oid)))
        else:
            counts = yield from read_counts(pgconn)
            looks = yield from read_looks(pgconn)
            clone.before = Evidence((yield from self.workshop.marks_of(clone.oid)), looks, counts)

    def _renewed(self, clone: Clone, *, is_reusable: bool) -> Work[Clone | None]:
        """Make a database as the template again, or throw it away where that cannot be done."""
        fate = None
        if self.pristine:
            # where the session, the database or the server is gone, a new clone will tell which
            with suppress(psycopg.Error):
                fate = yield from self._proved(clone, is_reusable=is_reusable)
        if fate is None:
            self._throw_away(clone)
            return None
        clone.fate = fate
        return clone

    def _proved(self, clone: Clone, *, is_reusable: bool) -> Work[str | None]:
        """Return how the database has become as the template again; None where it has not."""
        assert self.pristine
        assert self._suspects
        assert clone.before
        is_kept = clone.session.take_back(self._suspects)
        if is_kept is None:
            clone.session = Session((yield from opened(self.workshop.conninfo_of(clone.name))))
        session, before = clone.session, clone.before.marks
        yield from session.reset(FLUSH)
        begun = self.watch.begun
        marks = yield from self.workshop.marks_of(clone.oid, self._patience)
        yield from self._look_around(clone, marks, begun)
        if marks.others:
            self._patience = SHORT_PATIENCE
            if count := (yield from end_others(session.pgconn)):
                self.watch.left_open(clone.test, count)
            return None
        if not is_reusable or marks.state != before.state:
            return None
        is_written = marks.written != before.written or (yield from self._is_looked_at(clone))
        if is_written:
            changed = yield from read_changed(session.pgconn, clone.before.counts)
            # where something was written, but to no table that is still there, nobody knows to what
            if not changed or not (yield from restore(session.pgconn, changed, self.pristine)):
                return None
            yield from self._note(clone)
        if is_kept is False:
            session.close()
            clone.session = Session((yield from opened(self.workshop.conninfo_of(clone.name))))
        return RESTORED if is_written else REUSED

    def _is_looked_at(self, clone: Clone) -> Work[bool]:
        """Return whether somebody looked at a sequence, and so may have moved it."""
        assert self.pristine
        assert clone.before
        if not self.pristine.sequences:
            return False
        return (yield from read_looks(clone.session.pgconn)) != clone.before.looks

    def _look_around(self, clone: Clone, marks: Marks, begun: int) -> Work[None]:
        """Let the watch see what has changed on the server since the last look."""
        assert clone.before
        before, found = clone.before.marks, None
        if (marks.shared, marks.configured) != (before.shared, before.configured):
            found = yield from read_surroundings(clone.session.pgconn, marks.configured)
            now = replace(before, shared=marks.shared, configured=marks.configured)
            clone.before = replace(clone.before, marks=now)
        # who has left a connection open may go on
        self.watch.compare(found, self.watch.begun if marks.others else begun)

    def _throw_away(self, clone: Clone) -> None:
        clone.session.close()
        self.workshop.drop(clone.name)
