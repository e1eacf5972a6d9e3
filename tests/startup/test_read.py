"""startup.yaml: what it may say, and how each mistake in it is told, with its place."""

from __future__ import annotations

import sys
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from migrate_tasks.errors import ConfigurationError
from migrate_tasks.startup.document import Document
from migrate_tasks.startup.read import check_sequence, read_schema, read_sequence
from migrate_tasks.startup.spec import Backoff, Condition, Dependency, Phase, Requirement, Sequence

if TYPE_CHECKING:
    from pathlib import Path

VALID = """\
# how the shop starts
version: 1
name: shop

phases:
  - name: environment
    task: environment

  - name: database_migrations
    description: Run the migrations  # all of them
    task: migrate.run
    required: true
    timeout: 1m30s
    retries: 2
  - {name: cache, task: "cache.warm", required: false, timeout: 2.5}
"""
EXAMPLE = "phases: [{name: database_migrations, task: migrate.run}]"
NAME = "must be at most 40 lower-case letters, digits and underscores, beginning with a letter"
TASK = 'must be the name of an invoke task, as "invoke --list" shows it'
REQUIRED = "must be true (a failure ends the start-up) or false (the start-up goes on, degraded)"
TIMEOUT = 'must be a duration for one attempt, as "90s" or "2m"'
KEYS = (
    "name, description, task, run, required, timeout, total_timeout, retries, retry_on, backoff, grace_period, "
    "depends_on, when, env, env_file, outputs"
)
LISTED = "a list of values, true (set) or false (not set)"
ENV_FILE = "must be the path of a file with NAME=value lines, as seen from the project's folder"
MULTIPLIER = "must be a number from 1 to 10: how many times longer the next pause may be"
RETRIES = "must be a whole number from 0 to 100: further attempts after the first"


def write(folder: Path, content: str | bytes) -> Path:
    """Write a startup.yaml and return its path."""
    path = folder / "startup.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path: Path) -> Sequence:
    """Check and read ``path``, as a start-up does."""
    document = Document(path)
    check_sequence(document)
    return read_sequence(document)


def refusal(folder: Path, content: str | bytes) -> str:
    """Return the whole text with which a startup.yaml that says ``content`` is refused."""
    with pytest.raises(ConfigurationError) as caught:
        read(write(folder, content))
    return str(caught.value)


def refusal_of_phase(folder: Path, line: str) -> str:
    """Return the whole text with which the phase "cache" is refused that has ``line``, in line 4, column 5."""
    return refusal(folder, f"phases:\n  - name: cache\n    task: cache.warm\n    {line}\n")


def test_a_valid_file_is_a_sequence(tmp_path: Path) -> None:
    """A valid file gives the phases in their order, with every key, every default and every place."""
    expected = Sequence(
        "shop",
        (
            Phase(
                name="environment",
                task="environment",
                description="",
                required=True,
                timeout=timedelta(seconds=60),
                retries=0,
                place="startup.yaml:6:5",
                work_place="startup.yaml:7:11",
            ),
            Phase(
                name="database_migrations",
                task="migrate.run",
                description="Run the migrations",
                required=True,
                timeout=timedelta(seconds=90),
                retries=2,
                depends_on=(Dependency("environment"),),
                place="startup.yaml:9:5",
                work_place="startup.yaml:11:11",
            ),
            Phase(
                name="cache",
                task="cache.warm",
                description="",
                required=False,
                timeout=timedelta(seconds=2.5),
                retries=0,
                depends_on=(Dependency("database_migrations"),),
                place="startup.yaml:15:5",
                work_place="startup.yaml:15:25",
            ),
        ),
    )

    assert expected == read(write(tmp_path, VALID))


@pytest.mark.parametrize(
    "content",
    [
        VALID.encode("utf-8-sig"),
        VALID.replace("\n", "\r\n").encode(),
        f"---\n{VALID}".encode(),
        VALID.encode() + b"...\n",
    ],
    ids=["bom", "crlf", "document-start", "document-end"],
)
def test_how_the_file_was_saved_does_not_matter(tmp_path: Path, content: bytes) -> None:
    """A BOM, CR LF and the marks of a document change nothing in the phases."""
    expected = [(phase.name, phase.task, phase.timeout) for phase in read(write(tmp_path, VALID)).phases]

    sequence = read(write(tmp_path, content))

    assert expected == [(phase.name, phase.task, phase.timeout) for phase in sequence.phases]


def test_two_keys_are_enough(tmp_path: Path) -> None:
    """A phase needs a name and a task, and a sequence needs no name."""
    phase = Phase(name="a", task="b", place="startup.yaml:1:10", work_place="startup.yaml:1:26")

    assert Sequence("", (phase,)) == read(write(tmp_path, "phases: [{name: a, task: b}]"))


def test_the_file_may_have_another_name(tmp_path: Path) -> None:
    """Places begin with the name of the file that was read."""
    path = tmp_path / "boot.yml"
    path.write_text("phases: [{name: a}]")

    with pytest.raises(ConfigurationError) as caught:
        check_sequence(Document(path))

    assert str(caught.value) == 'boot.yml:1:10: missing key "task" or "run" in phase "a"'


def test_without_a_file_there_is_an_example(tmp_path: Path) -> None:
    """A file that is not there is told with its folder, and how to begin."""
    expected = f"there is no startup.yaml in {tmp_path}\nHINT: Write one, beginning with: {EXAMPLE}"

    with pytest.raises(ConfigurationError) as caught:
        Document(tmp_path / "startup.yaml")

    assert expected == str(caught.value)


def test_the_example_is_valid(tmp_path: Path) -> None:
    """What the hint says to begin with is accepted."""
    assert [phase.task for phase in read(write(tmp_path, EXAMPLE)).phases] == ["migrate.run"]


@pytest.mark.parametrize(
    "content", ["", "\n\n", "# nothing yet\n", "\ufeff"], ids=["0-bytes", "blank", "comment", "bom"]
)
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    """A file that says nothing is refused with an example."""
    assert f"startup.yaml is empty\nHINT: Begin with: {EXAMPLE}" == refusal(tmp_path, content)


@pytest.mark.parametrize("content", ["name: café".encode("latin-1"), "name: shop".encode("utf-16")])
def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path, content: bytes) -> None:
    """Latin-1 and UTF-16 are refused."""
    assert refusal(tmp_path, content) == "startup.yaml is not UTF-8\nHINT: Save it as UTF-8."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("phases:\n\t- name: a\n", "startup.yaml:2:1: found character that cannot start any token"),
        ("phases:\n  - name: a\n\ttask: b\n", "startup.yaml:3:1: found a tab character that violates indentation"),
    ],
    ids=["first-of-a-block", "in-a-block"],
)
def test_a_tab_is_refused_with_what_to_do(tmp_path: Path, content: str, expected: str) -> None:
    """A tab that indents is refused at its place, and the hint says that spaces are wanted."""
    assert f"{expected}\nHINT: Indent with spaces; YAML forbids tabs." == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: a: b\n", "startup.yaml:1:8: mapping values are not allowed in this context"),
        ("phases:\n- name: a\n - name: b\n", "startup.yaml:3:2: did not find expected key"),
        ("name: [a\n", "startup.yaml:2:1: did not find expected ',' or ']'"),
        ("name: 'a\n", "startup.yaml:2:1: found unexpected end of stream"),
        ("phases: *x\n", "startup.yaml:1:9: found undefined alias"),
        ("name: @x\n", "startup.yaml:1:7: found character that cannot start any token"),
        (
            "name: a\n---\nname: b\n",
            "startup.yaml:2:1: expected a single document in the stream but found another document",
        ),
        ("name: a\nphases: !secret b\n", "startup.yaml:2:9: could not determine a constructor for the tag '!secret'"),
        ("name: 2026-13-01\n", "startup.yaml:1:7: month must be in 1..12"),
        ("version: 1\nname: a\x01b\n", "startup.yaml:2:8: control characters are not allowed"),
    ],
    ids=["colon", "indent", "bracket", "quote", "alias", "at", "two-documents", "tag", "date", "control-character"],
)
def test_what_is_no_yaml_is_refused_at_its_place(tmp_path: Path, content: str, expected: str) -> None:
    """What the parser refuses is told in one line, with the place."""
    assert expected == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            "name: a\nphases: []\nname: b\n",
            'startup.yaml:3:1: duplicate key "name"\nHINT: It stands in line 1 already: keep one of the two.',
        ),
        (
            "phases:\n  - name: a\n    task: b\n\n    task: c\n",
            'startup.yaml:5:5: duplicate key "task"\nHINT: It stands in line 3 already: keep one of the two.',
        ),
    ],
    ids=["top", "phase"],
)
def test_a_key_is_given_once(tmp_path: Path, content: str, expected: str) -> None:
    """A key that stands twice in one mapping is refused at its second place, and the first is named."""
    assert expected == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("just text", "1:1"),
        ("- name: a\n  task: b\n", "1:1"),
        ("\n\n  7\n", "3:3"),
    ],
    ids=["text", "list", "number"],
)
def test_the_file_must_be_a_mapping(tmp_path: Path, content: str, place: str) -> None:
    """A file that is text, a list or a number is refused."""
    expected = f"startup.yaml:{place}: the file must be a mapping with a name and a list of phases"

    assert expected == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("name: shop\n", 'startup.yaml:1:1: missing key "phases"'),
        ("phases: []\n", "startup.yaml:1:9: phases must be a list of at least one phase"),
        ("phases:\n", "startup.yaml:1:8: phases must be a list of at least one phase"),
        ("phases: {}\n", "startup.yaml:1:9: phases must be a list of at least one phase"),
        ("phases: all\n", "startup.yaml:1:9: phases must be a list of at least one phase"),
        ("phases:\n  name: a\n  task: b\n", "startup.yaml:2:3: phases must be a list of at least one phase"),
        ("phases:\n  - environment\n", "startup.yaml:2:5: phase 1 must be a mapping with a name, and a task or a run"),
        (
            "phases: [{name: a, task: b}, 7]\n",
            "startup.yaml:1:30: phase 2 must be a mapping with a name, and a task or a run",
        ),
    ],
)
def test_phases_are_a_list_of_mappings(tmp_path: Path, content: str, expected: str) -> None:
    """The phases are a list that is not empty, of mappings."""
    assert expected == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("phases:\n  - name: a\n    retries: 1\n", 'startup.yaml:2:5: missing key "task" or "run" in phase "a"'),
        ("phases:\n  - task: a\n", 'startup.yaml:2:5: missing key "name" in phase 1'),
        ("phases:\n  - name: a\n    task: b\n  - {}\n", 'startup.yaml:4:5: missing key "name" in phase 2'),
    ],
    ids=["task", "name", "both"],
)
def test_a_phase_has_a_name_and_work(tmp_path: Path, content: str, expected: str) -> None:
    """A phase without a name, or without work, is refused, and told by its name or its number."""
    assert expected == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("retires", 'Did you mean "retries"?'),
        ("Timeout", 'Did you mean "timeout"?'),
        ("descripton", 'Did you mean "description"?'),
        ("zzz", f"The keys are {KEYS}."),
    ],
)
def test_an_unknown_key_of_a_phase_is_refused(tmp_path: Path, key: str, hint: str) -> None:
    """An unknown key is refused at its place with the nearest known one, or with all of them."""
    assert f'startup.yaml:4:5: unknown key "{key}" in phase "cache"\nHINT: {hint}' == refusal_of_phase(
        tmp_path, f"{key}: 3"
    )


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ("nmae", 'Did you mean "name"?'),
        ("phase", 'Did you mean "phases"?'),
        ("x", "The keys are version, name, total_timeout, defaults, phases."),
        ("on", "The keys are version, name, total_timeout, defaults, phases."),
    ],
)
def test_an_unknown_key_of_the_file_is_refused(tmp_path: Path, key: str, hint: str) -> None:
    """An unknown key beside the phases is refused in the same way."""
    expected = f'startup.yaml:2:1: unknown key "{key}"\nHINT: {hint}'

    assert expected == refusal(tmp_path, f"phases: [{{name: a, task: b}}]\n{key}: 3\n")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("description: 7", "must be text: what the phase does"),
        ("description:", "must be text: what the phase does"),
        ("description: [a]", "must be text: what the phase does"),
        ("description: 2026-03-02", "must be text: what the phase does"),
        ('required: "true"', REQUIRED),
        ("required: 1", REQUIRED),
        ("required:", REQUIRED),
        ("timeout: true", TIMEOUT),
        ("timeout:", TIMEOUT),
        ("timeout: [60]", TIMEOUT),
        ("timeout: 0", TIMEOUT),
        ("timeout: -5", TIMEOUT),
        ("timeout: 0.0", TIMEOUT),
        ('retries: "2"', RETRIES),
        ("retries: 2.5", RETRIES),
        ("retries: true", RETRIES),
        ("retries: -1", RETRIES),
        ("retries: 101", RETRIES),
        ("retries:", RETRIES),
    ],
)
def test_a_value_that_does_not_fit_is_refused(tmp_path: Path, line: str, reason: str) -> None:
    """A value of the wrong type or out of range is refused at its place, with what it must be."""
    key, colon, value = line.partition(": ")
    column = 5 + len(key + colon) if value else 5 + len(key)

    assert f'startup.yaml:4:{column}: {key.removesuffix(":")} in phase "cache" {reason}' == refusal_of_phase(
        tmp_path, line
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("version: 2\nphases: [{name: a, task: b}]", "1:10: version must be 1, the version of this format"),
        ('version: "1"\nphases: [{name: a, task: b}]', "1:10: version must be 1, the version of this format"),
        ("version: true\nphases: [{name: a, task: b}]", "1:10: version must be 1, the version of this format"),
        ("name: 7\nphases: [{name: a, task: b}]", "1:7: name must be text: the name of what is started"),
        ("name: ''\nphases: [{name: a, task: b}]", "1:7: name must be text: the name of what is started"),
        ("name:\nphases: [{name: a, task: b}]", "1:6: name must be text: the name of what is started"),
        ("phases: [{name: 7, task: b}]", f'1:17: name in phase "7" {NAME}'),
        ("phases: [{name: '', task: b}]", f"1:17: name in phase 1 {NAME}"),
        ("phases: [{name: Database, task: b}]", f'1:17: name in phase "Database" {NAME}'),
        ("phases: [{name: on, task: b}]", f'1:17: name in phase "on" {NAME}'),
        ('phases: [{name: "a\\n", task: b}]', f'1:17: name in phase "a\n" {NAME}'),
        ("phases: [{name: my-phase, task: b}]", f'1:17: name in phase "my-phase" {NAME}'),
        ("phases: [{name: 2nd, task: b}]", f'1:17: name in phase "2nd" {NAME}'),
        (f"phases: [{{name: {'x' * 41}, task: b}}]", f'1:17: name in phase "{"x" * 41}" {NAME}'),
        ("phases: [{name: a, task: 7}]", f'1:26: task in phase "a" {TASK}'),
        ("phases: [{name: a, task: ''}]", f'1:26: task in phase "a" {TASK}'),
        ("phases: [{name: a, task: [b]}]", f'1:26: task in phase "a" {TASK}'),
        ("phases: [{name: a, task: }]", f'1:26: task in phase "a" {TASK}'),
    ],
)
def test_a_name_or_task_that_does_not_fit_is_refused(tmp_path: Path, content: str, expected: str) -> None:
    """Version, names and tasks of the wrong type or form are refused at their places."""
    assert f"startup.yaml:{expected}" == refusal(tmp_path, content)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("120000", ': 120000 seconds is more than an hour: did you mean "120s"?'),
        ("soon", ': "soon" is not a duration: write it as "90s", "2m" or "1m30s"'),
        ("-5s", ': "-5s" is not a duration: write it as "90s", "2m" or "1m30s"'),
        ("''", ': "" is not a duration: write it as "90s", "2m" or "1m30s"'),
        (".nan", ': ".nan" is not a duration: write it as "90s", "2m" or "1m30s"'),
        (".inf", ': "inf" is not a duration: write it as "90s", "2m" or "1m30s"'),
        ("0s", " must be longer than 0"),
        ("0m0s", " must be longer than 0"),
        ("8761h", " must not be longer than a year"),
    ],
)
def test_a_timeout_that_is_no_duration_is_refused(tmp_path: Path, value: str, reason: str) -> None:
    """A bare number above an hour, a word that is no duration and one that is 0 are refused at their place."""
    assert f'startup.yaml:4:14: timeout of phase "cache"{reason}' == refusal_of_phase(tmp_path, f"timeout: {value}")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("90", 90), ("1.5", 1.5), ("3600", 3600), ("90s", 90), ('"2m"', 120), ("500ms", 0.5), ("2h", 7200)],
)
def test_a_timeout_is_a_word_or_seconds(tmp_path: Path, value: str, expected: float) -> None:
    """A timeout is a word, or a bare number of seconds up to an hour."""
    path = write(tmp_path, f"phases: [{{name: a, task: b, timeout: {value}}}]")

    assert [timedelta(seconds=expected)] == [phase.timeout for phase in read(path).phases]


@pytest.mark.parametrize("value", ["0", "100", "2.0"])
def test_retries_are_a_whole_number(tmp_path: Path, value: str) -> None:
    """Retries are an int, also where the file says 2.0, which JSON Schema counts as whole."""
    path = write(tmp_path, f"phases: [{{name: a, task: b, retries: {value}}}]")

    (phase,) = read(path).phases

    assert (type(phase.retries), phase.retries) == (int, int(float(value)))


def test_a_name_is_given_once(tmp_path: Path) -> None:
    """Two phases of one name are refused at the second, wherever the two stand."""
    phases = "\n".join(f"  - name: {name}\n    task: t" for name in ("b", "z", "a", "b"))

    assert refusal(tmp_path, f"phases:\n{phases}\n") == 'startup.yaml:8:5: there are two phases "b"\nHINT: Rename one.'


def test_the_first_of_several_mistakes_is_told(tmp_path: Path) -> None:
    """Of several mistakes, the one nearest to the top of the file is told."""
    content = "phases:\n  - name: a\n    retires: 3\n    task: 7\n  - 8\nnmae: x\n"

    assert (
        refusal(tmp_path, content)
        == 'startup.yaml:3:5: unknown key "retires" in phase "a"\nHINT: Did you mean "retries"?'
    )


def test_an_alias_is_what_its_anchor_is(tmp_path: Path) -> None:
    """A value may be given once and named again, as YAML allows."""
    content = "phases:\n  - {name: a, task: b, timeout: &limit 5s}\n  - {name: c, task: d, timeout: *limit}\n"

    phases = read(write(tmp_path, content)).phases

    assert [phase.timeout for phase in phases] == [timedelta(seconds=5), timedelta(seconds=5)]


def test_an_alias_that_contains_itself_is_refused(tmp_path: Path) -> None:
    """Values without an end are refused at a place, not followed."""
    assert refusal(tmp_path, "phases: &a [*a]\n") == "startup.yaml:1:9: values are nested more than 10 deep"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    """A folder of that name is told from a file."""
    (tmp_path / "startup.yaml").mkdir()

    with pytest.raises(ConfigurationError) as caught:
        check_sequence(Document(tmp_path / "startup.yaml"))

    assert str(caught.value) == "startup.yaml could not be read: is a directory"


FULL = """\
name: shop
total_timeout: 10m
defaults:
  timeout: 20s
  total_timeout: 1m
  retries: 3
  retry_on: [transient, timeout]
  backoff: {initial: 100ms, max: 1s, multiplier: 3, jitter: none}
  grace_period: 5s
phases:
  - name: database
    run: |
      pg_isready
      createdb shop
    retry_on: [any, exit:75, "sqlstate:08..."]
    outputs: [URL, PORT]
    required: false
  - name: migrations
    task: migrate.run
    depends_on: [database]
    retries: 0
    backoff: {initial: 2s}
    grace_period: 0
  - name: cache
    task: cache.warm
    depends_on:
      database: {condition: completed}
      migrations: {condition: completed_successfully}
    when: {env: {APP_ENV: [production, 1e3], URL: yes, DEBUG: false, PORT: 010}}
    env: {MODE: on, SINCE: 2026-03-02, ZIP: 007, EMPTY: ""}
    env_file: .env
    timeout: 2s
    total_timeout: 4s
  - name: last
    task: last
"""


def test_everything_that_a_file_can_say(tmp_path: Path) -> None:
    """Defaults hold where a phase says nothing, texts are taken as they are written, and order is implied."""
    second = timedelta(seconds=1)
    common: dict[str, Any] = {
        "timeout": 20 * second,
        "total_timeout": 60 * second,
        "retries": 3,
        "retry_on": ("transient", "timeout"),
        "backoff": Backoff(initial=second / 10, max=second, multiplier=3.0, has_jitter=False),
        "grace_period": 5 * second,
    }
    database = {
        "run": "pg_isready\ncreatedb shop\n",
        "retry_on": ("any", "exit:75", "sqlstate:08..."),
        "outputs": ("URL", "PORT"),
        "required": False,
    }
    migrations = {
        "task": "migrate.run",
        "depends_on": (Dependency("database", Condition.SUCCEEDED),),
        "retries": 0,
        "backoff": Backoff(initial=2 * second),
        "grace_period": timedelta(0),
    }
    cache = {
        "task": "cache.warm",
        "depends_on": (Dependency("database", Condition.ENDED), Dependency("migrations", Condition.SUCCEEDED)),
        "when": (
            Requirement("APP_ENV", ("production", "1e3")),
            Requirement("URL", is_set=True),
            Requirement("DEBUG", is_set=False),
            Requirement("PORT", ("010",)),
        ),
        "env": {"MODE": "on", "SINCE": "2026-03-02", "ZIP": "007", "EMPTY": ""},
        "env_file": ".env",
        "timeout": 2 * second,
        "total_timeout": 4 * second,
    }
    last = {"task": "last", "depends_on": (Dependency("cache"),)}
    places = {"database": "11:5 12:10", "migrations": "18:5 19:11", "cache": "24:5 25:11", "last": "34:5 35:11"}
    phases = []
    entries: dict[str, dict[str, Any]] = {"database": database, "migrations": migrations, "cache": cache, "last": last}
    for name, facts in entries.items():
        place, work_place = (f"startup.yaml:{each}" for each in places[name].split())
        phases.append(Phase(name=name, **{**common, **facts}, place=place, work_place=work_place))

    assert Sequence("shop", tuple(phases), 600 * second) == read(write(tmp_path, FULL))


def test_after_an_optional_phase_the_next_begins_however_it_ended(tmp_path: Path) -> None:
    """Where a phase says nothing, it waits for the one above: for its success if that is required, else for its end."""
    content = "phases: [{name: a, task: t}, {name: b, task: t, required: false}, {name: c, task: t}]"

    edges = [phase.depends_on for phase in read(write(tmp_path, content)).phases]

    assert edges == [(), (Dependency("a", Condition.SUCCEEDED),), (Dependency("b", Condition.ENDED),)]


def test_a_phase_may_wait_for_none(tmp_path: Path) -> None:
    """An empty list of dependencies lets a phase begin at once, beside the one above."""
    content = "phases: [{name: a, task: t}, {name: b, task: t, depends_on: []}]"

    assert [phase.depends_on for phase in read(write(tmp_path, content)).phases] == [(), ()]


@pytest.mark.parametrize(
    ("line", "place", "text"),
    [
        ("run: echo", "2:5", '"task" and "run" are both given in phase "cache"'),
        (
            "total_timeout: soon",
            "4:20",
            'total_timeout of phase "cache": "soon" is not a duration: write it as "90s", "2m" or "1m30s"',
        ),
        (
            "total_timeout: 0",
            "4:20",
            'total_timeout in phase "cache" must be a duration for all attempts with their pauses, as "5m"',
        ),
        (
            "grace_period: -1",
            "4:19",
            'grace_period in phase "cache" must be a duration between SIGTERM and SIGKILL, as "10s"',
        ),
        (
            "retry_on: timeout",
            "4:15",
            'retry_on in phase "cache" must be a list of transient, timeout, any, exit:N and sqlstate:XXXXX',
        ),
        (
            "retry_on: []",
            "4:15",
            'retry_on in phase "cache" must be a list of transient, timeout, any, exit:N and sqlstate:XXXXX',
        ),
        (
            "retry_on: [never]",
            "4:16",
            'retry_on in phase "cache" must be transient, timeout, any, exit:N or sqlstate:XXXXX',
        ),
        (
            "retry_on: [exit:0]",
            "4:16",
            'retry_on in phase "cache" must be transient, timeout, any, exit:N or sqlstate:XXXXX',
        ),
        (
            'retry_on: ["any\\n"]',
            "4:16",
            'retry_on in phase "cache" must be transient, timeout, any, exit:N or sqlstate:XXXXX',
        ),
        ("backoff: 5s", "4:14", 'backoff in phase "cache" must be a mapping of initial, max, multiplier and jitter'),
        ("backoff: {initial: 9s}", "4:14", 'backoff of phase "cache": initial (9s) is longer than max (5s)'),
        (
            "backoff: {multiplier: 0.5}",
            "4:27",
            f'backoff.multiplier in phase "cache" {MULTIPLIER}',
        ),
        (
            "backoff: {multiplier: .nan}",
            "4:27",
            f'backoff.multiplier in phase "cache" {MULTIPLIER}',
        ),
        (
            "backoff: {jitter: half}",
            "4:23",
            'backoff.jitter in phase "cache" must be full (any time up to the longest pause) or none',
        ),
        (
            "backoff: {initial: soon}",
            "4:24",
            'initial of phase "cache": "soon" is not a duration: write it as "90s", "2m" or "1m30s"',
        ),
        ("backoff: {intial: 1s}", "4:15", 'unknown key "intial" in phase "cache"\nHINT: Did you mean "initial"?'),
        ("when: {}", "4:11", 'missing key "env" in phase "cache"'),
        ("when: {env: {}}", "4:17", 'when.env in phase "cache" must be a mapping of variables to a value, ' + LISTED),
        (
            "when: {env: {A: []}}",
            "4:21",
            'when.env.A in phase "cache" must be text, a list of texts, true (set) or false (not set)',
        ),
        ("when: {env: {A: [b, [c]]}}", "4:25", 'when.env.A in phase "cache" must be text'),
        ("when: {env: {A: [yes]}}", "4:22", 'when.env.A in phase "cache" must be text'),
        (
            "when: {env: {A-B: c}}",
            "4:18",
            '"A-B" of when.env in phase "cache" must be the name of an environment variable',
        ),
        ("env: []", "4:10", 'env in phase "cache" must be a mapping of variables to texts'),
        ("env: {A: }", "4:14", 'env.A in phase "cache" must be text, and is taken as it is written'),
        ("env: {A: [b]}", "4:14", 'env.A in phase "cache" must be text, and is taken as it is written'),
        ('env: {A: "b\\0c"}', "4:14", 'env.A in phase "cache" must be text, and is taken as it is written'),
        ("env: {1A: b}", "4:11", '"1A" of env in phase "cache" must be the name of an environment variable'),
        ('env: {"A\\n": b}', "4:11", '"A\n" of env in phase "cache" must be the name of an environment variable'),
        ("env: {[A]: b}", "4:11", "a key must be text"),
        ("env_file: ''", "4:15", f'env_file in phase "cache" {ENV_FILE}'),
        ('env_file: "a\\0"', "4:15", f'env_file in phase "cache" {ENV_FILE}'),
        ("outputs: A", "4:14", 'outputs in phase "cache" must be a list of the variables that the phase hands on'),
        ("outputs: [A, B=c]", "4:18", 'outputs in phase "cache" must be the name of an environment variable'),
        (
            "depends_on: cache",
            "4:17",
            'depends_on in phase "cache" must be a list of phases, or a mapping of phases to a condition',
        ),
        (
            "depends_on:",
            "4:16",
            'depends_on in phase "cache" must be a list of phases, or a mapping of phases to a condition',
        ),
        (
            "depends_on: [Cache]",
            "4:18",
            f'depends_on in phase "cache" {NAME}',
        ),
        ("depends_on: {a: }", "4:21", 'depends_on.a in phase "cache" must be a mapping with a condition'),
        ("depends_on: {a: {}}", "4:21", 'missing key "condition" in phase "cache"'),
        (
            "depends_on: {a: {condition: healthy}}",
            "4:33",
            'depends_on.a.condition in phase "cache" must be completed_successfully, or completed (however it ended)',
        ),
    ],
    ids=lambda value: value if ":" in value and "in phase" not in value else "",
)
def test_each_key_of_the_language_is_checked(tmp_path: Path, line: str, place: str, text: str) -> None:
    """What a key of a phase cannot be is refused at its place, by the names of the key and the phase."""
    assert f"startup.yaml:{place}: {text}" == refusal_of_phase(tmp_path, line)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "total_timeout: 120000",
            '1:16: total_timeout of the start-up: 120000 seconds is more than an hour: did you mean "120s"?',
        ),
        ("total_timeout: []", '1:16: total_timeout must be a duration for the whole start-up, as "10m"'),
        ("defaults: []", "1:11: defaults must be a mapping of what holds for phases that say nothing else"),
        ("defaults: {timout: 2}", '1:12: unknown key "timout"\nHINT: Did you mean "timeout"?'),
        (
            "defaults: {task: a}",
            (
                '1:12: unknown key "task"\n'
                "HINT: The keys are timeout, total_timeout, retries, retry_on, backoff, grace_period."
            ),
        ),
        ("defaults: {timeout: 0s}", "1:21: timeout of the defaults must be longer than 0"),
        ("defaults: {retries: -1}", f"1:21: defaults.retries {RETRIES}"),
    ],
)
def test_what_holds_for_all_is_checked(tmp_path: Path, line: str, expected: str) -> None:
    """The limit of the whole and the defaults are checked as a phase's own keys are."""
    assert f"startup.yaml:{expected}" == refusal(tmp_path, f"{line}\nphases: [{{name: a, task: b}}]\n")


@pytest.mark.parametrize(
    ("depends_on", "place", "name", "hint"),
    [
        ("[databse]", "4:18", "databse", 'Did you mean "database"?'),
        ("[database, web, x]", "4:28", "web", "The phases are database, cache."),
        ("{databse: {condition: completed}}", "4:18", "databse", 'Did you mean "database"?'),
    ],
)
def test_a_dependency_that_is_no_phase_is_refused(
    tmp_path: Path, depends_on: str, place: str, name: str, hint: str
) -> None:
    """A dependency that does not exist is refused where it stands, with the nearest that does, or with all."""
    content = f"phases:\n  - {{name: database, task: a}}\n  - name: cache\n    depends_on: {depends_on}\n    task: b\n"

    assert refusal(tmp_path, content) == (
        f'startup.yaml:{place}: phase "cache" depends on "{name}", which is no phase\nHINT: {hint}'
    )


@pytest.mark.parametrize(
    ("phases", "expected"),
    [
        ("{name: a, task: t, depends_on: [a]}", "1:10: the phases wait for each other: a -> a"),
        (
            "{name: a, task: t, depends_on: [b]}, {name: b, task: t, depends_on: [a]}",
            "1:10: the phases wait for each other: a -> b -> a",
        ),
        (
            "{name: x, task: t}, {name: a, task: t, depends_on: [c]}, {name: b, task: t}, {name: c, task: t}",
            "1:30: the phases wait for each other: a -> c -> b -> a",
        ),
    ],
    ids=["itself", "two", "by-the-order"],
)
def test_a_cycle_is_printed(tmp_path: Path, phases: str, expected: str) -> None:
    """Phases that wait for each other are refused, and told in the order of their waiting."""
    hint = "Each waits for the next: by its depends_on, or where it has none for the phase above."

    assert f"startup.yaml:{expected}\nHINT: {hint}" == refusal(tmp_path, f"phases: [{phases}]")


def test_mistakes_of_one_kind_are_told_from_the_top(tmp_path: Path) -> None:
    """Of two missing keys, the upper one is told."""
    assert refusal(tmp_path, "phases:\n  - name: a\n  - name: b\n") == (
        'startup.yaml:2:5: missing key "task" or "run" in phase "a"'
    )


def test_the_schema_says_what_a_phase_has() -> None:
    """The schema is a valid one, and has just the keys of a phase and the conditions of a dependency."""
    schema = read_schema()
    Draft202012Validator.check_schema(schema)
    keys = set(schema["$defs"]["phase"]["properties"])
    own = {field.name for field in fields(Phase)}

    assert own - keys == {"place", "work_place"}
    assert keys - own == set()
    assert [Condition(word).value for word in conditions_of(schema)] == list(Condition)


def conditions_of(schema: dict[str, Any]) -> list[str]:
    """Return what a dependency may ask for."""
    edges = schema["$defs"]["phase"]["properties"]["depends_on"]["additionalProperties"]
    found: list[str] = edges["properties"]["condition"]["enum"]
    return found


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (BOMB, "startup.yaml:1:8: there are more than 20000 values, counting each alias"),
        ("[" * 500_000, "startup.yaml:1:11: values are nested more than 10 deep"),
        ("- " * 500_000, "startup.yaml:1:21: values are nested more than 10 deep"),
        ("phases: " + "{a: " * 100_000, "startup.yaml:1:45: values are nested more than 10 deep"),
        ("#" * 1024 * 1024 + "\n", "startup.yaml is larger than 1 MiB\nHINT: That is no sequence of phases."),
        ("#" * 1024 * 1024, f"startup.yaml is empty\nHINT: Begin with: {EXAMPLE}"),
    ],
    ids=["anchors", "brackets", "dashes", "braces", "larger", "largest"],
)
def test_a_file_that_is_made_to_harm_is_refused_at_once(tmp_path: Path, content: str, expected: str) -> None:
    """Aliases of aliases, nesting that would overflow the parser's stack, and a megabyte cost no time."""
    assert expected == refusal(tmp_path, content)


def many(count: int) -> str:
    """Return a file of ``count`` phases, each of which waits for the next."""
    lines = [f"- {{name: a{number}, task: t, depends_on: [a{number + 1}]}}\n" for number in range(count)]
    return f"phases:\n{''.join(lines)}- {{name: a{count}, task: t, depends_on: []}}\n"


def test_a_long_file_is_read_in_linear_time(tmp_path: Path) -> None:
    """Eight times as many phases need about eight times as many steps, however deep they wait for each other."""

    def steps(count: int) -> int:
        path, calls = write(tmp_path, many(count)), 0

        def note(_: object, event: str, __: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            assert len(read(path).phases) == count + 1
        finally:
            sys.setprofile(before)
        return calls

    steps(1)  # loads what is needed
    assert steps(800) < 10 * steps(100)


@given(text=st.text() | st.binary())
def test_any_text_is_a_sequence_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str | bytes) -> None:
    """Whatever a file holds, it is a sequence or refused by the file's name."""
    expect_answer(tmp_path_factory, text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))


# what means something in YAML or here, one a word
WORDS = r"- : [ ] { } &a *a ? | > ' # ~ 0 .nan - << on 1e400 \0 ! @ a database !!int 2026-13-01"
OTHERS = ("\t", "\n", "---\n", "%TAG ! x\n", "\0", "\ufeff", '"', "9" * 5000)
PIECES = st.sampled_from([*WORDS.split(), *(f"{word} " for word in WORDS.split()), *OTHERS])


@given(st.data())
def test_any_change_of_a_file_is_a_sequence_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """However a valid file is cut and filled in, it is a sequence or refused by the file's name."""
    text = FULL
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(PIECES | st.just("")) + text[end:]
    expect_answer(tmp_path_factory, text.encode())


def expect_answer(factory: pytest.TempPathFactory, content: bytes) -> None:
    """See that a file is read, or refused by its name."""
    path = write(factory.getbasetemp(), content)
    try:
        assert isinstance(read(path), Sequence)
    except ConfigurationError as error:
        assert error.message.startswith("startup.yaml")  # noqa: PT017 -- either answer is right
