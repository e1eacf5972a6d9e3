"""What to set where the start-up runs, so that the platform does not end it before it ends itself.

Each snippet is whole and valid; IMAGE, COMMAND and the port are the reader's to fill in.
"""

from __future__ import annotations

import json
import math
import re
import textwrap
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks.durations import format_duration, up_to
from migrate_tasks.errors import ConfigurationError, MigrateTasksError, TryAgainLater
from migrate_tasks.render.startup_plan import explanation
from migrate_tasks.startup.result import TIMED_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.startup.budget import Budget

ROUND = timedelta(seconds=5)  # what the times to set are a multiple of
PORT = 8000
POD_GRACE = timedelta(seconds=30)  # Kubernetes' own, for a pod that says nothing
PROGRESS = timedelta(seconds=600)  # same, for a Deployment
JOB_RETRIES = 3
JOB_PAUSES = sum((timedelta(seconds=10 * 2**retry) for retry in range(JOB_RETRIES)), timedelta(0))  # 10s, 20s, 40s
FOR_GOOD = (MigrateTasksError.exit_code, ConfigurationError.exit_code)
AGAIN = (TryAgainLater.exit_code, TIMED_OUT)


def budget_snippet(name: str, budget: Budget, platform: str) -> str:
    """Return what to set for the start-up ``name`` on one of :data:`PLATFORMS`, with comments that say why."""
    return PLATFORMS[platform](name, budget)


def _kubernetes(name: str, budget: Budget) -> str:
    return f"{_why(budget)}\n{_deployment(name, budget)}---\n{_job(name, budget)}"


def _deployment(name: str, budget: Budget) -> str:
    label, period, threshold = json.dumps(_label(name)), _seconds(ROUND), _threshold(budget)
    return f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {label}
spec:
  progressDeadlineSeconds: {_seconds(max(budget.longest + budget.end, PROGRESS))}  # 600 is Kubernetes' own
  selector:
    matchLabels: {{app: {label}}}
  template:
    metadata:
      labels: {{app: {label}}}
    spec:
      terminationGracePeriodSeconds: {_pod_grace(budget)}  # {_why_end(budget)}; 30 is Kubernetes' own
      containers:
        - name: app
          image: IMAGE
          args: ["invoke", "startup", "--", "COMMAND"]
          startupProbe:
            tcpSocket: {{port: {PORT}}}
            # {period} x {threshold} s: one period more than it may take, as the first probe comes at once
            periodSeconds: {period}
            failureThreshold: {threshold}
"""


def _job(name: str, budget: Budget) -> str:
    pods = JOB_RETRIES + 1
    deadline = _seconds((budget.longest + budget.end) * pods + JOB_PAUSES)
    return f"""\
# the same once, before the new pods: {_or(AGAIN)} is worth another try; {_or(FOR_GOOD)} would fail again
apiVersion: batch/v1
kind: Job
metadata:
  name: {_label(name)}-startup
spec:
  backoffLimit: {JOB_RETRIES}
  # {pods} pods x ({up_to(budget.longest)} + {up_to(budget.end)} to end) + {format_duration(JOB_PAUSES)} between them
  activeDeadlineSeconds: {deadline}
  podFailurePolicy:
    rules:
      - action: Ignore  # the node was drained, say
        onPodConditions: [{{type: DisruptionTarget, status: "True"}}]
      - action: FailJob
        onExitCodes: {{containerName: app, operator: In, values: {list(FOR_GOOD)}}}
      - action: Count
        onExitCodes: {{containerName: app, operator: In, values: {list(AGAIN)}}}
  template:
    spec:
      restartPolicy: Never  # podFailurePolicy wants it
      terminationGracePeriodSeconds: {_pod_grace(budget)}
      containers:
        - name: app
          image: IMAGE
          args: ["invoke", "startup"]
"""


def _compose(name: str, budget: Budget) -> str:
    probe = f"import socket; socket.create_connection(('localhost', {PORT}), 2).close()"
    return f"""\
{_why(budget)}
services:
  {json.dumps(_label(name))}:
    image: IMAGE
    command: ["invoke", "startup", "--", "COMMAND"]
    stop_grace_period: {_seconds(budget.end)}s  # {_why_end(budget)}; Compose's own 10s may be too short
    healthcheck:
      test: ["CMD", "python", "-c", {json.dumps(probe)}]
      start_period: {_seconds(budget.longest)}s  # until then a failure does not count
      interval: {_seconds(ROUND)}s
"""


def _systemd(name: str, budget: Budget) -> str:
    label = _label(name)
    return f"""\
{_why(budget)}
[Unit]
Description={label}
Wants=network-online.target
After=network-online.target

[Service]
# with notify, the unit is up when all phases are done, and a phase that gets on may take longer than TimeoutStartSec
Type=notify
WorkingDirectory=/srv/{label}
ExecStart=/srv/{label}/.venv/bin/invoke startup -- COMMAND
TimeoutStartSec={_seconds(budget.longest)}
# {_why_end(budget)}
TimeoutStopSec={_seconds(budget.end)}
# SIGTERM is for the start-up alone: it ends its phases itself
KillMode=mixed
Restart=on-failure
RestartSec=5
# the configuration is wrong, and would be again; not so 1, which may be COMMAND's, later
RestartPreventExitStatus={ConfigurationError.exit_code}

[Install]
WantedBy=multi-user.target
"""


PLATFORMS: dict[str, Callable[[str, Budget], str]] = {
    "kubernetes": _kubernetes,
    "compose": _compose,
    "systemd": _systemd,
}


def _why(budget: Budget) -> str:
    lines = [f"The start-up may take {up_to(budget.longest)} until its last phase is done:", *explanation(budget)]
    return "\n".join(part for line in lines for part in _comment(line))


def _comment(text: str) -> list[str]:
    return textwrap.wrap(text, 110, initial_indent="# ", subsequent_indent="#   ", break_on_hyphens=False)


def _or(codes: tuple[int, ...]) -> str:
    return f"exit code {' or '.join(map(str, codes))}"


def _why_end(budget: Budget) -> str:
    return f"all phases end within {up_to(budget.end)}"


def _pod_grace(budget: Budget) -> int:
    return _seconds(max(budget.end, POD_GRACE))


def _threshold(budget: Budget) -> int:
    """Return the failures to allow: the kubelet probes at once, so the last of n comes after n - 1 periods."""
    return math.ceil(budget.longest / ROUND) + 1


def _seconds(duration: timedelta) -> int:
    """Return ``duration`` in seconds, rounded up to a multiple of :data:`ROUND`."""
    return math.ceil(duration / ROUND) * int(ROUND.total_seconds())


def _label(name: str) -> str:
    """Return ``name`` as the three platforms allow one: an RFC 1123 label with room for "-startup"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower())[:52].strip("-") or "app"
