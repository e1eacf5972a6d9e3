"""What a template database is made from, and the fingerprint that finds it again."""

from __future__ import annotations

import hashlib
import inspect
import json
import secrets
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import migrate_tasks
from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.migrations.files import read_migrations
from migrate_tasks.migrations.plan import up_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from migrate_tasks.settings import Settings
    from pytest_plugin.migrated_database import MigratedDatabase

    Seed = Callable[[MigratedDatabase], object]

FORMAT = "1"  # of what is done to a template after its migrations; see templates.py
PARTS = ("migrations", "sql")  # of the product: what executes migrations


@dataclass(frozen=True)
class Recipe:
    """Migrations, or those up to ``to``; on top of them, or of ``parent``, what ``seed`` puts into the database.

    ``key`` stands for what the seed depends on beside the text of the file that it is written in.
    """

    settings: Settings | None = None
    to: str | None = None
    parent: Recipe | None = None
    seed: Seed | None = None
    key: str = ""

    @property
    def migrating(self) -> Settings | None:
        """The settings of the migrations that are in it."""
        return self.settings or (self.parent.migrating if self.parent else None)

    @property
    def title(self) -> str:
        """What people are told that it is."""
        seed = getattr(self.seed, "__name__", "a seed")
        return f"seed {seed}" if self.seed else f"migrations to {self.to}" if self.to else "migrations"


class SeedFailed(MigrateTasksError):
    """A seed has raised ``own``."""

    def __init__(self, recipe: Recipe, own: Exception) -> None:
        said = str(own).partition("\n")[0]
        super().__init__(f"{recipe.title} failed: {type(own).__name__}{said and f': {said}'}")
        self.own = own


@dataclass(frozen=True)
class Fingerprint:
    """``base`` covers all but the files of the migrations; ``files`` is a chain of checksums, one link for each.

    So a template whose chain is the beginning of another's needs only the rest of its migrations to become that one.
    """

    base: str
    files: tuple[str, ...] = ()
    is_appendable: bool = field(default=False, compare=False)

    @property
    def text(self) -> str:
        """The whole, in hex."""
        return digest_of([self.base, *self.files[-1:]])


def digest_of(facts: Any) -> str:
    """Return the SHA-256 of what JSON can say, in hex."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def take_fingerprint(recipe: Recipe, server: Sequence[Any]) -> Fingerprint:
    """Return the fingerprint of a recipe on a server of which ``server`` tells all that matters.

    Raises ConfigurationError where a file cannot be read.
    """
    parent = take_fingerprint(recipe.parent, server).text if recipe.parent else None
    base: list[Any] = [FORMAT, _product(), list(server), parent, _seed(recipe)]
    if recipe.settings is None:
        return Fingerprint(digest_of(base))
    settings = recipe.settings
    base += [settings.role, settings.out_of_order]
    migrations = up_to(read_migrations(settings.directory), recipe.to)
    chain: list[str] = []
    for migration in migrations:
        chain.append(digest_of([*chain[-1:], str(migration.name), migration.checksum]))
    # a repeatable file comes after all others, so what is appended would come too late
    is_appendable = not any(migration.directives.repeatable for migration in migrations)
    return Fingerprint(digest_of(base), tuple(chain), is_appendable)


@cache
def _product() -> str:
    """Return a checksum of our own code: a template made by another version may be another."""
    root = Path(migrate_tasks.__file__).parent
    files = sorted(path for part in PARTS for path in (root / part).glob("*.py"))
    return digest_of([(path.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in files])


def _seed(recipe: Recipe) -> Any:
    """Return what a seed depends on; one whose file is not to be found is made anew in each run."""
    if recipe.seed is None:
        return None
    try:
        file = inspect.getsourcefile(inspect.unwrap(recipe.seed))
        source = Path(file or "").read_text(encoding="utf-8")
    except (TypeError, OSError):
        return secrets.token_hex(16)
    return [recipe.key, recipe.seed.__qualname__, hashlib.sha256(source.encode()).hexdigest()]
