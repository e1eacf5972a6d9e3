"""Spans of runs and start-ups, as the SDK's exporter gets them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from migrate_tasks.errors import MigrationFailed
from migrate_tasks.migrations.runner import run_migrations
from migrate_tasks.settings import read_settings
from migrate_tasks.startup.result import Outcome, PhaseError
from migrate_tasks.tracing import traced_run, traced_startup
from tests.startup.running import a_phase
from tests.startup.story import OUT_OF_TIME, REFUSED, STARTED_AT, Story, attempt
from tests.support import REPOSITORY, clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan

    from migrate_tasks.migrations.events import Event
    from tests.support import Project

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TASK, TASK_RESULT = "cicd.pipeline.task.name", "cicd.pipeline.task.run.result"


@dataclass(frozen=True)
class Node:
    """What a test compares of a span: its name, attributes and, where it failed, why, and the spans below it."""

    name: str
    attributes: dict[str, Any]
    error: str | None = None
    below: tuple[Node, ...] = field(default=())


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """The spans that have ended, of a provider of this test's own."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)  # which can be set only once
    monkeypatch.delenv("TRACEPARENT", raising=False)
    return exporter


def trees_of(spans: Sequence[ReadableSpan], parent: int | None = None) -> tuple[Node, ...]:
    """Return the spans below the one with the id ``parent``, in the order in which they began."""
    found = [span for span in spans if (span.parent and span.parent.span_id) == parent]
    return tuple(
        Node(
            span.name,
            dict(span.attributes or {}),
            None if span.status.is_unset else span.status.description,
            trees_of(spans, span.context.span_id),
        )
        for span in sorted(found, key=lambda span: span.start_time or 0)
    )


def migration(name: str, result: str = "success", error: str | None = None, **more: str) -> Node:
    """Return the span of a migration."""
    return Node(name, {TASK: name, TASK_RESULT: result, **{k.replace("_", "."): v for k, v in more.items()}}, error)


def test_a_run(project: Project, exported: InMemorySpanExporter) -> None:
    """A run is a span with one for each migration, and the events reach who else listens."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (id int);")
    project.write("migrations/002-b.sql", "CREATE TABLE b (id int);")
    told: list[Event] = []

    with traced_run(told.append) as on_event:
        run_migrations(read_settings(project.root, environ=project.environ), on_event=on_event)

    below = (migration("001-a"), migration("002-b"))
    facts = {"cicd.pipeline.name": "migrations", "cicd.pipeline.result": "success"}
    assert trees_of(exported.get_finished_spans()) == (Node("migrations", facts, below=below),)
    assert len(told) == 4


def test_a_run_that_fails(project: Project, exported: InMemorySpanExporter) -> None:
    """A migration that fails, and the run with it, say what failed; a traceback is nowhere."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (id int);")
    path = project.write("migrations/002-b.sql", "SELECT 1 / 0;")

    with pytest.raises(MigrationFailed), traced_run(lambda _: None) as on_event:
        run_migrations(read_settings(project.root, environ=project.environ), on_event=on_event)

    error = f"{path}:1:1: division by zero (SQLSTATE 22012)"
    below = (migration("001-a"), migration("002-b", "failure", error, error_type="MigrationFailed"))
    facts = {"cicd.pipeline.name": "migrations", "cicd.pipeline.result": "failure", "error.type": "MigrationFailed"}
    spans = exported.get_finished_spans()
    assert trees_of(spans) == (Node("migrations", facts, error, below),)
    assert [span.events for span in spans] == [(), (), ()]


def test_a_run_that_is_interrupted(exported: InMemorySpanExporter) -> None:
    """Who interrupts a run cancels it, which is no error of ours."""
    with pytest.raises(KeyboardInterrupt), traced_run(lambda _: None):
        raise KeyboardInterrupt

    (run,) = exported.get_finished_spans()
    assert dict(run.attributes or {}) == {
        "cicd.pipeline.name": "migrations",
        "cicd.pipeline.result": "cancellation",
        "error.type": "KeyboardInterrupt",
    }


def test_a_run_goes_into_the_trace_that_there_is(
    exported: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run is a child of the current span; without one, of that in the variable TRACEPARENT."""
    monkeypatch.setenv("TRACEPARENT", TRACEPARENT)

    with trace.get_tracer("test").start_as_current_span("request") as request, traced_run(lambda _: None):
        pass
    with traced_run(lambda _: None):
        pass

    parents = [span.parent and span.parent.span_id for span in exported.get_finished_spans()]
    assert parents == [request.get_span_context().span_id, None, 0xB7AD6B7169203331]


def test_a_start_up(exported: InMemorySpanExporter) -> None:
    """A start-up is a span with one for each phase that began, which has one for each attempt."""
    story = Story((a_phase("a", retries=1), a_phase("b", required=False), a_phase("c")))
    with traced_startup(story.state) as (on_event, _):
        story.listeners.append(on_event)
        story.start("a")
        story.wait("a", "held by pod-8")
        story.wait("a", "")
        story.retry("a", attempt(1, REFUSED))
        story.start("a", 2)
        story.start("b")
        story.end("a", Outcome.SUCCEEDED, attempt(1, REFUSED), attempt(2), took=300)
        story.end("b", Outcome.TIMED_OUT, attempt(1, OUT_OF_TIME), error=OUT_OF_TIME)
        story.end("c", Outcome.SKIPPED, reason="not wanted")
        story.finish(took=5000)

    of_a = {TASK: "a", "startup.phase.required": True}
    of_b = {TASK: "b", "startup.phase.required": False, TASK_RESULT: "timeout", "error.type": "timeout"}
    failed = {"startup.attempt": 1, "startup.attempt.waited": 0.0, TASK_RESULT: "failure", "error.type": "08001"}
    done = {"startup.attempt": 2, "startup.attempt.waited": 0.0, TASK_RESULT: "success"}
    facts = {"cicd.pipeline.name": "shop", "cicd.pipeline.run.id": "run-1", "cicd.pipeline.result": "success"}
    spans = exported.get_finished_spans()
    assert trees_of(spans) == (
        Node(
            "startup shop",
            facts,
            below=(
                Node(
                    "a",
                    {**of_a, TASK_RESULT: "success"},
                    below=(
                        Node("attempt 1", {**of_a, **failed}, REFUSED.message),
                        Node("attempt 2", {**of_a, **done}),
                    ),
                ),
                Node(
                    "b",
                    of_b,
                    OUT_OF_TIME.message,
                    below=(
                        Node(
                            "attempt 1",
                            {**of_b, "startup.attempt": 1, "startup.attempt.waited": 0.0},
                            OUT_OF_TIME.message,
                        ),
                    ),
                ),
            ),
        ),
    )
    began = round(STARTED_AT.timestamp()) * 10**9
    assert [(span.name, (span.start_time or 0) - began, (span.end_time or 0) - began) for span in spans] == [
        ("attempt 1", 0, 1e8),
        ("attempt 2", 0, 1e8),
        ("a", 0, 3e8),
        ("attempt 1", 0, 1e8),
        ("b", 0, 1.07e8),
        ("startup shop", 0, 5e9),
    ]
    assert [(event.name, event.attributes) for event in spans[0].events] == [("waiting", {"for": "held by pod-8"})]


def test_a_start_up_that_is_interrupted(exported: InMemorySpanExporter) -> None:
    """What runs when a start-up is given up is cancelled with it, and its span says so."""
    story = Story((a_phase("a"),))
    with traced_startup(story.state) as (on_event, _):
        story.listeners.append(on_event)
        story.start("a")
        story.state.cancel(PhaseError("interrupted by SIGTERM", exit_code=143))

    found = [
        (span.name, span.status.description, dict(span.attributes or {})) for span in exported.get_finished_spans()
    ]
    cancelled = {TASK: "a", "startup.phase.required": True, TASK_RESULT: "cancellation"}
    assert found == [
        ("attempt 1", None, {**cancelled, "startup.attempt": 1}),
        ("a", None, cancelled),
        (
            "startup shop",
            "interrupted by SIGTERM",
            {
                "cicd.pipeline.name": "shop",
                "cicd.pipeline.run.id": "run-1",
                "cicd.pipeline.result": "cancellation",
                "error.type": "failure",
            },
        ),
    ]


# a tasks.py as a program is that has set a provider up; each process exports for itself, as it ends its spans
SET_UP = """\
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor
provider = TracerProvider(shutdown_on_exit=False)
def line(span):
    return f"{span.name} {span.context.span_id} {span.parent and span.parent.span_id} {span.context.trace_id:032x}\\n"
exporter = ConsoleSpanExporter(out=open("spans", "a", buffering=1), formatter=line)
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
"""
STARTUP = """\
version: 1
name: shop
phases:
  - name: migrations
    task: migrate.run
  - name: shell
    run: echo "$TRACEPARENT" > traceparent
"""


def test_one_trace_through_all_processes(project: Project) -> None:
    """A start-up goes on the trace of its TRACEPARENT, and what runs in a phase is below the phase's attempt."""
    tasks = (project.root / "tasks.py").read_text()
    project.write("tasks.py", SET_UP + tasks)
    project.write("startup.yaml", STARTUP)
    project.write("migrations/001-a.sql", "CREATE TABLE a (id int);")

    said = project.invoke("startup", TRACEPARENT=TRACEPARENT)

    assert (said.code, said.err) == (0, "")
    spans = [line.rsplit(" ", 3) for line in (project.root / "spans").read_text().splitlines()]
    names = {span: name for name, span, _, _ in spans} | {str(0xB7AD6B7169203331): "CI"}
    assert {(name, names[parent]) for name, _, parent, _ in spans} == {
        ("startup shop", "CI"),
        ("migrations", "startup shop"),
        ("attempt 1", "migrations"),
        ("migrations", "attempt 1"),
        ("001-a", "migrations"),
        ("shell", "startup shop"),
        ("attempt 1", "shell"),
    }
    assert {trace_id for *_, trace_id in spans} == {TRACEPARENT.split("-")[1]}
    _, trace_id, parent, _ = (project.root / "traceparent").read_text().split("-")
    assert (trace_id, names[str(int(parent, 16))]) == (TRACEPARENT.split("-")[1], "attempt 1")


def test_nothing_is_loaded_where_nobody_has_set_it_up() -> None:
    """A run and a start-up are not traced, and load nothing for it, unless opentelemetry is there already."""
    code = (
        "import sys\n"
        "from migrate_tasks.tracing import traced_run, traced_startup\n"
        "from migrate_tasks.startup.result import ignore\n"
        "with traced_run(print) as on_event: print(on_event is print)\n"
        "with traced_startup(None) as (on_event, further): print(on_event is ignore, further(None))\n"
        "print([name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    environ = clean_environment({"OTEL_TRACES_EXPORTER": "otlp"})

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=True
    )

    assert done.stdout == "True\nTrue {}\n[]\n"
