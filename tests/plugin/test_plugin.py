"""The pytest plugin as a user's test suite meets it."""

from __future__ import annotations

import pytest

SUITE = """
import pytest

@pytest.mark.parametrize("number", range(3))
def test_is_fresh(migrated_db, number):
    with migrated_db.connect() as connection:
        assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)
        connection.execute("INSERT INTO users VALUES ('eve')")

def test_has_a_history(migrated_db):
    with migrated_db.connect() as connection:
        rows = connection.execute("SELECT migration_name, status FROM migration_status").fetchall()
    assert rows == [("001-users", "completed")]
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with one migration and a test file that uses the fixtures."""
    pytester.mkdir("migrations").joinpath("001-users.sql").write_text(
        "CREATE TABLE users (name text); INSERT INTO users VALUES ('alice')"
    )
    pytester.makepyfile(test_it=SUITE)
    return pytester


@pytest.mark.parametrize("workers", ["0", "2"])
def test_every_test_has_a_fresh_database(suite: pytest.Pytester, workers: str) -> None:
    """Each test sees the migrated schema and nothing that another test wrote, alone and in two workers."""
    result = suite.runpytest_subprocess("-n", workers)

    result.assert_outcomes(passed=4)


def test_a_server_of_the_users(suite: pytest.Pytester, postgres_server_url: str) -> None:
    """With --postgres-url the databases are made there, and only the template is left."""
    import psycopg

    names = "SELECT datname FROM pg_database WHERE NOT starts_with(datname, 'migrate_tasks_template_')"
    with psycopg.connect(postgres_server_url, autocommit=True) as connection:
        before = connection.execute(names).fetchall()
        result = suite.runpytest_subprocess("--postgres-url", postgres_server_url, "-p", "no:xdist")
        after = connection.execute(names).fetchall()

    result.assert_outcomes(passed=4)
    assert after == before


@pytest.fixture
def postgres_server_url(tmp_path_factory: pytest.TempPathFactory) -> object:
    """The URL of a server that no other test uses."""
    from tests.support import server_of_version

    with server_of_version(18, tmp_path_factory.mktemp("server")) as server:
        yield server.url("postgres")


def test_database_url_is_never_used(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """DATABASE_URL is not looked at, wherever it points."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nowhere")

    suite.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=4)


def test_a_run_that_does_not_use_it_pays_nothing(pytester: pytest.Pytester) -> None:
    """The plugin alone loads neither psycopg nor our own modules."""
    pytester.makepyfile(
        "import sys\n"
        "def test_it():\n"
        "    heavy = {'psycopg', 'sqlglot', 'yaml', 'jsonschema', 'migrate_tasks', 'pytest_plugin.databases'}\n"
        "    assert heavy & set(sys.modules) == set()\n"
    )

    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_a_failure_shows_no_password(suite: pytest.Pytester) -> None:
    """When the server cannot be reached, the test run shows our message, and neither a traceback nor the password."""
    result = suite.runpytest_subprocess("--postgres-url", "postgresql://bob:s3cret@127.0.0.1:1/shop", "-p", "no:xdist")

    result.assert_outcomes(errors=4)
    assert "s3cret" not in result.stdout.str()
    result.stdout.fnmatch_lines('could not connect to database "shop" on "127.0.0.1:1": connection refused')


def test_the_url_is_one(suite: pytest.Pytester) -> None:
    """migrated_db.url is a URL, as SQLAlchemy and others read it."""
    suite.makepyfile(
        test_it="""
        from urllib.parse import urlsplit
        import psycopg

        def test_it(migrated_db):
            assert urlsplit(migrated_db.url).path == f"/{migrated_db.name}"
            with psycopg.connect(migrated_db.url) as connection:
                assert connection.execute("SELECT current_database()").fetchone() == (migrated_db.name,)
        """
    )

    suite.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_a_run_that_uses_only_the_server(pytester: pytest.Pytester) -> None:
    """With postgres_server alone, the run ends in order: no template is looked for when the server is gone."""
    pytester.makepyfile("def test_it(postgres_server): assert postgres_server.url")

    result = pytester.runpytest_subprocess("-p", "no:xdist", "--postgres-report")

    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines("0 databases lent: none")
