"""Reading what a platform allows a start-up: a Kubernetes manifest, a Compose file or a unit file of systemd.

Not here: what a start-up may need (budget.py), and comparing the two (limits.py).
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.places import place_of
from migrate_tasks.startup.documents import Node, documents
from migrate_tasks.startup.limits import SECOND, Limit
from migrate_tasks.startup.systemd import unit_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

TEMPLATED = ("spec", "template", "spec")  # the way to the pod
PODS = {
    "Pod": ("spec",),
    "CronJob": ("spec", "jobTemplate", *TEMPLATED),
    **dict.fromkeys(
        ("DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"), TEMPLATED
    ),
}
JOBS = {"Job": ("spec",), "CronJob": ("spec", "jobTemplate", "spec")}
OWN = "That is {}'s own limit, where the file says nothing."
UNNAMED = 'No command in the file says "startup", so each one is judged.'
STARTS = re.compile(r"\bstartup\b")


def read_limits(path: Path) -> tuple[Limit, ...]:
    """Return what the file ``path`` allows a start-up.

    In a manifest and a Compose file those containers count whose command says "startup", or all where none does.
    Raises ConfigurationError for a file that cannot be read, is a template, or is of no kind that is known here.
    """
    name, text = path.name, _read(path)
    try:
        return tuple(_limits(name, text))
    except OverflowError:
        raise ConfigurationError(f"{name} has a time that is too long to reckon with") from None


def _limits(name: str, text: str) -> Iterable[Limit]:
    if re.search(r"^\[(Unit|Service|Install)\]", text, re.MULTILINE):
        return unit_limits(text, name)
    roots = [document for root in _documents(name, text) for document in (root.entries("items") or [root])]
    pods = [document for document in roots if document.text("kind") in PODS]
    if pods:
        return (limit for document in pods for limit in _kubernetes_limits(document, text))
    services = roots[0].get("services") if roots else None
    if services:
        return _compose_limits(services)
    raise ConfigurationError(
        f"{name} is no file that allows a start-up its time",
        detail=f"Known are Compose files, unit files of systemd, and of Kubernetes {', '.join(sorted(PODS))}.",
    )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path} could not be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8", hint="Save it as UTF-8.") from None


def _documents(name: str, text: str) -> list[Node]:
    try:
        return documents(name, text)
    except ConfigurationError:
        if "{{" in text:  # lines of Helm are no YAML, mostly
            raise _is_template(name, text, text.index("{{")) from None
        raise


def _is_template(name: str, text: str, offset: int) -> ConfigurationError:
    return ConfigurationError(
        f'{name}:{place_of(text, offset)}: "{{{{" makes this a template, not a manifest',
        hint="Name what it is made into: helm template . > manifest.yaml",
    )


def _of_start_up(containers: list[Node]) -> tuple[list[Node], str | None]:
    """Return those whose command says "startup"; or all, and a sentence that says so."""
    named = [each for each in containers if _starts(each)]
    return (named, None) if named else (containers, UNNAMED)


def _starts(container: Node) -> bool:
    commands = [part for key in ("command", "args", "entrypoint") if (part := container.get(key))]
    return any(STARTS.search(text) for command in commands for text in command.texts())


def _detail(*sentences: str | None) -> str | None:
    return " ".join(filter(None, sentences)) or None


def _kubernetes_limits(document: Node, text: str) -> Iterator[Limit]:
    """Yield what a manifest of a kind in :data:`PODS` allows."""
    kind = document.text("kind")
    pod = document.get(*PODS[kind])
    if "{{" in document.source(text):
        raise _is_template(document.file_name, text, document.offset + document.source(text).index("{{"))
    if pod is None:
        raise ConfigurationError(f"{document.place}: this {kind} has no {'.'.join(PODS[kind])}")
    containers, note = _of_start_up([*pod.entries("initContainers"), *pod.entries("containers")])
    yield from _progress(document, pod, containers)
    yield _whole("terminationGracePeriodSeconds", pod, "Kubernetes kills the pod", timedelta(seconds=30), is_end=True)
    yield from _deadline(pod, "the pod is ended")
    if kind in JOBS and (job := document.get(*JOBS[kind])):
        yield from _deadline(job, "the Job is ended, with all its tries,")
    for container in containers:
        yield from _probe_limit(container, note)


def _whole(key: str, node: Node, does: str, default: timedelta, *, is_end: bool = False) -> Limit:
    """Return the limit that the number of seconds ``key`` of ``node`` makes."""
    given = node.get(key)
    return Limit(
        does=does,
        after=node.number(key, int(default.total_seconds())) * SECOND,
        place=(given or node).place,
        setting=f"{key}: {{}}",
        is_end=is_end,
        detail=None if given else OWN.format("Kubernetes"),
    )


def _deadline(node: Node, does: str) -> Iterator[Limit]:
    if node.get("activeDeadlineSeconds"):
        yield _whole("activeDeadlineSeconds", node, does, timedelta(0))


def _progress(document: Node, pod: Node, containers: list[Node]) -> Iterator[Limit]:
    """Yield a Deployment's limit; without probes and init containers its pods count as ready at once."""
    spec = document.get("spec")
    is_waited_for = pod.entries("initContainers") or any(
        container.get(probe) for container in containers for probe in ("startupProbe", "readinessProbe")
    )
    if spec and document.text("kind") == "Deployment" and is_waited_for:
        yield _whole("progressDeadlineSeconds", spec, "the Deployment counts as failed", timedelta(seconds=600))


def _probe_limit(container: Node, note: str | None) -> Iterator[Limit]:
    """Yield when the kubelet gives up on a container.

    It probes at once and then once in a period, so the last of n failures can come n - 1 periods after the first
    (pkg/kubelet/prober/worker.go of Kubernetes). Other probes wait for the startupProbe.
    """
    kind = next((kind for kind in ("startupProbe", "livenessProbe") if container.get(kind)), None)
    probe = container.get(kind) if kind else None
    if probe is None:
        return
    period, failures = probe.number("periodSeconds", 10) or 10, probe.number("failureThreshold", 3) or 3
    delay = probe.number("initialDelaySeconds", 0)
    is_startup = kind == "startupProbe"
    unit, fixed = (period, delay - period) if is_startup else (5, -5)
    given = f"{delay} s and {failures - 1} periods of {period} s"
    computed = f"It probes for the last time after {given}: the first probe comes at once."
    name = f' of container "{container.text("name")}"' if container.get("name") else ""
    yield Limit(
        does=f"the {kind}{name} may give up",
        after=(delay + period * (failures - 1)) * SECOND,
        place=(probe.get("failureThreshold") or probe).place,
        setting="failureThreshold: {}"
        if is_startup
        else "a startupProbe with periodSeconds: 5 and failureThreshold: {}",
        unit=unit * SECOND,
        fixed=fixed * SECOND,
        detail=_detail(computed, note),
    )


def _compose_limits(services: Node) -> Iterator[Limit]:
    """Yield what the services of a Compose file allow."""
    chosen, note = _of_start_up([service for _, service in services.items()])
    for name, service in [(name, service) for name, service in services.items() if service in chosen]:
        yield from _health_limit(name, service, note)
        grace = service.get("stop_grace_period")
        yield Limit(
            does=f'Compose kills service "{name}"',
            after=service.duration(timedelta(seconds=10), "stop_grace_period"),
            place=(grace or service).place,
            setting="stop_grace_period: {}s",
            is_end=True,
            detail=_detail(None if grace else OWN.format("Compose"), note),
        )


def _health_limit(name: str, service: Node, note: str | None) -> Iterator[Limit]:
    """Yield when a service with a healthcheck counts as unhealthy; one in the image's Dockerfile is not seen."""
    check = service.get("healthcheck")
    if check is None or check.text("disable") == "true" or "NONE" in [part.text() for part in check.entries("test")]:
        return
    retries = check.number("retries", 3) or 3
    interval = check.duration(timedelta(seconds=30), "interval") or timedelta(seconds=30)
    fixed = interval * (retries - 1)
    yield Limit(
        does=f'service "{name}" may count as unhealthy',
        after=check.duration(timedelta(0), "start_period") + fixed,
        place=(check.get("start_period") or check).place,
        setting="start_period: {}s",
        fixed=fixed,
        detail=_detail("What waits for it with service_healthy fails then.", note),
    )
