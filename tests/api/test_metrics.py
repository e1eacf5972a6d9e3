"""What Prometheus is told, read back by the parsers of prometheus_client and, where it is, by promtool."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from migrate_tasks.api.metrics import ATTEMPT_OUTCOMES, metrics_text
from migrate_tasks.api.observation import Observation, RunTotals
from migrate_tasks.migrations.events import Holder
from migrate_tasks.migrations.status import Health, MigrationStatus, Status, StatusReport, assess
from migrate_tasks.render.json import startup_json
from migrate_tasks.startup.result import Outcome
from tests.startup.running import a_phase
from tests.startup.story import BROKEN, OUT_OF_TIME, Story, attempt

AT = datetime(2025, 1, 21, 10, 0, 5, tzinfo=UTC)
REPORT = StatusReport(
    (
        MigrationStatus("001-a", Status.COMPLETED, AT, AT - timedelta(minutes=1)),
        MigrationStatus("002-b", Status.COMPLETED, AT, AT),
        MigrationStatus("003-c", Status.FAILED, AT, None, "it broke"),
        MigrationStatus("004-d", Status.FAILED, AT, None, "its process died", died=True),
        MigrationStatus("005-e", Status.PENDING),
    )
)
TOTALS = RunTotals().and_run("completed", timedelta(seconds=2)).and_run("refused", timedelta(milliseconds=500))
HOLDER = Holder(42, "migrate-tasks", "pod-7", None)

Samples = dict[str, float]


def observed(health: Health, holder: Holder | None = None, startup: object = None) -> Observation:
    """Return what was seen, with the ``startup`` as its file has it."""
    document = json.loads(json.dumps(startup)) if startup else None
    return Observation(
        at=AT,
        health=health,
        is_ready=True,
        environment="test",
        version="1",
        holder=holder,
        startup=document,
        server_time=AT if health.report.migrations else None,
    )


def a_startup() -> object:
    """Return the document of a start-up: "a" ran out of time and succeeded then, "b" failed, which nobody needs."""
    a, b, c = a_phase("a", retries=1), a_phase("b", required=False), a_phase("c")
    story = Story((a, b, c))
    story.start("a")
    story.end("a", Outcome.SUCCEEDED, attempt(1, OUT_OF_TIME), attempt(2), took=300)
    story.start("b")
    story.end("b", Outcome.FAILED, attempt(1, BROKEN), error=BROKEN, took=100)
    story.end("c", Outcome.SKIPPED)
    return startup_json(story.finish())


def samples_of(observation: Observation, totals: RunTotals = TOTALS) -> Samples:
    """Return the samples that the parser finds in the text, by name and labels."""
    text, content_type = metrics_text(observation, totals)

    assert content_type == "text/plain; version=0.0.4; charset=utf-8"
    return {
        " ".join(
            [sample.name, *(sample.labels[label] for label in sorted(sample.labels, key="phase".__ne__))]
        ): sample.value
        for family in parse_text(text.decode())
        for sample in family.samples
    }


def one_hot(name: str, value: str, *others: str) -> Samples:
    """Return the samples of a state of which ``value`` holds."""
    return {f"{name} {value}": 1, **{f"{name} {other}": 0 for other in others}}


OF_RUNS = {
    "migrations_runs_total completed": 1,
    "migrations_runs_total failed": 0,
    "migrations_runs_total refused": 1,
    "migrations_run_duration_seconds_count": 2,
    "migrations_run_duration_seconds_sum": 2.5,
}


def test_the_migrations() -> None:
    """Every status is counted, a died run as stuck and not as failed, and the last success is the latest of them."""
    assert samples_of(observed(assess(REPORT), HOLDER)) == {
        **one_hot("migrations_health", "failed", "ok", "degraded", "stuck", "unreachable"),
        "migrations_ready": 1,
        "migrations_lock_held": 1,
        "migrations pending": 1,
        "migrations running": 0,
        "migrations completed": 2,
        "migrations failed": 1,
        "migrations stuck": 1,
        "migrations_last_success_timestamp_seconds": 1737453605,
        **OF_RUNS,
    }


def test_nothing_is_said_of_a_database_that_is_away() -> None:
    """Without the database no migration is counted, not even as zero, and the rest is told."""
    assert samples_of(observed(Health("unreachable", StatusReport(())))) == {
        **one_hot("migrations_health", "unreachable", "ok", "degraded", "failed", "stuck"),
        "migrations_ready": 1,
        **OF_RUNS,
    }


def test_the_start_up() -> None:
    """Of a start-up its state is told, and of each phase its state, its attempts and, if it began, its duration."""
    found = samples_of(observed(Health("ok", StatusReport(())), startup=a_startup()))
    ended = ("pending", "running", "waiting", "retrying", "cancelled")

    assert {name: value for name, value in found.items() if name.startswith("startup")} == {
        **one_hot("startup_status", "degraded", "running", "succeeded", "failed", "cancelled", "died"),
        "startup_degraded": 1,
        "startup_duration_seconds": 5,
        "startup_phase_duration_seconds a": 0.3,
        "startup_phase_duration_seconds b": 0.1,
        **{f"startup_phase_attempts_total {phase} {o}": 0 for phase in "abc" for o in ATTEMPT_OUTCOMES},
        "startup_phase_attempts_total a timed out": 1,
        "startup_phase_attempts_total a succeeded": 1,
        "startup_phase_attempts_total b failed": 1,
        **one_hot("startup_phase_status a", "succeeded", "failed", "timed out", "skipped", *ended),
        **one_hot("startup_phase_status b", "failed", "succeeded", "timed out", "skipped", *ended),
        **one_hot("startup_phase_status c", "skipped", "succeeded", "failed", "timed out", *ended),
    }


@pytest.mark.parametrize("document", [{"phases": []}, {"version": 2}, {"version": 1, "started_at": "soon"}])
def test_a_start_up_that_nobody_understands_is_left_out(document: object) -> None:
    """A state file of another version, or of no sense, takes nothing from what is told of the migrations."""
    without = metrics_text(observed(assess(REPORT)), TOTALS)

    assert metrics_text(observed(assess(REPORT), startup=document), TOTALS) == without


def test_openmetrics() -> None:
    """Who accepts OpenMetrics gets it, with the same samples."""
    observation = observed(assess(REPORT), HOLDER, a_startup())
    accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1"

    text, content_type = metrics_text(observation, TOTALS, accept)

    assert content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    plain, _ = metrics_text(observation, TOTALS)
    families = parse_openmetrics(text.decode())  # type: ignore[no-untyped-call]
    assert [sample for family in families for sample in family.samples] == [
        sample for family in parse_text(plain.decode()) for sample in family.samples
    ]


def test_promtool_has_no_objection() -> None:
    """Prometheus's own linter finds nothing to say of names, types and texts."""
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not here: it comes with Debian's package prometheus")
    text, _ = metrics_text(observed(assess(REPORT), HOLDER, a_startup()), TOTALS)

    checked = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")
