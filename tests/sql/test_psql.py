"""What psql reads besides SQL is set aside or refused, and what is left open is found where it opens."""

from __future__ import annotations

import subprocess

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate_tasks.postgres.servers.binaries import find_binaries
from migrate_tasks.sql.statements import UnreadableSql, split_statements
from tests.sql.test_statements import GAPS, KNOWN, LAW


def read(script: str) -> list[tuple[str, str | None]]:
    """Return text and data of each statement in ``script``, whose offsets are right."""
    statements = split_statements(script)
    assert [script[s.start : s.end] for s in statements] == [s.text for s in statements]
    assert [script[t.start] for s in statements for t in s.tokens] == [w[0] for s in statements for w in s.sources]
    return [(statement.text, statement.data) for statement in statements]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("COPY t FROM stdin;\n1\tit's; \\N\n$$\n\\.\n", [("COPY t FROM stdin", "1\tit's; \\N\n$$\n")]),
        ('copy t ("b;") from -- x\nSTDIN;\n1\n\\.\n', [('copy t ("b;") from -- x\nSTDIN', "1\n")]),
        (
            'COPY t FROM stdin (FORMAT csv);\n"a\n\\.x\n \\.\n\\.\n',
            [("COPY t FROM stdin (FORMAT csv)", '"a\n\\.x\n \\.\n')],
        ),
        ("COPY t FROM stdin;\n\\.\n", [("COPY t FROM stdin", "")]),
        ("COPY t FROM stdin;\r\n1\r\n2\r\n\\.\r\n", [("COPY t FROM stdin", "1\r\n2\r\n")]),
        ("COPY t FROM stdin; SELECT 1;\nx\n\\.\n", [("COPY t FROM stdin", "x\n"), ("SELECT 1", None)]),
        ("COPY t FROM stdin; -- it's\nx\n\\.\n", [("COPY t FROM stdin", "x\n")]),
        ("COPY t FROM stdout;\nx\n\\.\n", [("COPY t FROM stdout", "x\n")]),
        (
            "COPY a FROM stdin; COPY b FROM stdin; SELECT 1;\n'a\n\\.\n'b\n\\.\n",
            [("COPY a FROM stdin", "'a\n"), ("COPY b FROM stdin", "'b\n"), ("SELECT 1", None)],
        ),
    ],
)
def test_the_data_of_copy_follows_it(script: str, expected: list[tuple[str, str | None]]) -> None:
    """Data is what stands from the next line to the end mark, whatever it looks like; then the script goes on."""
    assert read(f"{script}SELECT 2; /* */\n") == [*expected, ("SELECT 2", None)]


@pytest.mark.parametrize(
    ("after", "data"), [("", ""), (";", ""), (";\n", ""), (";\n1\n2", "1\n2"), (";\n1\n\\.", "1\n")]
)
def test_the_data_may_end_with_the_script(after: str, data: str) -> None:
    """A COPY has the data up to the end of the script, where there is no end mark."""
    assert read(f"SELECT 1; COPY t FROM stdin{after}") == [("SELECT 1", None), ("COPY t FROM stdin", data)]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'COPY t FROM stdin;'",
        "COPY t TO stdout",
        "COPY t FROM 'stdin'",
        'COPY stdin FROM "stdin"',
        "COPY t FROM PROGRAM 'stdin'",
        "COPY (SELECT a FROM stdin) TO 'file'",
        "SELECT copy FROM stdin",
        "SELECT /* COPY t FROM stdin; */ 1",
        "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\nCOPY t FROM stdin;\n$$",
    ],
)
def test_other_statements_have_no_data(text: str) -> None:
    """What only looks like COPY ... FROM stdin is followed by statements."""
    assert read(f"{text};\nSELECT 1;\n") == [(text, None), ("SELECT 1", None)]


def test_a_statement_that_goes_on_after_data_is_refused() -> None:
    """A statement with the data of a COPY inside has no text of its own."""
    with pytest.raises(UnreadableSql) as refused:
        split_statements("COPY t FROM stdin; SELECT\n1\n\\.\n1;")

    assert (refused.value.message, refused.value.offset) == ("a statement goes on after the data of COPY", 19)


@pytest.mark.parametrize(
    ("script", "command"),
    [
        ("\\i other.sql\n", "\\i"),
        ("SELECT 1;\n  \\connect shop\n", "\\connect"),
        ("SELECT 1; \\gexec\n", "\\gexec"),
        ("SELECT 1 \\gset x\n", "\\gset"),
        ("SELECT 1 \\; SELECT 2;", "\\;"),
        ("SELECT 'a' \\\\ SELECT 2;", "\\\\"),
        ("COPY t FROM stdin;\n1\n\\.\n\\.\n", "\\."),
        ("\\restrict\nSELECT 1;", "\\restrict"),
        ("\\restricted abc\nSELECT 1;", "\\restricted"),
        ("SELECT 1 \\restrict abc\n;", "\\restrict"),
        ("/* ' */ SELECT 'C:\\', E'\\'' -- '\n, \"\\\", $$\\$$; \\! ls", "\\!"),
    ],
)
def test_commands_of_psql_are_refused(script: str, command: str) -> None:
    """A backslash outside quotes, comments and data is refused with its place."""
    with pytest.raises(UnreadableSql) as refused:
        split_statements(script)

    assert refused.value.message == f'psql command "{command}" is not SQL'
    assert refused.value.offset == script.rindex(command)


@pytest.mark.parametrize(
    ("script", "statements", "commands"),
    [
        ("\\set x 'it''s\n\\i a.sql -- '\nSELECT 1;\n\\q", ["SELECT 1"], ["\\set", "\\i", "\\q"]),
        ("SELECT 1 \\gset x\nSELECT 2 \\; SELECT 3", ["SELECT 1", "SELECT 2", "SELECT 3"], ["\\gset", "\\;"]),
        ("CREATE TABLE t (\n\\echo '\nid int);", ["CREATE TABLE t (\n\\echo '\nid int)"], ["\\echo"]),
        ("\\copy t from stdin\nit's\n\\.\nSELECT 1", ["SELECT 1"], ["\\copy"]),
        ("\\copy t FROM pstdin\nit's", [], ["\\copy"]),
        ("\\restrict x\nCOPY t FROM stdin;\n'\n\\.\n\\.\n", ["COPY t FROM stdin"], ["\\."]),
    ],
)
def test_commands_of_psql_are_passed_over(script: str, statements: list[str], commands: list[str]) -> None:
    """Where the caller tells of them, commands are no statements, and end the one that they stand behind."""
    refused: list[UnreadableSql] = []

    assert [statement.text for statement in split_statements(script, refused)] == statements
    assert [error.message for error in refused] == [f'psql command "{command}" is not SQL' for command in commands]
    assert all(script.startswith(command, error.offset) for command, error in zip(commands, refused, strict=True))


def test_restrict_is_passed_over() -> None:
    """The commands restrict and unrestrict of pg_dump, which guard against other commands, are no statements."""
    script = "--\n\\restrict aB9\n\nSELECT 1;\r\n\\restrict x\r\nSELECT 2;\n\\unrestrict aB9\n"

    assert read(script) == [("SELECT 1", None), ("SELECT 2", None)]


@pytest.mark.parametrize(
    "before", ["", "SELECT 1; ", "SELECT 'it''s', $$'$$, \"'\" /* ' */; -- '\n", "SELECT E'\\'', $1,$2;\n"]
)
@pytest.mark.parametrize(
    ("opened", "message"),
    [
        ("'a;b", "unterminated quoted string"),
        ("'it''", "unterminated quoted string"),
        ("E'a;b\\'", "unterminated quoted string"),
        ("U&'a", "unterminated quoted string"),
        ("x'1F", "unterminated quoted string"),
        ('"a;b', "unterminated quoted identifier"),
        ('U&"a""', "unterminated quoted identifier"),
        ("$$a;b$", "unterminated dollar-quoted string"),
        ("$t$a;$$ $T$", "unterminated dollar-quoted string"),
        ("/* a; /* b; */", "unterminated comment"),
        ("/*/* a */", "unterminated comment"),
        ("/*/*/", "unterminated comment"),
    ],
)
def test_what_never_ends_is_found_where_it_opens(before: str, opened: str, message: str) -> None:
    """An open quote or comment is named, with the offset of where it opens."""
    with pytest.raises(UnreadableSql) as refused:
        split_statements(f"{before}{opened}; SELECT 2;\n")

    assert (refused.value.message, refused.value.offset) == (message, len(before))


@pytest.mark.parametrize("opened", ["'a;b", "E'a;b\\'", "U&'a", "x'1F", '"a;b', "$$a;b$", "/* a; /* b; */", "/*/*/"])
def test_the_servers_see_it_open_there(any_url: str, opened: str) -> None:
    """A server reports an open quote or comment at the same offset and in nearly the same words."""
    script = f"SELECT 1, {opened}; SELECT 2"
    with psycopg.connect(any_url) as connection, pytest.raises(psycopg.errors.SyntaxError) as said:
        connection.execute(script.encode())
    with pytest.raises(UnreadableSql) as refused:
        split_statements(script)

    assert int(said.value.diag.statement_position or 0) == refused.value.offset + 1
    assert "unterminated" in (said.value.diag.message_primary or "")


ROWS = st.lists(st.text(st.sampled_from("ab\t;'\"$\\-/* ") | st.characters(codec="utf-8", exclude_characters="\r\n\0")))


@LAW
@given(st.data(), st.lists(st.sampled_from(KNOWN) | ROWS, max_size=6))
def test_scripts_with_data_are_split_again(data: st.DataObject, parts: list[str | list[str]]) -> None:
    """Statements and COPYs with any rows, joined with any gaps, are split into exactly those."""
    gap = st.lists(st.sampled_from(GAPS), max_size=3).map("".join)
    script = data.draw(gap)
    expected: list[tuple[str, str | None]] = []
    for part in parts:
        if isinstance(part, str):
            expected.append((part, None))
            script += f"{part}{data.draw(gap)};{data.draw(gap)}"
        else:
            rows = "".join(f"{row}\n" for row in part if row != "\\.")
            expected.append(("COPY t (a) FROM stdin", rows))
            script += f"COPY t (a) FROM stdin;\n{rows}\\.\n{data.draw(gap)}"

    assert read(script) == expected


SHOP = """
CREATE TABLE words (id int PRIMARY KEY, word text, more text DEFAULT 'a;b');
INSERT INTO words SELECT n, (ARRAY[E'it''s; \\\\ \\t \\n \\r', '\\.', NULL, '$$', '-- /*', 'é😀'])[n % 6 + 1]
FROM generate_series(1, 60) n;
CREATE TABLE "odd;name" ("from" text CHECK ("from" <> 'COPY t FROM stdin;'));
COMMENT ON TABLE "odd;name" IS E'two;\\nlines \\\\.';
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN n > 1 THEN n * 2 END; END;
CREATE FUNCTION body() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE ';\n\\.\n'; END $$;
CREATE VIEW v AS SELECT id, word || '\\' AS w FROM words;
CREATE RULE two AS ON INSERT TO "odd;name" DO ALSO (INSERT INTO words VALUES (-1); DELETE FROM words WHERE id = -1);
"""


def test_a_dump_is_restored(any_url: str) -> None:
    """The statements and data of a pg_dump, executed one by one, make an equal database."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        version = connection.info.server_version // 10000
        connection.execute(SHOP.encode())
        dumped = dump(any_url, version)
        connection.execute('DROP TABLE words, "odd;name" CASCADE; DROP FUNCTION twice, body')
        execute(connection, dumped)

    assert without_restrict(dump(any_url, version)) == without_restrict(dumped)


ODD = """\
CREATE TABLE a (n text); CREATE TABLE b (n text);
COPY a FROM stdin; COPY b FROM stdout; INSERT INTO a VALUES ('then');
it's a; $$
\\.
/* b
\\.
COPY a FROM stdin;
\\.
BEGIN; COPY b FROM stdin (FORMAT csv); END; -- it's
"one
two;"
\\.
INSERT INTO b VALUES (E'c' -- goes on
 '\\'; d'), ('e'||/* it's */'f'); INSERT INTO b SELECT 'g' /*/* ; */ ; */;
PREPARE p (text, text) AS INSERT INTO a VALUES ($1),($2),($1);EXECUTE p('p', ';')
"""


def test_psql_reads_the_same(any_url: str) -> None:
    """A script leaves the same rows when psql reads it and when its statements are executed one by one."""
    with psycopg.connect(any_url, autocommit=True) as connection:
        version = connection.info.server_version // 10000
        psql = find_binaries(version).directory / "psql"
        subprocess.run([psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", any_url], check=True, input=ODD, text=True)
        by_psql = dump(any_url, version)
        connection.execute("DROP TABLE a, b")
        execute(connection, ODD)

    assert without_restrict(dump(any_url, version)) == without_restrict(by_psql)


def execute(connection: psycopg.Connection, script: str) -> None:
    """Execute the statements of a script one by one, with their data."""
    for statement in split_statements(script):
        if statement.data is None:
            connection.execute(statement.text.encode())
        else:
            with connection.cursor().copy(statement.text.encode()) as copy:
                copy.write(statement.data)


def dump(url: str, version: int) -> str:
    """Return what pg_dump writes, which has the data of COPY in it."""
    command = [str(find_binaries(version).directory / "pg_dump"), "--dbname", url]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8").stdout


def without_restrict(dumped: str) -> list[str]:
    """Return the lines of a dump; each has another key for the command restrict."""
    return [line for line in dumped.split("\n") if "restrict " not in line]
