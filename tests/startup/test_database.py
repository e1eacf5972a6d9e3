"""What an attempt that ran out of time was doing in the database is over, and undone, before the next one begins."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

import psycopg
import pytest

from migrate_tasks.postgres.servers.binaries import program_folders
from tests.support import INVOKE, Project

if TYPE_CHECKING:
    from pathlib import Path

# a trace that no rollback removes, a table that must never be seen, and what no test waits for
HALF = "SELECT nextval('begun'); CREATE TABLE half_done (); SELECT pg_sleep(60)"
TASKS = f"""
import os, signal, sys, time
import psycopg
from invoke import Collection, task
from migrate_tasks.tasks import migrate, startup

OTHERS = '''SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()'''

def work():
    psycopg.connect(os.environ["DATABASE_URL"]).execute({HALF!r})

@task
def look(c):
    if os.environ["STARTUP_ATTEMPT"] == "2":  # it does nothing but see what there still is of the first
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            print(*connection.execute(OTHERS).fetchone(), "others")
        sys.exit(0)

@task(look)
def obedient(c):
    work()

@task(look)
def deaf(c):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    work()

@task(look)
def daemon(c):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            work()
    signal.pause()

@task(look)
def unwatched(c):
    warden = os.getppid()
    if os.fork() == 0:
        time.sleep(1)
        os.kill(warden, signal.SIGKILL)
    work()

@task(look, migrate["run"])
def migrated(c):
    pass

namespace = Collection(migrate, startup, look, obedient, deaf, daemon, unwatched, migrated)
"""
SHELL = f'[ $STARTUP_ATTEMPT = 1 ] || exec {sys.executable} {INVOKE} look; psql $DATABASE_URL -1c "{HALF}"'
SLOW_INDEX = """
CREATE TABLE shops (id int);
INSERT INTO shops VALUES (1);
CREATE FUNCTION slow (int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN
  PERFORM nextval('public.begun');
  PERFORM pg_sleep(60);
  RETURN 1;
END $$;
"""
HALF_DONE = """
SELECT relname FROM pg_class WHERE relname = 'half_done' UNION ALL
SELECT indexrelid::regclass::text FROM pg_index WHERE indisvalid AND indexrelid = to_regclass('slow_index')
"""


@pytest.fixture
def phased(tmp_path: Path, any_url: str) -> Project:
    """A project on each server whose phase runs out of time at its first attempt."""
    path = os.pathsep.join([*map(str, program_folders()), os.environ["PATH"]])
    made = Project(tmp_path, {"DATABASE_URL": any_url, "APP_ENV": "development", "PATH": path})
    made.write("tasks.py", TASKS)
    with psycopg.connect(any_url) as connection:
        connection.execute("CREATE SEQUENCE begun")
    return made


@pytest.mark.parametrize(
    ("work", "migrations"),
    [
        pytest.param("task: obedient", {}, id="psycopg"),
        pytest.param("task: deaf", {}, id="psycopg that is killed"),
        pytest.param("task: daemon", {}, id="a daemon's"),
        pytest.param(f"run: {SHELL!r}".replace("\\'", "''"), {}, id="psql"),
        pytest.param("task: migrated", {"001-half": f"{HALF};"}, id="a migration"),
        pytest.param(
            "task: migrated",
            {"001-shops": SLOW_INDEX, "002-index": "CREATE INDEX CONCURRENTLY slow_index ON shops (slow(id));"},
            id="a migration that is no transaction",
        ),
    ],
)
def test_a_statement_that_runs_out_of_time(
    phased: Project, any_url: str, work: str, migrations: dict[str, str]
) -> None:
    """Nothing of an attempt is in the database, neither sessions nor what they had done, when the next one begins."""
    for name, sql in migrations.items():
        phased.write(f"migrations/{name}.sql", sql)
    limits = "timeout: 3s\n    grace_period: 0.3s\n    retries: 1\n    retry_on: [timeout]"
    phased.write("startup.yaml", f"phases:\n  - name: one\n    {work}\n    {limits}\n")

    said = phased.invoke("startup")

    assert (said.code, said.err) == (0, "")
    assert re.findall(r"\d+ others", said.out) == ["0 others"]
    with psycopg.connect(any_url) as connection:
        assert connection.execute("SELECT is_called FROM begun").fetchone() == (True,)
        assert connection.execute(HALF_DONE).fetchall() == []


def test_a_statement_whose_warden_is_killed(phased: Project, any_url: str) -> None:
    """The same holds where not its time was over, but the process that watches over it was killed."""
    limits = "grace_period: 0.3s, retries: 1, retry_on: [any]"
    phased.write("startup.yaml", f"phases: [{{name: one, task: unwatched, {limits}}}]\n")

    said = phased.invoke("startup")

    assert (said.code, said.err) == (0, "")
    assert re.findall(r"\d+ others", said.out) == ["0 others"]
    with psycopg.connect(any_url) as connection:
        assert connection.execute("SELECT is_called FROM begun").fetchone() == (True,)
        assert connection.execute(HALF_DONE).fetchall() == []
