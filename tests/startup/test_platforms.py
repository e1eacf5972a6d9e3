"""What `startup.check --against FILE` finds."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.render.budget import PLATFORMS, budget_snippet
from migrate_tasks.startup.budget import budget_of
from migrate_tasks.startup.limits import compare
from migrate_tasks.startup.platforms import read_limits
from migrate_tasks.startup.systemd import parse_time_span
from tests.startup.sequences import DIAMOND, seconds

if TYPE_CHECKING:
    from pathlib import Path

BUDGET = budget_of(DIAMOND)  # 3m20.9s to start, 10.3s to end
FILES = {"kubernetes": "deployment.yaml", "compose": "compose.yaml", "systemd": "shop.service"}


def warnings(tmp_path: Path, name: str, text: str) -> list[str]:
    """Return what is said of the file ``name`` with ``text``: message, DETAIL and HINT."""
    path = tmp_path / name
    path.write_text(text)
    return [
        "\n".join([short.message, *([f"DETAIL: {short.detail}"] if short.detail else []), f"HINT: {short.hint}"])
        for short in compare(BUDGET, read_limits(path))
    ]


def refusal(tmp_path: Path, name: str, text: str) -> str:
    """Return why the file ``name`` with ``text`` is refused."""
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_limits(tmp_path / name)
    return str(caught.value)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_our_own_snippets_allow_enough(platform: str, tmp_path: Path) -> None:
    """What `startup.budget` prints leaves nothing to say."""
    assert warnings(tmp_path, FILES[platform], budget_snippet("shop", BUDGET, platform)) == []


DEPLOYMENT = """\
apiVersion: v1
kind: Service
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  progressDeadlineSeconds: 120
  template:
    spec:
      terminationGracePeriodSeconds: 5
      containers:
        - name: proxy
          image: proxy
          livenessProbe: {periodSeconds: 1, failureThreshold: 1}
        - name: app
          args: [invoke, startup, --, uvicorn, "app:app"]
          startupProbe:
            initialDelaySeconds: 10
            periodSeconds: 10
            failureThreshold: 6
          livenessProbe: {periodSeconds: 1}
"""


def test_a_deployment(tmp_path: Path) -> None:
    """Only the container that starts up counts, by its startupProbe where it has one."""
    assert warnings(tmp_path, "deployment.yaml", DEPLOYMENT) == [
        (
            "deployment.yaml:9:28: the Deployment counts as failed after 120s; the start-up may take 3m21s\n"
            "HINT: Write: progressDeadlineSeconds: 201"
        ),
        (
            "deployment.yaml:12:38: Kubernetes kills the pod after 5s; ending the phases may take 10.3s\n"
            "HINT: Write: terminationGracePeriodSeconds: 11"
        ),
        (
            'deployment.yaml:22:31: the startupProbe of container "app" may give up after 60s;'
            " the start-up may take 3m21s\n"
            "DETAIL: It probes for the last time after 10 s and 5 periods of 10 s: the first probe comes at once.\n"
            "HINT: Write: failureThreshold: 21"
        ),
    ]


def test_what_the_hint_says_suffices(tmp_path: Path) -> None:
    """A file that follows the hints leaves nothing to say."""
    better = DEPLOYMENT.replace("DeadlineSeconds: 120", "DeadlineSeconds: 201").replace(
        "PeriodSeconds: 5", "PeriodSeconds: 11"
    )

    assert warnings(tmp_path, "deployment.yaml", better.replace("failureThreshold: 6", "failureThreshold: 21")) == []
    assert (
        len(warnings(tmp_path, "deployment.yaml", better.replace("failureThreshold: 6", "failureThreshold: 20"))) == 1
    )


def test_a_liveness_probe_kills_where_no_startup_probe_holds_it_back(tmp_path: Path) -> None:
    """Without a startupProbe the livenessProbe counts, with Kubernetes' defaults; the hint is a startupProbe."""
    pod = """\
kind: Pod
spec:
  containers:
    - {name: app, command: [invoke], args: [startup.run], livenessProbe: {initialDelaySeconds: 30}}
"""

    assert warnings(tmp_path, "pod.yaml", pod) == [
        (
            'pod.yaml:4:74: the livenessProbe of container "app" may give up after 50s; the start-up may take 3m21s\n'
            "DETAIL: It probes for the last time after 30 s and 2 periods of 10 s: the first probe comes at once.\n"
            "HINT: Write: a startupProbe with periodSeconds: 5 and failureThreshold: 42"
        )
    ]


def test_a_pod_whose_command_says_nothing(tmp_path: Path) -> None:
    """Where no command says "startup", it may be in the image: each container counts, and that is said."""
    pod = "kind: StatefulSet\nspec: {template: {spec: {containers: [{image: app, startupProbe: {}}]}}}\n"

    assert warnings(tmp_path, "set.yaml", pod) == [
        (
            "set.yaml:2:66: the startupProbe may give up after 20s; the start-up may take 3m21s\n"
            "DETAIL: It probes for the last time after 0 s and 2 periods of 10 s: the first probe comes at once."
            ' No command in the file says "startup", so each one is judged.\n'
            "HINT: Write: failureThreshold: 22"
        )
    ]


def test_jobs(tmp_path: Path) -> None:
    """A Job and a CronJob end after their activeDeadlineSeconds, and so does each pod."""
    job = """\
kind: CronJob
spec:
  jobTemplate:
    spec:
      activeDeadlineSeconds: 100
      template:
        spec:
          activeDeadlineSeconds: 60
          containers: [{args: [invoke, startup]}]
"""

    assert warnings(tmp_path, "job.yaml", job) == [
        (
            "job.yaml:8:34: the pod is ended after 60s; the start-up may take 3m21s\n"
            "HINT: Write: activeDeadlineSeconds: 201"
        ),
        (
            "job.yaml:5:30: the Job is ended, with all its tries, after 100s; the start-up may take 3m21s\n"
            "HINT: Write: activeDeadlineSeconds: 201"
        ),
    ]


def test_an_init_container_holds_up_the_deployment(tmp_path: Path) -> None:
    """A start-up in an init container is limited by the Deployment's deadline, whose default is named."""
    long = budget_of(DIAMOND, jobs=1)
    path = tmp_path / "list.yaml"
    path.write_text("""\
kind: List
items:
  - kind: Deployment
    spec:
      template:
        spec: {initContainers: [{args: [invoke, startup]}], containers: [{name: app, livenessProbe: {}}]}
""")
    (limit, grace) = read_limits(path)

    assert compare(long, [limit]) == []
    assert (limit.after, limit.place) == (seconds(600), "list.yaml:5:7")
    assert limit.detail == "That is Kubernetes's own limit, where the file says nothing."
    assert (grace.after, grace.is_end) == (seconds(30), True)


TOO_LONG = "x.yaml has a time that is too long to reckon with"
UNKNOWN = (
    "x.yaml is no file that allows a start-up its time\n"
    "DETAIL: Known are Compose files, unit files of systemd, and of Kubernetes CronJob, DaemonSet, Deployment, Job,"
    " Pod, ReplicaSet, ReplicationController, StatefulSet."
)
TEMPLATE = (
    '"{{" makes this a template, not a manifest\nHINT: Name what it is made into: helm template . > manifest.yaml'
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "kind: Deployment\nspec:\n{{- if .Values.x }}\n",
            "x.yaml:3:1: " + TEMPLATE,
        ),
        (
            "kind: Pod\nspec: {containers: [{image: '{{ .Values.image }}'}]}\n",
            "x.yaml:2:30: " + TEMPLATE,
        ),
        (
            "kind: Pod\nmetadata:\n  name: {{ .Release.Name }}\nspec: {}\n",
            "x.yaml:3:9: " + TEMPLATE,
        ),
        (
            "kind: ConfigMap\n",
            UNKNOWN,
        ),
        (
            "",
            UNKNOWN,
        ),
        ("kind: Pod\n", "x.yaml:1:1: this Pod has no spec"),
        ("kind: Deployment\nspec: {template: 7}\n", "x.yaml:1:1: this Deployment has no spec.template.spec"),
        (
            "kind: Pod\nspec: {terminationGracePeriodSeconds: soon}\n",
            "x.yaml:2:39: terminationGracePeriodSeconds must be a whole number",
        ),
        ("kind: Pod\nspec: {{ x }}\n  }\n", "x.yaml:2:7: " + TEMPLATE),
        ("a: [\n", "x.yaml:2:1: expected the node content, but found '<stream end>'"),
        ("a: \x01\n", "x.yaml:1:4: special characters are not allowed"),
        ("a: *b\n", "x.yaml:1:4: found undefined alias 'b'"),
        (
            "services: {app: {stop_grace_period: soon}}\n",
            'x.yaml:1:37: stop_grace_period: "soon" is not a duration: write it as "90s", "2m" or "1m30s"',
        ),
        (
            "services: {app: {stop_grace_period: '${GRACE}'}}\n",
            "x.yaml:1:37: stop_grace_period is a variable\nHINT: Name what this prints: docker compose config",
        ),
        ("kind: Pod\nspec: {activeDeadlineSeconds: 1" + 20 * "0" + "}\n", TOO_LONG),
        ("[Service]\nTimeoutStopSec=9999999999y\n", TOO_LONG),
        ("[" * 30000, "x.yaml has values that are nested too deep"),
        ("[Unit]\nDescription=x\n", "x.yaml has no section [Service]\nHINT: Name the unit file of a service."),
        (
            "[Service]\nTimeoutStopSec = soon\n",
            'x.yaml:2:18: "soon" is not a time span: write it as "90", "1min 30s" or "infinity"',
        ),
    ],
)
def test_what_cannot_be_judged(text: str, message: str, tmp_path: Path) -> None:
    """A template, another kind of file, or one with a mistake is refused, with the place."""
    assert refusal(tmp_path, "x.yaml", text) == message


def test_a_template_in_a_config_map_is_none(tmp_path: Path) -> None:
    """Braces in what is no workload, such as a dashboard, say nothing of the manifest."""
    text = "kind: ConfigMap\ndata:\n  x: |\n    {{ this }}\n---\nkind: Pod\nspec: {containers: [{name: app}]}\n"

    assert warnings(tmp_path, "pod.yaml", text) == []


def test_values_that_hold_themselves(tmp_path: Path) -> None:
    """An alias that leads back to where it stands ends nowhere, and is followed once."""
    text = "services: &a {<<: *a, app: &b {command: &c [*c], <<: [*b, *a], healthcheck: *b}}\n"

    assert len(warnings(tmp_path, "compose.yaml", text)) == 2


def test_zeros_mean_the_default(tmp_path: Path) -> None:
    """A period or number of failures of 0 means the default, as it does to the platforms."""
    pod = "kind: Pod\nspec: {containers: [{startupProbe: {periodSeconds: 0, failureThreshold: 0}}]}\n"
    compose = "services: {app: {healthcheck: {interval: 0s, retries: 0}}}\n"

    for name, text, after in (("pod.yaml", pod, 20), ("compose.yaml", compose, 60)):
        (tmp_path / name).write_text(text)
        assert seconds(after) in [limit.after for limit in read_limits(tmp_path / name)]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that is not there, or not UTF-8, is refused by name."""
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4\n")

    for name, why in (("none.yaml", "could not be read: no such file or directory"), ("latin.yaml", "is not UTF-8")):
        with pytest.raises(ConfigurationError) as caught:
            read_limits(tmp_path / name)
        assert caught.value.message == f"{tmp_path / name} {why}"


COMPOSE = """\
x-check: &check
  interval: 5s
services:
  database: {image: postgres, healthcheck: {test: [CMD, pg_isready], start_period: 1s}}
  app:
    command: invoke startup -- uvicorn app:app
    healthcheck:
      <<: *check
      test: curl localhost
      start_period: ${START:-1m}
      retries: 4
  worker:
    entrypoint: [invoke, startup]
    stop_grace_period: 3s
    healthcheck: {disable: true}
"""


def test_compose(tmp_path: Path) -> None:
    """Only services that start up count, by their healthcheck if they have one, and by their grace."""
    assert warnings(tmp_path, "compose.yaml", COMPOSE) == [
        (
            'compose.yaml:10:21: service "app" may count as unhealthy after 75s; the start-up may take 3m21s\n'
            "DETAIL: What waits for it with service_healthy fails then.\n"
            "HINT: Write: start_period: 186s"
        ),
        (
            'compose.yaml:6:5: Compose kills service "app" after 10s; ending the phases may take 10.3s\n'
            "DETAIL: That is Compose's own limit, where the file says nothing.\n"
            "HINT: Write: stop_grace_period: 11s"
        ),
        (
            'compose.yaml:14:24: Compose kills service "worker" after 3s; ending the phases may take 10.3s\n'
            "HINT: Write: stop_grace_period: 11s"
        ),
    ]


def test_compose_without_a_command(tmp_path: Path) -> None:
    """Where no service says "startup", each one is judged, with Docker's defaults."""
    text = "services:\n  app:\n    build: .\n    stop_grace_period: 1m\n    healthcheck: {test: x}\n"

    assert warnings(tmp_path, "compose.yaml", text) == [
        (
            'compose.yaml:5:18: service "app" may count as unhealthy after 60s; the start-up may take 3m21s\n'
            'DETAIL: What waits for it with service_healthy fails then. No command in the file says "startup", so each'
            " one is judged.\n"
            "HINT: Write: start_period: 141s"
        )
    ]


KILLED = "systemd kills the unit after 5s; ending the phases may take 10.3s|TimeoutStopSec=11"
LATE = "systemd gives up the start after 90s; the start-up may take 3m21s|TimeoutStartSec=201"


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("Type=notify\nExecStart=/bin/invoke startup", []),
        ("ExecStart=/bin/invoke startup\nTimeoutStartSec=5", []),  # simple: the unit is up at once
        ("Type=oneshot\nExecStart=/bin/invoke startup", []),  # no limit of its own
        (
            "Type=oneshot\nExecStart=/bin/invoke startup\nTimeoutStartSec=1min 30s",
            [f"shop.service:4:17: {LATE}"],
        ),
        (
            "Type=notify\nExecStartPre=/bin/invoke \\\n  startup\nExecStart=/bin/app",
            [f"shop.service:1:1: {LATE}"],
        ),
        ("Type=forking\nExecStart=/bin/invoke startup\nTimeoutStartSec=0", []),
        ("Type=forking\nExecStart=/bin/invoke startup\nTimeoutSec=infinity", []),
        (
            "ExecStart=/bin/invoke startup\nTimeoutStopSec=1min\n# TimeoutStopSec=1\nTimeoutSec=5s",
            [f"shop.service:5:12: {KILLED}"],
        ),
    ],
)
def test_units(unit: str, expected: list[str], tmp_path: Path) -> None:
    """A unit limits a start-up that its start waits for and that cannot extend the limit, and the end of any."""
    path = tmp_path / "shop.service"
    path.write_text(f"[Service]\n{unit}\n[Install]\nTimeoutStopSec=1\n")
    found = compare(BUDGET, read_limits(path))

    assert [f"{short.message}|{short.hint.removeprefix('Write: ')}" for short in found] == expected


SPANS = {
    "90": 90,
    "1min 30s": 90,
    "1min30s": 90,
    "1.5h": 5400,
    "2 M": 5259600,
    "1y": 31557600,
    "5ms": 0.005,
    "1d2h": 93600,
}


@pytest.mark.parametrize(("text", "expected"), SPANS.items())
def test_time_spans(text: str, expected: float) -> None:
    """A time span means what it means to systemd, where that is installed to be asked."""
    assert parse_time_span(text) == seconds(expected)
    program = shutil.which("systemd-analyze")
    if program:
        said = subprocess.run([program, "timespan", text], capture_output=True, text=True, check=True).stdout
        assert f"s: {round(expected * 1_000_000)}\n" in said


@pytest.mark.parametrize("text", ["", "soon", "5 parsecs", "1min x", "-5"])
def test_what_is_no_time_span(text: str) -> None:
    """What systemd would not read is refused."""
    with pytest.raises(ValueError, match="is not a time span"):
        parse_time_span(text)
