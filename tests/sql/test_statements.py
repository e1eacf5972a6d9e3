"""A script is split into the statements that Postgres would count, each with its exact place."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrate_tasks.places import Place, place_of
from migrate_tasks.sql.statements import Statement, UnreadableSql, normalised, split_statements

LAW = settings(deadline=None, database=None)

FUNCTION = """\
CREATE FUNCTION grade(points int) RETURNS text LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO asked VALUES (points);
  SELECT CASE WHEN points > 90 THEN 'a' ELSE CASE WHEN points > 50 THEN 'b' ELSE 'c' END END;
END"""
RULE = (
    "CREATE RULE copy AS ON INSERT TO users DO ALSO "
    "(INSERT INTO log VALUES (new.id); DELETE FROM queue WHERE id = new.id)"
)
DO = "DO $body$ BEGIN RAISE NOTICE 'a;b'; EXECUTE $$SELECT ';'$$; END $body$"
KNOWN = (
    "SELECT 1",
    "select 'a;b'",
    "SELECT 'it''s; C:\\'",
    r"SELECT E'it\'s; \\'",
    "SELECT U&'d\\0061t;', B'101', X'1F', X''",
    'SELECT "a;""b" FROM "t;"',
    "SELECT $$;'\"--/*$$",
    "SELECT $1, $2",
    "SELECT f($1,$2,$1,$3)||$2",
    "SELECT a||/* ; */b, a|/* ' */b, a#--;\n1",
    "SELECT /*/* ; */ ; */ 1, /*/ ; */ 2",
    "SELECT {# ' ; #}'",
    "SELECT E'a' -- no ;\n 'b;', E'a'\n -- no '\n 'b\\'; '",
    "SELECT x'zz;', B'\\'",
    'SELECT U&"d\\0061;""t" FROM t',
    "COPY t FROM 'stdin'",
    "COPY (SELECT * FROM stdin) TO STDOUT",
    "SELECT a$b, c$d FROM t",
    "SELECT 'naïve; 😀' AS \"größe;\"",
    "SELECT a #> '{b}', a #>> '{c}', a ?| b, a @? c, a <-> b, |/ 4, a !~~* b FROM t",
    "SELECT array[1:2], 1_000, 0x1F, 1e10, '1'::int",
    "SELECT 'a'\n'b;c'",
    "SELECT 1 /* ; /* ; */ ; */ + 2 -- ; it's\n+ 3",
    "SELECT 5--3; no\n+1",
    "BEGIN",
    "COMMIT",
    "END",
    "CREATE TABLE t (id int, CHECK (id IN (1, 2)))",
    "ALTER TABLE t ADD COLUMN b int",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)",
    "VACUUM ANALYZE t",
    "CALL p(1, 'a;b')",
    "EXPLAIN SELECT 1",
    "SET search_path = 'a;b'",
    "SHOW work_mem",
    "COMMENT ON TABLE t IS $c$a;b$c$",
    "GRANT SELECT ON t TO u",
    "NOTIFY x, 'p;q'",
    DO,
    RULE,
    FUNCTION,
)
GAPS = ("", " ", "\n", "\r\n", "\t", " -- ; it's $$\n", "/* ; ' */", '/* /* ; */ ; " */', " -- x\r\n", "\n;\n")


def texts(script: str) -> list[str]:
    """Return the texts of the statements in ``script``, whose offsets are right."""
    statements = split_statements(script)
    assert [script[s.start : s.end] for s in statements] == [s.text for s in statements]
    return [statement.text for statement in statements]


def test_statements_have_their_offsets() -> None:
    """A statement goes from its first character to its last, without the semicolon and what is around it."""
    expected = (Statement(1, 9, "SELECT 1"), Statement(12, 20, "SELECT 2"))

    assert expected == split_statements(" SELECT 1 ; SELECT 2;\n")


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.split(maxsplit=1)[0].lower())
def test_a_statement_is_one(known: str) -> None:
    """Semicolons in strings, identifiers, comments, bodies and rules end nothing."""
    assert [known] == texts(known)
    assert [known, "SELECT 2"] == texts(f"{known};SELECT 2")
    assert ["SELECT 0", known, known] == texts(f"SELECT 0;\n{known}\n;\n{known};\n")


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("", []),
        (" \r\n\t", []),
        (";", []),
        (" ;; ;\n", []),
        ("-- only a comment; really", []),
        ("/* only /* a; */ comment; */", []),
        ("-- one\n/* two */;\n-- three", []),
    ],
)
def test_nothing_is_no_statement(script: str, expected: list[str]) -> None:
    """White space, comments and semicolons alone are no statements."""
    assert expected == texts(script)


def test_the_last_semicolon_may_be_missing() -> None:
    """The last statement counts with and without its semicolon."""
    assert ["SELECT 1", "SELECT 2"] == texts("SELECT 1;\nSELECT 2") == texts("SELECT 1;\nSELECT 2;")


def test_several_statements_share_a_line() -> None:
    """Statements in one line are as many as there are."""
    assert texts("SELECT 1; SELECT 2;SELECT 3;;") == ["SELECT 1", "SELECT 2", "SELECT 3"]


def test_comments_around_a_statement_are_not_part_of_it() -> None:
    """A comment before or after a statement is not its text, one inside it is."""
    script = "-- first\nSELECT /* in */ 1 -- after\n; /* before */ SELECT 2 /* after */"

    assert texts(script) == ["SELECT /* in */ 1", "SELECT 2"]


def test_nested_comments_end_where_postgres_ends_them() -> None:
    """A comment in a comment is closed before the outer one is."""
    assert texts("SELECT 1; /* a /* b */ ; SELECT 0; */ SELECT 2;") == ["SELECT 1", "SELECT 2"]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("SELECT $$a;b$$; SELECT 2", ["SELECT $$a;b$$", "SELECT 2"]),
        ("SELECT $a$;$b$;$a$; SELECT 2", ["SELECT $a$;$b$;$a$", "SELECT 2"]),
        ("SELECT $a1_$;$a1_$; SELECT 2", ["SELECT $a1_$;$a1_$", "SELECT 2"]),
        ("SELECT $é$;$é$; SELECT 2", ["SELECT $é$;$é$", "SELECT 2"]),
        ("SELECT $A$;$a$;$A$; SELECT 2", ["SELECT $A$;$a$;$A$", "SELECT 2"]),
        ("SELECT $$;$$ || $$;$$; SELECT 2", ["SELECT $$;$$ || $$;$$", "SELECT 2"]),
        ("SELECT $1; SELECT $2", ["SELECT $1", "SELECT $2"]),
        ("SELECT a$b; SELECT c$b; SELECT 1", ["SELECT a$b", "SELECT c$b", "SELECT 1"]),
        ("SELECT '$$'; SELECT '$$'", ["SELECT '$$'", "SELECT '$$'"]),
        ("SELECT 1 -- $$\n; SELECT 2 -- $$", ["SELECT 1", "SELECT 2"]),
    ],
)
def test_dollar_quotes_end_at_their_own_tag(script: str, expected: list[str]) -> None:
    """A dollar-quoted string ends at its own tag, and a dollar in a name, a string or a comment begins none."""
    assert expected == texts(script)


@pytest.mark.parametrize(
    "body",
    [
        "SELECT 1;",
        "",
        "SELECT CASE WHEN true THEN 1 END; SELECT 2;",
        "SELECT CASE WHEN CASE WHEN true THEN true END THEN 1 END;",
        'SELECT 1 AS "end"; SELECT "case" FROM t;',
        "SELECT 'END;'; /* END; */ SELECT 2; -- END;\n",
        "SELECT (SELECT 1); SELECT f(2);",
        "SELECT lower(r) AS start, upper(r) AS end FROM t; SELECT 2;",
        "SELECT t.case FROM t; SELECT 2;",
        "SELECT CASE WHEN true THEN '.' ELSE 'as' END; SELECT CASE WHEN true THEN 1 ELSE \"as\" END FROM t;",
    ],
)
@pytest.mark.parametrize("begin", ["BEGIN ATOMIC", "begin atomic", "BEGIN /* ; */\nATOMIC"])
def test_the_body_of_a_function_is_not_split(begin: str, body: str) -> None:
    """What stands between BEGIN ATOMIC and its END is one statement with the function, CASE ... END and all."""
    function = f"CREATE FUNCTION f() RETURNS int {begin} {body} END"

    assert [function, "SELECT 3", function, "SELECT 4"] == texts(f"{function}; SELECT 3; {function}; SELECT 4;")


def test_begin_and_end_of_a_transaction_are_statements() -> None:
    """BEGIN and END around a transaction are statements of their own."""
    assert texts("BEGIN; SELECT 1; END; SELECT 2;") == ["BEGIN", "SELECT 1", "END", "SELECT 2"]


def test_a_parenthesis_too_many_does_not_join_statements() -> None:
    """A closing parenthesis too many is a mistake in its own statement, and not in the next one."""
    assert texts("SELECT 1); SELECT (2); SELECT 3") == ["SELECT 1)", "SELECT (2)", "SELECT 3"]


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (0, Place(1, 1)),
        (7, Place(1, 8)),
        (9, Place(2, 1)),
        (16, Place(2, 8)),
        (25, Place(3, 1)),
        (26, Place(4, 1)),
        (30, Place(4, 5)),
    ],
)
def test_a_place_is_line_and_column(offset: int, expected: Place) -> None:
    """A place is counted in lines and characters from 1, and an empty line is a line."""
    script = "SELECT 1\nSELECT 'café 😀'\n\nEND;"

    assert expected == place_of(script, offset)


def test_a_place_is_shown_as_editors_do() -> None:
    """A place is shown as "line:column"."""
    assert str(Place(12, 5)) == "12:5"


def test_lines_may_end_in_crlf() -> None:
    """A carriage return belongs to the line that it ends, so that the next one begins in column 1."""
    script = "SELECT 'é😀';\r\n\r\n  SELECT 2;\r\n"

    second = split_statements(script)[1]

    assert Statement(18, 26, "SELECT 2") == second
    assert place_of(script, second.start) == Place(3, 3)


@pytest.mark.parametrize("before", ["é", "😀", "e\N{COMBINING ACUTE ACCENT}", "漢字"])
def test_columns_count_characters(before: str) -> None:
    """A character is one column, however many bytes it takes."""
    script = f"/* {before} */ SELECT 1"

    (statement,) = split_statements(script)

    assert place_of(script, statement.start) == Place(1, 8 + len(before))


def test_the_end_of_a_script_is_a_place() -> None:
    """The offset after the last character, where an unexpected end is reported, has a place."""
    assert (place_of("SELECT", 6), place_of("SELECT\n", 7), place_of("", 0)) == (Place(1, 7), Place(2, 1), Place(1, 1))


@LAW
@given(st.data(), st.lists(st.sampled_from(KNOWN), max_size=8))
def test_joined_statements_are_split_again(data: st.DataObject, known: list[str]) -> None:
    """Statements joined with semicolons, comments and white space are split into exactly those, in their places."""
    gap = st.lists(st.sampled_from(GAPS), max_size=3).map("".join)
    script, expected = data.draw(gap), []
    for text in known:
        expected.append(Statement(len(script), len(script) + len(text), text))
        script += text + data.draw(gap) + ";" + data.draw(gap)

    assert tuple(expected) == split_statements(script)


@LAW
@given(st.text(st.characters(exclude_characters="\0", codec="utf-8")), st.sampled_from(["'", '"', "E'"]))
def test_whatever_is_quoted_is_one(text: str, quote: str) -> None:
    """Whatever stands between quotes is part of its statement."""
    closing = quote.removeprefix("E")
    inside = text.replace("\\", "\\\\") if quote == "E'" else text
    statement = f"SELECT {quote}{inside.replace(closing, closing * 2)}{closing}"

    assert ["SELECT 1", statement, "SELECT 2"] == texts(f"SELECT 1;{statement};SELECT 2")


@LAW
@given(
    st.text(st.sampled_from("$;'body \n") | st.characters(exclude_characters="\0", codec="utf-8")),
    st.sampled_from(["$$", "$body$"]),
)
def test_whatever_is_dollar_quoted_is_one(text: str, tag: str) -> None:
    """Whatever stands between two equal dollar tags is part of its statement."""
    assume((text + tag).index(tag) == len(text))
    statement = f"SELECT {tag}{text}{tag}"

    assert ["SELECT 1", statement, "SELECT 2"] == texts(f"SELECT 1;{statement};SELECT 2")


@LAW
@given(st.text(st.sampled_from("SELECT;'\"$()/*-\\ \r\n\tE😀é") | st.characters(codec="utf-8")))
def test_any_text_has_statements_or_is_unreadable(text: str) -> None:
    """Any text is split or refused with a place in it, and no statement overlaps the next."""
    try:
        statements = split_statements(text)
    except UnreadableSql as error:
        place = error.offset
        statements = ()
    else:
        place = 0
    edges = [edge for statement in statements for edge in (statement.start, statement.end)]

    assert [text[s.start : s.end] for s in statements] == [s.text for s in statements]
    assert 0 <= place <= len(text)
    assert edges == sorted(edges)


@LAW
@given(st.text(st.sampled_from("a\n\r é😀")), st.data())
def test_a_place_leads_back_to_its_offset(text: str, data: st.DataObject) -> None:
    """Line and column lead back to the offset that they were made from."""
    offset = data.draw(st.integers(0, len(text)))

    place = place_of(text, offset)

    before = text.split("\n")[: place.line - 1]
    assert offset == sum(len(line) + 1 for line in before) + place.column - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 1", "select /* one */ 1 -- the first\n;"),
        ("SELECT a,b FROM t;SELECT 2", ";\r\nSelect A , B\r\n\tFrom T ;; select 2 ;\r\n"),
        ("SELECT 1=-1, a->-1", "SELECT 1 = - 1, a -> - 1"),
        ("SELECT $1,$2", "select $1 , $2"),
        ("SELECT a ORDER BY a", "select a order /* x */ by a"),
        ("COPY t FROM stdin;\n1\n\\.\n", "copy T\n from STDIN ; -- the rows\n1\n\\.\n-- end\n"),
        ("\\restrict aBc\nSELECT 1;\n", "\\restrict xYz\nSELECT 1;\n"),
    ],
)
def test_cosmetic_differences_are_none(one: str, other: str) -> None:
    """Scripts that differ in comments, white space, case of words and empty statements have the same normal form."""
    assert normalised(one) == normalised(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT 'a  b'", "SELECT 'a b'"),
        ("SELECT 'A'", "SELECT 'a'"),
        ("SELECT 'a\r\nb'", "SELECT 'a\nb'"),
        ('SELECT "A"', 'SELECT "a"'),
        ("SELECT $$A -- x$$", "SELECT $$A$$"),
        ("SELECT $A$x$A$", "SELECT $a$x$a$"),
        ("SELECT É", "SELECT é"),
        ("SELECT ab", "SELECT a b"),
        ("SELECT 1; SELECT 2", "SELECT 1 SELECT 2"),
        ("SELECT 1 @- 2", "SELECT 1 @ -2"),
        ('SELECT U&"a"', 'SELECT U & "a"'),
        ("COPY t FROM stdin;\n1\n\\.\n", "COPY t FROM stdin;\n2\n\\.\n"),
        ("COPY t FROM stdin;\n1\n\\.\nSELECT 1;", "COPY t FROM stdin;\n1\nselect\n1\n;\n"),
    ],
)
def test_real_differences_stay(one: str, other: str) -> None:
    """Strings, quoted names, bodies, data and the borders of words are kept as they are."""
    assert normalised(one) != normalised(other)


def test_the_normal_form_of_an_unreadable_script_is_refused() -> None:
    """What cannot be split has no normal form."""
    with pytest.raises(UnreadableSql, match="unterminated quoted string"):
        normalised("SELECT 'a")


@LAW
@given(st.data(), st.lists(st.sampled_from(KNOWN), max_size=5))
def test_gaps_do_not_change_the_normal_form(data: st.DataObject, known: list[str]) -> None:
    """Comments and white space between statements are not in the normal form, which is a script of that form."""
    gap = st.lists(st.sampled_from(GAPS), max_size=3).map("".join)

    form = normalised("".join(f"{data.draw(gap)}{text}{data.draw(gap)};" for text in known))

    assert form == normalised(";".join(known)) == normalised(form)
