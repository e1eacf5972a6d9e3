"""Taking away what killed runs left on a server: the databases whose process has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_plugin.names import CLONE, KEPT, LEASES, PREFIX, SWEEPS, lease_in

if TYPE_CHECKING:
    import psycopg

    from pytest_plugin.workshop import Workshop

MOST_KEPT = 5  # databases of failed tests of earlier runs

READ_CLONES = """
SELECT datname, coalesce(shobj_description(oid, 'pg_database'), '') FROM pg_database WHERE starts_with(datname, %s)
AND pg_has_role(datdba, 'USAGE') ORDER BY oid DESC
"""


def sweep(workshop: Workshop) -> bool:
    """Drop the databases of processes that have ended, but for the newest of those that were kept.

    Whoever lives holds the lock of its lease. One process sweeps at a time. Returns whether there was anything.
    """
    admin = workshop.admin
    if admin.execute("SELECT pg_try_advisory_lock(%s, 0)", (SWEEPS,)).fetchone() != (True,):
        return False
    found = [row for row in admin.execute(READ_CLONES, (PREFIX,)) if CLONE.fullmatch(row[0])]
    leases = {lease for name, _ in found if (lease := lease_in(name)) is not None} - {workshop.lease}
    dead = {lease for lease in leases if _is_dead(admin, lease)}
    theirs = [(name, comment) for name, comment in found if lease_in(name) in dead]
    kept = [name for name, comment in theirs if comment.startswith(KEPT)][:MOST_KEPT]
    left = [name for name, _ in theirs if name not in kept]
    for name in left:
        workshop.drop(name)
    admin.execute("SELECT pg_advisory_unlock(%s, 0)", (SWEEPS,))
    return bool(left)


def _is_dead(admin: psycopg.Connection[Any], lease: int) -> bool:
    """Return whether nobody has the lease; we have it then, until we end, so that nobody else drops the same."""
    return admin.execute("SELECT pg_try_advisory_lock(%s, %s)", (LEASES, lease)).fetchone() == (True,)
