"""The rules, one module each, which has the rule as ``RULE``."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from migrate_tasks.lint.rule import Rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return every rule by its name, sorted."""
    found = [import_module(f"{__name__}.{module.name}").RULE for module in pkgutil.iter_modules(__path__)]
    return {rule.name: rule for rule in sorted(found, key=lambda rule: rule.name)}
