"""The names that databases of the plugin have, and the locks that say whose they are.

A database is the plugin's where its name is of this form; nothing else is ever touched. The lease in it is the number
of an advisory lock that its process holds as long as it lives.
"""

from __future__ import annotations

import re

OF_OURS = "migrate_tasks_"  # how the names of both kinds begin
PREFIX = "migrate_tasks_test"
TEMPLATE_PREFIX = "migrate_tasks_template"
# the first numbers of our advisory locks (class, number); in the administrative database
LEASES, TEMPLATES, BUILDS, SWEEPS = 0x4D540001, 0x4D540002, 0x4D540003, 0x4D540004
KEPT = "kept by migrate-tasks: "  # how the comment of a kept database begins

CLONE = re.compile(PREFIX + r"_([0-9a-f]{8})_(?:[0-9]+|current)")
TEMPLATE = re.compile(TEMPLATE_PREFIX + r"_([0-9a-f]{16})")


def clone_name(lease: int, number: int | str) -> str:
    """Return the name of a database of the process with ``lease``."""
    return f"{PREFIX}_{lease:08x}_{number}"


def lease_in(name: str) -> int | None:
    """Return the lease in the name of a database; None where it is no clone of ours."""
    match = CLONE.fullmatch(name)
    return int(match[1], 16) if match else None


def template_name(fingerprint: str) -> str:
    """Return the name of the template database with ``fingerprint``, which is in hex."""
    return f"{TEMPLATE_PREFIX}_{fingerprint[:16]}"


def lock_of_template(name: str) -> int:
    """Return the number of the lock that users of a template share."""
    return int(name.rpartition("_")[2][:7], 16)
