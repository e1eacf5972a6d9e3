"""OpenTelemetry spans of runs and start-ups: listeners of the events, so that nothing that works knows of them.

They are made where ``opentelemetry`` has been imported: whoever sets a provider up has done that, be it a program or
``opentelemetry-instrument invoke startup``. Elsewhere nothing is imported, and nothing is done. A trace goes on from
process to process in the variable TRACEPARENT, which each attempt of a phase finds, and which we heed ourselves.

The attributes are those of the CI/CD conventions (https://opentelemetry.io/docs/specs/semconv/registry/attributes/cicd/).
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.events import MigrationCompleted, MigrationRetrying, MigrationStarted, WaitingForLock
from migrate_tasks.startup import result
from migrate_tasks.startup.result import Outcome, PhaseFinished, PhaseRetrying, PhaseStarted, PhaseWaiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

    from migrate_tasks.migrations.events import Event, OnEvent
    from migrate_tasks.startup.result import Attempt, OnPhaseEvent, PhaseError, PhaseEvent, PhaseResult
    from migrate_tasks.startup.spec import Phase
    from migrate_tasks.startup.state import StartupState

PIPELINE, RUN_ID, RESULT = "cicd.pipeline.name", "cicd.pipeline.run.id", "cicd.pipeline.result"
TASK, TASK_RESULT = "cicd.pipeline.task.name", "cicd.pipeline.task.run.result"
RESULTS: Mapping[str, str] = {  # of outcomes of attempts, phases and start-ups
    Outcome.SUCCEEDED: "success",
    "degraded": "success",
    Outcome.FAILED: "failure",
    Outcome.TIMED_OUT: "timeout",
    Outcome.SKIPPED: "skip",
    Outcome.CANCELLED: "cancellation",
}
PARENT = ("traceparent", "tracestate")  # as headers; as variables in capital letters
FLUSH = 2000  # milliseconds that spans may take on their way out before a process goes on


def is_set_up() -> bool:
    """Return whether anybody may have set a provider up."""
    return "opentelemetry" in sys.modules


@contextmanager
def traced_run(on_event: OnEvent) -> Iterator[OnEvent]:
    """Yield what is to be told the events of the run of migrations in this block, which is a span, and each of them."""
    if not is_set_up():
        yield on_event
        return
    tracer = _tracer()
    at_work: dict[str, Span] = {}  # of which there is one at most

    def tell(event: Event) -> None:
        match event:
            case MigrationStarted(name):
                at_work[name] = tracer.start_span(name, attributes={TASK: name})
            case MigrationCompleted(name) if name in at_work:
                _end(at_work.pop(name), TASK_RESULT, "success")
            case MigrationRetrying(name, reason) if name in at_work:
                at_work[name].add_event("retrying", {"reason": reason})
            case WaitingForLock(holder):
                run.add_event("waiting", {"for": str(holder or "another run")})
        on_event(event)

    with tracer.start_as_current_span(
        "migrations",
        _parent(),
        attributes={PIPELINE: "migrations"},
        record_exception=False,  # with its traceback
        set_status_on_exception=False,
        end_on_exit=False,
    ) as run:
        try:
            yield tell
        except BaseException as error:
            told = (type(error).__name__, error.message if isinstance(error, MigrateTasksError) else "")
            for span in at_work.values():
                _end(span, TASK_RESULT, _result_of(error), told)
            _end(run, RESULT, _result_of(error), told)
            raise
        else:
            _end(run, RESULT, "success")
        finally:
            _flush()


def _result_of(error: BaseException) -> str:
    is_ours = isinstance(error, MigrateTasksError)
    return "cancellation" if isinstance(error, KeyboardInterrupt) else "failure" if is_ours else "error"


@contextmanager
def traced_startup(state: StartupState) -> Iterator[tuple[OnPhaseEvent, Callable[[Phase], Mapping[str, str]]]]:
    """Yield what is to be told the events of the start-up in this block, and what else each phase then finds.

    ``state`` has taken up each event by then, and how it all ended when the block is left.
    """
    if not is_set_up():
        yield result.ignore, _nothing
        return
    trace = _StartupTrace(state, _tracer())
    try:
        yield trace.on_event, trace.environ_of
    finally:
        trace.finish()
        _flush()


class _StartupTrace:
    def __init__(self, state: StartupState, tracer: Tracer) -> None:
        self._state = state
        self._tracer = tracer
        name = state.sequence.name
        self._run = tracer.start_span(
            f"startup {name}",
            _parent(),
            attributes={PIPELINE: name, RUN_ID: state.run_id},
            start_time=_nanoseconds(state.started_at),
        )
        self._phases: dict[str, Span] = {}
        self._attempts: dict[str, Span] = {}  # those at work

    def on_event(self, event: PhaseEvent) -> None:
        """Begin and end spans."""
        match event:
            case PhaseStarted(phase, attempt=attempt):
                self._begin(phase, attempt)
            case PhaseWaiting(phase, what) if what:
                self._attempts[phase.name].add_event("waiting", {"for": what})
            case PhaseRetrying(phase, attempt):
                self._end_attempt(phase, attempt)
            case PhaseFinished(ended) if ended.phase.name in self._phases:
                self._end_phase(ended)

    def environ_of(self, phase: Phase) -> dict[str, str]:
        """Return the variables that make spans of the running attempt's processes its children."""
        from opentelemetry.trace import set_span_in_context
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        carrier: dict[str, str] = {}
        TraceContextTextMapPropagator().inject(carrier, set_span_in_context(self._attempts[phase.name]))
        return {name.upper(): value for name, value in carrier.items()}

    def finish(self) -> None:
        """End what has no end yet: the start-up, and phases where it broke off."""
        error = self._state.error
        failed = self._state.result.failed if self._state.result else None
        error, outcome = error or (failed.error if failed else None), RESULTS.get(self._state.outcome, "error")
        at = _nanoseconds(self._state.now())
        for span in (*self._attempts.values(), *self._phases.values()):
            _end(span, TASK_RESULT, outcome, at=at)
        _end(self._run, RESULT, outcome, _told(error), at=at)

    def _begin(self, phase: Phase, attempt: int) -> None:
        began = self._state[phase.name].began_at
        assert began
        if phase.name not in self._phases:
            self._phases[phase.name] = self._start(phase.name, phase, self._run, began)
        span = self._start(f"attempt {attempt}", phase, self._phases[phase.name], began)
        span.set_attribute("startup.attempt", attempt)
        self._attempts[phase.name] = span

    def _start(self, name: str, phase: Phase, parent: Span, began: datetime) -> Span:
        from opentelemetry.trace import set_span_in_context

        attributes: dict[str, str | bool] = {TASK: phase.name, "startup.phase.required": phase.required}
        context = set_span_in_context(parent)
        return self._tracer.start_span(name, context, attributes=attributes, start_time=_nanoseconds(began))

    def _end_attempt(self, phase: Phase, attempt: Attempt) -> None:
        span = self._attempts.pop(phase.name)
        span.set_attribute("startup.attempt.waited", attempt.waited.total_seconds())
        at = _nanoseconds(attempt.started_at + attempt.duration)
        _end(span, TASK_RESULT, RESULTS[attempt.outcome], _told(attempt.error), at=at)

    def _end_phase(self, ended: PhaseResult) -> None:
        name = ended.phase.name
        if name in self._attempts and ended.attempts:
            self._end_attempt(ended.phase, ended.attempts[-1])
        at = _nanoseconds(ended.attempts[0].started_at + ended.duration) if ended.attempts else None
        _end(self._phases.pop(name), TASK_RESULT, RESULTS[ended.outcome], _told(ended.error), at=at)


def _nothing(_: Phase) -> dict[str, str]:
    return {}


def _told(error: PhaseError | None) -> tuple[str, str] | None:
    return (error.sqlstate or error.kind, error.message) if error else None


def _end(span: Span, key: str, result: str, error: tuple[str, str] | None = None, at: int | None = None) -> None:
    """End ``span``, with the ``error``'s type and message, ``at`` so many nanoseconds since 1970 or now."""
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute(key, result)
    if error:
        span.set_attribute("error.type", error[0])
    if result not in ("success", "skip"):
        span.set_status(Status(StatusCode.ERROR, error[1] if error else None))
    span.end(at)


def _tracer() -> Tracer:
    from opentelemetry.trace import get_tracer

    return get_tracer("migrate_tasks")


def _parent() -> Context | None:
    """Return what TRACEPARENT says, unless there is a span already that ours belong into."""
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    if get_current_span().get_span_context().is_valid:
        return None
    carrier = {name: os.environ[name.upper()] for name in PARENT if name.upper() in os.environ}
    return TraceContextTextMapPropagator().extract(carrier)


def _flush() -> None:
    """Send the spans off: the process may end without any more ado, or become another program."""
    from opentelemetry.trace import get_tracer_provider

    flush = getattr(get_tracer_provider(), "force_flush", None)
    if flush:
        flush(FLUSH)


def _nanoseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000) * 1000
