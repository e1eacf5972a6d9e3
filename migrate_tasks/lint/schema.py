"""The schema as the migrations before have left it: what is known of tables, indexes and types without a database.

What some other tool has made is not there: the answer is None then, and rules take it for something that is in use.
How operations change a schema is told in replay.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from migrate_tasks.lint.layers import Layer

if TYPE_CHECKING:
    from collections.abc import Iterator, MutableMapping, Sequence

    from migrate_tasks.sql.operations import Constraint, CreateIndex, Name, TypeName

OPENING, CLOSING = "(", ")"


@dataclass(frozen=True)
class ColumnState:
    """A column; ``type`` is None where it is not known."""

    name: str
    type: TypeName | None
    is_not_null: bool = False


@dataclass(frozen=True)
class ConstraintState:
    """A constraint with the name that it has or that Postgres gives it, and whether all rows were checked for it."""

    name: str
    constraint: Constraint
    is_valid: bool = True


@dataclass
class TableState:
    """A table; ``made_by`` is the name of the migration that made it.

    ``is_complete`` tells whether all its columns are known, which those of CREATE TABLE AS or LIKE are not.
    """

    name: Name
    made_by: str
    columns: dict[str, ColumnState] = field(default_factory=dict)
    constraints: dict[str, ConstraintState] = field(default_factory=dict)
    is_complete: bool = True
    is_temporary: bool = False
    is_partitioned: bool = False
    partition_of: Name | None = None
    is_default: bool = False  # partition

    def copy(self) -> TableState:
        """Return the same, which changes to this one leave as it is."""
        return replace(self, columns=dict(self.columns), constraints=dict(self.constraints))

    def change_column(self, name: str, **changes: Any) -> None:
        """Change what is known of a column, if it is known."""
        if state := self.columns.get(name):
            self.columns[name] = replace(state, **changes)

    def rename_column(self, old: str, new: str) -> None:
        """Give a column another name, in its constraints, too."""
        if state := self.columns.get(old):
            self.columns[old] = replace(state, name=new)
        self.columns = {new if name == old else name: state for name, state in self.columns.items()}
        for state_of in list(self.constraints.values()):
            columns = tuple(new if name == old else name for name in state_of.constraint.columns)
            self.change_constraint(state_of, columns=columns)

    def change_constraint(self, state: ConstraintState, **changes: Any) -> None:
        """Change what is known of a constraint."""
        self.constraints[state.name] = replace(state, constraint=replace(state.constraint, **changes))

    def foreign_keys(self) -> Iterator[Constraint]:
        """Yield its foreign keys."""
        return (state.constraint for state in self.constraints.values() if state.constraint.kind == "foreign key")

    def is_known_not_null(self, column: str) -> bool:
        """Return whether a valid CHECK says that no row has NULL there: SET NOT NULL reads no row then."""
        return any(
            state.is_valid and state.constraint.kind == "check" and says_not_null(state.constraint, column)
            for state in self.constraints.values()
        )


@dataclass(frozen=True)
class IndexState:
    """An index; ``definition`` is the statement that made it, None where a constraint did."""

    name: Name
    table: Name
    columns: tuple[str | None, ...]
    is_unique: bool
    made_by: str
    definition: CreateIndex | None = None


@dataclass
class Schema:
    """All that is known; ``enums`` are the labels of each enum, ``domains`` whether each has a constraint.

    ``at`` is the name of the migration that is being replayed. Tables, indexes, partitions and foreign keys are changed
    by the methods here alone, which keep what they are found by.
    """

    at: str = ""
    tables: MutableMapping[Name, TableState] = field(default_factory=dict)
    indexes: MutableMapping[Name, IndexState] = field(default_factory=dict)
    enums: MutableMapping[Name, tuple[str, ...]] = field(default_factory=dict)
    domains: MutableMapping[Name, bool] = field(default_factory=dict)
    functions: MutableMapping[Name, str] = field(default_factory=dict)  # the volatility of each
    trigger_functions: MutableMapping[Name, None] = field(default_factory=dict)
    views: MutableMapping[Name, str] = field(default_factory=dict)  # by which migration, materialized ones too
    policies: MutableMapping[Name, None] = field(default_factory=dict)  # the tables that have had one
    # what is found in the others without looking through them: the indexes of a table, what was attached to it, and
    # what referred to it
    _on: MutableMapping[Name, dict[Name, IndexState]] = field(default_factory=dict, repr=False, compare=False)
    _parts: MutableMapping[Name, dict[Name, None]] = field(default_factory=dict, repr=False, compare=False)
    _referring: MutableMapping[Name, dict[Name, None]] = field(default_factory=dict, repr=False, compare=False)

    def save(self) -> Schema:
        """Return what it is now, for restore(); what is changed from then on is not changed there."""
        saved = replace(self)
        self.tables = Layer(self.tables, TableState.copy)
        self.indexes = Layer(self.indexes)
        self.enums = Layer(self.enums)
        self.domains = Layer(self.domains)
        self.functions = Layer(self.functions)
        self.trigger_functions = Layer(self.trigger_functions)
        self.views = Layer(self.views)
        self.policies = Layer(self.policies)
        self._on = Layer(self._on, dict)
        self._parts = Layer(self._parts, dict)
        self._referring = Layer(self._referring, dict)
        return saved

    def restore(self, saved: Schema) -> None:
        """Become again what it was when it was saved."""
        vars(self).update(vars(saved))

    def table(self, name: Name) -> TableState | None:
        """Return what is known of a table."""
        return self.tables.get(name)

    def column(self, table: Name, name: str) -> ColumnState | None:
        """Return what is known of a column."""
        found = self.table(table)
        return found.columns.get(name) if found else None

    def index(self, name: Name) -> IndexState | None:
        """Return what is known of an index, which may be named without its schema."""
        return self.indexes.get(name)

    def indexes_on(self, table: Name) -> Iterator[IndexState]:
        """Yield the indexes of a table."""
        return iter(self._on.get(table, {}).values())

    def is_indexed(self, table: Name, columns: tuple[str, ...]) -> bool:
        """Return whether an index begins with these columns, in any order, and has all rows in which none is NULL."""
        return any(
            set(index.columns[: len(columns)]) == set(columns) and _has_all_but_null(index, columns)
            for index in self.indexes_on(table)
        )

    def partitions_of(self, table: Name) -> Iterator[TableState]:
        """Yield the partitions of a table."""
        known = (self.tables.get(name) for name in self._parts.get(table, ()))
        return (part for part in known if part and part.partition_of == table)

    def referencing(self, table: Name) -> Iterator[tuple[TableState, Constraint]]:
        """Yield the foreign keys that point to a table, and the tables that they are on."""
        for state in filter(None, map(self.tables.get, self._referring.get(table, ()))):
            for key in state.foreign_keys():
                if key.references == table:
                    yield state, key

    def add_table(self, table: TableState) -> None:
        """Add a table without constraints."""
        self.tables[table.name] = table
        self.attach(table, table.partition_of)

    def remove_table(self, name: Name) -> None:
        """Take away a table with its indexes, its partitions, and the foreign keys that point to it."""
        self.tables.pop(name, None)
        for index in self._on.pop(name, {}):
            del self.indexes[index]
        for part in list(self.partitions_of(name)):
            self.remove_table(part.name)
        for state, key in list(self.referencing(name)):
            state.constraints = {k: v for k, v in state.constraints.items() if v.constraint is not key}

    def rename_table(self, old: Name, new: Name) -> None:
        """Give a table another name, also where partitions, foreign keys and policies have it."""
        table = self.tables.pop(old, None)
        if table is None:
            return
        table.name = new
        self.tables[new] = table
        self.attach(table, table.partition_of)
        for part in list(self.partitions_of(old)):
            self.attach(part, new)
        if old in self.policies:
            self.policies[new] = None
        for state in list(table.constraints.values()):
            self.add_constraint(table, state)
        for referring in {state.name: state for state, _ in self.referencing(old)}.values():
            for state in list(referring.constraints.values()):
                if state.constraint.references == old:
                    self.add_constraint(referring, replace(state, constraint=replace(state.constraint, references=new)))
        for index in list(self.indexes_on(old)):
            self.remove_index(index.name)
            self.add_index(replace(index, table=new))

    def attach(self, part: TableState, parent: Name | None) -> None:
        """Make a table a partition of another one; of none for None."""
        part.partition_of = parent
        if parent:
            self._parts.setdefault(parent, {})[part.name] = None

    def add_constraint(self, table: TableState, state: ConstraintState) -> None:
        """Add a constraint to a table, or put it in place of the one of its name."""
        table.constraints[state.name] = state
        if state.constraint.references:
            self._referring.setdefault(state.constraint.references, {})[table.name] = None

    def add_index(self, index: IndexState) -> None:
        """Add an index, or put it in place of the one of its name."""
        self.remove_index(index.name)
        self.indexes[index.name] = index
        self._on.setdefault(index.table, {})[index.name] = index

    def remove_index(self, name: Name) -> IndexState | None:
        """Take away an index, and return it."""
        index = self.indexes.pop(name, None)
        if index:
            del self._on[index.table][name]
        return index


def says_not_null(constraint: Constraint, column: str) -> bool:
    """Return whether a CHECK is just "column IS NOT NULL"."""
    return constraint.expression is not None and _is_not_null(constraint.expression.words, column)


def _has_all_but_null(index: IndexState, columns: tuple[str, ...]) -> bool:
    """Return whether no row is left out of an index but such as no equality of the columns finds."""
    where = index.definition.where if index.definition else None
    return where is None or any(_is_not_null(where.words, column) for column in columns)


def _is_not_null(condition: Sequence[str], column: str) -> bool:
    words = list(condition)
    while len(words) > 2 and words[0] == OPENING and words[-1] == CLOSING:  # noqa: PLR2004 -- a pair around something
        words = words[1:-1]
    name, rest = (words[0], words[1:]) if words else ("", [])
    folded = name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
    return folded == column and rest == ["IS", "NOT", "NULL"]
