"""Reading startup.yaml: YAML, then the JSON Schema in schema.json, then values; every error has its place.

Checking is a step of its own, since loading jsonschema takes as long as everything else here together.
"""

from __future__ import annotations

import json
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import yaml

from migrate_tasks.durations import parse_duration
from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.places import place_of
from migrate_tasks.startup.spec import DEFAULT_TIMEOUT, Phase, Sequence

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema.exceptions import ValidationError

Keys = tuple[str | int, ...]  # the way to a value: ("phases", 0, "timeout")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 10  # levels; an alias can contain itself
EXAMPLE = "phases: [{name: database_migrations, task: migrate.run}]"


def check_sequence(path: Path) -> None:
    """Check the file ``path`` against the schema.

    Raises ConfigurationError for a file that is not there, is not YAML, or does not fit.
    """
    from jsonschema import Draft202012Validator

    document = _Document(path)
    errors = list(Draft202012Validator(_schema()).iter_errors(document.data))
    if errors:
        # a missing key comes last: it may stand there misspelt
        first = min(errors, key=lambda error: (error.validator == "required", document.explain(error)[0]))
        raise document.explain(first)[1]


def read_sequence(path: Path) -> Sequence:
    """Return the sequence in the file ``path``, which :func:`check_sequence` has passed.

    Raises ConfigurationError for a duration that is none and for a name used twice.
    """
    document = _Document(path)
    phases = tuple(document.phase(number, entry) for number, entry in enumerate(document.data["phases"]))
    for first, second in pairwise(sorted(phases, key=lambda phase: phase.name)):
        if first.name == second.name:
            raise ConfigurationError(f'{second.place}: there are two phases "{second.name}"', hint="Rename one.")
    return Sequence(document.data.get("name", ""), phases)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no {path.name} in {path.parent}", hint=f"Write one, beginning with: {EXAMPLE}"
        ) from None
    except OSError as error:
        raise ConfigurationError(f"{path.name} could not be read: {(error.strerror or '').lower()}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path.name} is not UTF-8", hint="Save it as UTF-8.") from None


def _schema() -> Any:
    return json.loads((files("migrate_tasks.startup") / "schema.json").read_text(encoding="utf-8"))


class _Document:
    """One YAML document: its plain data, and the place (line and column from 1) of each value and key in it."""

    def __init__(self, path: Path) -> None:
        self.file_name = path.name
        self.values: dict[Keys, tuple[int, int]] = {}
        self.keys: dict[Keys, tuple[int, int]] = {}
        self.data = self._load(_read(path))

    def _load(self, text: str) -> Any:
        try:
            node = yaml.compose(text, Loader=LOADER)
            if node is None:
                raise ConfigurationError(f"{self.file_name} is empty", hint=f"Begin with: {EXAMPLE}")
            return self._plain(node, ())
        except yaml.MarkedYAMLError as error:
            raise self._syntax_error(error, text) from None
        except yaml.reader.ReaderError as error:
            at = place_of(text, int(error.position))
            raise ConfigurationError(f"{self.file_name}:{at}: {error.reason}") from None

    def _syntax_error(self, error: yaml.MarkedYAMLError, text: str) -> ConfigurationError:
        mark = error.problem_mark or error.context_mark
        assert mark
        at = self._at((mark.line + 1, mark.column + 1))
        problem = f"{error.context} {error.problem}" if str(error.problem).startswith("but ") else str(error.problem)
        is_tab = "\t" in "".join(text.splitlines()[mark.line : mark.line + 1])[: mark.column + 1]
        hint = "Indent with spaces; YAML forbids tabs." if is_tab else None
        return ConfigurationError(f"{at}: {problem}", hint=hint)

    def _plain(self, node: yaml.Node, way: Keys) -> Any:
        if len(way) > DEEPEST:
            raise ConfigurationError(f"{self._at(_place(node))}: values are nested more than {DEEPEST} deep")
        self.values[way] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._plain_mapping(node, way)
        if isinstance(node, yaml.SequenceNode):
            return [self._plain(item, (*way, number)) for number, item in enumerate(node.value)]
        try:
            return yaml.constructor.SafeConstructor().construct_object(node)
        except yaml.YAMLError:
            raise
        except Exception as error:  # noqa: BLE001 -- a date that does not exist, or a tag on what it does not fit
            raise ConfigurationError(f"{self._at(_place(node))}: {error}") from None

    def _plain_mapping(self, node: yaml.MappingNode, way: Keys) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if key in mapping:
                line = self.keys[(*way, key)][0]
                raise ConfigurationError(
                    f'{self._at(_place(key_node))}: duplicate key "{key}"',
                    hint=f"It stands in line {line} already: keep one of the two.",
                )
            self.keys[(*way, key)] = _place(key_node)
            mapping[key] = self._plain(value_node, (*way, key))
        return mapping

    def phase(self, number: int, entry: dict[str, Any]) -> Phase:
        """Return the phase that the valid ``entry`` says."""
        way: Keys = ("phases", number)
        timeout = DEFAULT_TIMEOUT
        if "timeout" in entry:
            try:
                timeout = parse_duration(entry["timeout"])
            except ValueError as error:
                at = self._at(self.values[(*way, "timeout")])
                raise ConfigurationError(f'{at}: timeout of phase "{entry["name"]}": {error}') from None
            if not timeout:
                at = self._at(self.values[(*way, "timeout")])
                raise ConfigurationError(f'{at}: timeout of phase "{entry["name"]}" must be longer than 0')
        return Phase(
            **{**entry, "timeout": timeout, "retries": int(entry.get("retries", 0))},
            place=self._at(self.values[way]),
            task_place=self._at(self.values[(*way, "task")]),
        )

    def explain(self, error: ValidationError) -> tuple[tuple[int, int], ConfigurationError]:
        """Return the place of a violation of the schema, and the exception that tells it."""
        way: Keys = tuple(error.absolute_path)
        whose = _whose(way, self.data)
        schema: Any = error.schema
        instance: Any = error.instance
        wanted: Any = error.validator_value
        if error.validator == "additionalProperties":
            known = schema["properties"]
            key = next(key for key in instance if key not in known)
            place, text = self.keys[(*way, key)], f'unknown key "{key}"{whose}'
            hint = did_you_mean(key, known) or f"The keys are {', '.join(known)}."
        elif error.validator == "required":
            missing = next(key for key in wanted if key not in instance)
            place, text, hint = self.values[way], f'missing key "{missing}"{whose}', None
        else:
            what = f"{way[-1]}{whose}" if way and isinstance(way[-1], str) else whose.removeprefix(" in ") or "the file"
            place, text, hint = self.values[way], f"{what} {schema['description']}", None
        return place, ConfigurationError(f"{self._at(place)}: {text}", hint=hint)

    def _at(self, place: tuple[int, int]) -> str:
        return f"{self.file_name}:{place[0]}:{place[1]}"


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _whose(way: Keys, data: Any) -> str:
    """Return `` in phase "x"`` for a way into a phase, or `` in phase 2`` where it has no name."""
    if len(way) < 2:  # noqa: PLR2004 -- ("phases", number)
        return ""
    phase, number = data["phases"][way[1]], int(way[1]) + 1
    name = phase.get("name") if isinstance(phase, dict) else None
    return f' in phase "{name}"' if name else f" in phase {number}"
