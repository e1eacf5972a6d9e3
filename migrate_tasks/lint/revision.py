"""What has changed since a git revision, asked of git itself."""

from __future__ import annotations

import os
import subprocess

from migrate_tasks.errors import ConfigurationError


def changed_since(revision: str, folder: str) -> frozenset[str]:
    """Return the paths of the files in ``folder`` that are new or changed since the revision, as it was typed.

    What counts is what lies on the disk, whether it is committed, staged or neither. Raises ConfigurationError where
    there is no git, no repository or no such revision.
    """
    _git(folder, "rev-parse", "--git-dir", refused=f'folder "{folder}" is in no git repository, which --since asks')
    _git(
        folder,
        "rev-parse",
        "--verify",
        "--quiet",
        "--end-of-options",
        f"{revision}^{{commit}}",
        refused=f'--since: git knows no revision "{revision}"',
        hint="Fetch it, as a shallow clone lacks most of them: git fetch --unshallow",
    )
    changed = _git(folder, "diff", "--name-only", "-z", "--relative", "--diff-filter=d", revision, "--", ".")
    new = _git(folder, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    return frozenset(os.path.normpath(f"{folder}/{name}") for name in (changed + new).split("\0") if name)


def _git(folder: str, *arguments: str, refused: str = "git failed", hint: str | None = None) -> str:
    """Return what git answers in a folder."""
    try:
        done = subprocess.run(
            ["git", "-C", folder, *arguments],  # noqa: S607 -- the user's own
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigurationError("git is not here, which --since asks", hint="Install git, or name files.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise ConfigurationError(refused, detail=f"git said: {said}" if said else None, hint=hint)
    return os.fsdecode(done.stdout)
