"""What is told of the rules themselves: the list, the page of one, and docs/rules.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.errors import ConfigurationError, did_you_mean
from migrate_tasks.lint.rule import Group
from migrate_tasks.lint.rules import all_rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.lint.rule import Rule

ALL = "all"
ABOUT = {
    Group.CORRECTNESS: "What fails, or does not do what it says.",
    Group.LOCKS: "What keeps others waiting.",
    Group.COMPATIBILITY: "What may break the programs that run meanwhile.",
    Group.DESIGN: "Opinions; off unless they are switched on.",
}
HEAD = """\
# The rules of migrate-lint

This page is made of the rules themselves. One rule's part of it is printed by `migrate-lint --explain RULE`, and all
names by `migrate-lint --list`.

A rule is switched on or off, or made an error or a warning, in pyproject.toml:

```toml
[tool.migrate-tasks.lint]
postgres_version = 15                         # the oldest server that the files must work on, 14 to 18; default 14
start_after = "007-create-analytics-table"    # files up to this one are not judged
rules = { RULE = "off", OTHER-RULE = "warning", THIRD-RULE = true }
per-path = { "migrations/00*.sql" = ["RULE"] }  # rules that are not applied to these files
```

What a rule finds is accepted with a comment that says why:

```sql
-- migrate: allow RULE, OTHER-RULE because REASON      for the next statement
DROP TABLE old;  -- migrate: allow RULE because REASON
-- migrate: allow-file RULE because REASON             for the whole file
```
"""


def rules_page(rules: Mapping[str, Rule] | None = None, examples: Mapping[str, str] | None = None) -> str:
    """Return the page of all rules; ``examples`` are shown below each rule, Markdown by its name."""
    rules = all_rules() if rules is None else rules
    return "\n".join([HEAD, *(_group(group, rules, examples or {}) for group in Group)])


def explain(name: str, rules: Mapping[str, Rule] | None = None) -> str:
    """Return the part of the page that tells of one rule, or of "all"; raises ConfigurationError for an unknown one."""
    rules = all_rules() if rules is None else rules
    if name == ALL:
        return rules_page(rules)
    if name not in rules:
        raise ConfigurationError(
            f'there is no rule "{name}"',
            hint=did_you_mean(name, rules) or "The rules are shown by: migrate-lint --list",
        )
    return _section(rules[name])


def rules_list(rules: Mapping[str, Rule] | None = None) -> str:
    """Return a line for each rule: its name, whether it is on, and what it finds."""
    rules = all_rules() if rules is None else rules
    width = max(map(len, rules), default=0)
    return "".join(f"{rule.name:{width}}  {_default(rule):7}  {rule.summary}\n" for rule in rules.values())


def _group(group: Group, rules: Mapping[str, Rule], examples: Mapping[str, str]) -> str:
    sections = [_section(rule, examples.get(rule.name, "")) for rule in rules.values() if rule.group is group]
    return "\n".join([f"## {group.value.capitalize()}\n\n{ABOUT[group]}\n", *sections])


def _section(rule: Rule, examples: str = "") -> str:
    facts = [rule.summary, f"default: {_default(rule)}", *([f"lock: {rule.lock}"] if rule.lock else [])]
    return f"### {rule.name}\n\n*{'; '.join(facts)}*\n\n{rule.reason.strip()}\n" + (examples and f"\n{examples}")


def _default(rule: Rule) -> str:
    return rule.severity.value if rule.is_default else "off"
