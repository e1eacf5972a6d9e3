"""Which sessions may serve the next test: those in which nothing was sent that outlives a reset."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from psycopg import pq

from pytest_plugin.harmless import Suspects, find_suspects, leaves_nothing
from pytest_plugin.session import Session

if TYPE_CHECKING:
    from migrate_tasks.postgres.servers.embedded import EmbeddedServer
    from tests.plugin.ground import Suite

NOBODY = find_suspects([], [])

PLAIN = re.findall(
    r"\w+",
    """
select insert update delete merge with values table begin start commit end rollback abort savepoint release show
explain declare fetch move close listen notify unlisten lock truncate copy deallocate
""",
)
# the first words of all other statements of PostgreSQL 18
OTHERS = re.findall(
    r"\w+",
    """
alter analyze call checkpoint cluster comment create discard do drop execute grant import load prepare reassign
refresh reindex reset revoke security set vacuum
""",
)
TELLING = re.findall(
    r"\w+",
    """
set_config setseed dblink dblink_exec postgres_fdw_get_connections pg_replication_origin_session_setup query_to_xml
query_to_xml_and_xmlschema ts_stat ts_rewrite random_normal load
""",
)


def query(text: str) -> bytes:
    """Return what libpq's trace has of a statement that is sent by itself."""
    return f'F\t{len(text.encode()) + 5}\tQuery\t "{text}"\n'.encode()


def parse(text: str, parameters: int = 0, name: str = "") -> bytes:
    """Return what libpq's trace has of a statement with parameters."""
    size = 8 + len(name) + len(text.encode()) + 4 * parameters
    return f'F\t{size}\tParse\t "{name}" "{text}" {parameters}{" 23" * parameters}\n'.encode()


def is_kept(*statements: str, suspects: Suspects = NOBODY) -> bool:
    """Return whether a session in which these were sent is kept; it is the same with and without parameters."""
    answers = {
        leaves_nothing(b"".join(kind(text) for text in statements), suspects)
        for kind in (query, parse, lambda text: parse(text, 2, "_pg3_0"))
    }
    assert len(answers) == 1
    return answers.pop()


@pytest.mark.parametrize("word", PLAIN)
def test_plain_statements(word: str) -> None:
    """A session with statements of a plain kind is kept, however they are written."""
    for text in (f"{word} x", f"  {word.upper()}\n x ;", f"-- why\n{word} x", f"/* why\n */ {word} x", f"{word}"):
        assert is_kept(text), text


@pytest.mark.parametrize("word", OTHERS)
def test_other_statements(word: str) -> None:
    """A session with any other statement is replaced, also where it is hidden behind comments."""
    for text in (f"{word} x", f"-- select\n{word} x", f"/* select */ {word} x", f"/* /* */ {word} */ select 1"):
        assert not is_kept("SELECT 1", text), text


@pytest.mark.parametrize("name", TELLING)
def test_functions_that_change_a_session(name: str) -> None:
    """A session is replaced where such a name is anywhere in a statement, in whatever case and place."""
    for text in (
        f"SELECT {name}(1)",
        f'SELECT pg_catalog."{name}"(1)',
        f"SELECT '{name.upper()}'",
        f"SELECT 1 -- {name}",
    ):
        assert not is_kept(text), text
    assert is_kept(f"SELECT my{name}x")


def test_what_is_reset() -> None:
    """RESET of everything or of the role is plain; of one name it may leave a setting of that name that is empty."""
    assert is_kept("RESET ALL")
    assert is_kept("reset role;")
    assert is_kept("RESET SESSION AUTHORIZATION")
    assert not is_kept("RESET app.user")
    assert not is_kept("RESET alles.user")


def test_several_statements_in_one_message() -> None:
    """A message may have one statement and a last semicolon; where there is another semicolon, nobody looks closer."""
    assert is_kept("SELECT 1;  ")
    assert is_kept("", ";", " -- nothing")
    assert not is_kept("SELECT 1; SET app.user = 'x'")
    assert not is_kept("SELECT '--'; SET app.user = 'x'")
    assert not is_kept("SELECT '/*'; SET app.user = '*/'")
    assert not is_kept("-- ;\n; SET app.user = 'x'")
    assert not is_kept("SELECT ';'")


def test_names_in_disguise() -> None:
    """A comment ends where PostgreSQL says that it does, and letters that are written as numbers are not read."""
    assert not is_kept("--\rSET app.user =\nbegin")
    assert not is_kept("""SELECT U&"\\0073et_config"('app.user', 'x', false)""")


def test_a_statement_that_looks_like_a_trace() -> None:
    """A line in a statement that looks like the beginning of a message hides nothing."""
    assert not leaves_nothing(query("SELECT 'x\nB\t4\tSync\n'; SET app.user = 'x'"), NOBODY)
    assert not leaves_nothing(query("SELECT 'x\"\nB\t4\tSync\n', set_config('app.user', 'x', false)"), NOBODY)
    assert not leaves_nothing(parse("SELECT 'x\" 0\nB\t4\tSync\n', set_config('app.user', 'x', false)"), NOBODY)
    assert leaves_nothing(query("SELECT 'x\n\"'") + b'B\t13\tCommandComplete\t "SELECT 1"\nF\t4\tSync\n', NOBODY)


words = st.sampled_from(
    [*PLAIN, *OTHERS, *TELLING, "x", "reset all", "'", '"', "--", "/*", "*/", ";", "\n", "\r", "$$"]
)
texts = st.one_of(st.lists(words, max_size=12).map(" ".join), st.lists(words, max_size=8).map("".join), st.text())


@given(st.lists(texts, min_size=1, max_size=4))
@example(["-- load"])
def test_nothing_else_is_accepted(statements: list[str]) -> None:
    """Of whatever is sent, each message is one plain statement that names nothing else, or nothing but comments."""
    if not leaves_nothing(b"".join(map(query, statements)), NOBODY):
        return
    for text in statements:
        assert ";" not in text.rstrip().rstrip(";")
        word = first_word(text)
        assert word in ("", ";", *PLAIN, "reset"), text
        assert word in ("", ";") or not re.search(rf"\b({'|'.join(TELLING)})\b", text, re.IGNORECASE)


def first_word(text: str) -> str:
    """Return the first word as PostgreSQL's scanner finds it, which nests comments (src/backend/parser/scan.l).

    Empty where there is none, "?" where something else comes first.
    """
    while True:
        text = text.lstrip()
        if text.startswith("--"):
            text = re.sub(r"^--[^\n\r]*", "", text)
        elif text.startswith("/*"):
            depth, position = 0, 0
            for mark in re.finditer(r"/\*|\*/", text):
                depth, position = depth + (1 if mark[0] == "/*" else -1), mark.end()
                if depth == 0:
                    break
            text = text[position:] if depth == 0 else ""
        else:
            return (re.match(r"\w+|;|\Z", text) or ["?"])[0].lower()


def function(name: str, body: str, *, others: bool = False) -> tuple[str, str, bool]:
    """Return a function of the template as it is read from its catalog."""
    head = f"CREATE OR REPLACE FUNCTION public.{name}()\n RETURNS void\n LANGUAGE plpgsql\n"
    return name, f"{head}AS $function$ BEGIN {body} END $function$\n", others


def test_functions_of_the_template() -> None:
    """A function that changes the session is looked for by its name, and each one that calls it, at any distance."""
    suspects = find_suspects(
        [
            function("login", "PERFORM set_config('app.user', 'x', false);"),
            function("enter", "PERFORM login();"),
            function("come", "PERFORM enter();"),
            function("add", "INSERT INTO users VALUES (1); -- do call it"),
            function("texts", "x := 'a -- b'; EXECUTE y;"),
            function("escapes", r"x := E'\'--'; EXECUTE y;"),
            function("dollars", "x := $a$it's$a$ || '--'; EXECUTE y;"),
            function("nested", "/* it's /* in */ a */ x := '--'; EXECUTE y;"),
            ("fast", "CREATE FUNCTION fast() RETURNS int LANGUAGE sql\n SET work_mem TO '5MB'\nAS $$SELECT 1$$", False),
            function("dynamic", "EXECUTE 'x';"),
        ],
        ["plpgsql", "citext"],
    )

    assert is_kept("SELECT add()", suspects=suspects)
    for name in ("login", "enter", "come", "texts", "escapes", "dollars", "nested", "fast", "dynamic"):
        assert not is_kept(f"SELECT {name}()", suspects=suspects), name


def test_what_makes_every_session_suspect() -> None:
    """An unknown extension, another language, or a trigger that changes the session: no session is kept."""
    by_trigger = [function("login", "PERFORM set_config('app.user', 'x', false);", others=True)]

    for suspects in (
        find_suspects([], ["plpgsql", "postgis"]),
        find_suspects([], ["language plpython3u"]),
        find_suspects(by_trigger, []),
    ):
        assert suspects == Suspects(None)
        assert not is_kept("SELECT 1", suspects=suspects)


@pytest.mark.parametrize(
    ("what", "use"),
    [
        ("VIEW v AS SELECT set_config('app.who', 'x', false)", "SELECT * FROM v"),
        ("TABLE t (x text DEFAULT set_config('app.who', 'x', false))", "INSERT INTO t DEFAULT VALUES"),
        ("TABLE t (x text CHECK (set_config('app.who', x, false) = x))", "INSERT INTO t VALUES ('x')"),
        ("RULE r AS ON DELETE TO users DO ALSO SELECT set_config('app.who', 'x', false)", "DELETE FROM users"),
        ("VIEW v AS SELECT name FROM users", None),
    ],
    ids=["view", "default", "check", "rule", "none"],
)
def test_what_the_template_executes_unseen(suite: Suite, what: str, use: str | None) -> None:
    """What a view, a default, a check or a rule of the template sets does not reach the next test."""
    suite.migrate(m002_unseen=f"CREATE {what};")
    suite.write(
        f"""
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test_it(migrated_connection, number):
            pid, value = migrated_connection.execute(
                "SELECT pg_backend_pid(), current_setting('app.who', true)"
            ).fetchone()
            print("\\nPID", pid)
            assert value is None
            migrated_connection.execute({use or "TABLE v"!r})
        """
    )

    told = suite.run()

    assert told.not_passed == {}
    sessions = set(re.findall(r"^PID (\d+)", told.raw, re.MULTILINE))
    assert (len(sessions) < 3) == (use is None)


def test_a_real_trace(suites_server: EmbeddedServer) -> None:
    """What libpq writes is read as it is meant: statements alone, with parameters, prepared, and with odd texts."""

    def is_session_kept(text: str, *values: int) -> bool | None:
        session = Session(pq.PGconn.connect(suites_server.url("postgres").encode()))
        connection = session.lend()
        connection.execute(text.encode(), values or None, prepare=bool(values))
        connection.commit()
        kept = session.take_back(NOBODY)
        session.close()
        return kept

    assert is_session_kept("SELECT 'ä \"x\"\nB\t4\tSync'") is False  # it could hide something
    assert is_session_kept("SELECT 'ä \"x\"\n'") is True
    assert is_session_kept("SELECT %s::int + %s, 'ä'", 1, 2) is True
    assert is_session_kept("SELECT set_config('app.user', %s::text, false)", 1) is False
    assert is_session_kept("SET work_mem = '5MB'") is False
