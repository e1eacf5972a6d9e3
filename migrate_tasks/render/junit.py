"""A start-up as JUnit XML, which CI systems show as a suite of tests: each phase is one.

The form is that of Jenkins' junit-10.xsd (the xunit-plugin). A phase whose work failed is a failure; one that had to be
ended, or whose configuration is wrong, an error; one that was skipped, or ended since the start-up ended, is skipped.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC
from typing import TYPE_CHECKING

from migrate_tasks.errors import MigrateTasksError
from migrate_tasks.render.printed import clean
from migrate_tasks.startup.result import Outcome

if TYPE_CHECKING:
    from datetime import timedelta

    from migrate_tasks.startup.result import PhaseError
    from migrate_tasks.startup.state import PhaseState, StartupState

FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2: Char
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
ERRORS = ("timeout", "configuration")


def junit(state: StartupState) -> str:
    """Return a start-up that has ended as an XML document; lines that the phases printed are its last ones."""
    name = state.sequence.name or "startup"
    cases = [_case(phase, name) for phase in state.phases]
    if state.error:  # no phase is to blame
        cases.append(_element("testcase", name="startup", classname=name, time=_seconds(state.duration)))
        cases[-1].append(_problem(state.error, "error"))
    suite = _element(
        "testsuite",
        name=name,
        tests=str(len(cases)),
        failures=_count(cases, "failure"),
        errors=_count(cases, "error"),
        skipped=_count(cases, "skipped"),
        time=_seconds(state.duration),
        timestamp=f"{state.started_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        hostname=state.process.host,
    )
    properties = ET.SubElement(suite, "properties")
    for key, value in (("outcome", state.outcome), ("run_id", state.run_id), ("database", state.database)):
        properties.append(_element("property", name=key, value=value))
    suite.extend(cases)
    document = ET.Element("testsuites")
    document.append(suite)
    ET.indent(document)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(document, encoding="unicode")}\n'


def _case(phase: PhaseState, suite: str) -> ET.Element:
    case = _element("testcase", name=phase.phase.name, classname=suite, time=_seconds(phase.duration))
    if phase.state in (Outcome.SKIPPED, Outcome.CANCELLED):
        why = phase.error.message if phase.error else phase.about
        case.append(_element("skipped", message=f"{phase.state}: {why}".removesuffix(": ")))
    elif phase.error:
        case.append(_problem(phase.error, "error" if phase.error.kind in ERRORS else "failure"))
    if phase.lines:
        printed = ET.SubElement(case, "system-out")
        printed.text = _allowed("\n".join(clean(line, has_colour=False) for line in phase.lines))
    return case


def _problem(error: PhaseError, tag: str) -> ET.Element:
    found = _element(tag, message=error.message, type=error.kind)
    found.text = _allowed(str(MigrateTasksError(error.message, detail=error.detail, hint=error.hint)))
    return found


def _element(tag: str, **attributes: str) -> ET.Element:
    return ET.Element(tag, {name: _allowed(value) for name, value in attributes.items()})


def _allowed(text: str) -> str:
    return FORBIDDEN.sub(REPLACEMENT, text)


def _count(cases: list[ET.Element], tag: str) -> str:
    return str(sum(case.find(tag) is not None for case in cases))


def _seconds(duration: timedelta) -> str:
    return f"{duration.total_seconds():.3f}"
