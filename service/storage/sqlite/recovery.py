"""After a crash: jobs that were running go where the crash policy of their kind says."""

from collections.abc import Mapping

from service.model import events as names
from service.model.events import to_json
from service.model.jobs import Job, JobFailure
from service.storage.port import Recovered
from service.storage.sqlite.database import Transaction
from service.storage.sqlite.events import tell
from service.storage.sqlite.life import fail_waiting, finish_cancel, hold, settle_effects
from service.storage.sqlite.line import rank_after_last, rank_before_first
from service.storage.sqlite.rows import JOB_COLUMNS, jobs_from

REASON = "service_crash"


def recover(tx: Transaction, policies: Mapping[str, str], crash_limit: int, now: float) -> Recovered:
    """Put right what a crash left, in one transaction: running it again changes nothing."""
    rows = tx.execute(f"SELECT {JOB_COLUMNS} FROM jobs WHERE status = 'running' ORDER BY started_at DESC")  # noqa: S608
    done: dict[str, list[str]] = {"requeued": [], "failed": [], "held": [], "cancelled": []}
    for job in jobs_from(tx.connection, rows):
        done[_recover_one(tx, job, policies.get(job.kind, "resume"), crash_limit, now)].append(job.id)
    return Recovered(**{what: tuple(ids) for what, ids in done.items()})


def _recover_one(tx: Transaction, job: Job, policy: str, crash_limit: int, now: float) -> str:
    if job.cancel_requested_at is not None:
        finish_cancel(tx, job.id, job.attempt, now)
        return "cancelled"
    tx.execute("UPDATE jobs SET crashes = crashes + 1 WHERE id = ?", (job.id,))
    tell(tx, names.INTERRUPTED, job.id, now, {"status": job.status.value, "reason": REASON})
    if job.crashes + 1 >= crash_limit:
        message = f"The service died {job.crashes + 1} times in a row while this job was running."
        failure = JobFailure(
            "crash_loop", message, "Look at the job's log; retry it when the cause is mended."
        )
        fail_waiting(tx, job.id, failure, now)
        return "failed"
    if policy == "fail":
        message = "The service died while this job was running."
        fail_waiting(tx, job.id, JobFailure("interrupted_by_crash", message, "Retry the job."), now)
        return "failed"
    if policy == "hold":
        hold(tx, job.id, job.attempt, {"reason": REASON}, now)
        return "held"
    settle_effects(tx, job.id, now)
    if policy == "requeue":
        _forget_items(tx, job.id)
    rank = rank_after_last(tx, job.lane) if policy == "requeue" else rank_before_first(tx, job.lane)
    tx.execute("UPDATE jobs SET status = 'queued', rank = ? WHERE id = ?", (rank, job.id))
    (ahead,) = tx.execute(
        "SELECT count(*) FROM jobs WHERE status = 'queued' AND lane = ? AND rank <= ?", (job.lane, rank)
    ).fetchone()
    tell(tx, names.QUEUED, job.id, now, {"status": "queued", "position": ahead})
    return "requeued"


def _forget_items(tx: Transaction, job_id: str) -> None:
    """Start over, but never forget an effect: what was bought stays bought."""
    tx.execute("DELETE FROM items WHERE job_id = ? AND is_effect = 0", (job_id,))
    counts = dict(
        tx.execute("SELECT status, count(*) FROM items WHERE job_id = ? GROUP BY status", (job_id,))
    )
    tx.execute(
        "UPDATE jobs SET items_completed = ?, items_failed = ?, items_needs_review = ?, progress = ? WHERE id = ?",
        (
            counts.get("completed", 0),
            counts.get("failed", 0),
            counts.get("needs_review", 0),
            to_json({}),
            job_id,
        ),
    )
