"""Errors name the place: whatever is broken, wherever it stands, file:line:column points at that word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migrate_tasks import run_migrations
from migrate_tasks.errors import MigrationFailed
from migrate_tasks.sql.statements import split_statements
from tests.support import REPOSITORY

if TYPE_CHECKING:
    from tests.migrations.ground import Ground

WORD = "brokn"  # what is misspelt, or does not exist
BROKEN = (
    f"{WORD} 1",
    f"SELECT 1,\n\t{WORD}",
    f"SELECT 'ä; --',\n  t.a, /* x */ {WORD} FROM t",
    f"CREATE {WORD} u (a int)",
    f"INSERT\n{WORD} t VALUES (1)",
    f"INSERT INTO {WORD} VALUES (1)",
    f"INSERT INTO t (a,\r\n {WORD}) VALUES (1, 2)",
    f"CREATE TABLE u (\n  a int {WORD},\n  b text\n)",
    f"CREATE TABLE u (\n  a {WORD}\n)",
    f"SELECT $x$ it's; $x$, {WORD}(1)",
    f"UPDATE t SET a = 1 WHERE\n\n   {WORD} = 'ü'",
)
WHOLE = (
    "SELECT 1",
    "INSERT INTO t VALUES (1, 'it''s; ä')",
    "DO $$\nBEGIN\n  PERFORM 1; -- it's\nEND $$",
    "CREATE OR REPLACE FUNCTION f() RETURNS text LANGUAGE sql AS $f$ SELECT 'a;\nb'; $f$",
    "SELECT E'\\'; ' || U&'\\00e4' AS \"a;\nb\"",
    "SET LOCAL search_path = public",
    "CREATE TABLE IF NOT EXISTS t (\n  a int, -- number; it's\n  b text /* ; */\n)",
    "SAVEPOINT s;\nRELEASE s",
)
COPY = "COPY t FROM stdin;\n1\tit's; $$ ä\n2\t\\N\n\\.\n"
GAPS = (";", ";\n", "; ", ";\n\n-- it's; ä\n", " ;\t/* a\n; /* b */ */ ", ";\n;\n", ";;  ")
HEADS = {
    "transaction": "",
    "no transaction": "-- migrate: no-transaction\n",
    "own transactions": "BEGIN;\n",
}
FIRST = "CREATE TABLE t (a int, b text);\n"


@st.composite
def scripts(draw: st.DrawFn, head: str) -> str:
    """Return a script in which one word is broken; all before it can be executed."""
    whole = WHOLE if head == "" else tuple(text for text in WHOLE if "SAVEPOINT" not in text)
    good = st.one_of(st.tuples(st.sampled_from(whole), st.sampled_from(GAPS)).map("".join), st.just(COPY))
    before, after = draw(st.lists(good, max_size=12)), draw(st.lists(good, max_size=3))
    broken = draw(st.sampled_from(BROKEN)) + draw(st.sampled_from(GAPS[1:4]))
    script = head + FIRST + "".join([*before, broken, *after])
    return script.replace("\r\n", "\n").replace("\n", "\r\n") if draw(st.booleans()) else script


def place_in(text: str) -> str:
    """Return the place of the broken word, counted as an editor does."""
    before = text[: text.index(WORD)].split("\n")
    return f"{len(before)}:{len(before[-1]) + 1}"


def place_told(ground: Ground, script: str) -> str:
    """Run ``script`` as the only migration of an empty database, and return the place that the error names."""
    ground.execute("DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
    ground.write(m001_a=script)
    with pytest.raises(MigrationFailed) as caught:
        run_migrations(ground.settings)
    path, line, column, _ = ground.shown(caught.value).split(":", 3)
    assert path == "./migrations/001-a.sql"
    assert WORD in caught.value.message
    return f"{line}:{column}"


@pytest.mark.parametrize("head", HEADS)
def test_a_generated_file(ground: Ground, head: str, *, full: bool) -> None:
    """Comments, quotes, dollar quotes, COPY data, line ends and other alphabets do not move the place."""

    @settings(max_examples=500 if full else 20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(scripts(HEADS[head]))
    def check(script: str) -> None:
        assert place_told(ground, script) == place_in(script)

    check()


@pytest.mark.parametrize("head", ["transaction", "no transaction"])
def test_the_files_of_this_repository(ground: Ground, head: str, *, full: bool) -> None:
    """In all migrations of this repository, joined, any statement may be broken."""
    files = sorted((REPOSITORY / "migrations").glob("*.sql"))
    text = HEADS[head] + "\n".join(path.read_text(encoding="utf-8") for path in files)
    statements = split_statements(text)

    @settings(max_examples=100 if full else 8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(statements), st.sampled_from([f"SELECT\n  {WORD}", f"CREATE {WORD} u (a int)", f"{WORD} 1"]))
    def check(statement: object, broken: str) -> None:
        chosen = next(one for one in statements if one is statement)
        script = text[: chosen.start] + broken + text[chosen.end :]
        assert place_told(ground, script) == place_in(script)

    check()
