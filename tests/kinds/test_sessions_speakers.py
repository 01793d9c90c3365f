"""Voices are told apart, words go to whoever says them, and segments end where a speaker or a pause ends them."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from service.kinds.sessions.assembling import Said, assembled, joined_text
from service.kinds.sessions.audio.plan import Plan
from service.kinds.sessions.audio.recording import RATE, Recording, Samples
from service.kinds.sessions.audio.utterances import Utterance
from service.kinds.sessions.engines.port import Word
from service.kinds.sessions.speakers.clustering import clustered
from service.kinds.sessions.speakers.features import CEPSTRA, FRAMES_A_SECOND, voice_of
from service.kinds.sessions.speakers.spans import spans_of
from service.kinds.sessions.speakers.turns import speakers_by_voice, speakers_of_frames
from tests.kinds.session_sounds import example, higher

PAUSE = np.zeros(RATE // 2, np.int16)


def conversation(folder: Path, turns: int = 10) -> tuple[Plan, list[list[Word]], list[int]]:
    """Return a plan with one utterance a turn, words all over it, and who speaks in each turn."""
    voices: tuple[Samples, Samples] = (example(), higher(example(), 1.3))
    places = [(0, 2), (2, 4), (4, 6), (8, 10), (10, 12)]
    parts, utterances, who, position = [], [], [], 0
    for turn in range(turns):
        start, stop = places[turn % len(places)]
        voice = voices[turn % 2]
        part = voice[
            int(start * RATE / (1.3 if turn % 2 else 1)) : int(stop * RATE / (1.3 if turn % 2 else 1))
        ]
        parts += [part, PAUSE]
        utterances.append(Utterance(position, position + len(part)))
        who.append(turn % 2)
        position += len(part) + len(PAUSE)
    path = folder / "talk.pcm"
    np.concatenate(parts).astype("<i2").tofile(path)
    recording = Recording(path, 1, position, 30_000)
    words = [
        [
            Word(second, second + 0.2, "word")
            for second in np.arange(one.start / RATE + 0.2, one.stop / RATE - 0.2, 0.3)
        ]
        for one in utterances
    ]
    return Plan(recording, tuple(utterances), is_by_channel=False, warnings=()), words, who


def test_two_voices_are_told_apart_and_the_first_to_speak_is_the_first(tmp_path: Path) -> None:
    plan, words, who = conversation(tmp_path)
    seconds: list[float] = []
    found = speakers_by_voice(plan, words, 2, seconds.append)
    right = sum(number == speaker for turn, speaker in zip(found, who, strict=True) for number in turn)
    total = sum(map(len, found))
    assert found[0][0] == 0
    assert right / total > 0.9
    assert seconds == sorted(seconds)
    assert seconds[-1] == pytest.approx(plan.recording.seconds - 0.5, abs=0.1)


def test_one_speaker_asked_for_is_one_speaker(tmp_path: Path) -> None:
    plan, words, _ = conversation(tmp_path, turns=4)
    assert {number for turn in speakers_by_voice(plan, words, 1) for number in turn} == {0}


def test_the_same_recording_gives_the_same_speakers(tmp_path: Path) -> None:
    plan, words, _ = conversation(tmp_path, turns=4)
    assert speakers_by_voice(plan, words, 2) == speakers_by_voice(plan, words, 2)


@pytest.mark.parametrize("count", [2, 8])
def test_too_little_speech_for_so_many_is_no_error(tmp_path: Path, count: int) -> None:
    path = tmp_path / "s.pcm"
    example()[:RATE].astype("<i2").tofile(path)
    utterances = (Utterance(0, 300), Utterance(300, RATE))
    plan = Plan(Recording(path, 1, RATE, 9), utterances, is_by_channel=False, warnings=())
    words = [[Word(0.0, 0.01, "a")], [Word(0.5, 0.9, "b"), Word(0.9, 1.4, "c")]]
    found = speakers_by_voice(plan, words, count)
    assert [len(each) for each in found] == [1, 2]
    assert all(0 <= number < count for each in found for number in each)


def test_a_voice_is_frames_of_cepstra_and_silence_is_no_speech() -> None:
    voice = voice_of(np.concatenate([example()[RATE // 2 : 2 * RATE], np.zeros(RATE, np.int16)]))
    assert voice.cepstra.shape == (len(voice.is_speech), CEPSTRA)
    assert len(voice.is_speech) == pytest.approx(2.5 * FRAMES_A_SECOND, abs=2)
    assert not voice.is_speech[-FRAMES_A_SECOND + 3 :].any()
    assert voice.is_speech[:FRAMES_A_SECOND].mean() > 0.5
    assert len(voice_of(np.zeros(100, np.int16)).cepstra) == 0


def test_cepstra_do_not_depend_on_loudness() -> None:
    sound = example()[RATE : 3 * RATE]
    loud, quiet = voice_of(sound), voice_of((sound // 8).astype(np.int16))
    both = loud.is_speech & quiet.is_speech
    assert np.abs(loud.cepstra[both] - quiet.cepstra[both]).mean() < 0.2


def test_spans_never_cross_a_pause() -> None:
    sound = np.concatenate([example()[RATE : 2 * RATE], PAUSE, example()[RATE : 2 * RATE]])
    voice = voice_of(sound)
    spans = spans_of([voice])
    pause = range(FRAMES_A_SECOND + 3, int(1.5 * FRAMES_A_SECOND) - 3)
    assert not any(span.first < pause.start and span.last > pause.stop for span in spans)
    assert len({span.breath for span in spans}) >= 2


def test_every_frame_of_every_utterance_has_a_speaker() -> None:
    voices = [voice_of(example()[start * RATE : (start + 2) * RATE]) for start in (0, 2, 8)]
    frames = speakers_of_frames(voices, 2)
    assert [len(each) for each in frames] == [len(voice.cepstra) for voice in voices]
    assert set(np.concatenate(frames).tolist()) <= {0, 1}


def test_clustering_finds_heaps_that_are_there() -> None:
    random = np.random.default_rng(5)
    centres = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    truth = np.repeat([0, 1, 2], 40)
    points = (centres[truth] + random.normal(0, 0.15, (120, 3))).astype(np.float32)
    labels = clustered(points, np.ones(120, np.float32), 3)
    heaps = [set(labels[truth == number].tolist()) for number in range(3)]
    assert all(len(heap) == 1 for heap in heaps)
    assert len(set.union(*heaps)) == 3
    assert clustered(np.ones((5, 3), np.float32), np.ones(5, np.float32), 2).shape == (5,)


def said(start: float, text: str, speaker: str | None = "S1", seconds: float = 0.3) -> Said:
    return Said(Word(start, start + seconds, text, 0.5), speaker)


def test_segments_end_at_a_speaker_s_end_and_at_a_pause() -> None:
    segments = assembled(
        [[said(0.0, "how"), said(0.4, "are"), said(0.8, "you"), said(1.2, "fine", "S2")], [said(3.0, "good")]]
    )
    assert [(one.id, one.speaker, one.text) for one in segments] == [
        ("s1", "S1", "how are you"),
        ("s2", "S2", "fine"),
        ("s3", "S1", "good"),
    ]
    assert (segments[0].start, segments[0].end, segments[0].confidence) == (0.0, 1.1, 0.5)


def test_what_two_say_at_once_stays_with_each() -> None:
    first = [said(second / 2, f"a{second}") for second in range(6)]
    second = [said(0.9, "b0", "S2"), said(1.3, "b1", "S2")]
    segments = assembled([first, second])
    assert {(one.speaker, one.text) for one in segments} == {
        ("S1", "a0 a1 a2 a3 a4 a5"),
        ("S2", "b0 b1"),
    }
    assert all(before.start <= after.start for before, after in pairwise(segments))


def test_one_who_goes_on_is_one_segment_until_it_is_long() -> None:
    utterances = [[said(start + word * 0.4, "w") for word in range(20)] for start in (0.0, 8.2, 16.4)]
    segments = assembled(utterances)
    assert [one.text.count("w") for one in segments] == [40, 20]


def test_words_are_joined_as_their_script_joins_them() -> None:
    assert joined_text(["It's", "four", "o'clock."]) == "It's four o'clock."
    assert joined_text(["今日", "は", "。"]) == "今日は。"
    assert joined_text(["今日", "Tokyo", "へ"]) == "今日 Tokyo へ"
