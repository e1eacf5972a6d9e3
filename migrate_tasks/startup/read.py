"""Reading startup.yaml: YAML, then the JSON Schema in schema.json, then values; every error has its place.

Checking is a step of its own, since loading jsonschema takes as long as everything else here together.
"""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from migrate_tasks.durations import format_duration, parse_duration
from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.startup.graph import find_cycle
from migrate_tasks.startup.spec import Backoff, Condition, Dependency, Phase, Requirement, Sequence

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from migrate_tasks.places import Place
    from migrate_tasks.startup.document import Document, Keys

SCHEMA = Path(__file__).with_name("schema.json")
LONGEST = timedelta(days=365)  # what is computed from durations must not overflow
DURATIONS = ("timeout", "total_timeout", "grace_period")


def read_schema_text() -> str:
    """Return the JSON Schema of startup.yaml, as it is written."""
    return SCHEMA.read_text(encoding="utf-8")


@cache
def read_schema() -> dict[str, Any]:
    """Return the JSON Schema of startup.yaml."""
    schema: dict[str, Any] = json.loads(read_schema_text())
    return schema


def check_sequence(document: Document) -> None:
    """Check ``document`` against the schema; raises ConfigurationError where it does not fit."""
    from jsonschema import Draft202012Validator

    errors = list(Draft202012Validator(read_schema()).iter_errors(document.data))
    if errors:
        # a missing key comes last: it may stand there misspelt
        first = min(errors, key=lambda error: (error.validator in ("required", "oneOf"), _explain(document, error)[0]))
        raise _explain(document, first)[1]


def read_sequence(document: Document) -> Sequence:
    """Return the sequence in ``document``, which :func:`check_sequence` has passed.

    Raises ConfigurationError for a duration that is none, a name used twice or unknown, and a cycle.
    """
    return _Reader(document).sequence()


class _Reader:
    """Makes values of a document that fits the schema."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._defaults: dict[str, Any] = {}

    def sequence(self) -> Sequence:
        data = self._document.data
        self._defaults = self._common(("defaults",), data.get("defaults", {}), "the defaults")
        phases: list[Phase] = []
        for number, entry in enumerate(data["phases"]):
            phases.append(self._phase(number, entry, phases[-1] if phases else None))
        self._refuse_second(phases)
        self._check_dependencies(phases)
        total = self._duration(("total_timeout",), "the start-up") if "total_timeout" in data else None
        return Sequence(data.get("name", ""), tuple(phases), total)

    def _phase(self, number: int, entry: dict[str, Any], above: Phase | None) -> Phase:
        way: Keys = ("phases", number)
        common = self._common(way, entry, f'phase "{entry["name"]}"')
        return Phase(
            name=entry["name"],
            task=entry.get("task", ""),
            run=entry.get("run", ""),
            description=entry.get("description", ""),
            required=entry.get("required", True),
            **{**self._defaults, **common},
            depends_on=_dependencies(entry, above),
            when=tuple(self._requirement(way, *wanted) for wanted in entry.get("when", {}).get("env", {}).items()),
            env={name: self._document.texts[(*way, "env", name)] for name in entry.get("env", {})},
            env_file=entry.get("env_file", ""),
            outputs=tuple(entry.get("outputs", ())),
            place=self._document.of_value(*way),
            work_place=self._document.of_value(*way, "task" if "task" in entry else "run"),
        )

    def _common(self, way: Keys, entry: dict[str, Any], whose: str) -> dict[str, Any]:
        """Return what a phase and the defaults may both say."""
        found: dict[str, Any] = {key: self._duration((*way, key), whose) for key in DURATIONS if key in entry}
        if "retries" in entry:
            found["retries"] = int(entry["retries"])
        if "retry_on" in entry:
            found["retry_on"] = tuple(entry["retry_on"])
        if "backoff" in entry:
            found["backoff"] = self._backoff((*way, "backoff"), entry["backoff"], whose)
        return found

    def _backoff(self, way: Keys, entry: dict[str, Any], whose: str) -> Backoff:
        found = {key: self._duration((*way, key), whose) for key in ("initial", "max") if key in entry}
        backoff = Backoff(
            **found, multiplier=float(entry.get("multiplier", 2)), has_jitter=entry.get("jitter", "full") == "full"
        )
        if backoff.initial > backoff.max:
            at = self._document.of_value(*way)
            longest = (
                f"initial ({format_duration(backoff.initial)}) is longer than max ({format_duration(backoff.max)})"
            )
            raise ConfigurationError(f"{at}: backoff of {whose}: {longest}")
        return backoff

    def _duration(self, way: Keys, whose: str) -> timedelta:
        value = self._value(way)
        at, key = self._document.of_value(*way), way[-1]
        try:
            duration = parse_duration(value)
        except ValueError as error:
            raise ConfigurationError(f"{at}: {key} of {whose}: {error}") from None
        if not duration and key != "grace_period":
            raise ConfigurationError(f"{at}: {key} of {whose} must be longer than 0")
        if duration > LONGEST:
            raise ConfigurationError(f"{at}: {key} of {whose} must not be longer than a year")
        return duration

    def _value(self, way: Keys) -> Any:
        value = self._document.data
        for key in way:
            value = value[key]
        return value

    def _requirement(self, way: Keys, name: str, value: Any) -> Requirement:
        if isinstance(value, bool):
            return Requirement(name, is_set=value)
        way = (*way, "when", "env", name)
        ways = [(*way, number) for number in range(len(value))] if isinstance(value, list) else [way]
        return Requirement(name, tuple(self._document.texts[each] for each in ways))

    def _refuse_second(self, phases: list[Phase]) -> None:
        names: set[str] = set()
        for phase in phases:
            if phase.name in names:
                raise ConfigurationError(f'{phase.place}: there are two phases "{phase.name}"', hint="Rename one.")
            names.add(phase.name)

    def _check_dependencies(self, phases: list[Phase]) -> None:
        names = {phase.name: phase for phase in phases}
        for number, phase in enumerate(phases):
            for position, dependency in enumerate(phase.depends_on):
                if dependency.name not in names:
                    at = self._place_of_dependency(number, position, dependency.name)
                    raise ConfigurationError(
                        f'{at}: phase "{phase.name}" depends on "{dependency.name}", which is no phase',
                        hint=did_you_mean(dependency.name, names) or f"The phases are {', '.join(names)}.",
                    )
        cycle = find_cycle({phase.name: tuple(d.name for d in phase.depends_on) for phase in phases})
        if cycle:
            at = names[cycle[0]].place
            raise ConfigurationError(
                f"{at}: the phases wait for each other: {' -> '.join(cycle)}",
                hint="Each waits for the next: by its depends_on, or where it has none for the phase above.",
            )

    def _place_of_dependency(self, number: int, position: int, name: str) -> str:
        way: Keys = ("phases", number, "depends_on")
        by_name = self._document.keys.get((*way, name))
        return self._document.at(by_name) if by_name else self._document.of_value(*way, position)


def _dependencies(entry: dict[str, Any], above: Phase | None) -> tuple[Dependency, ...]:
    """Return what a phase waits for: where it says nothing, the phase above, however that ended if it is optional."""
    given = entry.get("depends_on")
    if given is None and above:
        return (Dependency(above.name, Condition.SUCCEEDED if above.required else Condition.ENDED),)
    if isinstance(given, dict):
        return tuple(Dependency(name, Condition(edge["condition"])) for name, edge in given.items())
    return tuple(map(Dependency, given or ()))


def _explain(document: Document, error: ValidationError) -> tuple[Place, ConfigurationError]:
    """Return the place of a violation of the schema, and the exception that tells it."""
    way: Keys = tuple(error.absolute_path)
    whose = _whose(way, document)
    schema: Any = error.schema
    instance: Any = error.instance
    wanted: Any = error.validator_value
    hint = None
    place = document.values[way]
    if error.validator == "additionalProperties":
        known = schema["properties"]
        key = next(key for key in instance if key not in known)
        place, text = document.keys[(*way, key)], f'unknown key "{key}"{whose}'
        hint = did_you_mean(key, known) or f"The keys are {', '.join(known)}."
    elif error.validator == "required":
        text = f'missing key "{next(key for key in wanted if key not in instance)}"{whose}'
    elif error.validator == "oneOf" and isinstance(instance, dict):
        text = (
            f'"task" and "run" are both given{whose}' if "task" in instance else f'missing key "task" or "run"{whose}'
        )
    elif "propertyNames" in error.absolute_schema_path:
        place, text = document.keys[(*way, instance)], f'"{instance}" of {_what(way, whose)} {_description(error)}'
    else:
        text = f"{_what(way, whose)} {_description(error)}"
    return place, ConfigurationError(f"{document.at(place)}: {text}", hint=hint)


def _description(error: ValidationError) -> str:
    """Return the innermost description on the way to what was violated."""
    schema: Any = read_schema()
    definitions: Any = schema["$defs"]
    found: str = schema["description"]
    for key in error.absolute_schema_path:
        while key not in schema and "$ref" in schema:  # the way leaves out the references
            schema = definitions[schema["$ref"].rsplit("/", 1)[1]]
            found = schema.get("description", found)
        schema = schema[key]
        if isinstance(schema, dict):
            found = schema.get("description", found)
    return found


def _what(way: Keys, whose: str) -> str:
    """Return what a value is called: its key, and whose; an item of a list goes by the list's name."""
    inside = way[2:] if whose else way
    names = [key for key in inside if isinstance(key, str)]
    return f"{'.'.join(names)}{whose}" if names else whose.removeprefix(" in ") or "the file"


def _whose(way: Keys, document: Document) -> str:
    """Return `` in phase "x"`` for a way into a phase, or `` in phase 2`` where it has no name."""
    if len(way) < 2 or way[0] != "phases":  # noqa: PLR2004 -- ("phases", number)
        return ""
    name = document.texts.get((*way[:2], "name"))
    return f' in phase "{name}"' if name else f" in phase {int(way[1]) + 1}"
