"""The plugin's values: names, the header, the account at the end, and the fingerprint of a template."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pytest_plugin.fixtures import settings_for
from pytest_plugin.header import describe_server
from pytest_plugin.names import CLONE, TEMPLATE, clone_name, lease_in, lock_of_template, template_name
from pytest_plugin.options import OPTIONS, Options
from pytest_plugin.recipe import Fingerprint, Recipe, take_fingerprint
from pytest_plugin.report import Summary, age, describe, describe_left, merge

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_plugin.migrated_database import MigratedDatabase

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
DEFAULTS = Options(**{option.name: option.default for option in OPTIONS})  # type: ignore[arg-type]


def test_names_of_clones() -> None:
    """The lease of a process is in the names of its databases, and in no others."""
    assert clone_name(0x1F, 3) == "migrate_tasks_test_0000001f_3"
    assert lease_in("migrate_tasks_test_0000001f_3") == 0x1F
    assert lease_in(clone_name(2**31 - 1, "current")) == 2**31 - 1
    for name in (
        "migrate_tasks_test_1f_3",
        "migrate_tasks_test_0000001f",
        "migrate_tasks_test_0000001F_3",
        "my_migrate_tasks_test_0000001f_3",
        "migrate_tasks_test_0000001f_3;",
        template_name("a" * 64),
    ):
        assert CLONE.fullmatch(name) is None
        assert lease_in(name) is None


def test_names_of_templates() -> None:
    """A template's name has the beginning of its fingerprint, and its lock is a number that PostgreSQL takes."""
    assert template_name("0123456789abcdef" * 4) == "migrate_tasks_template_0123456789abcdef"
    assert TEMPLATE.fullmatch(template_name("0123456789abcdef" * 4))
    assert lock_of_template(template_name("f" * 64)) == 0xFFFFFFF < 2**31


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=-5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59, seconds=59), "59 minutes ago"),
        (timedelta(hours=1), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_ages(ago: timedelta, words: str) -> None:
    """An age is told in its largest whole unit."""
    assert age(NOW - ago, NOW) == words
    assert age(datetime.now(UTC)) == "just now"


def test_the_account() -> None:
    """The accounts of several processes are one, which passes between them as a dict, and is told in lines."""
    hours, seconds = (NOW - timedelta(hours=2)).isoformat(), (NOW - timedelta(seconds=12)).isoformat()
    fates = Counter(cloned=2, reused=1)
    first = Summary(
        "PostgreSQL 18.6, url, user shop",
        {"migrations": hours, "seed a": seconds},
        fates,
        0.0105,
        [("a", "x", "")],
        ["a: psql"],
    )
    second = Summary("PostgreSQL 18.6, url, user shop", {"seed people": None}, Counter(reused=4), 0.0036)

    assert Summary.from_dict(first.to_dict()) == first
    whole = merge([Summary(), first, second])
    assert (whole.left, whole.kept) == ([("a", "x", "")], ["a: psql"])
    assert describe(whole, NOW) == [
        "PostgreSQL 18.6, url, user shop",
        "template of migrations, made 2 hours ago by another run",
        "template of seed a, made 12 s ago by another run",
        "template of seed people, made by this run",
        "7 databases lent: 2 cloned, 5 reused",
        "tests waited 14 ms for them, 2.0 ms each",
    ]
    assert describe(Summary("x"), NOW) == ["x", "0 databases lent: none", "tests waited 0 ms for them, 0.0 ms each"]


def test_what_was_left() -> None:
    """Each thing that was left has a line with all the tests that may have left it."""
    left = [
        ("a", "left 1 connection open", "a"),
        ("b", "left 1 connection open", "b"),
        ("a", 'left role "x"', ""),
        ("b", 'left role "x"', ""),
        ("b", 'left role "x"', ""),
        ("c", "changed the server's settings (ALTER SYSTEM)", "10:00"),
        ("c", "changed the server's settings (ALTER SYSTEM)", "10:01"),
    ]

    assert describe_left(left) == [
        "a left 1 connection open",
        "b left 1 connection open",
        'a or b left role "x"',
        "c changed the server's settings (ALTER SYSTEM)",
        "c changed the server's settings (ALTER SYSTEM)",
    ]


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://bob:s3cret@db.internal:5433/shop", "the server at db.internal:5433"),
        ("postgresql://bob@/shop?host=%2Frun%2Fpostgres&port=5433", "the server at /run/postgres"),
        ("postgresql:///shop", "the server at its default place"),
        ("host=db.internal password=s3cret", "the server of --postgres-url"),
    ],
)
def test_the_place_of_a_server(url: str, place: str) -> None:
    """The header names the server of a URL, and never a password."""
    assert describe_server(replace(DEFAULTS, postgres_url=url), None) == f"migrate-tasks: databases on {place}"


def test_the_header_of_the_others(tmp_path: Path) -> None:
    """The header names an image, or the age of what the cache has for an embedded server."""
    not_made = "migrate-tasks: databases on an embedded server, template not made yet"
    container = replace(DEFAULTS, postgres_server="container", postgres_image="postgres:15")
    embedded = replace(DEFAULTS, postgres_server="embedded", postgres_url="postgresql:///x")

    assert describe_server(container, tmp_path) == "migrate-tasks: databases in a container of postgres:15"
    assert describe_server(DEFAULTS, None) == describe_server(embedded, tmp_path) == not_made
    (tmp_path / "cluster-0123456789abcdef.lock").touch()
    assert describe_server(embedded, tmp_path) == not_made
    (tmp_path / "cluster-0123456789abcdef").mkdir()
    os.utime(tmp_path / "cluster-0123456789abcdef", (0, (datetime.now(UTC) - timedelta(days=2)).timestamp()))
    assert describe_server(embedded, tmp_path) == (
        "migrate-tasks: databases on an embedded server, templates cached 2 days ago"
    )


def one(_: MigratedDatabase) -> None:
    """Seed one thing."""


def other(_: MigratedDatabase) -> None:
    """Seed another thing."""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    """A recipe of three migrations."""
    (tmp_path / "migrations").mkdir()
    for name in ("001-a", "002-b", "003-c"):
        (tmp_path / "migrations" / f"{name}.sql").write_text(f"SELECT '{name}';")
    return Recipe(settings_for(tmp_path))


def fingerprint(recipe: Recipe, *server: Any) -> Fingerprint:
    """Return the fingerprint on a server of which that is told."""
    return take_fingerprint(recipe, server)


def test_what_a_fingerprint_depends_on(recipe: Recipe, tmp_path: Path) -> None:
    """Another server, role, state, seed, key, parent or file makes another template, and nothing else does."""
    assert recipe.settings
    seeded = Recipe(None, None, recipe, one)
    variants = [
        fingerprint(recipe, 18),
        fingerprint(recipe, 15),
        fingerprint(replace(recipe, to="002-b"), 18),
        fingerprint(replace(recipe, settings=replace(recipe.settings, role="app")), 18),
        fingerprint(seeded, 18),
        fingerprint(replace(seeded, seed=other), 18),
        fingerprint(replace(seeded, key="x"), 18),
        fingerprint(replace(seeded, parent=seeded), 18),
    ]
    assert len({variant.text for variant in variants}) == len(variants)
    assert fingerprint(recipe, 18) == variants[0]
    assert fingerprint(seeded, 18) == variants[4]

    (tmp_path / "migrations" / "001-a.sql").write_text("SELECT 'changed';")
    assert fingerprint(recipe, 18).text != variants[0].text
    assert fingerprint(seeded, 18).text != variants[4].text


def test_a_seed_without_a_file(recipe: Recipe) -> None:
    """A seed whose text is not to be found is made anew each time."""
    seeded = Recipe(None, None, recipe, lambda _: None)
    nowhere = replace(seeded, seed=eval("lambda database: None"))
    built_in = replace(seeded, seed=print)

    assert fingerprint(seeded) == fingerprint(seeded)
    assert fingerprint(nowhere) != fingerprint(nowhere)
    assert fingerprint(built_in) != fingerprint(built_in)


def test_the_chain_of_files(recipe: Recipe, tmp_path: Path) -> None:
    """What was appended leaves the links before it as they are, and nothing can be appended to what is repeatable."""
    whole, part = fingerprint(recipe), fingerprint(replace(recipe, to="002-b"))

    assert whole.base == part.base
    assert whole.files[:2] == part.files
    assert whole.is_appendable
    (tmp_path / "migrations" / "004-view.sql").write_text("-- migrate: repeatable\nSELECT 1;")
    assert not fingerprint(recipe).is_appendable


def test_titles(recipe: Recipe) -> None:
    """People are told what a template is of; a seed's migrations are those of its parent."""
    seeded = Recipe(None, None, recipe, one)
    assert [
        recipe.title,
        replace(recipe, to="002-b").title,
        seeded.title,
        replace(seeded, seed=_Nameless()).title,
    ] == ["migrations", "migrations to 002-b", "seed one", "seed a seed"]
    assert seeded.migrating is recipe.migrating is recipe.settings
    assert Recipe(seed=one).migrating is None


class _Nameless:
    def __call__(self, _: MigratedDatabase) -> None:
        """Seed nothing."""
