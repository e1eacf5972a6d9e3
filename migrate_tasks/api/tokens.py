"""Who may do what, as settings and environment say it; the tokens as they are now, in the environment or in a file.

A file is read for each request that has a token, which takes 20 µs: so one that is replaced holds at once, and one that
is emptied or removed lets nobody in.
"""

from __future__ import annotations

import logging
import os
import re
from functools import partial
from typing import TYPE_CHECKING

from migrate_tasks.api.access import LOOPBACK, Access, Tokens
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.migrations.record import refusal_of_reset
from migrate_tasks.postgres.servers import is_embedded
from migrate_tasks.settings import TOKEN, TOKEN_FILE
from migrate_tasks.startup.masking import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from migrate_tasks.settings import Settings

LOGGER = logging.getLogger("migrate_tasks.access")
SHORTEST = 16  # characters
LARGEST = 64 * 1024  # bytes of a file with tokens
MAKE_ONE = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"


def read_access(
    settings: Settings, *, environ: Mapping[str, str] | None = None, is_built_in_server: bool = False
) -> Access:
    """Return who may do what. Raises ConfigurationError for tokens that cannot be read, or are too short.

    ``environ`` is searched for secrets that no answer may show.
    """
    read_tokens(settings)
    environ = os.environ if environ is None else environ
    ours = {"MIGRATION_DATABASE_URL": settings.url or "", TOKEN: settings.token or ""}
    return Access(
        is_development=settings.is_development and is_embedded(settings),
        needs_token=bool(settings.token or settings.token_file),
        read_tokens=partial(_read_tokens_or_none, settings),
        reset_refused=refusal_of_reset(settings),
        show_details=settings.show_details,
        hosts=settings.allowed_hosts or (LOOPBACK if is_built_in_server else None),
        secrets=Secrets.of(environ, ours),
    )


def read_tokens(settings: Settings) -> Tokens:
    """Return the tokens that are valid now; none where none are configured. Raises ConfigurationError."""
    found: list[bytes] = []
    if settings.token:
        found += _tokens_in(settings.token.encode("utf-8", "surrogateescape"), TOKEN)
    if settings.token_file:
        found += _tokens_in(_read(settings.token_file), f'{TOKEN_FILE}: "{settings.token_file}"')
    return Tokens.of(found)


def _read_tokens_or_none(settings: Settings) -> Tokens:
    """Return the tokens while the app runs: those of a file that is not right any more are not valid."""
    try:
        return read_tokens(settings)
    except ConfigurationError as error:
        LOGGER.warning("no token is accepted: %s", error.message)
        return Tokens()


def _tokens_in(text: bytes, where: str) -> Iterator[bytes]:
    tokens = re.split(rb"[\s,]+", text.strip(b", \t\r\n"))
    for number, token in enumerate(tokens, 1):
        characters = len(token.decode("utf-8", "surrogateescape"))
        if characters < SHORTEST:
            which = f"token {number} of {len(tokens)}" if len(tokens) > 1 else "the token"
            raise ConfigurationError(
                f"{where}: {which} has {characters} characters, and needs {SHORTEST}"
                if token
                else f"{where}: there is no token in it",
                hint=MAKE_ONE,
            )
        yield token


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ConfigurationError(f'{TOKEN_FILE}: there is no file "{path}"')
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ConfigurationError(f'{TOKEN_FILE}: "{path}" could not be read: {reason}') from error
    if len(text) > LARGEST:
        raise ConfigurationError(f'{TOKEN_FILE}: "{path}" is larger than {LARGEST} bytes')
    return text.removeprefix(b"\xef\xbb\xbf")
