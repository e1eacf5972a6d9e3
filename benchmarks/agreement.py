"""What our linter and squawk say of the same folders of migrations, in one run, and where they differ.

    python benchmarks/agreement.py FOLDER... [--squawk PATH] [--show RULE] [--assume-in-transaction]

Violations are compared by rule and statement, for the rules that both have by that name; all rules of ours are on.
squawk comes from PyPI (squawk-cli), into the temporary folder unless ``--squawk`` names the program. "same" are
found by both, "ours" and "squawk's" by one alone; ``--show`` lists those of a rule with the statement, so that each
can be classified. Then: how many statements of ours could be read, and what each of our rules finds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from bisect import bisect_right
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from migrate_tasks.lint.engine import lint
from migrate_tasks.lint.report import Source
from migrate_tasks.lint.rules import all_rules
from migrate_tasks.lint.settings import LintSettings
from migrate_tasks.sql.statements import UnreadableSql, split_statements

LONGEST = 160  # characters of a statement that are shown


@dataclass(frozen=True, order=True)
class Place:
    """A statement of a file, by its number from 0; -1 where the file cannot be split."""

    path: str
    statement: int


class Script:
    """A file, and which statement is at a line or an offset."""

    def __init__(self, path: Path) -> None:
        self.path, self.text = path, path.read_text(encoding="utf-8-sig")
        try:
            self.statements = split_statements(self.text)
        except UnreadableSql:
            self.statements = ()
        self.ends = [statement.end for statement in self.statements]

    def at_offset(self, offset: int) -> Place:
        """Return the statement at an offset."""
        number = bisect_right(self.ends, offset)
        return Place(str(self.path), min(number, len(self.ends) - 1))

    def at(self, line: int, column: int) -> Place:
        """Return the statement at a line and a column, both from 0."""
        return self.at_offset(sum(len(each) for each in self.text.splitlines(keepends=True)[:line]) + column)

    def shown(self, place: Place) -> str:
        """Return a statement, shortened."""
        text = self.statements[place.statement].text if place.statement >= 0 else ""
        return " ".join(text.split())[:LONGEST]


def main() -> None:
    """Compare, and print."""
    arguments = _parsed()
    squawk = arguments.squawk or _installed_squawk()
    for folder in arguments.folders:
        scripts = {str(path): Script(path) for path in sorted(folder.glob("*.sql"))}
        theirs = _theirs(squawk, scripts, assumes=arguments.assume_in_transaction)
        ours = _ours(scripts)
        _print_table(folder, ours, theirs)
        for rule in arguments.show:
            _print_differences(rule, scripts, ours[rule], theirs[rule])


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--squawk")
    parser.add_argument("--show", action="append", default=[])
    parser.add_argument("--assume-in-transaction", action="store_true")
    return parser.parse_args()


def _installed_squawk() -> str:
    folder = Path(tempfile.gettempdir()) / "migrate-tasks-squawk"
    if not (folder / "bin" / "squawk").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([folder / "bin" / "pip", "install", "--quiet", "squawk-cli"], check=True)
    return str(folder / "bin" / "squawk")


def _theirs(squawk: str, scripts: dict[str, Script], *, assumes: bool) -> dict[str, set[Place]]:
    options = ["--assume-in-transaction"] * assumes
    told = subprocess.run([squawk, "--reporter", "json", *options, *scripts], capture_output=True, check=False).stdout
    found: dict[str, set[Place]] = defaultdict(set)
    for each in json.loads(told):
        found[each["rule_name"]].add(scripts[each["file"]].at(each["line"], each["column"]))
    return found


def _ours(scripts: dict[str, Script]) -> dict[str, set[Place]]:
    sources = [Source(path, Path(path).stem, script.text) for path, script in scripts.items()]
    severities = {name: rule.severity for name, rule in all_rules().items()}
    report = lint(sources, LintSettings(severities=severities))
    print(f"{report.statements - report.unread} of {report.statements} statements read", file=sys.stderr)
    found: dict[str, set[Place]] = defaultdict(set)
    for violation in report.violations:
        found[violation.rule].add(scripts[violation.path].at_offset(violation.finding.start))
    return found


def _print_table(folder: Path, ours: dict[str, set[Place]], theirs: dict[str, set[Place]]) -> None:
    print(f"\n{folder.name:40} {'same':>6} {'ours':>6} {'squawk':>6}")
    for rule in sorted(ours.keys() | theirs.keys(), key=lambda rule: -len(ours[rule] | theirs[rule])):
        counts = Counter(
            {
                "same": len(ours[rule] & theirs[rule]),
                "ours": len(ours[rule] - theirs[rule]),
                "squawk": len(theirs[rule] - ours[rule]),
            }
        )
        known = "" if rule in all_rules() else "  (squawk's only)"
        print(f"{rule:40} {counts['same']:6} {counts['ours']:6} {counts['squawk']:6}{known}")


def _print_differences(rule: str, scripts: dict[str, Script], ours: set[Place], theirs: set[Place]) -> None:
    for who, places in (("ours", ours - theirs), ("squawk", theirs - ours)):
        for place in sorted(places):
            print(f"  {who:6} {rule}: {Path(place.path).name} #{place.statement}: {scripts[place.path].shown(place)}")


if __name__ == "__main__":
    main()
