"""What Prometheus may scrape: how long the line is, how fast it moves, how right the estimates are."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST as CONTENT_TYPE

__all__ = ["CONTENT_TYPE", "Metrics"]

SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 4 * 3600)


class Metrics:
    """One registry for one desk, so that two in a process do not meet."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.submitted = Counter(
            "nowserving_jobs_submitted", "Jobs accepted", ["kind", "cached"], registry=self.registry
        )
        self.finished = Counter(
            "nowserving_jobs_finished", "Jobs that ended", ["kind", "status"], registry=self.registry
        )
        self.interrupted = Counter(
            "nowserving_jobs_interrupted", "Runs that were interrupted", registry=self.registry
        )
        self.waiting = Gauge("nowserving_jobs_waiting", "Jobs in the line", ["lane"], registry=self.registry)
        self.running = Gauge("nowserving_jobs_running", "Jobs running now", ["lane"], registry=self.registry)
        self.paused = Gauge(
            "nowserving_lane_paused", "1 while a lane takes no job", ["lane"], registry=self.registry
        )
        self.waited = Histogram(
            "nowserving_job_wait_seconds",
            "From submission to start",
            ["kind"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.ran = Histogram(
            "nowserving_job_run_seconds",
            "From start to end",
            ["kind"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self.estimate_error = Histogram(
            "nowserving_estimate_ratio",
            "Actual seconds to completion divided by the P50 told at submission",
            buckets=(0.1, 0.25, 0.5, 0.8, 1.25, 2, 4, 10),
            registry=self.registry,
        )
        self.estimate_within = Counter(
            "nowserving_estimates",
            "Completions by whether they came before the P90 told at submission",
            ["within_p90"],
            registry=self.registry,
        )
        self.streams = Gauge("nowserving_streams_open", "Open event streams", registry=self.registry)
        self.frames = Gauge("nowserving_frames_delivered", "Frames handed to streams", registry=self.registry)
        self.events = Gauge(
            "nowserving_event_number", "Number of the newest durable event", registry=self.registry
        )
        self.disk = Gauge(
            "nowserving_disk_used_bytes", "Bytes of inputs and artifacts", registry=self.registry
        )

    def render(self) -> bytes:
        """Return the text exposition (of type CONTENT_TYPE)."""
        return generate_latest(self.registry)
