"""A YAML document as plain data, with the place of each value and key in it; every error has its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.places import Place, place_of

if TYPE_CHECKING:
    from pathlib import Path

Keys = tuple[str | int, ...]  # the way to a value: ("phases", 0, "timeout")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 10  # levels; an alias can contain itself
MOST = 20_000  # values; aliases of aliases can stand for billions
LARGEST = 1024 * 1024  # bytes
EXAMPLE = "phases: [{name: database_migrations, task: migrate.run}]"


class Document:
    """The YAML document in the file ``path``.

    ``text`` is what it says, ``data`` its plain data. ``values`` and ``keys`` tell where each value and key stands,
    ``texts`` how a scalar is written. Raises ConfigurationError for a file that is not there, or is not YAML.
    """

    def __init__(self, path: Path) -> None:
        self.file_name = path.name
        self.values: dict[Keys, Place] = {}
        self.keys: dict[Keys, Place] = {}
        self.texts: dict[Keys, str] = {}
        self.text = _read(path)
        self.data = self._load(self.text)

    def at(self, place: Place) -> str:
        """Return ``place`` as errors tell it: "startup.yaml:14:5"."""
        return f"{self.file_name}:{place}"

    def of_value(self, *way: str | int) -> str:
        """Return where the value at ``way`` stands."""
        return self.at(self.values[way])

    def _load(self, text: str) -> Any:
        try:
            self._refuse_depth(text)
            node = yaml.compose(text, Loader=LOADER)
            if node is None:
                raise ConfigurationError(f"{self.file_name} is empty", hint=f"Begin with: {EXAMPLE}")
            return self._plain(node, ())
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error, text) from None
        except yaml.reader.ReaderError as error:
            at = place_of(text, int(error.position))
            raise ConfigurationError(f"{self.file_name}:{at}: {error.reason}") from None

    def _refuse_depth(self, text: str) -> None:
        """Refuse what is nested so deep that libyaml would overflow the stack (from some 10,000 levels on)."""
        depth = 0
        for event in yaml.parse(text, Loader=LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST:
                raise self._too_deep(event)

    def _too_deep(self, node: yaml.Node | yaml.Event) -> ConfigurationError:
        return ConfigurationError(f"{self.at(_place(node))}: values are nested more than {DEEPEST} deep")

    def _syntax_error(self, error: yaml.MarkedYAMLError, text: str) -> ConfigurationError:
        mark = error.problem_mark or error.context_mark
        assert mark
        at = self.at(Place(mark.line + 1, mark.column + 1))
        problem = f"{error.context} {error.problem}" if str(error.problem).startswith("but ") else str(error.problem)
        is_tab = "\t" in "".join(text.splitlines()[mark.line : mark.line + 1])[: mark.column + 1]
        hint = "Indent with spaces; YAML forbids tabs." if is_tab else None
        return ConfigurationError(f"{at}: {problem}", hint=hint)

    def _plain(self, node: yaml.Node, way: Keys) -> Any:
        if len(way) > DEEPEST:
            raise self._too_deep(node)
        if len(self.values) > MOST:
            raise ConfigurationError(f"{self.at(_place(node))}: there are more than {MOST} values, counting each alias")
        self.values[way] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._plain_mapping(node, way)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*way, number)) for number, item in enumerate(node.value)]
        self.texts[way] = str(node.value)
        try:
            value = yaml.constructor.SafeConstructor().construct_object(node)
        except yaml.YAMLError:
            raise
        except Exception as error:  # noqa: BLE001 -- a date that does not exist, or a tag on what it does not fit
            raise ConfigurationError(f"{self.at(_place(node))}: {error}") from None
        return value if value == value else self.texts[way]  # noqa: PLR0124 -- no bound of the schema refuses NaN

    def _plain_mapping(self, node: yaml.MappingNode, way: Keys) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConfigurationError(f"{self.at(_place(key_node))}: a key must be text")
            key = str(key_node.value)
            if key in mapping:
                line = self.keys[(*way, key)].line
                raise ConfigurationError(
                    f'{self.at(_place(key_node))}: duplicate key "{key}"',
                    hint=f"It stands in line {line} already: keep one of the two.",
                )
            self.keys[(*way, key)] = _place(key_node)
            mapping[key] = self._plain(value_node, (*way, key))
        return mapping


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ConfigurationError(f"{path.name} is larger than 1 MiB", hint="That is no sequence of phases.")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no {path.name} in {path.parent}", hint=f"Write one, beginning with: {EXAMPLE}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path.name} could not be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8", hint="Save it as UTF-8.") from None


def _place(node: yaml.Node | yaml.Event) -> Place:
    assert node.start_mark
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)
