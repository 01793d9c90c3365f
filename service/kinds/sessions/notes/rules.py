"""Notes without a model: rules and a lexicon, each finding with the words it rests on and marked as a hint."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from service.kinds.sessions.notes.actions import Action, actions
from service.kinds.sessions.notes.mood import Mood, feelings, mood_of, session_mood
from service.kinds.sessions.notes.risk import Flag, flagged_numbers, is_dangerous, risk_flags
from service.kinds.sessions.notes.roles import roles_of
from service.kinds.sessions.notes.sentences import Sentence, evidence, sentences_of
from service.kinds.sessions.notes.threads import concerns, emotional_themes, follow_ups, strategies, triggers
from service.kinds.sessions.notes.topics import (
    STOP_WORDS,
    central_sentences,
    centrality,
    key_topics,
    significant_quotes,
)
from service.kinds.sessions.transcript import Transcript, clock

ENGINE: Final = "rules"
_ENGLISH: Final = 0.2  # share of stop words under which a text is hardly English
_MOOD_WORDS: Final[Mapping[str, str]] = {
    "very_low": "very low", "low": "low", "neutral": "even", "positive": "good", "very_positive": "very good",
}  # fmt: skip
Report = Callable[[float, str], None]


def notes_by_rules(transcript: Transcript, report: Report) -> dict[str, Any]:
    """Return notes in the shape of `schema.Notes`."""
    report(0.0, "Reading the transcript")
    sentences = sentences_of(transcript, roles_of(transcript))
    report(0.1, "Looking for signs of danger")
    flags = risk_flags(sentences)
    report(0.4, "Looking for what was agreed")
    tasks = [task for task in actions(sentences) if not is_dangerous(task.task, task.sentences[0], flags)]
    report(0.6, "Weighing the mood")
    felt = feelings(sentences, flagged_numbers([flag for flag in flags if not flag.is_negated]))
    mood = session_mood(sentences, felt)
    report(0.8, "Looking for what it was about")
    return _assembled(transcript, sentences, flags, tasks, felt, mood)


def _assembled(
    transcript: Transcript,
    sentences: Sequence[Sentence],
    flags: Sequence[Flag],
    tasks: Sequence[Action],
    felt: Mapping[int, float],
    mood: Mood,
) -> dict[str, Any]:
    flagged = flagged_numbers(flags)

    def is_flagged(sentence: Sentence) -> bool:
        return sentence.number in flagged

    central = centrality(sentences)
    topics = key_topics(sentences)
    centre = central_sentences(sentences, central, is_flagged)
    themes = emotional_themes(sentences, felt)
    own = _good_words(sentences, felt, is_flagged)
    open_ends = concerns(sentences, felt, is_flagged)
    return {
        "engine": ENGINE,
        "hint": True,
        "key_topics": topics,
        "topic_summary": _summary(topics, centre, transcript),
        "emotional_themes": themes,
        "action_items": [task.to_json() for task in tasks],
        "strategies": strategies(sentences),
        "triggers": triggers(sentences, felt),
        "significant_quotes": significant_quotes(sentences, central, felt),
        "session_mood": mood_of(mood.score),
        "mood_trajectory": mood.trajectory,
        "mood_parts": [part.to_json() for part in mood.parts],
        "risk_flags": [flag.to_json() for flag in flags],
        "follow_up_topics": follow_ups(sentences),
        "unresolved_concerns": open_ends,
        "therapist_notes": therapist_notes(
            topics, themes, mood_of(mood.score), mood.trajectory, flags, tasks
        ),
        "patient_summary": _patient_summary(topics, own, tasks),
        "evidence": {
            "topic_summary": evidence(centre),
            "session_mood": evidence(mood.telling),
            "therapist_notes": evidence(sentence for flag in flags for sentence in flag.sentences),
            "patient_summary": evidence(own),
        },
        "warnings": _warnings(sentences),
    }


def _summary(topics: Sequence[Mapping[str, Any]], centre: Sequence[Sentence], transcript: Transcript) -> str:
    names = _listed([str(topic["topic"]) for topic in topics[:4]])
    lines = [f"Mainly about: {names}." if names else "No topic stands out."]
    for sentence in centre:
        name = transcript.name_of(sentence.segment.speaker)
        said_by = f"{name}, " if name else ""
        lines.append(f"“{sentence.text}” ({said_by}{clock(sentence.segment.start)})")
    return "\n".join(lines)


def therapist_notes(
    topics: Sequence[Mapping[str, Any]],
    themes: Sequence[Mapping[str, Any]],
    mood: str,
    trajectory: str,
    flags: Sequence[Flag],
    tasks: Sequence[Action],
) -> str:
    """Return the findings in a few lines, the flags first: what a therapist reads before anything else."""
    lines = []
    open_flags = [flag for flag in flags if not flag.is_negated]
    denied = [flag for flag in flags if flag.is_negated]
    if open_flags:
        said = _listed([f"{_words(flag.type)} ({flag.severity}, {_when(flag)})" for flag in open_flags])
        lines.append(f"To be looked at first: {said}.")
    if denied:
        lines.append(
            f"Asked about or mentioned, and denied: {_listed([f'{_words(f.type)} ({_when(f)})' for f in denied])}."
        )
    lines.append(f"Mood: {_MOOD_WORDS[mood]}; over the session {trajectory}.")
    if themes:
        lines.append(f"Feelings: {_listed([str(theme['theme']) for theme in themes[:5]])}.")
    if topics:
        lines.append(f"Topics: {_listed([str(topic['topic']) for topic in topics[:5]])}.")
    if tasks:
        lines.append(f"Agreed or suggested: {len(tasks)} (see the action items).")
    lines.append("Made by rules from the words alone: a hint, not an assessment.")
    return "\n".join(lines)


def _good_words(
    sentences: Sequence[Sentence], felt: Mapping[int, float], skip: Callable[[Sentence], bool]
) -> list[Sentence]:
    """Return what the person said that is best taken home: their most hopeful words, none that was flagged."""
    fit = [
        one
        for one in sentences
        if one.role != "therapist" and felt[one.number] > 0.2 and 5 <= len(one.words) <= 40 and not skip(one)
    ]
    return [max(fit, key=lambda one: felt[one.number])] if fit else []


def _patient_summary(
    topics: Sequence[Mapping[str, Any]], own: Sequence[Sentence], tasks: Sequence[Action]
) -> str:
    """Return a summary that its reader can take home: their topics, their words, what they took on."""
    names = _listed([str(topic["topic"]).lower() for topic in topics[:4]])
    lines = [f"In this session you talked about {names}." if names else "This was your session."]
    lines += [f"You said: “{sentence.text}”" for sentence in own]
    todo = [task for task in tasks if task.owner in ("client", "both")]
    if todo:
        lines.append("Until next time:")
        lines += [f"- {task.task}" for task in todo[:10]]
    return "\n".join(lines)


def _warnings(sentences: Sequence[Sentence]) -> list[dict[str, str]]:
    words = [word for sentence in sentences for word in sentence.words]
    common = sum(word in STOP_WORDS for word in words)
    if len(words) > 40 and common < _ENGLISH * len(words):
        message = "The rules know English only, and this hardly looks like it: expect them to miss things."
        return [{"code": "rules_know_english", "message": message}]
    return []


def _when(flag: Flag) -> str:
    return clock(flag.sentences[0].segment.start)


def _words(name: str) -> str:
    return name.replace("_", " ")


def _listed(names: Sequence[str]) -> str:
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
