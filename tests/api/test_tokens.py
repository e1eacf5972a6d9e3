"""Which tokens are valid, and what settings and environment make of access."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from migrate_tasks.api.access import Tokens
from migrate_tasks.api.tokens import read_access, read_tokens
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

ONE, TWO, THREE = "a-token-that-is-right", "another-token-is-right", "ключ-от-всех-дверей"
HINT = "\nHINT: Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def tokens(*texts: str) -> Tokens:
    """Return these tokens."""
    return Tokens.of(text.encode() for text in texts)


def settings_with(root: Path, file: bytes | None = None, **environ: str) -> Settings:
    """Return settings with a file of tokens, if one is given."""
    if file is not None:
        (root / "token").write_bytes(file)
        environ["MIGRATE_TASKS_TOKEN_FILE"] = "token"
    return read_settings(root, environ=environ)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ONE, (ONE,)),
        (f"{ONE} {TWO}", (ONE, TWO)),
        (f" {ONE},{TWO} ,\n{THREE}\n", (ONE, TWO, THREE)),
        (f"{ONE}\r\n{TWO}\r\n", (ONE, TWO)),
        ("x" * 16, ("x" * 16,)),
    ],
)
def test_there_may_be_several(tmp_path: Path, text: str, expected: tuple[str, ...]) -> None:
    """Tokens are separated by spaces, commas or lines, in the variable as in the file."""
    assert read_tokens(settings_with(tmp_path, MIGRATE_TASKS_TOKEN=text)) == tokens(*expected)
    assert read_tokens(settings_with(tmp_path, text.encode())) == tokens(*expected)
    assert read_tokens(settings_with(tmp_path, b"\xef\xbb\xbf" + text.encode())) == tokens(*expected)


def test_variable_and_file_add_up(tmp_path: Path) -> None:
    """Where both are given, the tokens of both are valid; where none is, none are."""
    assert read_tokens(settings_with(tmp_path, ONE.encode(), MIGRATE_TASKS_TOKEN=TWO)) == tokens(ONE, TWO)
    assert read_tokens(settings_with(tmp_path)) == Tokens()


def test_bytes_that_are_no_text_are_a_token(tmp_path: Path) -> None:
    """What is not UTF-8 is valid as the bytes that it is, from the file and from the environment."""
    raw = b"\xff\xfe" + ONE.encode()
    in_environment = raw.decode("utf-8", "surrogateescape")

    assert read_tokens(settings_with(tmp_path, raw)).accept(raw)
    assert read_tokens(settings_with(tmp_path, MIGRATE_TASKS_TOKEN=in_environment)).accept(raw)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("x" * 15, "the token has 15 characters, and needs 16"),
        ("ключ-от-дверей", "the token has 14 characters, and needs 16"),
        (f"{ONE},s3cret", "token 2 of 2 has 6 characters, and needs 16"),
        (" ,\n", "there is no token in it"),
    ],
)
def test_a_short_token_is_refused(tmp_path: Path, text: str, refused: str) -> None:
    """A token of fewer than 16 characters is refused, without being shown."""
    for settings, where in (
        (settings_with(tmp_path, MIGRATE_TASKS_TOKEN=text), "MIGRATE_TASKS_TOKEN"),
        (settings_with(tmp_path, text.encode()), f'MIGRATE_TASKS_TOKEN_FILE: "{tmp_path / "token"}"'),
    ):
        with pytest.raises(ConfigurationError) as caught:
            read_access(settings, environ={})
        assert str(caught.value) == f"{where}: {refused}{HINT}"


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A file that is not there, is a folder, or is far too large for tokens is refused."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "large").write_text(ONE + "\n" * 70_000)

    def refusal(name: str) -> str:
        with pytest.raises(ConfigurationError) as caught:
            read_access(settings_with(tmp_path, MIGRATE_TASKS_TOKEN_FILE=name), environ={})
        return str(caught.value).replace(str(tmp_path), ".")

    assert refusal("nowhere") == 'MIGRATE_TASKS_TOKEN_FILE: there is no file "./nowhere"'
    assert refusal("folder") == 'MIGRATE_TASKS_TOKEN_FILE: there is no file "./folder"'
    assert refusal("large") == 'MIGRATE_TASKS_TOKEN_FILE: "./large" is larger than 65536 bytes'


def test_access_shows_no_secret(tmp_path: Path) -> None:
    """Neither tokens nor passwords are seen in the repr of what is configured, and its secrets hide both."""
    url = "postgresql://shop:s3cret-word@db.internal/shop"
    environ = {"MIGRATE_TASKS_TOKEN": ONE, "DATABASE_URL": url}

    held = read_access(read_settings(tmp_path, environ=environ), environ={"SMTP_PASSWORD": "hunter22"})

    assert not {ONE, "s3cret-word", "hunter22"} & {*repr(held).replace("'", " ").split()}
    assert (
        held.secrets.mask(f"{ONE} s3cret-word hunter22 {url}") == "*** *** *** postgresql://shop:***@db.internal/shop"
    )


@pytest.mark.parametrize(
    ("environ", "is_development"),
    [
        ({}, True),
        ({"APP_ENV": "test"}, True),
        ({"APP_ENV": "staging"}, False),
        ({"DATABASE_URL": "postgresql:///shop"}, False),
        ({"DATABASE_URL": "postgresql:///shop", "APP_ENV": "development"}, False),
        ({"DATABASE_URL": "postgresql://postgres@/app?host=%2Ftmp%2F.postgres&port=5432"}, False),
    ],
)
def test_what_is_trusted(tmp_path: Path, environ: dict[str, str], *, is_development: bool) -> None:
    """Only development on the project's own embedded server trusts anybody."""
    held = read_access(read_settings(tmp_path, environ=environ), environ={})

    assert (held.is_development, held.needs_token) == (is_development, False)
