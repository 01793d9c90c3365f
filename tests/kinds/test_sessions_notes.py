"""Notes by rules: what was planted in a conversation is found with its evidence, and what was not is not."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.kinds.sessions.formats import parse_transcript, read_transcript
from service.kinds.sessions.notes import extract_notes
from service.kinds.sessions.notes.actions import actions, category_of
from service.kinds.sessions.notes.mood import MOODS, mood_of
from service.kinds.sessions.notes.phrasebook import phrasebook
from service.kinds.sessions.notes.risk import RISK_TYPES, risk_flags
from service.kinds.sessions.notes.roles import roles_of
from service.kinds.sessions.notes.schema import CATEGORIES, Notes, checked
from service.kinds.sessions.notes.sentences import Sentence, sentences_of, split
from service.kinds.sessions.transcript import Segment, Transcript
from tests.kinds.session_dangers import DANGER, DENIED, HARMLESS
from tests.kinds.session_tasks import TALK, TASKS

EXAMPLES = Path(__file__).parents[2] / "examples" / "sessions"
BOOKS = ("risk", "actions", "context", "manner", "themes", "topics", "strategies", "threads", "categories")


def spoken(text: str, role: str = "client") -> list[Sentence]:
    said = Transcript("test", False, (Segment("s1", 0.0, 1.0, text, "S1"),))
    return sentences_of(said, {"S1": role})  # type: ignore[dict-item]  # one of the roles


def talk(*turns: str) -> Transcript:
    """A conversation; a turn is "T: …" or "C: …"."""
    return parse_transcript("\n".join(turns).encode(), "talk.txt")


def notes_on(*turns: str) -> dict[str, Any]:
    return extract_notes(talk(*turns), {}, lambda _fraction, _message: None)


def quotes(found: dict[str, Any]) -> str:
    return " ".join(one["quote"] for one in found["evidence"])


@pytest.mark.parametrize("book", BOOKS)
def test_every_book_of_phrases_can_be_read(book: str) -> None:
    assert all(section.phrases for section in phrasebook(book))


@pytest.mark.parametrize(("sort", "words"), DANGER)
def test_a_statement_of_danger_is_flagged_with_its_words(sort: str, words: str) -> None:
    found = [flag for flag in risk_flags(spoken(words)) if flag.type == sort]
    assert found
    assert any(not flag.is_negated and flag.severity != "low" for flag in found)
    assert all(one["quote"] in words for flag in found for one in flag.to_json()["evidence"])


@pytest.mark.parametrize(("sort", "words"), DENIED)
def test_a_denied_danger_is_a_low_flag_and_is_never_dropped(sort: str, words: str) -> None:
    found = [flag for flag in risk_flags(spoken(words)) if flag.type == sort]
    assert [(flag.severity, flag.is_negated) for flag in found] == [("low", True)]


@pytest.mark.parametrize("words", HARMLESS)
def test_idioms_and_daily_life_are_no_danger(words: str) -> None:
    assert risk_flags(spoken(words)) == []


@pytest.mark.parametrize(
    ("answer", "severity", "is_negated"),
    [
        ("No, nothing like that.", "low", True),
        ("Not really.", "low", True),
        ("Sometimes, at night.", "medium", False),
        ("Yes.", "medium", False),
        ("A little, I guess.", "medium", False),
        ("I'd rather talk about the car.", "low", False),
    ],
)
def test_what_the_therapist_asks_is_weighed_by_the_answer(
    answer: str, severity: str, is_negated: bool
) -> None:
    found = notes_on("T: Have you had any thoughts of killing yourself?", f"C: {answer}")["risk_flags"]
    assert [(flag["type"], flag["severity"], flag["negated"]) for flag in found] == [
        ("suicidal_ideation", severity, is_negated)
    ]
    assert [one["segment_id"] for one in found[0]["evidence"]] == ["s1", "s2"]


def test_a_question_without_an_answer_is_not_a_denied_one() -> None:
    (flag,) = notes_on("C: I went home.", "T: Are you thinking of suicide?")["risk_flags"]
    assert (flag["severity"], flag["negated"]) == ("low", False)


def test_a_plan_with_means_weighs_more_than_a_thought_and_the_past_less() -> None:
    def severity(words: str) -> str:
        return max(flag.severity for flag in risk_flags(spoken(words)) if flag.type == "suicidal_ideation")

    assert severity("I want to die and I have the pills at home.") == "high"
    assert severity("Sometimes I wish I was dead.") == "medium"
    assert severity("I tried to kill myself ten years ago.") == "medium"


def test_danger_of_another_person_is_told_apart() -> None:
    (flag,) = [
        flag for flag in risk_flags(spoken("My brother killed himself in March.")) if flag.about == "other"
    ]
    assert flag.severity == "medium"


@pytest.mark.parametrize(("role", "words", "named"), TASKS)
def test_what_somebody_takes_on_is_an_action_item(role: str, words: str, named: str) -> None:
    found = actions(spoken(words, role))
    assert any(named in item.task.lower() for item in found), [item.task for item in found]
    made = found[0].to_json()
    assert made["category"] in CATEGORIES
    assert made["evidence"][0]["quote"] == words
    assert made["hint"] is True


@pytest.mark.parametrize(("role", "words"), TALK)
def test_what_only_sounds_like_it_is_none(role: str, words: str) -> None:
    assert [item.task for item in actions(spoken(words, role))] == []


def test_one_sentence_may_take_on_several_things() -> None:
    found = notes_on(
        "T: I'd like you to practise the breathing daily, and please write down when you use it.",
        "C: Sure, I'll call the doctor tomorrow and I'm going to ask my wife to come along.",
    )["action_items"]
    assert [item["task"] for item in found] == [
        "Practise the breathing daily", "Write down when you use it",
        "Call the doctor tomorrow", "Ask my wife to come along",
    ]  # fmt: skip


def test_agreeing_to_a_suggestion_makes_it_a_task_that_rests_on_both() -> None:
    (item,) = notes_on("T: Would it help to write the worries down before bed?", "C: Yes, I'll do that.")[
        "action_items"
    ]
    assert item["task"] == "Write the worries down before bed"
    assert [one["segment_id"] for one in item["evidence"]] == ["s1", "s2"]


def test_a_task_that_is_said_again_is_one_task() -> None:
    (item,) = notes_on(
        "T: I'd like you to call your sister this week.",
        "C: I'm afraid of it.",
        "C: I'll call my sister on Friday.",
    )["action_items"]
    assert {one["segment_id"] for one in item["evidence"]} == {"s1", "s3"}


def test_who_does_it_and_by_when_is_told() -> None:
    found = notes_on(
        "T: I'll send you the worksheet tonight.",
        "C: I'll fill it in before Thursday.",
        "T: Let's meet again next Monday.",
    )["action_items"]
    assert [(item["owner"], item["due"]) for item in found] == [
        ("therapist", "tonight"), ("client", "before thursday"), ("both", "next monday"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("task", "category"),
    [
        ("call the clinic", "appointment"), ("take the tablets with food", "medication"), ("write it down", "homework"),
        ("practise breathing", "practice"), ("talk to him", "contact"), ("go for a walk", "lifestyle"),
        ("frobnicate", "other"),
    ],
)  # fmt: skip
def test_tasks_have_a_category(task: str, category: str) -> None:
    assert category_of(task) == category


LOW = (
    "I feel hopeless and exhausted.",
    "I cried all night, it was awful.",
    "I'm so anxious that I can't eat.",
)
HIGH = (
    "I feel calm and hopeful.",
    "I laughed with my sister, it was lovely.",
    "I'm proud of what I did, I feel good.",
)


@pytest.mark.parametrize(
    ("first", "second", "trajectory"),
    [(LOW, HIGH, "improving"), (HIGH, LOW, "declining"), (HIGH, HIGH, "stable"), (LOW, LOW, "stable")],
)
def test_a_change_of_mood_is_seen(first: tuple[str, ...], second: tuple[str, ...], trajectory: str) -> None:
    turns = [turn for words in (*first, *second) for turn in ("T: How was that?", f"C: {words}")]
    made = notes_on(*turns)
    assert made["mood_trajectory"] == trajectory
    scores = [part["score"] for part in made["mood_parts"]]
    assert len(scores) == 4
    assert all(part["evidence"] for part in made["mood_parts"])
    if trajectory == "improving":
        assert scores[0] < -0.2 < 0.2 < scores[-1]


def test_a_mood_that_goes_down_and_up_again_fluctuates() -> None:
    words = (*HIGH[:2], *LOW, *LOW, *HIGH[:2])
    assert notes_on(*(f"C: {one}" for one in words), "T: I see.")["mood_trajectory"] == "fluctuating"


def test_the_therapist_s_words_do_not_make_the_client_s_mood() -> None:
    made = notes_on(
        "T: That is terrible, awful, a horrible tragedy.", "C: It was a good day and I enjoyed it."
    )
    assert made["session_mood"] in ("positive", "very_positive")


@pytest.mark.parametrize(
    ("words", "mood"),
    [
        ("I'd say two out of ten.", "very_low"),
        ("Nine out of ten, I think.", "very_positive"),
        ("My anxiety is at nine out of ten.", "very_low"),
    ],
)
def test_a_mood_that_is_given_as_a_number_counts(words: str, mood: str) -> None:
    made = notes_on("T: How is your mood?", f"C: {words}")
    assert made["session_mood"] == mood or MOODS.index(made["session_mood"]) in {
        MOODS.index(mood) - 1,
        MOODS.index(mood) + 1,
    }


def test_words_for_moods_go_from_very_low_to_very_positive() -> None:
    assert [mood_of(score) for score in (-0.9, -0.2, 0.0, 0.3, 0.9)] == list(MOODS)


def test_roles_are_told_by_names_and_else_by_who_asks() -> None:
    assert roles_of(talk("Therapist: Hello.", "Nora: Hello.")) == {"S1": "therapist", "S2": "client"}
    assert roles_of(talk("Dr. Weber: Hello.", "Client: Hi.")) == {"S1": "therapist", "S2": "client"}
    manners = talk(
        "Speaker A: I was angry at my boss, my hands were shaking.", "Speaker B: What was that like for you?",
        "Speaker A: I was ashamed. I went to my car and I cried.", "Speaker B: What comes up when you tell me that?",
    )  # fmt: skip
    assert roles_of(manners) == {"S1": "client", "S2": "therapist"}


def test_without_speakers_everything_is_still_looked_for() -> None:
    made = extract_notes(
        parse_transcript(b"I want to die.\n\nI'll call the clinic on Monday.\n\nHow about a walk each day?", "a.txt"),
        {}, lambda *_: None,
    )  # fmt: skip
    assert [flag["type"] for flag in made["risk_flags"]] == ["suicidal_ideation"]
    assert len(made["action_items"]) == 2


PLANTED = (
    "T: Hi Ben, how have you been?",
    "C: Terrible. I feel empty and I hardly slept, every morning is heavy.",
    "T: What happened?",
    "C: My manager shouted at me in the meeting. Whenever he walks past my desk my chest gets tight and I panic.",
    "C: On Wednesday I thought that everyone would be better off without me.",
    "T: I'm glad you say it. Did you think of doing something?",
    "C: No. It was a thought, it went away when I called my brother.",
    "T: Last time we tried the breathing exercise.",
    "C: The breathing helped, I did it on the train and I calmed down.",
    "T: Then for this week I'd like you to write down three things each evening that went all right.",
    "C: Okay. And I'll ask my manager for a meeting by Friday.",
    "T: How do you feel now?",
    "C: Better, actually. I feel lighter and a bit hopeful.",
    "C: I still don't know how to tell my father about the job.",
    "T: Let's come back to your father next time.",
)


def test_everything_planted_in_a_conversation_is_found_with_its_evidence() -> None:
    made = notes_on(*PLANTED)
    assert checked(made) == made
    texts = {segment.id: segment.text for segment in talk(*PLANTED).segments}
    for one in _all_evidence(made):
        assert one["quote"] in texts[one["segment_id"]]
    flag = next(flag for flag in made["risk_flags"] if not flag["negated"])
    assert flag["type"] == "suicidal_ideation"
    assert "better off without me" in quotes(flag)
    tasks = {item["task"]: item for item in made["action_items"]}
    assert any("three things" in task for task in tasks)
    assert any("manager" in task and item["due"] == "by friday" for task, item in tasks.items())
    assert made["mood_trajectory"] == "improving"
    assert "walks past my desk" in made["triggers"][0]["trigger"]
    assert ("Breathing exercises", "helpful") in [
        (one["strategy"], one["status"]) for one in made["strategies"]
    ]
    assert any("father" in one["concern"] for one in made["unresolved_concerns"])
    assert any("father" in one["topic"] for one in made["follow_up_topics"])
    assert "Work" in [one["topic"] for one in made["key_topics"]]
    assert {"anxiety", "sadness", "hope"} <= {one["theme"] for one in made["emotional_themes"]}
    assert made["significant_quotes"]
    assert all(quote["timestamp_start"] >= 0 for quote in made["significant_quotes"])
    assert made["hint"] is True


def test_the_patient_s_summary_repeats_nothing_that_was_flagged() -> None:
    made = notes_on(*PLANTED)
    assert "better off" not in made["patient_summary"]
    assert "suicid" not in made["patient_summary"]
    assert "write down three things" in made["patient_summary"].lower()


def test_another_language_is_said_to_be_beyond_the_rules() -> None:
    turns = [
        "C: Ich habe diese Woche kaum geschlafen und war jeden Tag sehr erschöpft, es war schrecklich."
    ] * 4
    assert [one["code"] for one in notes_on(*turns)["warnings"]] == ["rules_know_english"]


@pytest.mark.parametrize("name", ["nora-and-her-therapist.txt", "sam-after-the-exhibition.vtt"])
def test_the_examples_have_something_of_everything(name: str) -> None:
    made = extract_notes(read_transcript(EXAMPLES / name, name), {}, lambda *_: None)
    for part in ("key_topics", "emotional_themes", "action_items", "strategies", "triggers", "significant_quotes",
                 "risk_flags", "follow_up_topics", "unresolved_concerns"):  # fmt: skip
        assert made[part], part
    assert made["mood_trajectory"] == "improving"


def test_progress_goes_from_nothing_to_all_and_holds_no_words_of_the_session() -> None:
    told: list[tuple[float, str]] = []
    extract_notes(talk(*PLANTED), {}, lambda fraction, message: told.append((fraction, message)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert not any("manager" in message or "father" in message for _, message in told)


def test_sentences_are_cut_where_people_pause() -> None:
    assert split('I saw Dr. Weber. "Really?" Yes… No!') == ["I saw Dr. Weber.", '"Really?"', "Yes…", "No!"]
    draft = split("and then " + "i went home because it was late " * 60)
    assert all(len(part) <= 700 for part in draft)
    assert " ".join(draft).split() == ("and then " + "i went home because it was late " * 60).split()


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "words", ["a " * 20_000, "i want to " * 8_000, "no " * 30_000, "'" * 40_000, "x" * 100_000]
)
def test_words_that_are_made_to_hang_the_rules_do_not(words: str) -> None:
    assert notes_on(f"C: {words}")["engine"] == "rules"


WORDS = st.sampled_from(
    [*(words for _, words in DANGER[:20]), *HARMLESS[:10], "…", "?", "É", "\u202e", "a", "I'll call."]
)


@settings(deadline=None, max_examples=60)  # the first one loads the lexicon
@given(
    st.lists(st.tuples(st.sampled_from([None, "S1", "S2", "S3"]), st.lists(WORDS, max_size=3)), max_size=8)
)
def test_any_transcript_gives_notes_that_keep_to_the_schema(
    turns: list[tuple[str | None, list[str]]],
) -> None:
    segments = tuple(
        Segment(f"s{n}", float(n), n + 1.0, " ".join(words), speaker)
        for n, (speaker, words) in enumerate(turns)
    )
    made = extract_notes(Transcript("test", False, segments, 9.0), {}, lambda *_: None)
    assert Notes().validate(json.loads(json.dumps(made))) == {}
    assert {flag["type"] for flag in made["risk_flags"]} <= set(RISK_TYPES)


def _all_evidence(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        own = (
            [value]
            if value.keys() >= {"segment_id", "start", "end", "quote"} and "evidence" not in value
            else []
        )
        return own + [one for inner in value.values() for one in _all_evidence(inner)]
    return [one for inner in value for one in _all_evidence(inner)] if isinstance(value, list) else []


def test_a_hard_beginning_is_not_lost_beside_a_good_end() -> None:
    made = notes_on(
        "T: How have you been?",
        "C: Honestly, not good. I have been feeling down all week and work is exhausting me.",
        "T: What happened on the worst day?",
        "C: My boss shouted at me in front of everyone, and I thought it would be easier not to be alive.",
        "T: Thank you for telling me.",
        "C: I called my sister instead and it helped.",
        "T: That was a strong step.",
        "C: I feel lighter now, actually hopeful.",
    )
    moods = [part["mood"] for part in made["mood_parts"]]
    assert moods[0] in ("low", "very_low")
    assert moods[-1] in ("positive", "very_positive")
    assert made["mood_trajectory"] == "improving"
    assert made["session_mood"] not in ("positive", "very_positive")


@pytest.mark.parametrize("words", ["I went down to the shop.", "We turned the volume low.", "Write it down."])
def test_down_and_low_are_moods_of_people_only(words: str) -> None:
    assert notes_on("T: And then?", f"C: {words}")["session_mood"] == "neutral"
