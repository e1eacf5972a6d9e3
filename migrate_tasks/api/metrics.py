"""What Prometheus is told, in its text format or as OpenMetrics: values.

Every label's values are known beforehand, but for the names of phases, of which startup.yaml has as many as it has;
migrations are not labels, since their number only grows. What is not known has no sample: of a database that could not
be looked at nothing is said but that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, SummaryMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics

from migrate_tasks.api.observation import RunOutcome
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.status import HealthStatus, Status
from migrate_tasks.startup.analysis import analyze
from migrate_tasks.startup.result import Outcome
from migrate_tasks.startup.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from prometheus_client import Metric

    from migrate_tasks.api.observation import Observation, RunTotals
    from migrate_tasks.migrations.status import Health
    from migrate_tasks.startup.analysis import Analysis

OPENMETRICS = "application/openmetrics-text"
PHASE_STATES = (*State, *Outcome)
ATTEMPT_OUTCOMES = tuple(outcome for outcome in Outcome if outcome is not Outcome.SKIPPED)  # of what did not begin
STARTUP_STATES = ("running", "succeeded", "degraded", "failed", "cancelled", "died")


def metrics_text(observation: Observation, totals: RunTotals, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics and their content type, as the header ``accept`` would have them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(observation, totals))
    if OPENMETRICS in accept:
        text: bytes = openmetrics.generate_latest(registry)  # type: ignore[no-untyped-call]
        return text, openmetrics.CONTENT_TYPE_LATEST
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4


class _Collector:
    def __init__(self, observation: Observation, totals: RunTotals) -> None:
        self._observation = observation
        self._totals = totals

    def collect(self) -> Iterator[Metric]:
        health = self._observation.health
        yield _one_hot("migrations_health", "How things stand, in one word.", health.status, get_args(HealthStatus))
        is_ready = self._observation.is_ready
        yield _gauge("migrations_ready", "Whether the schema was ever what this build needs.", float(is_ready))
        if self._observation.server_time is not None:
            is_held = self._observation.holder is not None
            yield _gauge("migrations_lock_held", "Whether a run has the lock of the migrations.", float(is_held))
            yield from _of_migrations(health)
        yield from _of_runs(self._totals)
        try:
            startup = analyze(self._observation.startup) if self._observation.startup else None
        except ConfigurationError:  # another version wrote its file; its own health is no reason to say nothing of ours
            startup = None
        if startup:
            yield from _of_startup(startup)


def _of_migrations(health: Health) -> Iterator[Metric]:
    migrations = GaugeMetricFamily("migrations", "How many migrations have which status.", labels=["status"])
    for status in Status:
        stuck = health.stuck if status is Status.FAILED else 0
        migrations.add_metric([status.value], health.report.count(status) - stuck)
    migrations.add_metric(["stuck"], health.stuck)
    yield migrations
    ended = [m.completed_at for m in health.report.migrations if m.status is Status.COMPLETED and m.completed_at]
    if ended:
        name, text = "migrations_last_success_timestamp_seconds", "When a migration was last completed."
        yield _gauge(name, text, max(ended).timestamp())


def _of_runs(totals: RunTotals) -> Iterator[Metric]:
    runs = CounterMetricFamily(
        "migrations_runs", "Runs that this process was asked for, by how they ended.", labels=["result"]
    )
    for outcome in get_args(RunOutcome):
        runs.add_metric([outcome], totals.counts.get(outcome, 0))
    yield runs
    yield SummaryMetricFamily(
        "migrations_run_duration_seconds",
        "How long the runs took that this process was asked for.",
        count_value=sum(totals.counts.values()),
        sum_value=totals.duration.total_seconds(),
    )


def _of_startup(startup: Analysis) -> Iterator[Metric]:
    yield _one_hot("startup_status", "How the last start-up stands, in one word.", startup.state, STARTUP_STATES)
    is_degraded = float(startup.state == "degraded")
    yield _gauge("startup_degraded", "Whether the last start-up went on without a phase that failed.", is_degraded)
    seconds = startup.duration.total_seconds()
    yield _gauge("startup_duration_seconds", "How long the last start-up took, or has taken so far.", seconds)
    durations = GaugeMetricFamily(
        "startup_phase_duration_seconds", "How long a phase took, with all its attempts.", labels=["phase"]
    )
    states = GaugeMetricFamily("startup_phase_status", "What a phase does, or came to.", labels=["phase", "status"])
    attempts = CounterMetricFamily(
        "startup_phase_attempts", "The attempts of a phase that have ended.", labels=["phase", "outcome"]
    )
    for phase in startup.phases:
        if phase.began is not None:
            durations.add_metric([phase.name], phase.duration.total_seconds())
        for state in PHASE_STATES:
            states.add_metric([phase.name, state.value], float(phase.state == state))
        for outcome in ATTEMPT_OUTCOMES:
            attempts.add_metric([phase.name, outcome.value], sum(a.outcome == outcome for a in phase.attempts))
    yield from (durations, states, attempts)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _one_hot(name: str, text: str, value: str, known: Iterable[str]) -> GaugeMetricFamily:
    """Return a gauge that is 1 for ``value`` and 0 for all others that are ``known``."""
    gauge = GaugeMetricFamily(name, text, labels=["status"])
    for each in known:
        gauge.add_metric([each], float(each == value))
    return gauge
