"""The `demo` kind as the service sees it: for newcomers to try, and for tests and benchmarks to misuse."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from marshmallow import Schema, fields, validate

from service.kinds.base import JobContext, Kind, Limits
from service.model.artifacts import Input

CRASHES = ("segfault", "abort", "exit", "oom")
SPAWNS = ("group", "session")
OUTPUTS = ("summary", "none", "large", "not_json", "not_an_object")


class DemoArgs(Schema):
    """How much work there is, and what goes wrong with it."""

    items = fields.Integer(
        load_default=5,
        strict=True,
        validate=validate.Range(min=0, max=100_000),
        metadata={"title": "Items", "description": "How many items the job has"},
    )
    seconds = fields.Float(
        load_default=0.5,
        validate=validate.Range(min=0, max=86_400),
        metadata={"title": "Seconds an item", "description": "How long each item takes"},
    )
    reports = fields.Integer(
        load_default=5,
        strict=True,
        validate=validate.Range(min=0, max=1_000_000),
        metadata={"title": "Reports an item", "description": "How often progress is told within an item"},
    )
    burn = fields.Boolean(
        load_default=False,
        metadata={
            "title": "Burn CPU",
            "description": "Compute instead of waiting, look for no cancel and ignore SIGTERM",
        },
    )
    fail_items = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=0)),
        load_default=list,
        validate=validate.Length(max=1000),
        metadata={"title": "Items that fail", "description": "Numbers of items that fail, from 0"},
    )
    fail = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=1000),
        metadata={"title": "Fail with", "description": "The job fails with this message at the end"},
    )
    crash = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(CRASHES),
        metadata={"title": "Crash", "description": "How the process ends"},
    )
    crash_at = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0),
        metadata={"title": "Crash at item", "description": "In the middle of which item, from 0"},
    )
    ignore_cancel = fields.Boolean(
        load_default=False,
        metadata={"title": "Ignore cancel", "description": "Catch every cancel and go on"},
    )
    spawn = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.OneOf(SPAWNS),
        metadata={
            "title": "Start a process",
            "description": "Leave a process running, in the job's group or in a session of its own",
        },
    )
    effect = fields.Boolean(
        load_default=False,
        metadata={"title": "Effects", "description": "Commit an intent before each item"},
    )
    hold = fields.Boolean(
        load_default=False,
        metadata={"title": "Hold", "description": "Ask a person to confirm before the first item"},
    )
    print_mb = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=1000),
        metadata={"title": "Print (MB)", "description": "Print so much in one line without an end"},
    )
    artifact_bytes = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(min=0, max=10 * 1024**3),
        metadata={"title": "Artifact (bytes)", "description": "Leave a file of this size"},
    )
    output = fields.String(
        load_default="summary",
        validate=validate.OneOf(OUTPUTS),
        metadata={"title": "Output", "description": "What the job returns"},
    )


class DemoKind(Kind):
    """Does nothing of use, in every way that a job can be done."""

    name: ClassVar[str] = "demo"
    title: ClassVar[str] = "Try the desk"
    description: ClassVar[str] = "Items that take a while, with failures and crashes on demand"
    version: ClassVar[int] = 1
    Args: ClassVar[type[Schema] | None] = DemoArgs
    limits: ClassVar[Limits] = Limits(wall_seconds=24 * 3600, memory_bytes=2 * 1024**3)
    typical_seconds: ClassVar[float] = 2.5

    def run(self, job: JobContext) -> Mapping[str, Any] | None:
        """Do as the args say; returns how many items were done and what was handed in."""
        from service.kinds.demo.work import perform

        return perform(job)

    def title_for(self, args: Mapping[str, Any], inputs: Sequence[Input]) -> str:
        """Return the name of the first file, or how many items there are."""
        count = args.get("items", 5)
        return super().title_for(args, inputs) if inputs else f"Demo: {count} item{'' if count == 1 else 's'}"
