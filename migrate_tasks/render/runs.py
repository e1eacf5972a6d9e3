"""Runs on demand, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from migrate_tasks.render.json import Json, error_json, moment, run_json

if TYPE_CHECKING:
    from migrate_tasks.api.runs import Ended, Run


def ended_json(ended: Ended) -> Json:
    """Return the answer of POST run."""
    if ended.error and not ended.result.results:
        return error_json(ended.error)
    return run_json(ended.result, ended.error)


def run_state(run: Run, result: Json | None) -> Json:
    """Return the answer of GET runs/ID; ``result`` is what POST run would answer, None where it is not told."""
    ended = run.ended.result() if run.ended.done() else None
    state = "running" if ended is None else "failed" if ended.error else "succeeded"
    data = {
        "id": run.id,
        "state": state,
        "dry_run": run.order.dry_run,
        "started_at": moment(run.started_at),
        "ended_at": moment(ended.at) if ended else None,
        "result": result,
    }
    return {"success": True, "data": data}
