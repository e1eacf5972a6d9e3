"""The static SQL in the bodies of DO and of functions, without PL/pgSQL's own words.

A body in dollar quotes keeps exact offsets into the script; in plain quotes with doubled ones inside, everything in it
stands where the statement stands. What EXECUTE computes is not looked at: it is only known where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from sqlglot.tokens import Token

from migrate_tasks.sql.operations import Do, Operation
from migrate_tasks.sql.reading.cursor import Cursor, NotRead
from migrate_tasks.sql.reading.functions import takes_language
from migrate_tasks.sql.reading.places import CHANGES, QUERIES, find, part, rest_of, whole
from migrate_tasks.sql.reading.queries import selected
from migrate_tasks.sql.reading.rows import rows
from migrate_tasks.sql.statements import Statement, UnreadableSql, split_statements

if TYPE_CHECKING:
    from collections.abc import Callable

    from migrate_tasks.sql.reading.functions import Clauses

Value = TypeVar("Value")

SQL_HEADS = frozenset(
    {
        "ALTER",
        "ANALYZE",
        "ANALYSE",
        "CALL",
        "CHECKPOINT",
        "CLUSTER",
        "COMMENT",
        "COMMIT",
        "COPY",
        "CREATE",
        "DEALLOCATE",
    }
    | {"DISCARD", "DO", "DROP", "EXPLAIN", "GRANT", "IMPORT", "LISTEN", "LOAD", "LOCK", "NOTIFY", "PREPARE"}
    | {"REASSIGN", "REFRESH", "REINDEX", "RELEASE", "RESET", "REVOKE", "ROLLBACK", "SAVEPOINT", "SECURITY", "SET"}
    | {"SHOW", "TRUNCATE", "UNLISTEN", "VACUUM"}
)
ROWS_HEADS = frozenset({*QUERIES, *CHANGES})
TO_THEN = ("IF", "ELSIF", "ELSEIF", "WHEN", "CASE")
TO_LOOP = ("WHILE", "FOREACH")
OPENING = ("BEGIN", "LOOP", "ELSE", "EXCEPTION")


@dataclass
class Body:
    """What was read of a body in PL/pgSQL so far."""

    read: Callable[[Statement], tuple[Operation, ...]]
    operations: list[Operation] = field(default_factory=list)
    dynamic: list[int] = field(default_factory=list)
    declares: bool = False

    def add(self, statement: Statement) -> None:
        """Add what stands before a semicolon: words of PL/pgSQL that begin something, then one statement at most."""
        cursor = Cursor(statement)
        while not cursor.has_ended and self._takes_control(cursor):
            pass
        if not cursor.has_ended and not self.declares and not _is_assignment(cursor):
            self._statement(cursor)

    def _takes_control(self, cursor: Cursor) -> bool:
        """Take a word that begins a block, a branch or a loop with its condition; return whether there was one."""
        if _takes_label(cursor) or _takes_directive(cursor):
            return True
        if cursor.takes("DECLARE"):
            self.declares = True
            return True
        if self.declares:
            self.declares = not cursor.takes("BEGIN")
            return not self.declares
        if _is_assignment(cursor):
            return False
        return self._takes_branch(cursor)

    def _takes_branch(self, cursor: Cursor) -> bool:
        if cursor.takes_one_of(*OPENING):
            return True
        if cursor.takes_one_of(*TO_THEN):
            _go_behind(cursor, "THEN")
        elif cursor.takes_one_of(*TO_LOOP):
            _go_behind(cursor, "LOOP")
        elif cursor.takes("FOR"):
            self._for(cursor)
        else:
            return False
        return True

    def _for(self, cursor: Cursor) -> None:
        """Take FOR ... IN ... LOOP, with the query that it may loop over."""
        _go_behind(cursor, "IN")
        first = cursor.at
        _go_behind(cursor, "LOOP")
        if first < cursor.at - 1:
            self._embedded(Cursor(part(cursor, first, cursor.at - 1)))

    def _embedded(self, cursor: Cursor) -> None:
        """Read what a loop, a cursor or RETURN QUERY takes rows from."""
        offset = cursor.offset
        if cursor.takes("EXECUTE"):
            self.dynamic.append(offset)
        elif cursor.word in {"WITH", *CHANGES} or (cursor.word in QUERIES and cursor.word != "("):
            self.operations += rows(cursor, into_is_table=False)

    def _statement(self, cursor: Cursor) -> None:
        offset = cursor.offset
        if cursor.takes("EXECUTE"):
            self.dynamic.append(offset)
        elif cursor.takes("PERFORM"):
            self.operations += selected(Cursor(rest_of(cursor)))
        elif cursor.takes("RETURN", "QUERY"):
            self._embedded(cursor)
        elif cursor.takes("OPEN"):
            self._open(cursor)
        elif cursor.word in ROWS_HEADS:
            self.operations += rows(Cursor(rest_of(cursor)), into_is_table=False)
        elif cursor.word in SQL_HEADS:
            self.operations += self.read(rest_of(cursor))

    def _open(self, cursor: Cursor) -> None:
        at = find(cursor, "FOR")
        if at is not None and at + 1 < len(cursor.words):
            cursor.at = at + 1
            self._embedded(Cursor(rest_of(cursor)))


def do(cursor: Cursor, read: Callable[[Statement], tuple[Operation, ...]]) -> tuple[Operation, ...]:
    """Return the operations of a DO, which was taken, and of the static statements in its body."""
    language = takes_language(cursor) if cursor.takes("LANGUAGE") else None
    at = cursor.at
    cursor.string()
    if cursor.takes("LANGUAGE"):
        language = takes_language(cursor)
    cursor.ends()
    language = language or "plpgsql"
    if language != "plpgsql":
        return (Do(**whole(cursor), language=language),)
    body = _read_plpgsql(cursor.statement, at, read)
    return (Do(**whole(cursor), language=language, dynamic=tuple(body.dynamic)), *body.operations)


def operations_in(
    statement: Statement, clauses: Clauses, read: Callable[[Statement], tuple[Operation, ...]]
) -> tuple[Operation, ...]:
    """Return the operations of the static statements in a function's body; none in another language."""
    if clauses.body is None:
        return ()
    if not clauses.is_quoted:
        return _atomic(statement, clauses, read)
    if clauses.language == "plpgsql":
        return tuple(_read_plpgsql(statement, clauses.body, read).operations)
    if clauses.language == "sql":
        inner, is_exact = _quoted(statement, clauses.body)
        return _placed(_read_each(inner, statement, read, is_exact=is_exact), statement, is_exact=is_exact)
    return ()


def _read_plpgsql(statement: Statement, at: int, read: Callable[[Statement], tuple[Operation, ...]]) -> Body:
    inner, is_exact = _quoted(statement, at)
    body = Body(read)
    try:
        for each in inner:
            body.add(each)
    except NotRead as error:
        raise NotRead(error.offset if is_exact else statement.start) from error
    if is_exact:
        return body
    operations = list(_placed(tuple(body.operations), statement, is_exact=False))
    return Body(read, operations, [statement.start] * len(body.dynamic))


def _read_each(
    statements: tuple[Statement, ...],
    outer: Statement,
    read: Callable[[Statement], tuple[Operation, ...]],
    *,
    is_exact: bool,
) -> tuple[Operation, ...]:
    try:
        return tuple(operation for each in statements for operation in read(each))
    except NotRead as error:
        raise NotRead(error.offset if is_exact else outer.start) from error


def _atomic(
    statement: Statement, clauses: Clauses, read: Callable[[Statement], tuple[Operation, ...]]
) -> tuple[Operation, ...]:
    """Read the statements of BEGIN ATOMIC; RETURN and an expression have none."""
    cursor = Cursor(part(Cursor(statement), 0, clauses.end))
    cursor.at = clauses.body or 0
    found: list[Operation] = []
    if cursor.words[cursor.at - 1] != "ATOMIC":
        return ()
    while not cursor.has_ended:
        end = find(cursor, ";")
        stop = len(cursor.words) if end is None else end
        if stop > cursor.at and cursor.word != "RETURN":
            found += read(part(cursor, cursor.at, stop))
        cursor.at = stop + 1
    return tuple(found)


def _quoted(statement: Statement, at: int) -> tuple[tuple[Statement, ...], bool]:
    """Return the statements in a string, and whether their offsets are exact ones into the script."""
    source, token = statement.sources[at], statement.tokens[at]
    text, shift = source, 0
    if source[0] == "$":
        if not source.endswith("$"):  # a parameter, such as $1
            raise NotRead(token.start)
        shift = source.index("$", 1) + 1
        text = source[shift:-shift]
    elif source[0] == "'" and "''" not in source[1:-1]:
        shift, text = 1, source[1:-1]
    else:
        text = token.text
    shift = token.start + shift if shift else 0
    try:
        inner = split_statements(text)
    except UnreadableSql as error:
        raise NotRead(error.offset + shift if shift else statement.start) from error
    return tuple(_moved(each, shift) for each in inner), shift > 0


def _moved(statement: Statement, by: int) -> Statement:
    if not by:
        return statement
    tokens = tuple(
        Token(each.token_type, each.text, each.line, each.col, each.start + by, each.end + by)
        for each in statement.tokens
    )
    return Statement(statement.start + by, statement.end + by, statement.text, tokens, statement.data)


def _placed(operations: tuple[Operation, ...], outer: Statement, *, is_exact: bool) -> tuple[Operation, ...]:
    return operations if is_exact else tuple(_at(operation, outer) for operation in operations)


def _at(value: Value, outer: Statement) -> Value:
    """Return the value with all that has a place, itself and within it, at the place of the outer statement."""
    if isinstance(value, tuple):
        return tuple(_at(each, outer) for each in value)  # type: ignore[return-value]
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changes: dict[str, Any] = {each.name: _at(getattr(value, each.name), outer) for each in fields(value)}
    places = {"start": outer.start, "end": outer.end, "type_start": outer.start, "dynamic": ()}
    changes.update((name, place) for name, place in places.items() if name in changes)
    return replace(value, **changes)


def _is_assignment(cursor: Cursor) -> bool:
    """Return whether a variable is set: a name, a field or an element of it, and then := or =."""
    word = cursor.word
    if not (word[:1].isalpha() or word[:1] in '_"$') or word.endswith("'"):
        return False
    at = cursor.at + 1
    while at < len(cursor.words) and cursor.words[at] in {".", "["}:
        at = at + 2 if cursor.words[at] == "." else cursor.partners.get(at, at) + 1
    return at < len(cursor.words) and cursor.words[at] in {":=", "="}


def _takes_label(cursor: Cursor) -> bool:
    if not cursor.takes("<", "<"):
        return False
    cursor.identifier()
    cursor.expect(">", ">")
    return True


def _takes_directive(cursor: Cursor) -> bool:
    """Take ``#variable_conflict use_column`` and the like, which have no semicolon."""
    is_directive = cursor.takes("#")
    if is_directive:
        cursor.identifier()
        cursor.take()
    return is_directive


def _go_behind(cursor: Cursor, word: str) -> None:
    at = find(cursor, word)
    if at is None:
        raise cursor.not_read()
    cursor.at = at + 1
