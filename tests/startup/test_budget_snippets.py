"""What `invoke startup.budget` prints, and what the platforms' own validators say of it."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from migrate_tasks.durations import parse_duration
from migrate_tasks.render.budget import PLATFORMS, budget_snippet
from migrate_tasks.startup.budget import budget_of
from tests.startup.sequences import DIAMOND, LINE, seconds

if TYPE_CHECKING:
    from pathlib import Path

BUDGET = budget_of(DIAMOND)
NAMES = ("shop", "Bücher & Söhne: #1", "123", "on", "", "x" * 100, 'a "quoted" %n name\nof two lines')


def documents(text: str) -> list[dict[str, Any]]:
    """Return the YAML documents in ``text``."""
    return list(yaml.safe_load_all(text))


def test_compose() -> None:
    """Compose is told when a failure begins to count, and how long to wait before it kills."""
    assert budget_snippet("shop", BUDGET, "compose") == (
        """\
# The start-up may take 3m21s until its last phase is done:
# the longest chain: settings 20.3s + index 70.3s + api 110.3s = 3m21s
services:
  "shop":
    image: IMAGE
    command: ["invoke", "startup", "--", "COMMAND"]
    stop_grace_period: 15s  # all phases end within 10.3s; Compose's own 10s may be too short
    healthcheck:
      test: ["CMD", "python", "-c", "import socket; socket.create_connection(('localhost', 8000), 2).close()"]
      start_period: 205s  # until then a failure does not count
      interval: 5s
"""
    )


def test_systemd() -> None:
    """The unit says how long the start and the end may take, and not to begin again what is configured wrongly."""
    assert budget_snippet("shop", BUDGET, "systemd") == (
        """\
# The start-up may take 3m21s until its last phase is done:
# the longest chain: settings 20.3s + index 70.3s + api 110.3s = 3m21s
[Unit]
Description=shop
Wants=network-online.target
After=network-online.target

[Service]
# with notify, the unit is up when all phases are done, and a phase that gets on may take longer than TimeoutStartSec
Type=notify
WorkingDirectory=/srv/shop
ExecStart=/srv/shop/.venv/bin/invoke startup -- COMMAND
TimeoutStartSec=205
# all phases end within 10.3s
TimeoutStopSec=15
# SIGTERM is for the start-up alone: it ends its phases itself
KillMode=mixed
Restart=on-failure
RestartSec=5
# the configuration is wrong, and would be again; not so 1, which may be COMMAND's, later
RestartPreventExitStatus=78

[Install]
WantedBy=multi-user.target
"""
    )


def test_kubernetes_waits_long_enough() -> None:
    """The probe allows one period more than the longest time, a Deployment its progress, and a pod its grace."""
    deployment, _ = documents(budget_snippet("shop", BUDGET, "kubernetes"))
    pod = deployment["spec"]["template"]["spec"]
    probe = pod["containers"][0]["startupProbe"]

    assert BUDGET.longest == seconds(200.9)
    assert (probe["periodSeconds"], probe["failureThreshold"]) == (5, 42)
    assert deployment["spec"]["progressDeadlineSeconds"] == 600
    assert pod["terminationGracePeriodSeconds"] == 30


def test_kubernetes_ends_a_job() -> None:
    """A Job has time for all its tries, tries again after 75 and 124, and ends after 1 and 78."""
    _, job = documents(budget_snippet("shop", BUDGET, "kubernetes"))
    codes = {
        rule["action"]: rule["onExitCodes"]["values"]
        for rule in job["spec"]["podFailurePolicy"]["rules"]
        if "onExitCodes" in rule
    }

    assert codes == {"FailJob": [1, 78], "Count": [75, 124]}
    assert job["spec"]["backoffLimit"] == 3
    assert seconds(job["spec"]["activeDeadlineSeconds"]) >= 4 * (BUDGET.longest + BUDGET.end) + seconds(70)


def test_a_long_start_up_raises_the_other_deadlines() -> None:
    """Where the longest time is above ten minutes, a Deployment's progress deadline is raised, too."""
    deployment, _ = documents(budget_snippet("x", budget_of(LINE, lock_wait=seconds(300)), "kubernetes"))

    assert deployment["spec"]["progressDeadlineSeconds"] == 1520


@pytest.mark.parametrize("name", NAMES)
def test_any_name_makes_a_label(name: str) -> None:
    """Whatever the start-up is called, the snippets are YAML, with a name that the platforms allow."""
    deployment, job = documents(budget_snippet(name, BUDGET, "kubernetes"))
    (compose,) = documents(budget_snippet(name, BUDGET, "compose"))
    label = deployment["metadata"]["name"]

    assert label.isascii()
    assert len(job["metadata"]["name"]) <= 63
    assert list(compose["services"]) == [label]
    assert deployment["spec"]["selector"]["matchLabels"] == {"app": label}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("version", ["1.29", "1.32", None])
def test_kubernetes_validate_accepts_it(name: str, version: str | None) -> None:
    """The schemas of Kubernetes accept the manifest, of old and new versions."""
    if importlib.util.find_spec("kubernetes_validate") is None:
        pytest.skip("kubernetes-validate is not installed")
    import kubernetes_validate  # type: ignore[import-not-found, unused-ignore]

    for document in documents(budget_snippet(name, BUDGET, "kubernetes")):
        kubernetes_validate.validate(document, version or kubernetes_validate.latest_version(), strict=True)


@pytest.mark.parametrize("name", NAMES)
def test_docker_compose_accepts_it(name: str, tmp_path: Path) -> None:
    """Compose reads the snippet, and reads the times that are meant."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed")
    (tmp_path / "docker-compose.yml").write_text(budget_snippet(name, BUDGET, "compose"))

    done = subprocess.run([program, "config"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    (service,) = yaml.safe_load(done.stdout)["services"].values()
    read = (service["healthcheck"]["start_period"], service["stop_grace_period"])
    assert tuple(map(parse_duration, read)) == (seconds(205), seconds(15))


@pytest.mark.parametrize("name", NAMES)
def test_systemd_accepts_it(name: str, tmp_path: Path) -> None:
    """The verifier of systemd finds nothing wrong with the unit, once its program is one that exists."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    lines = budget_snippet(name, BUDGET, "systemd").splitlines()
    unit = tmp_path / "shop.service"
    unit.write_text("\n".join("ExecStart=/bin/true" if line.startswith("ExecStart=") else line for line in lines))

    done = subprocess.run([program, "verify", str(unit)], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_there_are_three_platforms() -> None:
    """The platforms are the ones that the README names."""
    assert list(PLATFORMS) == ["kubernetes", "compose", "systemd"]
