"""Policies that let everybody write every row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from migrate_tasks.lint.knowledge.conditions import is_always_true
from migrate_tasks.lint.rule import Group, Rule
from migrate_tasks.lint.violation import Severity
from migrate_tasks.sql.operations import CreatePolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from migrate_tasks.lint.step import Step
    from migrate_tasks.lint.violation import Finding


def _check(step: Step) -> Iterator[Finding]:
    policy = step.operation
    assert isinstance(policy, CreatePolicy)
    if not policy.is_new or policy.command == "SELECT" or RESTRICTIVE.search(step.text):
        return
    expressions = [expression for expression in (policy.using, policy.with_check) if expression]
    if any(is_always_true(expression) for expression in expressions):
        who = ", ".join(f'"{role}"' for role in policy.roles) or "every role"
        clause = "WITH CHECK" if policy.command == "INSERT" else "USING"
        yield step.finding(
            f'policy "{policy.name}" lets {who} write any row of "{policy.table}"',
            f"Say whose rows: {clause} (owner = current_user). Or let all read only: FOR SELECT USING (true).",
        )


RESTRICTIVE = re.compile(r"\bAS\s+RESTRICTIVE\b", re.IGNORECASE)


RULE = Rule(
    name="policy-always-true",
    group=Group.DESIGN,
    summary="a policy lets everybody write every row",
    reason="""\
`USING (true)` or `WITH CHECK (true)` in a policy for writes, or for ALL, which is what a policy without FOR is, takes
from row-level security what it is there for: policies are joined by OR, so one that is always true outweighs all
others.

Say whose rows they are. `FOR SELECT USING (true)` is fine where all may read, and so are restrictive policies. Allow
it for the role of a service that is trusted with all rows.
""",
    severity=Severity.WARNING,
    is_default=False,
    on=(CreatePolicy,),
    check=_check,
)
