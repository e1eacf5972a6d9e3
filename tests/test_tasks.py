"""The invoke tasks as a user meets them: real processes, whole answers."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from typing import Any

import psycopg
import pytest

from tests.support import INVOKE, REPOSITORY, Project, clean_environment, without_times

SEED = {
    "status": {
        "success": bool,
        "data": {
            "total_migrations": int,
            "completed": int,
            "failed": int,
            "running": int,
            "pending": int,
            "migrations": [
                {
                    "name": str,
                    "status": str,
                    "started_at": str,
                    "completed_at": str,
                    "error_message": type(None),
                    "duration_ms": int,
                }
            ],
        },
    },
    "health": {
        "success": bool,
        "data": {
            "healthy": bool,
            "status": str,
            "total_migrations": int,
            "completed": int,
            "failed": int,
            "running": int,
            "stuck": int,
            "issues": list,
        },
    },
    "run": {
        "success": bool,
        "message": str,
        "data": {
            "total_migrations": int,
            "executed": int,
            "skipped": int,
            "failed": int,
            "duration_ms": int,
            "results": list,
        },
    },
}


def has_shape(value: Any, shape: Any) -> bool:
    """Return whether ``value`` has every key of ``shape`` with its type, whatever else it has."""
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(key in value and has_shape(value[key], shape[key]) for key in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(has_shape(item, shape[0]) for item in value)
    return type(value) is shape


@pytest.mark.parametrize("task", SEED)
def test_the_json_is_the_seeds(project: Project, task: str) -> None:
    """Each answer has every key of the seed's example, with the same types."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int)")
    project.invoke("migrate.run")

    said = project.invoke(f"migrate.{task}", "--json")

    assert (said.code, said.err) == (0, "")
    assert has_shape(json.loads(said.out), SEED[task])


def test_times_are_the_seeds(project: Project) -> None:
    """Times end in Z, as in the seed."""
    project.write("migrations/001-a.sql", "SELECT 1")
    project.invoke("migrate.run")

    migration = json.loads(project.invoke("migrate.status", "--json").out)["data"]["migrations"][0]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", migration["started_at"])


def test_run_then_status(project: Project) -> None:
    """A run names each migration as it completes; status is a table with counts."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int)")
    project.write("migrations/002-b.sql", "CREATE TABLE b (x int)")

    run = project.invoke("migrate.run")
    again = project.invoke("migrate.run")
    status = project.invoke("migrate.status")
    health = project.invoke("migrate.health")

    assert (run.code, run.err) == (0, "")
    assert without_times(run.out) == (
        "001-a completed in #ms\n002-b completed in #ms\n2 migrations: 2 executed, 0 skipped in #ms\n"
    )
    assert again.out == "2 migrations: 0 executed, 2 skipped in 0ms\n"
    assert re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "<time>", without_times(status.out)) == (
        "migration  status     started              duration\n"
        "001-a      completed  <time> #ms\n"
        "002-b      completed  <time> #ms\n"
        "\n"
        "2 migrations: 2 completed\n"
    )
    assert (health.code, health.out) == (0, "ok: 2 of 2 migrations completed\n")


def test_status_before_the_first_run(project: Project) -> None:
    """Pending migrations come with the command that executes them."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int)")

    said = project.invoke("migrate.status")

    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "migration  status   started  duration\n"
        "001-a      pending\n"
        "\n"
        "1 migration: 1 pending\n"
        "HINT: 1 pending, from 001-a on. Execute them: invoke migrate.run\n"
    )


def test_a_failed_run(project: Project) -> None:
    """A failure is told on stderr with its place, and in status and health; the exit code is 1."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int)")
    project.write("migrations/002-b.sql", "SELECT 1;\nSELEC 2;\n")

    run = project.invoke("migrate.run")
    health = project.invoke("migrate.health")

    assert run.code == 1
    assert run.err == (
        'error: migrations/002-b.sql:2:1: syntax error at or near "SELEC" (SQLSTATE 42601)\n'
        'DETAIL: In "SELEC 2". 001-a stays completed; 002-b was rolled back.\n'
        "HINT: Mend migrations/002-b.sql; the next run continues with it.\n"
    )
    assert health.code == 1
    assert health.out == (
        "failed: 1 of 2 migrations completed\n"
        'HINT: 002-b failed: migrations/002-b.sql:2:1: syntax error at or near "SELEC" (SQLSTATE 42601).'
        " Execute it again: invoke migrate.run\n"
    )


def test_a_failed_run_in_json(project: Project) -> None:
    """With --json a failure is one document on stdout too, with what the run did."""
    project.write("migrations/001-a.sql", "SELECT 1/0")

    said = project.invoke("migrate.run", "--json")
    answer = json.loads(said.out)

    assert said.code == 1
    assert (answer["success"], answer["message"]) == (False, "Migrations failed: 1 failed")
    assert (answer["data"]["executed"], answer["data"]["failed"]) == (0, 1)
    assert answer["error"] == {
        "message": "migrations/001-a.sql:1:1: division by zero (SQLSTATE 22012)",
        "detail": 'In "SELECT 1/0". 001-a was rolled back.',
        "hint": "Mend migrations/001-a.sql; the next run continues with it.",
        "exit_code": 1,
    }


BAD_FOLDERS: dict[str, tuple[dict[str, bytes], str]] = {
    "no folder": (
        {},
        (
            'error: there is no folder "migrations"\n'
            "HINT: Make it and a first migration: invoke migrate.new create-users --directory migrations\n"
        ),
    ),
    "a name that does not fit": (
        {"migrations/001-a.sql": b"SELECT 1", "migrations/create users.sql": b"SELECT 1"},
        (
            'error: file name "migrations/create users.sql" does not fit "NNN-description.sql"\n'
            "DETAIL: NNN is a number of three or more digits, the description lower-case words joined by hyphens.\n"
            "HINT: mv 'migrations/create users.sql' migrations/002-create-users.sql\n"
        ),
    ),
    "an empty file": (
        {"migrations/001-a.sql": b" \n"},
        (
            'error: migration "001-a" is empty\n'
            "DETAIL: Once completed it would never run again, whatever is written into it later.\n"
            "HINT: Write its SQL into migrations/001-a.sql; a comment is enough where nothing is to be done.\n"
        ),
    ),
    "Latin-1": (
        {"migrations/001-a.sql": b"SELECT 1;\nSELECT '\xfc';\n"},
        (
            "error: migrations/001-a.sql:2:9: byte 0xfc is not UTF-8\n"
            "HINT: If the file is Latin-1: iconv -f latin1 -t utf-8 migrations/001-a.sql > new.sql"
            " && mv new.sql migrations/001-a.sql\n"
        ),
    ),
}


@pytest.mark.parametrize("case", BAD_FOLDERS)
@pytest.mark.parametrize("task", ["migrate.run", "migrate.status"])
def test_a_folder_that_must_be_mended(project: Project, case: str, task: str) -> None:
    """What is wrong with the files is told before the database is asked; the exit code is 78."""
    files, message = BAD_FOLDERS[case]
    for name, content in files.items():
        project.write(name, content)

    said = project.invoke(task)

    assert (said.code, said.out, said.err) == (78, "", message)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbfCREATE TABLE a (x int);", b"CREATE TABLE a\r\n(x int);\r\n"])
def test_a_bom_and_crlf_are_no_mistakes(project: Project, content: bytes) -> None:
    """Files as Windows editors write them are executed."""
    project.write("migrations/001-a.sql", content)

    assert project.invoke("migrate.run").code == 0


def test_new(project: Project) -> None:
    """The next number is taken, and the skeleton is refused until something is written."""
    project.write("migrations/008-create-feature-flags.sql", "SELECT 1")

    said = project.invoke("migrate.new", "create invoices")
    run = project.invoke("migrate.run")

    assert (said.code, said.out) == (0, "migrations/009-create-invoices.sql\n")
    assert run.code == 78
    assert run.err == (
        'error: migration "009-create-invoices" is still the skeleton\n'
        "DETAIL: Once completed it would never run again, whatever is written into it later.\n"
        "HINT: Write its SQL into migrations/009-create-invoices.sql;"
        " a comment is enough where nothing is to be done.\n"
    )
    assert (project.root / "migrations/009-create-invoices.sql").read_text().startswith("-- Create invoices\n")


def test_new_in_this_repository(example: Project) -> None:
    """After the example's eight migrations comes 009."""
    assert example.invoke("migrate.new", "create invoices").out == "migrations/009-create-invoices.sql\n"


def test_reset(project: Project) -> None:
    """A reset names what is pending again."""
    project.write("migrations/001-a.sql", "SELECT 1")
    project.invoke("migrate.run")

    said = project.invoke("migrate.reset", "--name", "001-a")
    in_json = json.loads(project.invoke("migrate.reset", "--json").out)

    assert (said.code, said.out) == (
        0,
        "001-a is pending again\n1 reset; what they made is still there, and files that cannot run twice will fail\n",
    )
    assert in_json == {
        "success": True,
        "message": "0 migrations are pending again",
        "data": {"reset": 0, "migrations": []},
    }


def test_reset_in_production(project: Project) -> None:
    """Where APP_ENV does not say development, a reset is refused with exit code 1."""
    project.write("migrations/001-a.sql", "SELECT 1")

    said = project.invoke("migrate.reset", APP_ENV="")

    assert said.code == 1
    assert said.err == (
        'error: migration status cannot be reset in environment "production"\n'
        "DETAIL: A reset makes the next run execute completed migrations again."
        " APP_ENV is not set, which counts as production on a database of yours.\n"
        "HINT: In a development database, set APP_ENV=development."
        " To say it of one migration: invoke migrate.mark NAME --pending\n"
    )


def test_an_unreachable_database(project: Project) -> None:
    """Exit code 75 says that the same command may succeed later."""
    project.write("migrations/001-a.sql", "SELECT 1")
    there = f"postgresql://bob@/shop?host={project.root}"

    status = project.invoke("migrate.status", DATABASE_URL=there)
    health = project.invoke("migrate.health", "--json", DATABASE_URL=there)

    message = 'could not connect to database "shop" on socket "./.s.PGSQL.5432": no such file or directory'
    assert status.code == 75
    assert status.err == (
        f'error: {message}\nDETAIL: 1 connection attempt as user "bob".\n'
        "HINT: Start the server, or mend the host and the port in the database's URL.\n"
    )
    assert health.code == 75
    assert json.loads(health.out)["data"]["status"] == "unreachable"


def test_no_database_in_production(project: Project) -> None:
    """Without DATABASE_URL, production gets no embedded server."""
    project.write("migrations/001-a.sql", "SELECT 1")

    said = project.invoke("migrate.run", DATABASE_URL="", APP_ENV="production")

    assert (said.code, said.err) == (
        78,
        (
            'error: no database: DATABASE_URL is not set, and APP_ENV is "production"\n'
            "DETAIL: The embedded server is for development and tests.\n"
            "HINT: Set DATABASE_URL, or APP_ENV=development.\n"
        ),
    )
    assert not (project.root / ".postgres").exists()


def test_flags_win(project: Project) -> None:
    """--directory and --url are used before the environment, and --directory is seen from the current folder."""
    project.write("other/001-b.sql", "CREATE TABLE b (x int)")
    url = project.environ["DATABASE_URL"]

    said = project.invoke("migrate.run", "--directory", "other", "--url", url, DATABASE_URL="host=nowhere.invalid")

    assert said.code == 0


def test_from_a_folder_below(project: Project) -> None:
    """As invoke finds tasks.py above the current folder, the migrations beside it are found."""
    project.write("migrations/001-a.sql", "SELECT 1")
    project.write("deep/below/.keep", "")
    below = Project(project.root / "deep" / "below", project.environ)

    assert below.invoke("migrate.run").code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_query(project: Project, number: signal.Signals, code: int) -> None:
    """Ctrl-C, and SIGTERM without a grace period, cancel the statement, roll back, and leave no traceback."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int); SELECT pg_sleep(60)")
    process = project.start("migrate.run", MIGRATE_TASKS_GRACE_PERIOD="0s")
    url = project.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        sleeping = (
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event = 'PgSleep' AND state = 'active'"
        )
        while connection.execute(sleeping).fetchone() == (0,):
            assert process.poll() is None
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
        left = connection.execute(sleeping).fetchone()
        row = connection.execute("SELECT status, error_message FROM migration_status").fetchone()

    assert (process.returncode, out) == (code, "")
    assert err == f"error: interrupted by {number.name}\nHINT: Run it again: what is completed stays completed.\n"
    assert left == (0,)
    assert row == ("failed", "the run was interrupted")


def test_a_closed_pipe(project: Project) -> None:
    """When the reader goes away, so do we, without a word."""
    project.write("migrations/001-a.sql", "SELECT 1")
    process = project.start("migrate.status")
    assert process.stdout
    process.stdout.close()
    process.stdout = None
    _, err = process.communicate(timeout=30)

    assert (process.returncode, err) == (141, "")


def test_the_example_on_the_embedded_server(example: Project) -> None:
    """The example's tasks work on the server in .postgres, which is gone when they end."""
    run = example.invoke("migrate.run", "--json")
    health = example.invoke("migrate.health")

    assert json.loads(run.out)["data"]["executed"] == len(list((REPOSITORY / "migrations").glob("*.sql")))
    assert (health.code, health.out) == (0, "ok: 8 of 8 migrations completed\n")


def test_a_path_that_cannot_be_used(project: Project) -> None:
    """What the system refuses to do with a file is told with its name, without a traceback."""
    said = project.invoke("migrate.new", "create invoices", "--directory", "tasks.py/deep")

    assert (said.code, said.out, said.err) == (78, "", 'error: "./tasks.py/deep" could not be used: not a directory\n')


@pytest.mark.parametrize(
    ("redirection", "code", "err"),
    [
        (">/dev/full", 1, "error: the system refused: no space left on device\n"),
        ("--json >/dev/full", 1, "error: the system refused: no space left on device\n"),
        ("0<&- 1>&-", 0, ""),
        ("0<&- 1>&- 2>&-", 0, ""),
    ],
)
def test_streams_that_are_full_or_closed(project: Project, redirection: str, code: int, err: str) -> None:
    """A full or closed standard stream ends in no traceback."""
    project.write("migrations/001-a.sql", "SELECT 1")
    command = f"exec {sys.executable} {INVOKE} migrate.run {redirection}"
    environ = clean_environment(project.environ)

    done = subprocess.run(
        ["sh", "-c", command], cwd=project.root, env=environ, stderr=subprocess.PIPE, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (code, err)


def test_an_interrupt_in_json(project: Project) -> None:
    """With --json an interrupted run is one document on stdout, too."""
    project.write("migrations/001-a.sql", "SELECT pg_sleep(60)")
    process = project.start("migrate.run", "--json")
    with psycopg.connect(project.environ["DATABASE_URL"], autocommit=True) as connection:
        sleeping = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
        while connection.execute(sleeping).fetchone() is None:
            assert process.poll() is None
    process.terminate()
    out, _ = process.communicate(timeout=10)

    assert json.loads(out)["error"]["message"] == "interrupted by SIGTERM"
    assert process.returncode == 143


def test_a_reset_before_the_first_run_makes_nothing(project: Project) -> None:
    """Where nothing is recorded, a reset does not make the table."""
    project.write("migrations/001-a.sql", "SELECT 1")

    said = project.invoke("migrate.reset")

    assert said.code == 0
    with psycopg.connect(project.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regclass('migration_status')").fetchone() == (None,)


def history(project: Project, columns: str = "migration_name, status") -> list[tuple[Any, ...]]:
    """Return what is recorded."""
    with psycopg.connect(project.environ["DATABASE_URL"]) as connection:
        return connection.execute(f"SELECT {columns} FROM migration_status ORDER BY migration_name").fetchall()


@pytest.fixture
def three(project: Project) -> Project:
    """A project of three migrations: two transactions, and one that cannot be one."""
    project.write("migrations/001-a.sql", "CREATE TABLE a (x int);\n")
    project.write("migrations/002-b.sql", "SET lock_timeout = '1s';\nCREATE TABLE b (x int);\n")
    project.write("migrations/003-c.sql", "-- migrate: statement_timeout 10m\nCREATE INDEX CONCURRENTLY i ON a (x);\n")
    return project


def test_plan(three: Project) -> None:
    """A plan is a table of what a run would execute, how, and with what timeouts; nothing is touched."""
    said = three.invoke("migrate.plan")
    part = three.invoke("migrate.plan", "--to", "001-a", MIGRATE_TASKS_STATEMENT_TIMEOUT="5s")

    assert (said.code, said.err) == (0, "")
    assert [re.split(r"  +", line) for line in said.out.splitlines()] == [
        ["migration", "mode", "statements", "lock_timeout", "statement_timeout"],
        ["001-a", "transaction", "1", "3s", "of the server"],
        ["002-b", "transaction", "2", "by itself", "of the server"],
        [
            "003-c",
            "no transaction (CREATE INDEX CONCURRENTLY cannot run in a transaction)",
            "1",
            "3s",
            "10m",
        ],
        [""],
        ["3 migrations to execute"],
    ]
    assert part.out.splitlines()[1].split() == ["001-a", "transaction", "1", "3s", "5s"]
    with psycopg.connect(three.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regclass('migration_status')").fetchone() == (None,)


def test_plan_of_nothing(three: Project) -> None:
    """After a run there is nothing to execute; what the next run would warn of is told."""
    three.invoke("migrate.run")
    three.write("migrations/001-a.sql", "CREATE TABLE a (x int); -- the first\n")

    said = three.invoke("migrate.plan")

    assert (said.code, said.out) == (
        0,
        (
            "001-a: WARNING: only comments, white space or the case of keywords changed since it was completed\n"
            "nothing to execute\n"
        ),
    )


def test_plan_in_sql(three: Project) -> None:
    """With --sql a plan is the SQL, each file below a line that names it and its mode."""
    said = three.invoke("migrate.plan", "--sql")

    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "-- 001-a: transaction\nCREATE TABLE a (x int);\n"
        "\n-- 002-b: transaction\nSET lock_timeout = '1s';\nCREATE TABLE b (x int);\n"
        "\n-- 003-c: no transaction (CREATE INDEX CONCURRENTLY cannot run in a transaction)\n"
        "-- migrate: statement_timeout 10m\nCREATE INDEX CONCURRENTLY i ON a (x);\n"
    )


def test_plan_in_json(three: Project) -> None:
    """With --json a plan is one document, and with --sql the texts are in it."""
    answer = json.loads(three.invoke("migrate.plan", "--json").out)
    with_sql = json.loads(three.invoke("migrate.plan", "--json", "--sql", "--to", "001-a").out)

    first = {
        "name": "001-a",
        "mode": "transaction",
        "reason": None,
        "statements": 1,
        "lock_timeout_ms": 3000,
        "statement_timeout_ms": None,
    }
    assert answer["success"] is True
    assert answer["data"]["warnings"] == []
    assert answer["data"]["migrations"][0] == first
    assert [one["lock_timeout_ms"] for one in answer["data"]["migrations"]] == [3000, None, 3000]
    assert [one["statement_timeout_ms"] for one in answer["data"]["migrations"]] == [None, None, 600000]
    assert with_sql["data"]["migrations"] == [{**first, "sql": "CREATE TABLE a (x int);\n"}]


def test_run_to(three: Project) -> None:
    """With --to a run ends with that migration; an unknown name is refused."""
    said = three.invoke("migrate.run", "--to", "001-a")
    unknown = three.invoke("migrate.run", "--to", "01-a")

    assert (said.code, without_times(said.out)) == (
        0,
        "001-a completed in #ms\n3 migrations: 1 executed, 0 skipped in #ms\n",
    )
    assert (unknown.code, unknown.err) == (78, 'error: there is no migration "01-a"\nHINT: Did you mean "001-a"?\n')
    assert history(three) == [("001-a", "completed")]


def test_dry_run(three: Project) -> None:
    """A dry run tells what was tried and what was not, and leaves nothing."""
    said = three.invoke("migrate.run", "--dry-run")
    in_json = json.loads(three.invoke("migrate.run", "--dry-run", "--json").out)

    assert (said.code, without_times(said.out)) == (
        0,
        (
            "003-c: NOTICE: not tried: CREATE INDEX CONCURRENTLY cannot run in a transaction\n"
            "dry run: 2 tried and rolled back, 1 not tried, 0 skipped in #ms\n"
        ),
    )
    assert [one["outcome"] for one in in_json["data"]["results"]] == ["tried", "tried", "not tried"]
    with psycopg.connect(three.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regclass('migration_status'), to_regclass('a')").fetchone() == (None, None)


def test_a_dry_run_that_fails(three: Project) -> None:
    """A failure is told as that of a run, and its exit code is 1."""
    three.write("migrations/002-b.sql", "SELECT nope;")

    said = three.invoke("migrate.run", "--dry-run")

    assert (said.code, said.err) == (
        1,
        (
            'error: migrations/002-b.sql:1:8: column "nope" does not exist (SQLSTATE 42703)\n'
            'DETAIL: In "SELECT nope". This was a dry run: all was rolled back.\n'
            "HINT: Mend migrations/002-b.sql.\n"
        ),
    )


def test_down(three: Project) -> None:
    """Each migration that is undone is named; in production it must be said twice; the number must be one."""
    three.write("migrations/003-c.down.sql", "DROP INDEX CONCURRENTLY i;")
    three.write("migrations/002-b.down.sql", "DROP TABLE b;")
    three.invoke("migrate.run")

    said = three.invoke("migrate.down", "--steps", "1")
    refused = three.invoke("migrate.down", "--steps", "1", APP_ENV="production")
    wrong = three.invoke("migrate.down", "--steps", "one")
    in_json = json.loads(three.invoke("migrate.down", "--to", "001-a", "--yes", "--json", APP_ENV="production").out)
    missing = three.invoke("migrate.down", "--steps", "1")

    assert (said.code, without_times(said.out)) == (0, "003-c undone in #ms\n1 migration undone in #ms\n")
    assert (refused.code, refused.err) == (
        1,
        (
            'error: migrations are not undone in environment "production" without a yes\n'
            "DETAIL: What a companion drops is gone, data too.\n"
            "HINT: Write a migration that goes on from here; or say it: invoke migrate.down --yes ...\n"
        ),
    )
    assert (wrong.code, wrong.err) == (78, 'error: --steps: "one" is not a whole number\n')
    assert (in_json["success"], in_json["data"]["undone"]) == (True, 1)
    assert [one["name"] for one in in_json["data"]["results"]] == ["002-b"]
    assert (missing.code, missing.err) == (
        78,
        (
            'error: migration "001-a" cannot be undone: there is no companion "001-a.down.sql"\n'
            "HINT: Write it, with what undoes the migration; or write a migration that goes on from here.\n"
        ),
    )
    assert history(three) == [("001-a", "completed"), ("002-b", "pending"), ("003-c", "pending")]


def test_baseline(three: Project) -> None:
    """What is recorded as completed is named; where all of it is already, that is said."""
    said = three.invoke("migrate.baseline", "--to", "002-b")
    again = three.invoke("migrate.baseline", "002-b")
    in_json = json.loads(three.invoke("migrate.baseline", "--to", "003-c", "--json").out)

    assert (said.code, said.out) == (0, "001-a is recorded as completed\n002-b is recorded as completed\n")
    assert (again.code, again.out) == (0, "nothing to record: all of them are completed\n")
    assert in_json == {"success": True, "data": {"status": "completed", "migrations": ["003-c"]}}
    assert {status for _, status in history(three)} == {"completed"}


def test_mark(three: Project) -> None:
    """One migration is recorded as completed or pending; which of them must be said."""
    said = three.invoke("migrate.mark", "001-a.sql", "--completed")
    in_json = json.loads(three.invoke("migrate.mark", "001-a", "--pending", "--json").out)
    silent = three.invoke("migrate.mark", "001-a")
    both = three.invoke("migrate.mark", "001-a", "--pending", "--completed")
    already = three.invoke("migrate.mark", "001-a", "--pending")

    assert (said.code, said.out) == (0, "001-a is recorded as completed\n")
    assert in_json == {"success": True, "data": {"status": "pending", "migrations": ["001-a"]}}
    message = "error: it is not said as what to mark it\nHINT: Add --completed, or --pending.\n"
    assert [(one.code, one.err) for one in (silent, both)] == [(78, message)] * 2
    assert (already.code, already.err) == (78, 'error: migration "001-a" is pending already\n')


def test_accept(three: Project) -> None:
    """A changed file stops a run with exit code 78, until it is accepted."""
    three.invoke("migrate.run")
    three.write("migrations/001-a.sql", "CREATE TABLE a (x bigint);\n")

    refused = three.invoke("migrate.run")
    check = three.invoke("migrate.check")
    said = three.invoke("migrate.accept", "001-a")
    again = three.invoke("migrate.accept", "001-a", "--json")

    assert refused.code == 78
    assert refused.err.splitlines()[0] == 'error: migration "001-a" was changed after it was completed'
    assert "  -CREATE TABLE a (x int);\n  +CREATE TABLE a (x bigint);\n" in refused.err
    assert check.code == 1
    assert (said.code, said.out) == (0, "001-a is recorded as accepted\n")
    assert json.loads(again.out) == {
        "success": False,
        "error": {
            "message": 'migration "001-a" was not changed since it was completed',
            "detail": None,
            "hint": None,
            "exit_code": 78,
        },
    }
    assert three.invoke("migrate.run").code == 0


def test_check(three: Project) -> None:
    """Anything that is pending makes the exit code 1, where health says degraded and 0."""
    before = three.invoke("migrate.check")
    health = three.invoke("migrate.health")
    three.invoke("migrate.run")
    after = three.invoke("migrate.check")
    in_json = three.invoke("migrate.check", "--json")

    told = "degraded: 0 of 3 migrations completed\nHINT: 3 pending, from 001-a on. Execute them: invoke migrate.run\n"
    assert (before.code, before.out) == (1, told)
    assert (health.code, health.out) == (0, told)
    assert (after.code, after.out) == (0, "ok: 3 of 3 migrations completed\n")
    assert (in_json.code, json.loads(in_json.out)["data"]["status"]) == (0, "ok")


def test_wait(three: Project) -> None:
    """Whoever waits is told how things stand, and gives up with exit code 75."""
    late = three.invoke("migrate.wait", "--timeout", "0s")
    waiting = three.start("migrate.wait", "--timeout", "30s")
    three.invoke("migrate.run")
    out, err = waiting.communicate(timeout=30)
    in_json = three.invoke("migrate.wait", "--json")

    assert (late.code, late.out, late.err) == (
        75,
        "",
        (
            "error: the migrations were not completed within 0ms: 001-a is not completed, nor are 2 others\n"
            "HINT: Look at what is at work: invoke migrate.status\n"
        ),
    )
    assert (waiting.returncode, err) == (0, "")
    assert out.endswith("3 migrations: 3 completed\n")
    assert (in_json.code, json.loads(in_json.out)["data"]["completed"]) == (0, 3)


def test_a_blocked_run_gives_up(three: Project) -> None:
    """A lock that is not to be had in time is told with each retry, and the exit code is 75."""
    three.invoke("migrate.run", "--to", "001-a")
    three.write("migrations/002-b.sql", "ALTER TABLE a ADD y int;")
    url = three.environ["DATABASE_URL"]
    impatient = {"MIGRATE_TASKS_LOCK_TIMEOUT": "50ms", "MIGRATE_TASKS_LOCK_TIMEOUT_RETRIES": "1"}

    with psycopg.connect(url, application_name="shop") as session:
        session.execute("LOCK TABLE a")
        said = three.invoke("migrate.run", **impatient)

    assert said.code == 75
    assert without_times(said.out) == (
        "002-b: canceling statement due to lock timeout: rolled back, retry 1 of 1 in #ms\n"
    )
    assert said.err == (
        "error: migrations/002-b.sql:1:1: canceling statement due to lock timeout (SQLSTATE 55P03)\n"
        'DETAIL: In "ALTER TABLE a ADD y int". 001-a stays completed; 002-b was rolled back.\n'
        "HINT: Run it again; the next run continues with it.\n"
    )


BAD_NAMES: dict[str, tuple[list[str], str]] = {
    "two files with one number": (
        ["002-b.sql", "002-c.sql"],
        (
            'error: migrations "002-b" and "002-c" in migrations have one number\n'
            "DETAIL: The number decides the order, so each may be used once.\n"
            "HINT: Give the one that was not executed yet the next number,"
            " as in: mv migrations/002-c.sql migrations/003-c.sql\n"
        ),
    ),
    "one number, written twice": (
        ["0002-b.sql", "002-b.sql"],
        (
            'error: migrations "0002-b" and "002-b" in migrations have one number\n'
            "DETAIL: The number decides the order, so each may be used once.\n"
            "HINT: Give the one that was not executed yet the next number,"
            " as in: mv migrations/002-b.sql migrations/003-b.sql\n"
        ),
    ),
    "a companion without its file": (
        ["004-undo-everything.down.sql"],
        (
            'error: "migrations/004-undo-everything.down.sql" undoes a migration that is not there\n'
            'DETAIL: There is no "migrations/004-undo-everything.sql".\n'
            "HINT: Remove it, or write migrations/004-undo-everything.sql.\n"
        ),
    ),
    "a name that is too long": (
        [f"002-{'long-' * 12}name.sql"],
        (
            f'error: the name of migration "002-{"long-" * 12}name" is too long\n'
            "DETAIL: It has 68 characters; an identifier of PostgreSQL has at most 63.\n"
            f"HINT: mv migrations/002-{'long-' * 12}name.sql migrations/002-{'long-' * 10}long.sql\n"
        ),
    ),
}


@pytest.mark.parametrize("case", BAD_NAMES)
def test_names_that_must_be_mended(project: Project, case: str) -> None:
    """Names that contradict each other, or do not fit, are refused, and the database is untouched."""
    names, message = BAD_NAMES[case]
    for name in ("001-a.sql", *names):
        project.write(f"migrations/{name}", "CREATE TABLE a (x int)")

    said = project.invoke("migrate.run")

    assert (said.code, said.out, said.err) == (78, "", message)
    with psycopg.connect(project.environ["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT to_regclass('migration_status'), to_regclass('a')").fetchone() == (None, None)


def test_help_behind_a_task_is_no_name(project: Project) -> None:
    """What is typed to read of a task neither writes a file nor marks anything."""
    said = project.invoke("migrate.new", "--help")

    assert (said.code, said.out) == (78, "")
    assert said.err == 'error: "--help" after a task is taken for its argument\nHINT: Write: invoke --help TASK\n'
    assert not (project.root / "migrations").exists()
