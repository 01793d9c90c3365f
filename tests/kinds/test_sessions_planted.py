"""Conversations with planted dangers, tasks and changes of mood: all of it is found, and marked for what it is."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.kinds.sessions.formats import parse_transcript, read_transcript
from service.kinds.sessions.notes import extract_notes
from service.kinds.sessions.notes.schema import checked
from tests.kinds.session_agreements import AGREED, NOT_AGREED, TURNS_OF_MOOD
from tests.kinds.session_hints import DAILY_LIFE, DENIALS, INDIRECT

PLANTED = Path(__file__).parent / "planted"
TRUTH: dict[str, dict[str, Any]] = json.loads((PLANTED / "truth.json").read_text("utf-8"))


def notes_of(name: str) -> dict[str, Any]:
    return extract_notes(read_transcript(PLANTED / name, name), {}, lambda _fraction, _message: None)


def flags_of(words: str) -> list[dict[str, Any]]:
    talk = parse_transcript(f"Therapist: Go on.\nClient: {words}".encode(), "talk.txt")
    found: list[dict[str, Any]] = extract_notes(talk, {}, lambda _fraction, _message: None)["risk_flags"]
    return found


def said(finding: dict[str, Any]) -> str:
    return " ".join(one["quote"] for one in finding["evidence"]).lower()


@pytest.mark.parametrize("name", TRUTH)
def test_every_planted_danger_is_flagged_with_its_words_and_for_what_it_is(name: str) -> None:
    flags = notes_of(name)["risk_flags"]
    for planted in TRUTH[name]["risks"]:
        found = [
            flag for flag in flags if flag["type"] in planted["types"] and planted["quote"] in said(flag)
        ]
        assert found, planted
        assert any(_is_marked(flag, planted["state"]) for flag in found), (planted, found)


def _is_marked(flag: dict[str, Any], state: str) -> bool:
    if state == "negated":
        return bool(flag["negated"])
    if state == "other":
        return bool(flag["about"] == "other")
    return not flag["negated"] and (state == "past" or flag["severity"] != "low")


@pytest.mark.parametrize("name", TRUTH)
def test_every_planted_task_is_found_with_its_words_and_no_refused_one(name: str) -> None:
    items = [f"{item['task']} {said(item)}".lower() for item in notes_of(name)["action_items"]]
    for either in TRUTH[name]["actions"]:
        assert any(words in item for words in either for item in items), (either, items)
    for refused in TRUTH[name]["no_actions"]:
        assert not any(refused in item for item in items), refused


@pytest.mark.parametrize("name", [name for name, truth in TRUTH.items() if truth["trajectory"]])
def test_a_change_of_mood_that_is_told_indirectly_is_seen(name: str) -> None:
    assert notes_of(name)["mood_trajectory"] == TRUTH[name]["trajectory"]


@pytest.mark.parametrize("name", TRUTH)
def test_notes_on_it_keep_to_the_schema_and_quote_what_was_said(name: str) -> None:
    made = notes_of(name)
    assert checked(made) == made
    texts = {one.id: one.text for one in read_transcript(PLANTED / name, name).segments}
    for part in ("risk_flags", "action_items", "mood_parts"):
        for finding in made[part]:
            assert finding["evidence"]
            assert all(one["quote"] in texts[one["segment_id"]] for one in finding["evidence"])


@pytest.mark.parametrize("words", INDIRECT)
def test_danger_that_is_told_indirectly_is_flagged(words: str) -> None:
    assert [flag for flag in flags_of(words) if not flag["negated"] and flag["severity"] != "low"]


@pytest.mark.parametrize("words", DENIALS)
def test_what_is_denied_is_never_flagged_as_present(words: str) -> None:
    assert [flag for flag in flags_of(words) if not flag["negated"]] == []


@pytest.mark.parametrize("words", DAILY_LIFE)
def test_daily_life_is_no_danger(words: str) -> None:
    assert flags_of(words) == []


@pytest.mark.parametrize(
    ("answer", "is_negated"),
    [
        ("I don't know.", False),
        ("I'm not sure.", False),
        ("No idea.", False),
        ("I don't want to talk about it.", False),
        ("No. Well, there was one night.", False),
        ("Me? No, never.", True),
        ("No, not for years.", True),
        ("God no.", True),
    ],
)
def test_only_a_denial_is_a_denial(answer: str, is_negated: bool) -> None:
    talk = parse_transcript(f"Therapist: Any thoughts of suicide?\nClient: {answer}".encode(), "talk.txt")
    (flag,) = extract_notes(talk, {}, lambda _fraction, _message: None)["risk_flags"]
    assert flag["negated"] is is_negated
    assert any(answer.endswith(one["quote"]) or one["quote"] in answer for one in flag["evidence"])


def notes_on(turns: list[str]) -> dict[str, Any]:
    return extract_notes(parse_transcript("\n".join(turns).encode(), "talk.txt"), {}, lambda *_: None)


@pytest.mark.parametrize(("turns", "either"), AGREED)
def test_what_the_two_agree_on_is_a_task(turns: list[str], either: list[str]) -> None:
    items = [f"{item['task']} {said(item)}".lower() for item in notes_on(turns)["action_items"]]
    assert any(words in item for words in either for item in items), items


@pytest.mark.parametrize("turns", NOT_AGREED)
def test_what_is_refused_or_done_in_the_room_is_no_task(turns: list[str]) -> None:
    assert notes_on(turns)["action_items"] == []


@pytest.mark.parametrize(("trajectory", "words"), TURNS_OF_MOOD)
def test_a_mood_in_pictures_goes_the_way_that_is_told(trajectory: str, words: list[str]) -> None:
    turns = [turn for one in words for turn in ("T: And then?", f"C: {one}")]
    assert notes_on(turns)["mood_trajectory"] == trajectory


@pytest.mark.parametrize(
    "words",
    [
        "I'm going to take all the pills tonight.",
        "I'll jump off the bridge on Friday.",
        "I'm going to get drunk again this weekend.",
        "I'll write a goodbye letter to my kids tonight.",
        "I'm going to buy a rope on Saturday.",
        "I've been thinking about suicide. I'm going to do it on Sunday.",
    ],
)
def test_a_danger_that_is_announced_is_no_task_for_the_patient_to_take_home(words: str) -> None:
    made = notes_on(["Therapist: Go on.", f"Client: {words}", "Therapist: Okay."])
    assert made["action_items"] == []
    assert "Until next time" not in made["patient_summary"]
    assert [flag for flag in made["risk_flags"] if flag["severity"] != "low"]


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("When I feel like cutting I'll call my sister tonight.", "Call my sister tonight"),
        ("I'll give the pills to my mum tonight.", "Give the pills to my mum tonight"),
        (
            "I'll write down when I think about suicide every evening.",
            "Write down when I think about suicide every",
        ),
    ],
)
def test_what_keeps_somebody_safe_stays_a_task(words: str, task: str) -> None:
    made = notes_on(["Therapist: Go on.", f"Client: {words}", "Therapist: Good."])
    assert [item["task"][: len(task)] for item in made["action_items"]] == [task]
