"""Waiting for migrations that something else executes."""

from __future__ import annotations

import itertools
import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from migrate_tasks import run_migrations
from migrate_tasks.errors import TryAgainLater
from migrate_tasks.migrations.report import wait_for_migrations
from migrate_tasks.migrations.status import Status, StatusReport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.migrations.ground import Ground

LONG, AT_ONCE = timedelta(seconds=30), timedelta(0)


def test_it_ends_when_all_are_completed(any_ground: Ground) -> None:
    """Whoever waits is told of each change, and goes on as soon as the last migration is completed."""
    any_ground.write(m001_a="SELECT 1", m002_b="SELECT pg_sleep(1.2)")
    told: list[StatusReport] = []

    def start(report: StatusReport) -> None:
        if not told:
            run.start()
        told.append(report)

    run = threading.Thread(target=lambda: run_migrations(any_ground.settings))
    report = wait_for_migrations(any_ground.settings, timeout=LONG, on_wait=start)
    run.join(10)

    assert report.named(Status.COMPLETED) == ["001-a", "002-b"]
    assert told[0].count(Status.PENDING) == 2
    assert all(before != after for before, after in itertools.pairwise(told))


def test_nothing_to_wait_for(ground: Ground) -> None:
    """Where all are completed already, or there are none, there is no waiting, and nobody is told anything."""
    told: list[StatusReport] = []

    assert wait_for_migrations(ground.settings, timeout=AT_ONCE, on_wait=told.append) == StatusReport(())
    assert told == []


def test_not_in_time(ground: Ground) -> None:
    """After the timeout it is told which migration is missing, and how many more."""
    ground.write(m001_a="SELECT 1")
    one = ground.refusal(lambda: wait_for_migrations(ground.settings, timeout=AT_ONCE), TryAgainLater)
    ground.write(m002_b="SELECT 1", m003_c="SELECT 1")
    three = ground.refusal(lambda: wait_for_migrations(ground.settings, timeout=timedelta(seconds=0.6)), TryAgainLater)

    hint = "HINT: Look at what is at work: invoke migrate.status"
    assert one == f"the migrations were not completed within 0ms: 001-a is not completed\n{hint}"
    assert three == (
        f"the migrations were not completed within 600ms: 001-a is not completed, nor are 2 others\n{hint}"
    )


def test_a_database_that_is_not_up_yet(ground: Ground, tmp_path: Path) -> None:
    """A database that cannot be reached is waited for, too."""
    there = replace(ground.settings, url=f"postgresql://bob@/shop?host={tmp_path}")

    told = ground.refusal(lambda: wait_for_migrations(there, timeout=AT_ONCE), TryAgainLater)

    assert re.sub(r'".*?"', '"..."', told) == (
        'the migrations were not completed within 0ms: could not connect to database "..." on socket "...":'
        " no such file or directory\nHINT: Look at what is at work: invoke migrate.status"
    )
