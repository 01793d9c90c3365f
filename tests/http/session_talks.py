"""Sessions as tests hand them in: a short conversation, a moment of silence, and the ways to send them."""

from typing import Any

from aiohttp import FormData
from multidict import CIMultiDictProxy

from tests.http.conftest import Place

BASE = "/api/sessions"
TALK = (
    "[00:00] Therapist: How was the week?\n"
    "[00:04] Nora: Hard. Some days I think everyone would be better off without me.\n"
    "[00:12] Therapist: Thank you for telling me. Are you thinking of killing yourself?\n"
    "[00:18] Nora: No, nothing like that.\n"
    "[00:22] Therapist: For this week I'd like you to write down three good things each evening.\n"
    "[00:30] Nora: I'll do that. I feel a bit lighter now.\n"
)
CLINICAL = {
    "key_topics",
    "risk_flags",
    "therapist_notes",
    "session_mood",
    "topic_summary",
    "significant_quotes",
}


def form(content: bytes | str = TALK, name: str = "talk.txt", part: str = "file", **fields: str) -> FormData:
    made = FormData(quote_fields=False)
    for field, value in fields.items():
        made.add_field(field, value)
    made.add_field(part, content.encode() if isinstance(content, str) else content, filename=name)
    return made


async def hand_in(place: Place, query: str = "", headers: dict[str, str] | None = None, **more: Any) -> dict:
    """Hand in a transcript and return the answer."""
    async with place.http.post(f"{BASE}/upload{query}", data=form(**more), headers=headers) as answer:
        assert answer.status == 202, await answer.text()
        return await answer.json()


async def done(place: Place, **more: Any) -> str:
    """Hand in a transcript, have it worked on, and return the id of the session."""
    accepted = await hand_in(place, **more)
    job = await place.finished(accepted["job_id"])
    assert job["status"] == "completed", job
    return str(accepted["session_id"])


async def send(
    place: Place, method: str, path: str, body: object, status: int = 200, **headers: str
) -> dict[str, Any]:
    async with place.http.request(method, path, json=body, headers=headers) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def fetch(place: Place, path: str, **headers: str) -> tuple[int, bytes, CIMultiDictProxy[str]]:
    """Return status, body and headers of what is at a path."""
    async with place.http.get(path, headers=headers) as answer:
        return answer.status, await answer.read(), answer.headers


RECORDING = (
    b"RIFF"
    + (36 + 1600).to_bytes(4, "little")
    + b"WAVEfmt "
    + (16).to_bytes(4, "little")
    + (
        b"\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data"
        + (1600).to_bytes(4, "little")
        + bytes(1600)
    )
)  # a twentieth of a second of silence, 16 kHz, 16 bit
