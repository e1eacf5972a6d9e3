"""YAML documents whose values know where they stand, for files that are not ours and need not be read whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from migrate_tasks.durations import parse_duration
from migrate_tasks.errors import ConfigurationError
from migrate_tasks.places import place_of

if TYPE_CHECKING:
    from datetime import timedelta

LOADER = yaml.SafeLoader  # the one in C crashes on thirty thousand brackets


@dataclass(frozen=True)
class Node:
    """A value of a YAML document, and where it stands."""

    node: yaml.Node
    file_name: str

    @property
    def place(self) -> str:
        """Where it begins: "compose.yaml:14:9"."""
        mark = self.node.start_mark
        return f"{self.file_name}:{mark.line + 1}:{mark.column + 1}"

    def get(self, *way: str) -> Node | None:
        """Return the value that the keys ``way`` lead to, through what ``<<`` merges, too; None for null."""
        found: yaml.Node | None = self.node
        for key in way:
            found = _value(found, key)
        is_null = found is None or found.tag == "tag:yaml.org,2002:null"
        return None if found is None or is_null else Node(found, self.file_name)

    @property
    def offset(self) -> int:
        """The number of characters before it in the file."""
        return int(self.node.start_mark.index)

    def source(self, text: str) -> str:
        """Return its part of ``text``, which is the file's."""
        return text[self.offset : self.node.end_mark.index]

    def items(self) -> list[tuple[str, Node]]:
        """Return the keys and values of a mapping."""
        pairs = self.node.value if isinstance(self.node, yaml.MappingNode) else []
        return [(str(key.value), Node(value, self.file_name)) for key, value in pairs if key.value != "<<"]

    def entries(self, *way: str) -> list[Node]:
        """Return the values of the list that the keys ``way`` lead to, or none."""
        found = self.get(*way)
        values = found.node.value if found and isinstance(found.node, yaml.SequenceNode) else []
        return [Node(value, self.file_name) for value in values]

    def text(self, *way: str) -> str:
        """Return the text that the keys ``way`` lead to, or nothing."""
        found = self.get(*way)
        return found.node.value if found and isinstance(found.node, yaml.ScalarNode) else ""

    def number(self, key: str, default: int) -> int:
        """Return the whole number ``key``."""
        found = self.get(key)
        if found is None:
            return default
        if not re.fullmatch(r"\d+", str(found.node.value)):
            raise ConfigurationError(f"{found.place}: {key} must be a whole number")
        return int(found.node.value)

    def duration(self, default: timedelta, *way: str) -> timedelta:
        """Return the duration that the keys ``way`` lead to, as Compose writes it."""
        found = self.get(*way)
        if found is None:
            return default
        text = re.sub(r"^\$\{\w+:?-([^}$]*)\}$", r"\1", str(found.node.value))
        if "$" in text:
            raise ConfigurationError(
                f"{found.place}: {way[-1]} is a variable", hint="Name what this prints: docker compose config"
            )
        try:
            return parse_duration(text)
        except ValueError as error:
            raise ConfigurationError(f"{found.place}: {way[-1]}: {error}") from None

    def texts(self) -> list[str]:
        """Return the text of this value, or those in it where it is a list."""
        return [self.text(), *(part.text() for part in self.entries())]


def _value(node: yaml.Node | None, key: str, seen: tuple[yaml.Node, ...] = ()) -> yaml.Node | None:
    """Return the value of ``key``, through what ``<<`` merges; an alias may lead back to what was ``seen``."""
    if not isinstance(node, yaml.MappingNode) or node in seen:
        return None
    values: dict[str, yaml.Node] = {str(name.value): value for name, value in node.value}
    merged = values.get("<<")
    others = merged.value if isinstance(merged, yaml.SequenceNode) else [merged]
    found = (_value(other, key, (*seen, node)) for other in others)
    return values.get(key) or next(filter(None, found), None)


def documents(name: str, text: str) -> list[Node]:
    """Return the documents in ``text``, the text of the file ``name``.

    Raises ConfigurationError for what is no YAML.
    """
    try:
        return [Node(node, name) for node in yaml.compose_all(text, Loader=LOADER) if node]
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigurationError(f"{place}: {error.problem or error.context}") from None
    except yaml.reader.ReaderError as error:
        raise ConfigurationError(f"{name}:{place_of(text, int(error.position))}: {error.reason}") from None
    except RecursionError:
        raise ConfigurationError(f"{name} has values that are nested too deep") from None
