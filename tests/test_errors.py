"""What every exception says, and the exit code that it stands for."""

from __future__ import annotations

from signal import SIGINT, SIGTERM, Signals

import pytest

from migrate_tasks.errors import (
    ConfigurationError,
    Interrupted,
    MigrateTasksError,
    MigrationFailed,
    Refused,
    TryAgainLater,
    did_you_mean,
)

KINDS: dict[type[MigrateTasksError], int] = {
    MigrateTasksError: 1,
    MigrationFailed: 1,
    Refused: 1,
    TryAgainLater: 75,
    ConfigurationError: 78,
}


@pytest.mark.parametrize(
    ("detail", "hint", "expected"),
    [
        (None, None, "could not connect"),
        ("9 attempts.", None, "could not connect\nDETAIL: 9 attempts."),
        (None, "Start the server.", "could not connect\nHINT: Start the server."),
        ("9 attempts.", "Start it.", "could not connect\nDETAIL: 9 attempts.\nHINT: Start it."),
        ("", "", "could not connect"),
    ],
)
def test_an_error_is_message_detail_and_hint(detail: str | None, hint: str | None, expected: str) -> None:
    """An error is shown as its message, its DETAIL and its HINT, a line each, without those it does not have."""
    assert expected == str(MigrateTasksError("could not connect", detail=detail, hint=hint))


def test_an_error_carries_its_parts() -> None:
    """Message, detail and hint can be read one by one."""
    error = ConfigurationError("it is wrong", detail="It says 3.", hint="Say 4.")

    assert (error.message, error.detail, error.hint) == ("it is wrong", "It says 3.", "Say 4.")


@pytest.mark.parametrize(("kind", "expected"), KINDS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_kind_of_error_has_its_exit_code(kind: type[MigrateTasksError], expected: int) -> None:
    """Each kind of error has the exit code that the table in errors.py promises."""
    assert expected == kind("it failed").exit_code


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_error_is_caught_as_one(kind: type[MigrateTasksError]) -> None:
    """Whoever catches MigrateTasksError catches every error of the product."""
    with pytest.raises(MigrateTasksError) as caught:
        raise kind("it failed")

    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("number", "exit_code", "expected"),
    [
        (SIGINT, 130, "interrupted by SIGINT\nHINT: Run it again: what is completed stays completed."),
        (SIGTERM, 143, "interrupted by SIGTERM\nHINT: Run it again: what is completed stays completed."),
    ],
)
def test_an_interruption_names_its_signal(number: Signals, exit_code: int, expected: str) -> None:
    """An interruption names its signal, and exits as a shell reports one: 128 and the signal's number."""
    error = Interrupted(number)

    assert expected == str(error)
    assert exit_code == error.exit_code
    assert isinstance(error, MigrateTasksError)


def test_a_failed_migration_has_no_result_of_its_own() -> None:
    """A failed migration carries the result of its run once the run has put it there."""
    assert MigrationFailed("it failed").result is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("retires", 'Did you mean "retries"?'),
        ("timout", 'Did you mean "timeout"?'),
        ("retries", 'Did you mean "retries"?'),
        ("colour", None),
        ("", None),
    ],
)
def test_the_nearest_known_word_is_offered(word: str, expected: str | None) -> None:
    """A word is answered with the known word nearest to it, and with nothing where none is near."""
    assert expected == did_you_mean(word, ("name", "task", "timeout", "retries"))


def test_known_words_may_come_one_by_one() -> None:
    """The known words may be any iterable, a generator too."""
    assert did_you_mean("nmae", (word for word in ("name", "task"))) == 'Did you mean "name"?'
