"""Hiding secrets in what is shown: which values of an environment are secret, and a text without them.

Names decide, since values do not tell. Encodings that change every character, such as base64, are not undone.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

MASK = "***"
SHORTEST = 4  # characters; to hide "no" or "42" wherever they stand would hide everything else with them

# a name's words, between underscores, that make its value secret; PWD and PASS only at the end of a longer name (PWD
# itself is the working directory), TOKENS not at all (MAX_TOKENS counts those of a language model)
SECRET_NAME = re.compile(
    r"(?:^|_)(?:[A-Z0-9]*(?:PASSWORD|PASSWD|PASSPHRASE)|SECRETS?|[A-Z0-9]*TOKEN|CREDENTIALS?|APIKEY|AUTHORIZATION"
    r"|(?:API|PRIVATE|ACCESS|ACCOUNT|AUTH|ENCRYPTION|MASTER|SHARED|SIGNING)_KEY)(?:_|$)"
    r"|_(?:PWD|PASS)$"
)
# last words of names whose value tells of a secret without being it
ABOUT_A_SECRET = re.compile(
    r"_(?:ALGORITHM|DIR|ENABLED|ENDPOINT|EXPIRES|EXPIRY|FILE|HEADER|HOST|LENGTH|LIMIT|NAME|PATH|SECONDS|TIMEOUT|TTL"
    r"|TYPE|URI|URL)$"
)
# what anybody tries first protects nothing, and a log in which each "postgres" is hidden says nothing
COMMON = frozenset({"changeme", "default", "false", "none", "null", "password", "postgres", "root", "test", "true"})

# scheme://USER:PASSWORD@; the last @ counts, since a password may have one that is not encoded
PASSWORD_IN_URL = re.compile(r'(://[^\s:/@"]*:)([^\s/"]+)(?=@)')
# password=... as in a URL's query, in libpq's connection strings and in those of others (password=...;)
PAIR = re.compile(r"""\b(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|[^\s&;]+)""")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|\W")


@dataclass(frozen=True)
class Secrets:
    """What must not be shown."""

    values: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, *environs: Mapping[str, str]) -> Secrets:
        """Return the secrets in ``environs``: the values of telling names, and the passwords in any value."""
        return cls().with_values(*(value for environ in environs for value in _secrets_in(environ)))

    def with_values(self, *values: str) -> Secrets:
        """Return these and ``values``; what is too short or too common to be hidden is left out."""
        spellings = (spelling for value in values for spelling in _spellings(value))
        return Secrets(self.values | {spelling for spelling in spellings if _is_worth_hiding(spelling)})

    def with_environ(self, environ: Mapping[str, str]) -> Secrets:
        """Return these and the secrets in ``environ``, such as what a phase handed over."""
        return self.with_values(*_secrets_in(environ))

    def mask(self, text: str) -> str:
        """Return ``text`` with *** for each secret, and for any URL's password, whether it is known or not.

        It takes time in proportion to the length of the text: 0.3 s for 10 MB in lines, with a dozen secrets.
        """
        if "://" in text:
            text = PASSWORD_IN_URL.sub(rf"\1{MASK}", text)
        if not self.values:
            return text
        while (masked := self._pattern.sub(MASK, text)) != text:  # a secret that has a * may arise from a mask
            text = masked
        return text

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """All secrets, longest first, so that of one within another nothing is left."""
        return re.compile("|".join(map(re.escape, sorted(self.values, key=len, reverse=True))))


def is_secret_name(name: str) -> bool:
    """Return whether a variable of that name, in whatever case, holds a secret."""
    words = HUMP.sub("_", name).upper()
    return SECRET_NAME.search(words) is not None and ABOUT_A_SECRET.search(words) is None


def _secrets_in(environ: Mapping[str, str]) -> Iterator[str]:
    for name, value in environ.items():
        if is_secret_name(name):
            yield value
        for password in PASSWORD_IN_URL.finditer(value):
            yield from (password[2], unquote(password[2]))
        for pair in PAIR.finditer(value):
            if is_secret_name(pair[1]):
                yield from (pair[2], unquote(pair[2]), re.sub(r"\\(.)", r"\1", pair[2].strip("'")))


def _spellings(value: str) -> Iterable[str]:
    """Yield a value as it may be shown: as it is, line by line, and with what JSON and URLs make of it."""
    for part in {value, *(line.strip() for line in value.splitlines())}:
        yield from (part, json.dumps(part)[1:-1], quote(part, safe="", errors="replace"))


def _is_worth_hiding(value: str) -> bool:
    return len(value) >= SHORTEST and value.casefold() not in COMMON and value.strip(" \t\r\n*") != ""
