"""A start-up as JUnit XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from migrate_tasks.render.junit import junit
from migrate_tasks.startup.result import Outcome, PhaseError
from migrate_tasks.startup.spec import Phase
from tests.startup.story import BROKEN, Story, attempt, four_phases, tell_a_failure

# what Jenkins' junit-10.xsd allows: the attributes of each element (the required ones first), and what is in it
FORM: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), {"name", "time", "tests", "failures", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"},
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
    ),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, set(), set()),
    "testcase": (
        {"name"},
        {"time", "classname", "group"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "skipped": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def refuse_other_forms(element: ET.Element) -> None:
    """Assert that ``element`` and all in it are as the schema has them."""
    required, allowed, within = FORM[element.tag]
    assert required <= set(element.attrib) <= required | allowed
    assert {child.tag for child in element} <= within
    for child in element:
        refuse_other_forms(child)


def test_a_failure() -> None:
    """Failed, timed out and skipped phases are a failure, an error and a skipped test, with their last lines."""
    story = four_phases()
    tell_a_failure(story)
    document = junit(story.finish())

    refuse_other_forms(ET.fromstring(document))
    assert document == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        "<testsuites>\n"
        '  <testsuite name="shop" tests="4" failures="1" errors="1" skipped="1" time="5.000"'
        ' timestamp="2026-03-02T07:41:02" hostname="pod-7">\n'
        "    <properties>\n"
        '      <property name="outcome" value="failed" />\n'
        '      <property name="run_id" value="run-1" />\n'
        '      <property name="database" value="database &quot;shop&quot;" />\n'
        "    </properties>\n"
        '    <testcase name="environment" classname="shop" time="0.107">\n'
        "      <system-out>settings are read</system-out>\n"
        "    </testcase>\n"
        '    <testcase name="migrations" classname="shop" time="4.200">\n'
        '      <failure message="connection refused by db:5432" type="transient">connection refused by db:5432\n'
        "HINT: Start the database.</failure>\n"
        "      <system-out>100%</system-out>\n"
        "    </testcase>\n"
        '    <testcase name="cache" classname="shop" time="0.107">\n'
        '      <error message="did not end within 1s" type="timeout">did not end within 1s</error>\n'
        "    </testcase>\n"
        '    <testcase name="later" classname="shop" time="0.000">\n'
        '      <skipped message="skipped: needs &quot;migrations&quot;, which failed" />\n'
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


@pytest.mark.parametrize(
    "nasty", ["\x00\x0b", "\ud800", "\ufffe\uffff", "]]> <x> & \" '", "\U0001f600 ü", "\x1b[31mred"]
)
def test_any_text(nasty: str) -> None:
    """Whatever phases print and fail with, the document is XML, and what XML forbids is replaced."""
    error = PhaseError(f"a{nasty}b\nc")
    story = Story((Phase(name="one"),), name=f"n{nasty}")
    story.start("one")
    story.say("one", f"x{nasty}y")
    story.end("one", Outcome.FAILED, attempt(1, error), error=error)

    found = ET.fromstring(junit(story.finish()).encode())
    refuse_other_forms(found)
    failure = found.find(".//failure")
    assert failure is not None
    message = failure.get("message", "")
    assert (message[0], message[-3:]) == ("a", "b\nc")
    assert message[1:-3] in (nasty, "\ufffd" * len(nasty), "\ufffd[31mred")


def test_success_and_the_whole() -> None:
    """A success has neither problems nor a name it was not given; what ended the whole is a test of its own."""
    story = Story((Phase(name="one"),), name="")
    story.succeed("one")
    good = ET.fromstring(junit(story.finish()))
    late = Story((Phase(name="one"),), name="")
    late.start("one")
    late.end("one", Outcome.CANCELLED, attempt(1), reason="the start-up ended")
    bad = ET.fromstring(junit(late.finish(error=BROKEN)))

    assert [(s.get("name"), s.get("tests"), s.get("failures"), s.get("errors")) for s in good] == [
        ("startup", "1", "0", "0")
    ]
    assert [(c.get("name"), [p.get("message") for p in c]) for c in bad.iter("testcase")] == [
        ("one", ["cancelled: the start-up ended"]),
        ("startup", ["ValueError: it broke"]),
    ]
