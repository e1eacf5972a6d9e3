"""Reading a statement from left to right: the words that are there, the names, the options in parentheses."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from migrate_tasks.sql.statements import Statement

FALSE = frozenset({"FALSE", "OFF", "0"})  # as Postgres' defGetBoolean reads them, in any case


class Phrase:
    """A place in a statement; whatever is taken is behind it."""

    def __init__(self, statement: Statement) -> None:
        self.words = statement.words
        self.sources = statement.sources
        self.at = 0

    @property
    def rest(self) -> tuple[str, ...]:
        """The words that were not taken yet."""
        return self.words[self.at :]

    def takes(self, *words: str) -> bool:
        """Take these words, if they are the next ones."""
        end = self.at + len(words)
        if self.words[self.at : end] != words:
            return False
        self.at = end
        return True

    def takes_one_of(self, *words: str) -> str | None:
        """Take the next word, if it is one of these."""
        if self.at >= len(self.words) or self.words[self.at] not in words:
            return None
        self.at += 1
        return self.words[self.at - 1]

    def takes_name(self) -> str | None:
        """Take a name with all its dots, and return it as it is written; None where there is none."""
        start = self.at
        while self.at < len(self.words) and is_name(self.words[self.at]):
            self.at += 1
            if not self.takes("."):
                break
        return "".join(self.sources[start : self.at]) or None

    def takes_name_folded(self) -> str | None:
        """Take a name and return it so that two spellings of one name are equal."""
        start = self.at
        self.takes_name()
        return "".join(self.words[start : self.at]) or None

    def takes_options(self) -> dict[str, str]:
        """Take a list of options in parentheses, such as ``(concurrently false, verbose)``; values are upper case."""
        options: dict[str, str] = {}
        if not self.takes("("):
            return options
        option: list[str] = []
        while self.rest and not self.takes(")"):
            option.append(self.rest[0].strip("'\"").upper())
            self.at += 1
            if self.rest[:1] in ((",",), (")",)):
                options[option[0]] = "".join(word for word in option[1:] if word != "=")
                option = []
                self.takes(",")
        return options


def is_name(word: str) -> bool:
    """Return whether a word may be a name: a quoted one, or one that begins as names do."""
    return word.endswith('"') or (
        word[0] not in "$'" and not word.endswith("'") and (word[0] == "_" or word[0].isalpha())
    )


def is_on(options: dict[str, str], name: str, *, default: bool) -> bool:
    """Return whether an option is on; one without a value is."""
    return options[name] not in FALSE if name in options else default
