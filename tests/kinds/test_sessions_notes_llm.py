"""Notes by a language model over real HTTP: believed where its words were said, and never alone on risk."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from jsonschema import Draft202012Validator

from service.kinds.sessions.formats import parse_transcript
from service.kinds.sessions.notes import extract_notes
from service.kinds.sessions.notes.claims import ANSWER_SCHEMA
from service.kinds.sessions.notes.endpoint import MAX_ANSWER_BYTES, Endpoint
from service.kinds.sessions.notes.schema import checked
from service.kinds.sessions.transcript import Transcript
from tests.http.scripted_server import ScriptedServer, scripted_server

TALK = parse_transcript(
    b"Therapist: How are you?\n"
    b"Client: Bad. I think about ending my life.\n"
    b"Therapist: I'd like you to call the clinic this week.\n"
    b"Client: Okay, I'll call them on Monday. I\xe2\x80\x99m a bit hopeful.\n",
    "talk.txt",
)
EMPTY: dict[str, Any] = {
    "key_topics": [], "topic_summary": "About the clinic.", "emotional_themes": [], "action_items": [],
    "strategies": [], "triggers": [], "significant_quotes": [], "session_mood": "low", "mood_trajectory": "improving",
    "risk_flags": [], "follow_up_topics": [], "unresolved_concerns": [], "therapist_notes": "Watch.",
    "patient_summary": "You will call the clinic.",
}  # fmt: skip


def words(segment: str, quote: str) -> list[dict[str, str]]:
    return [{"segment_id": segment, "quote": quote}]


def task(name: str, evidence: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "task": name, "category": "contact", "details": None, "owner": "client", "due": "Monday", "evidence": evidence,
    }  # fmt: skip


def risk(
    sort: str, severity: str, evidence: list[dict[str, str]], *, negated: bool = False
) -> dict[str, Any]:
    return {"type": sort, "severity": severity, "negated": negated, "about": "client", "evidence": evidence}


def completion(content: Any) -> dict[str, Any]:
    text = content if isinstance(content, str) else json.dumps(content)
    return {"choices": [{"message": {"role": "assistant", "content": text}}]}


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as made:
        yield made


async def notes(server: ScriptedServer, talk: Transcript = TALK, **settings: Any) -> dict[str, Any]:
    wanted = {"notes_url": f"{server.url}/v1", "notes_model": "scribe-1", **settings}
    made = await asyncio.to_thread(extract_notes, talk, wanted, lambda _fraction, _message: None)
    assert checked(made) == made
    return made


def answers(server: ScriptedServer, content: Any, status: int = 200) -> None:
    server.answer("POST", "/v1/chat/completions", completion(content), status)


async def test_what_the_model_finds_becomes_notes_with_times_from_the_transcript(
    server: ScriptedServer,
) -> None:
    answers(
        server,
        EMPTY
        | {
            "action_items": [task("Call the clinic", words("s4", "I'll call them on Monday"))],
            "significant_quotes": [{"segment_id": "s4", "quote": "I'm a bit hopeful"}],
            "key_topics": [{"topic": "The clinic", "evidence": words("s3", "call the clinic this week")}],
            "emotional_themes": [
                {"theme": "hope", "intensity": 0.4, "evidence": words("s4", "a bit hopeful")}
            ],
            "risk_flags": [risk("suicidal_ideation", "high", words("s2", "ending my life"))],
        },
    )
    made = await notes(server)
    assert (made["engine"], made["hint"], made["warnings"]) == ("scribe-1", False, [])
    segment = TALK.segments[3]
    (item,) = made["action_items"]
    found = {"segment_id": "s4", "quote": "I'll call them on Monday", "speaker": "S2"}
    assert item["evidence"] == [found | {"start": segment.start, "end": segment.end}]
    assert (
        made["significant_quotes"][0]["timestamp_start"] == segment.start
    )  # a straight for a curly quote is the same
    assert made["topic_summary"] == "About the clinic."
    assert made["session_mood"] == "low"
    assert made["mood_parts"]  # these are measured, not asked for


async def test_the_request_is_what_such_endpoints_take(server: ScriptedServer) -> None:
    seen: dict[str, Any] = {}

    async def respond(request: web.Request) -> web.Response:
        seen.update(await request.json(), authorization=request.headers.get("Authorization"))
        return web.json_response(completion(EMPTY))

    server.answers["POST", "/v1/chat/completions"] = respond
    await notes(server, notes_key="s3cret")
    assert seen["model"] == "scribe-1"
    assert seen["authorization"] == "Bearer s3cret"
    assert "[s2, 00:01, Client] Bad. I think about ending my life." in seen["messages"][1]["content"]
    schema = seen["response_format"]["json_schema"]["schema"]
    assert schema == ANSWER_SCHEMA
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(EMPTY | {"action_items": [task("x", words("s1", "y"))]})
    assert schema["additionalProperties"] is False


async def test_findings_whose_words_were_never_said_are_dropped_and_counted(server: ScriptedServer) -> None:
    answers(
        server,
        EMPTY
        | {
            "action_items": [task("Invented", words("s4", "I'll move to Norway")), task("No words", [])],
            "triggers": [
                {"trigger": "x", "evidence": words("s99", "call the clinic")}
            ],  # wrong place, right words
            "significant_quotes": [{"segment_id": "s4", "quote": "never said"}],
        },
    )
    made = await notes(server)
    assert made["action_items"] == []
    assert made["significant_quotes"] == []
    assert made["triggers"][0]["evidence"][0]["segment_id"] == "s3"
    (warning,) = made["warnings"]
    assert warning["code"] == "findings_dropped"
    assert warning["message"].startswith("3 findings")


async def test_a_risk_that_the_model_leaves_out_is_kept_from_the_rules(server: ScriptedServer) -> None:
    answers(server, EMPTY)
    (flag,) = (await notes(server))["risk_flags"]
    assert (flag["type"], flag["hint"], flag["severity"]) == ("suicidal_ideation", True, "high")


async def test_a_risk_that_the_model_plays_down_stays_as_severe_as_the_rules_read_it(
    server: ScriptedServer,
) -> None:
    flag = risk("suicidal_ideation", "low", words("s2", "ending my life"), negated=True)
    answers(server, EMPTY | {"risk_flags": [flag]})
    (kept,) = (await notes(server))["risk_flags"]
    assert (kept["severity"], kept["negated"], kept["verified"]) == ("high", False, True)


async def test_a_risk_whose_words_are_not_there_is_kept_and_marked(server: ScriptedServer) -> None:
    answers(
        server,
        EMPTY
        | {
            "risk_flags": [
                risk("abuse", "high", words("s2", "he beats me")),
                risk("self_harm", "medium", words("s77", "I cut myself")),
            ]
        },
    )
    made = await notes(server)
    marked = {flag["type"]: flag for flag in made["risk_flags"]}
    assert (marked["abuse"]["verified"], marked["abuse"]["evidence"][0]["quote"]) == (False, "he beats me")
    assert (marked["self_harm"]["verified"], marked["self_harm"]["evidence"]) == (False, [])
    assert marked["suicidal_ideation"]["verified"] is True
    assert "risk_unverified" in [one["code"] for one in made["warnings"]]


BROKEN: dict[str, Any] = {
    "no JSON": "I would say the session went well.",
    "a list": [],
    "nothing": {},
    "a wrong word": EMPTY | {"session_mood": "splendid"},
    "a wrong risk": EMPTY | {"risk_flags": [risk("bad_hair", "high", [])]},
    "a wrong type": EMPTY | {"action_items": "none"},
    "no evidence member": EMPTY | {"triggers": [{"trigger": "x"}]},
    "deep": "[" * 100_000,
}


@pytest.mark.parametrize("what", BROKEN)
async def test_an_answer_that_is_not_in_order_leaves_the_rules_notes_and_says_so(
    server: ScriptedServer, what: str
) -> None:
    answers(server, BROKEN[what])
    made = await notes(server)
    assert (made["engine"], made["hint"]) == ("rules", True)
    assert made["risk_flags"]
    assert made["action_items"]
    (warning,) = made["warnings"]
    assert warning["code"] == "model_failed"
    assert "ending my life" not in warning["message"]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 503])
async def test_an_endpoint_that_refuses_leaves_the_rules_notes(server: ScriptedServer, status: int) -> None:
    answers(server, EMPTY, status)
    made = await notes(server)
    assert made["engine"] == "rules"
    assert str(status) in made["warnings"][0]["message"]


async def test_an_endpoint_that_is_not_there_leaves_the_rules_notes(server: ScriptedServer) -> None:
    for url in ("http://127.0.0.1:1/v1", "ftp://host/v1", "http://[", "nonsense", "http://host:99999999/v1"):
        made = await notes(server, notes_url=url)
        assert (made["engine"], made["warnings"][0]["code"]) == ("rules", "model_failed"), url


async def test_an_answer_without_end_is_not_read_to_it(server: ScriptedServer) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        await request.read()
        answer = web.StreamResponse()
        await answer.prepare(request)
        for _ in range(MAX_ANSWER_BYTES // (1 << 20) + 2):
            await answer.write(b" " * (1 << 20))
        return answer

    server.answers["POST", "/v1/chat/completions"] = respond
    made = await notes(server)
    assert "too long" in made["warnings"][0]["message"]


async def test_a_connection_that_breaks_leaves_the_rules_notes(server: ScriptedServer) -> None:
    async def respond(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    server.answers["POST", "/v1/chat/completions"] = respond
    assert (await notes(server))["engine"] == "rules"


async def test_a_transcript_too_long_for_any_model_is_not_sent(server: ScriptedServer) -> None:
    long = parse_transcript("\n".join(f"Client: {'word ' * 90}{n}." for n in range(1000)).encode(), "a.txt")
    made = await notes(server, long)
    assert made["engine"] == "rules"
    assert server.requests == []


def test_without_address_or_model_nobody_is_asked() -> None:
    assert Endpoint.of({}) is None
    assert Endpoint.of({"notes_url": "http://host/v1"}) is None
    assert Endpoint.of({"notes_model": "m", "notes_url": ""}) is None
