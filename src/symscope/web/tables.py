"""Rows of jobs as files to keep."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from symscope.web.records import Job, State
from symscope.web.store import Store

ENCODED = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
"""Kinds of table, and their types."""


def encoded(store: Store, jobs: Sequence[Job], kind: str) -> bytes:
    """Encode the rows of jobs that are over, as one of ENCODED."""
    from symscope.drawing import table

    rows = [row for job in jobs if (row := _row(store, job)) is not None]
    if kind == "json":
        return table.to_json(rows)
    return table.to_csv(rows) if kind == "csv" else table.to_parquet(rows)


def _row(store: Store, job: Job) -> dict[str, Any] | None:
    if job.state is State.DONE:
        found = store.read("jobs", job.identity, "result.json")
        return found["row"] if found else None
    if job.state in (State.FAILED, State.CANCELLED):
        return {"path": job.path, "outcome": job.state.value, "message": job.error}
    return None


def stem(name: str) -> str:
    """Return what a download of a picture of that name is called, without its ending."""
    without = name.removeprefix("sample:").rpartition(".")[0] or name.removeprefix("sample:")
    kept = "".join(c if c.isalnum() or c in "-_ ()" else "_" for c in without).strip()
    return kept[:100] or "score"


def disposition(name: str) -> dict[str, str]:
    """Return the header that names a download."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"}
