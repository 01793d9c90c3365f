"""The dialect, the docs, and the small pure parts of shipping."""

from pathlib import Path
from typing import Any

import pytest

from service.http.problems import PROBLEMS
from service.kinds.shipping.codes import REMEDIATION
from service.kinds.shipping.dialect import shipping_dialect

DOCS = Path(__file__).parents[2] / "docs" / "kinds" / "shipping.md"


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("queued", {"status": "queued", "position": 2}, [("queued", {"status": "queued", "position": 2})]),
        ("position", {"status": "running", "position": None}, []),
        ("progress", {"percent": 3.0}, []),
        ("started", {"attempt": 1}, []),
        (
            "started",
            {"attempt": 2, "preview": {"total_rows": 5}, "confirmed": {"hash": "a", "skip_rows": [3]}},
            [("batch_started", {"total_rows": 4})],
        ),
        (
            "held",
            {"preview": {"total_rows": 5, "total_cost_cents": 100, "hash": "a", "rows": []}},
            [("preview_ready", {"total_rows": 5, "total_cost_cents": 100, "hash": "a"})],
        ),
        (
            "item_completed",
            {"key": "7", "output": {"tracking_number": "SBX1", "cost_cents": 578, "order_id": "2"}},
            [("row_completed", {"row_number": 7, "tracking_number": "SBX1", "cost_cents": 578})],
        ),
        (
            "item_failed",
            {"key": "7", "item_status": "failed", "code": "rate_changed", "message": "Dearer."},
            [("row_failed", {"row_number": 7, "error_code": "rate_changed", "error_message": "Dearer."})],
        ),
        (
            "item_failed",
            {"key": "7", "item_status": "needs_review", "code": "no_answer", "message": "Silence."},
            [("row_failed", {"row_number": 7, "error_code": "needs_review", "error_message": "Silence."})],
        ),
        (
            "completed",
            {"output": {"total_rows": 3, "successful": 2, "total_cost_cents": 9, "failed": 1}},
            [("batch_completed", {"total_rows": 3, "successful": 2, "total_cost_cents": 9})],
        ),
        (
            "failed",
            {
                "error": {"code": "carrier_unavailable", "message": "Down."},
                "items": {"completed": 2, "failed": 1},
            },
            [
                (
                    "batch_failed",
                    {"error_code": "carrier_unavailable", "error_message": "Down.", "processed": 3},
                )
            ],
        ),
        (
            "cancelled",
            {},
            [
                (
                    "batch_failed",
                    {"error_code": "cancelled", "error_message": "The job was cancelled.", "processed": 0},
                )
            ],
        ),
        ("ping", {"time": "now"}, [("ping", {"time": "now"})]),
    ],
)
def test_events_are_said_in_the_words_of_the_older_desk(
    name: str, data: dict[str, Any], said: list[Any]
) -> None:
    assert list(shipping_dialect(name, data)) == said


def test_the_docs_name_every_code_with_a_remedy() -> None:
    text = DOCS.read_text("utf-8")

    assert [code for code in REMEDIATION if f"`{code}`" not in text and code not in PROBLEMS] == []
