"""Flags > environment > pyproject.toml > defaults, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

URL = "postgresql://shop:s3cret@db.internal/shop"
TOKEN = "a-token-of-the-app"
PYPROJECT = """\
[tool.migrate-tasks]
directory = "db/migrations"
startup_file = "ops/startup.yaml"
connect_wait = "10s"
lock_wait = "1m"
"""
IN_ENVIRONMENT = {
    "MIGRATE_TASKS_DIRECTORY": "sql",
    "MIGRATE_TASKS_STARTUP_FILE": "boot.yaml",
    "MIGRATE_TASKS_CONNECT_WAIT": "20s",
    "MIGRATE_TASKS_LOCK_WAIT": "2m",
}
# what holds where nobody says anything of it
DEFAULTS: dict[str, Any] = {
    "lock_timeout": timedelta(seconds=3),
    "lock_timeout_retries": 10,
    "statement_timeout": None,
    "grace_period": timedelta(seconds=3),
    "out_of_order": "fail",
    "ahead": "warn",
    "role": None,
    "show_details": "when_authorized",
    "allowed_hosts": None,
    "token": None,
    "token_file": None,
}
KEYS = (
    "directory, startup_file, state_file, connect_wait, lock_wait, lock_timeout, lock_timeout_retries,"
    " statement_timeout, grace_period, out_of_order, ahead, role, show_details, allowed_hosts"
)
FLAGS = {"directory": "flagged", "startup_file": "flagged.yaml", "connect_wait": "40s", "lock_wait": "4m"}


def refusal(root: Path, pyproject: str = "", environ: dict[str, str] | None = None, **flags: str) -> str:
    """Return the whole text with which the settings of ``root`` are refused."""
    (root / "pyproject.toml").write_text(pyproject, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        read_settings(root, environ=environ or {}, **flags)
    return str(caught.value)


def test_nothing_needs_to_be_said(tmp_path: Path) -> None:
    """Without flags, environment and pyproject.toml, the defaults hold."""
    expected = Settings(
        root=tmp_path,
        directory=tmp_path / "migrations",
        startup_file=tmp_path / "startup.yaml",
        state_file=tmp_path / ".startup/state.json",
        url=None,
        app_env=None,
        connect_wait=timedelta(seconds=30),
        lock_wait=timedelta(minutes=5),
        **DEFAULTS,
    )

    assert expected == read_settings(tmp_path, environ={})


def test_pyproject_comes_before_the_defaults(tmp_path: Path) -> None:
    """What pyproject.toml says holds instead of the defaults."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    expected = Settings(
        root=tmp_path,
        directory=tmp_path / "db/migrations",
        startup_file=tmp_path / "ops/startup.yaml",
        state_file=tmp_path / ".startup/state.json",
        connect_wait=timedelta(seconds=10),
        lock_wait=timedelta(minutes=1),
        **DEFAULTS,
    )

    assert expected == read_settings(tmp_path, environ={})


def test_the_environment_comes_before_pyproject(tmp_path: Path) -> None:
    """What the environment says holds instead of pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    expected = Settings(
        root=tmp_path,
        directory=tmp_path / "sql",
        startup_file=tmp_path / "boot.yaml",
        state_file=tmp_path / ".startup/state.json",
        connect_wait=timedelta(seconds=20),
        lock_wait=timedelta(minutes=2),
        **DEFAULTS,
    )

    assert expected == read_settings(tmp_path, environ=IN_ENVIRONMENT)


def test_flags_come_before_everything(tmp_path: Path) -> None:
    """What a command line gave holds instead of environment and pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text(PYPROJECT)
    expected = Settings(
        root=tmp_path,
        directory=tmp_path / "flagged",
        startup_file=tmp_path / "flagged.yaml",
        state_file=tmp_path / ".startup/state.json",
        connect_wait=timedelta(seconds=40),
        lock_wait=timedelta(minutes=4),
        **DEFAULTS,
    )

    assert expected == read_settings(tmp_path, environ=IN_ENVIRONMENT, **FLAGS)


def test_each_setting_is_looked_up_on_its_own(tmp_path: Path) -> None:
    """One setting may come from a flag, another from the environment, a third from pyproject.toml."""
    (tmp_path / "pyproject.toml").write_text('[tool.migrate-tasks]\nlock_wait = "1m"\nconnect_wait = "10s"\n')
    expected = Settings(
        root=tmp_path,
        directory=tmp_path / "flagged",
        startup_file=tmp_path / "startup.yaml",
        state_file=tmp_path / ".startup/state.json",
        connect_wait=timedelta(seconds=20),
        lock_wait=timedelta(minutes=1),
        **DEFAULTS,
    )
    environ = {"MIGRATE_TASKS_CONNECT_WAIT": "20s"}

    assert expected == read_settings(tmp_path, environ=environ, directory="flagged", startup_file=None)


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    """A variable that is set and empty is as good as unset."""
    names = (*IN_ENVIRONMENT, "DATABASE_URL", "MIGRATION_DATABASE_URL", "APP_ENV")

    assert read_settings(tmp_path, environ={}) == read_settings(tmp_path, environ=dict.fromkeys(names, ""))


def test_a_path_that_is_absolute_stays(tmp_path: Path) -> None:
    """An absolute path is taken as it is, a relative one counts from the project's root."""
    elsewhere = tmp_path / "elsewhere"

    settings = read_settings(tmp_path / "project", environ={}, directory=elsewhere, startup_file="a/b.yaml")

    assert (elsewhere, tmp_path / "project/a/b.yaml") == (settings.directory, settings.startup_file)


def test_the_root_is_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a root, the project is the current folder, and its path is absolute."""
    monkeypatch.chdir(tmp_path)

    assert tmp_path.resolve() == read_settings(environ={}).root


def test_the_process_has_an_environment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment, that of the process is read."""
    monkeypatch.setenv("MIGRATE_TASKS_DIRECTORY", "sql")

    assert tmp_path / "sql" == read_settings(tmp_path).directory


@pytest.mark.parametrize(
    ("flag", "environ", "expected"),
    [
        (None, {}, None),
        (None, {"DATABASE_URL": "postgresql:///shop"}, "postgresql:///shop"),
        (None, {"MIGRATION_DATABASE_URL": "postgresql:///owner"}, "postgresql:///owner"),
        (
            None,
            {"DATABASE_URL": "postgresql:///shop", "MIGRATION_DATABASE_URL": "postgresql:///owner"},
            "postgresql:///owner",
        ),
        ("postgresql:///flag", {"MIGRATION_DATABASE_URL": "postgresql:///owner"}, "postgresql:///flag"),
        (None, {"DATABASE_URL": "postgresql:///shop", "MIGRATION_DATABASE_URL": ""}, "postgresql:///shop"),
        (None, {"TEST_DATABASE_URL": "postgresql:///test"}, None),
    ],
)
def test_the_url_for_migrations(
    tmp_path: Path, flag: str | None, environ: dict[str, str], expected: str | None
) -> None:
    """The flag wins, then MIGRATION_DATABASE_URL, then DATABASE_URL; without any, it is the embedded server."""
    assert expected == read_settings(tmp_path, environ=environ, url=flag).url


def test_an_empty_flag_is_no_url(tmp_path: Path) -> None:
    """An empty --url, as of a shell's variable that is not set, is refused: another database would be the wrong one."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path, environ={"DATABASE_URL": "postgresql:///shop"}, url="")

    assert str(caught.value) == "the database's URL is empty\nHINT: Leave --url out, or say which database."


@pytest.mark.parametrize("show", [repr, str, "{}".format])
def test_url_and_tokens_hide_themselves(tmp_path: Path, show: Callable[[object], str]) -> None:
    """Settings that are printed or logged show neither the URL, nor its password, nor a token."""
    settings = read_settings(tmp_path, environ={"DATABASE_URL": URL, "MIGRATE_TASKS_TOKEN": TOKEN})
    expected = (
        f"Settings(root={tmp_path!r}, directory={tmp_path / 'migrations'!r}, "
        f"startup_file={tmp_path / 'startup.yaml'!r}, "
        f"state_file={tmp_path / '.startup/state.json'!r}, app_env=None, "
        "connect_wait=datetime.timedelta(seconds=30), lock_wait=datetime.timedelta(seconds=300), "
        "lock_timeout=datetime.timedelta(seconds=3), lock_timeout_retries=10, statement_timeout=None, "
        "grace_period=datetime.timedelta(seconds=3), out_of_order='fail', ahead='warn', role=None, "
        "show_details='when_authorized', allowed_hosts=None, token_file=None)"
    )

    assert expected == show(settings)
    assert (settings.url, settings.token) == (URL, TOKEN)


@pytest.mark.parametrize(
    ("environ", "environment", "is_development"),
    [
        ({}, "development", True),
        ({"DATABASE_URL": URL}, "production", False),
        ({"MIGRATION_DATABASE_URL": URL}, "production", False),
        ({"APP_ENV": ""}, "development", True),
        ({"APP_ENV": "", "DATABASE_URL": URL}, "production", False),
        ({"APP_ENV": "development", "DATABASE_URL": URL}, "development", True),
        ({"APP_ENV": "test", "DATABASE_URL": URL}, "test", True),
        ({"APP_ENV": "production"}, "production", False),
        ({"APP_ENV": "staging"}, "staging", False),
        ({"APP_ENV": "Development"}, "Development", False),
        ({"APP_ENV": "dev"}, "dev", False),
    ],
)
def test_the_environment_that_we_are_in(
    tmp_path: Path, environ: dict[str, str], environment: str, *, is_development: bool
) -> None:
    """APP_ENV decides; unset, only the embedded server is development, and an unknown word is never harmless."""
    settings = read_settings(tmp_path, environ=environ)

    assert (environment, is_development) == (settings.environment, settings.is_development)


def test_a_url_given_as_a_flag_is_production(tmp_path: Path) -> None:
    """A database named on the command line counts as production, like one named in the environment."""
    assert read_settings(tmp_path, environ={}, url=URL).environment == "production"


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("lock_wiat", 'Did you mean "lock_wait"?'),
        ("lock-wait", 'Did you mean "lock_wait"?'),
        ("Directory", 'Did you mean "directory"?'),
        ("url", f"The keys are {KEYS}."),
        ("password", f"The keys are {KEYS}."),
        ("token", f"The keys are {KEYS}."),
    ],
)
def test_an_unknown_key_of_pyproject_is_refused(tmp_path: Path, key: str, hint: str) -> None:
    """An unknown key in pyproject.toml is refused with the nearest one, or with all; a URL is none."""
    expected = f'pyproject.toml: unknown key "{key}" in [tool.migrate-tasks]\nHINT: {hint}'

    assert expected == refusal(tmp_path, f'[tool.migrate-tasks]\n{key} = "5s"\n')


def test_an_unknown_flag_is_refused(tmp_path: Path) -> None:
    """A misspelt setting in Python code is refused too, and not passed over."""
    expected = 'unknown setting "directry"\nHINT: Did you mean "directory"?'

    assert expected == refusal(tmp_path, directry="sql")


@pytest.mark.parametrize("key", ["connect_wait", "lock_wait", "lock_timeout", "statement_timeout", "grace_period"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("soon", '"soon" is not a duration: write it as "90s", "2m" or "1m30s"'),
        ("120000", '120000 seconds is more than an hour: did you mean "120s"?'),
    ],
)
@pytest.mark.parametrize("place", ["flag", "environment", "pyproject"])
def test_a_duration_that_is_none_is_refused(tmp_path: Path, key: str, value: str, reason: str, place: str) -> None:
    """A duration that is none is refused wherever it stands, with the setting's name."""
    pyproject = f'[tool.migrate-tasks]\n{key} = "{value}"\n' if place == "pyproject" else ""
    environ = {f"MIGRATE_TASKS_{key.upper()}": value} if place == "environment" else {}
    flags = {key: value} if place == "flag" else {}

    assert f"setting {key}: {reason}" == refusal(tmp_path, pyproject, environ, **flags)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("45", timedelta(seconds=45)),
        ("0.5", timedelta(seconds=0.5)),
        ("0", timedelta(0)),
        ("'1m30s'", timedelta(seconds=90)),
    ],
)
def test_a_duration_in_pyproject_may_be_a_number(tmp_path: Path, value: str, expected: timedelta) -> None:
    """A bare number in pyproject.toml is a number of seconds, and 0 is not "not given"."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.migrate-tasks]\nlock_wait = {value}\n")

    assert expected == read_settings(tmp_path, environ={}).lock_wait


@pytest.mark.parametrize("key", ["directory", "startup_file"])
@pytest.mark.parametrize(
    ("value", "shown"), [("3", "3"), ("false", "False"), ("['a', 'b']", "['a', 'b']"), ("''", "''")]
)
def test_a_path_must_be_text(tmp_path: Path, key: str, value: str, shown: str) -> None:
    """What is no path in pyproject.toml is refused, and not made into one."""
    assert f"setting {key}: {shown} is not a path" == refusal(tmp_path, f"[tool.migrate-tasks]\n{key} = {value}\n")


def test_our_part_of_pyproject_must_be_a_table(tmp_path: Path) -> None:
    """A value where our table is expected is refused."""
    assert refusal(tmp_path, "[tool]\nmigrate-tasks = 3\n") == "pyproject.toml: [tool.migrate-tasks] must be a table"


@pytest.mark.parametrize("pyproject", ["", "[project]\nname = 'shop'\n", "[tool.ruff]\nline-length = 110\n"])
def test_other_tables_of_pyproject_are_passed_over(tmp_path: Path, pyproject: str) -> None:
    """A pyproject.toml that says nothing about us changes nothing."""
    expected = read_settings(tmp_path, environ={})

    (tmp_path / "pyproject.toml").write_text(pyproject)

    assert expected == read_settings(tmp_path, environ={})


def test_a_pyproject_that_is_no_toml_is_refused(tmp_path: Path) -> None:
    """A pyproject.toml that cannot be parsed is named, with the place that the parser tells."""
    expected = "pyproject.toml could not be read: Expected '=' after a key in a key/value pair (at line 2, column 6)"

    assert expected == refusal(tmp_path, "[tool.migrate-tasks]\nlock wait\n")


def test_a_pyproject_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    """A pyproject.toml in Latin-1 is refused."""
    (tmp_path / "pyproject.toml").write_bytes(b'name = "caf\xe9"\n')
    expected = (
        "pyproject.toml could not be read: "
        "'utf-8' codec can't decode byte 0xe9 in position 11: invalid continuation byte"
    )

    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path, environ={})

    assert expected == str(caught.value)


def test_settings_do_not_change(tmp_path: Path) -> None:
    """Settings are values: nobody changes them on the way."""
    settings = read_settings(tmp_path, environ={})

    with pytest.raises(AttributeError) as caught:
        settings.url = URL  # type: ignore[misc]

    assert str(caught.value) == "cannot assign to field 'url'"


def test_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    """A misspelt environment variable of ours is refused, and not passed over."""
    with pytest.raises(ConfigurationError) as caught:
        read_settings(tmp_path, environ={"MIGRATE_TASKS_DIRECTRY": "sql"})

    assert str(caught.value) == (
        'unknown environment variable MIGRATE_TASKS_DIRECTRY\nHINT: Did you mean "MIGRATE_TASKS_DIRECTORY"?'
    )


def test_another_process_reads_the_same(tmp_path: Path) -> None:
    """What is read from the variables of to_environ() are the same settings."""
    flags = {"directory": "sql", "lock_wait": "1m30s", "connect_wait": "0s", "lock_timeout": "0s", "role": "owner"}
    numbers = {"lock_timeout_retries": 0, "statement_timeout": "0s", "grace_period": "10s"}
    of_app = {"show_details": "never", "allowed_hosts": ["db.example.org", "[::1]"]}

    given = read_settings(
        tmp_path, environ={"APP_ENV": "test"}, **flags, **numbers, **of_app, out_of_order="warn", ahead="fail"
    )

    assert read_settings(tmp_path, environ=given.to_environ()) == given


@pytest.mark.parametrize(
    ("key", "value", "refused"),
    [
        ("lock_timeout_retries", "-1", "'-1' is not a whole number"),
        ("lock_timeout_retries", "2.5", "'2.5' is not a whole number"),
        ("out_of_order", "wran", "'wran' is not known\nHINT: Did you mean \"warn\"?"),
        ("ahead", "x", "'x' is not known\nHINT: It is one of ok, warn, fail."),
        (
            "show_details",
            "when-authorized",
            "'when-authorized' is not known\nHINT: Did you mean \"when_authorized\"?",
        ),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path: Path, key: str, value: str, refused: str) -> None:
    """A number that is none and a word that is not known are refused, with the words that are."""
    assert refusal(tmp_path, "", {f"MIGRATE_TASKS_{key.upper()}": value}) == f"setting {key}: {refused}"


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("lock_timeout_retries = true", "setting lock_timeout_retries: True is not a whole number"),
        ("role = 3", "setting role: 3 is not a name"),
    ],
)
def test_a_kind_that_does_not_fit_is_refused(tmp_path: Path, line: str, refused: str) -> None:
    """A boolean in pyproject.toml is no number, and a number no name."""
    assert refusal(tmp_path, f"[tool.migrate-tasks]\n{line}\n") == refused


def test_each_new_setting_is_read(tmp_path: Path) -> None:
    """Every setting of how migrations are executed can be given in the environment."""
    environ = {
        "MIGRATE_TASKS_LOCK_TIMEOUT": "1s",
        "MIGRATE_TASKS_LOCK_TIMEOUT_RETRIES": "4",
        "MIGRATE_TASKS_STATEMENT_TIMEOUT": "10m",
        "MIGRATE_TASKS_GRACE_PERIOD": "20s",
        "MIGRATE_TASKS_OUT_OF_ORDER": "allow",
        "MIGRATE_TASKS_AHEAD": "ok",
        "MIGRATE_TASKS_ROLE": "owner",
    }

    read = read_settings(tmp_path, environ=environ)

    assert (read.lock_timeout, read.lock_timeout_retries) == (timedelta(seconds=1), 4)
    assert (read.statement_timeout, read.grace_period) == (timedelta(minutes=10), timedelta(seconds=20))
    assert (read.out_of_order, read.ahead, read.role) == ("allow", "ok", "owner")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ('allowed_hosts = ""', None),
        ('allowed_hosts = "*"', ("*",)),
        ('allowed_hosts = "Shop.Example, 10.0.0.7 [::1]"', ("shop.example", "10.0.0.7", "[::1]")),
        ('allowed_hosts = ["shop.example", "a_b-c"]', ("shop.example", "a_b-c")),
    ],
)
def test_hosts_are_a_list_or_a_text(tmp_path: Path, line: str, expected: tuple[str, ...] | None) -> None:
    """The names that the app may be called by are a list, or a text with commas or spaces; case does not matter."""
    (tmp_path / "pyproject.toml").write_text(f"[tool.migrate-tasks]\n{line}\n")

    assert read_settings(tmp_path, environ={}).allowed_hosts == expected


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        ("3", "3 is not a list of hosts"),
        ("[]", "[] is not a list of hosts"),
        ("[7]", "7 is not a host"),
        ('"https://shop.example"', "'https://shop.example' is not a host"),
        ('"shop.example:8080"', "'shop.example:8080' is not a host"),
        ('"::1"', "'::1' is not a host"),
        ('"*.example"', "'*.example' is not a host"),
        ('","', "'' is not a host"),
        ('["shop.example", ""]', "'' is not a host"),
    ],
)
def test_what_is_no_host_is_refused(tmp_path: Path, line: str, refused: str) -> None:
    """A URL, a port, an address without brackets and a pattern are refused, with how to write it."""
    hint = '\nHINT: Write it without scheme and port: "db.example.org", "10.0.0.7", "[::1]"; or "*" for any.'
    expected = f"setting allowed_hosts: {refused}" + ("" if refused.endswith("hosts") else hint)

    assert refusal(tmp_path, f"[tool.migrate-tasks]\nallowed_hosts = {line}\n") == expected


def test_tokens_come_from_the_environment_only(tmp_path: Path) -> None:
    """Tokens, and the file that has them, are named by the environment, and are no flags."""
    environ = {"MIGRATE_TASKS_TOKEN": TOKEN, "MIGRATE_TASKS_TOKEN_FILE": "run/token"}

    read = read_settings(tmp_path, environ=environ)

    assert (read.token, read.token_file) == (TOKEN, tmp_path / "run/token")
    assert TOKEN not in read.to_environ().values()
    assert refusal(tmp_path, token=TOKEN).startswith('unknown setting "token"\n')


def test_a_misspelt_token_is_refused(tmp_path: Path) -> None:
    """A variable that is nearly that of the tokens is refused, and its value is not shown."""
    assert refusal(tmp_path, "", {"MIGRATE_TASKS_TOKENS": TOKEN}) == (
        'unknown environment variable MIGRATE_TASKS_TOKENS\nHINT: Did you mean "MIGRATE_TASKS_TOKEN"?'
    )
