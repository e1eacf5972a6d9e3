"""Names in helps: quoted as a server quotes them."""

from __future__ import annotations

import psycopg

from migrate_tasks.lint.knowledge.quoting import NOT_PLAIN, derived_name, quoted
from migrate_tasks.sql.operations import Name


def test_quoted_as_by_a_server(url: str) -> None:
    """A name is quoted just where quote_ident() quotes it."""
    names = ["orders", "Orders", "1st", "a b", 'say "hi"', "größe", "_x1", "x$y", "name", "user", "key", "index", ""]
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT quote_ident(name) FROM unnest(%s::text[]) AS name", [names]).fetchall()
        words = connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode <> 'U'").fetchall()
    assert [quoted(name) for name in names] == [row[0] for row in rows]
    assert {word for (word,) in words} <= NOT_PLAIN


def test_a_name_with_a_schema() -> None:
    """Both parts are quoted on their own."""
    assert quoted(Name("order", "App")) == '"App"."order"'
    assert quoted(Name("orders")) == "orders"


def test_derived_as_by_a_server(url: str) -> None:
    """A derived name is the one that Postgres gives, also where it must be cut."""
    cases = [("orders", ("user_id",)), ("t" * 40, ("c" * 40,)), ("ä" * 30, ("b", "c")), ("t" * 63, ("c",))]
    with psycopg.connect(url) as connection:
        for table, columns in cases:
            definition = ", ".join(f"{quoted(column)} int" for column in columns)
            connection.execute(f"CREATE TABLE {quoted(table)} ({definition}, UNIQUE ({', '.join(columns)}))")
        rows = connection.execute(
            "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY oid"
        ).fetchall()
    assert [derived_name(Name(table), columns, "key") for table, columns in cases] == [name for (name,) in rows]
