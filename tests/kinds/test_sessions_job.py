"""A session from its input to what it leaves, and that words and names stay where they belong."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.kinds.base import Cancelled
from service.kinds.sessions import listening, work
from service.kinds.sessions.audio.recording import RATE
from service.kinds.sessions.engines.sphinx import Sphinx
from service.kinds.sessions.kind import SessionsKind
from service.kinds.sessions.meter import STAGES, Meter
from service.kinds.testing import KindRun, RecordingHost, run_kind
from service.model.errors import JobError
from service.model.progress import Progress
from tests.kinds.session_sounds import (
    EXAMPLE,
    EXAMPLE_TEXT,
    FakeEngine,
    encode,
    example,
    higher,
    word_errors,
    write_wave,
)

NAMES = ["Wilhelmina", "Bartholomew"]
QUICK: dict[str, Any] = {"notes": False, "names": NAMES}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> FakeEngine:
    """An engine that answers at once stands in for the recognisers."""
    fake = FakeEngine()
    monkeypatch.setattr(work, "make_engine", lambda *_: fake)
    return fake


def transcript_of(run: KindRun) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((run.artifacts_dir / "transcript.json").read_text("utf-8"))
    return read


def session_of(run: KindRun) -> dict[str, Any]:
    assert run.output is not None
    session: dict[str, Any] = run.output["session"]
    return session


def minutes(folder: Path, seconds: int, name: str = "talk.wav") -> Path:
    """Write a recording with speech all over it, two voices taking turns."""
    turns = [example()[: 3 * RATE], np.zeros(RATE, np.int16), higher(example(), 1.3)[: 3 * RATE]]
    turns.append(np.zeros(RATE, np.int16))
    once = np.concatenate(turns)
    return write_wave(folder / name, np.resize(once, seconds * RATE))


def test_a_recording_becomes_a_draft_transcript_without_any_model_but_our_own(tmp_path: Path) -> None:
    run = run_kind(SessionsKind(), tmp_path, args={"notes": False, "speakers": 1}, files=[EXAMPLE])
    transcript, session = transcript_of(run), session_of(run)
    text = " ".join(segment["text"] for segment in transcript["segments"])
    assert word_errors(EXAMPLE_TEXT, text) < 0.45
    assert (transcript["engine"], transcript["draft"], transcript["language"]) == ("pocketsphinx", True, "en")
    assert session["draft"] is True
    assert session["warnings"] == ["draft"]
    assert session["audio"] == "input"
    assert session["segments"] == len(transcript["segments"])
    assert {segment["speaker"] for segment in transcript["segments"]} == {"S1"}
    assert transcript["speakers"] == {"S1": "Speaker 1"}
    assert all(0 <= one["start"] < one["end"] <= 13.0 for one in transcript["segments"])


def test_progress_counts_seconds_of_audio_in_four_stages_and_never_falls(
    tmp_path: Path, engine: FakeEngine
) -> None:
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[minutes(tmp_path, 90)])
    told = run.host.progress
    assert engine.is_closed
    assert [stage.name for stage in told[-1].stages] == list(STAGES)
    percents = [one.percent for one in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100.0
    assert all(one.percent < 100.0 for one in told[:-1])
    assert {one.unit for one in told} == {"second"}
    in_transcribing = [one.current for one in told if one.stage == "transcribing"]
    assert in_transcribing == sorted(in_transcribing)
    assert in_transcribing[-1] in (89, 90)
    assert len(set(in_transcribing)) > 5
    assert all(stage.status == "completed" and stage.total == 90 for stage in told[-1].stages)
    left = [one.details["estimated_seconds_left"] for one in told if one.details]
    assert left[-1] == 0.0
    assert any(seconds and seconds > 1 for seconds in left)


def test_words_and_names_are_in_artifacts_and_nowhere_else(tmp_path: Path, engine: FakeEngine) -> None:
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[minutes(tmp_path, 70)])
    told = [repr(run.output), repr(run.host.results), repr(run.host.progress), repr(run.host.lines)]
    for word in [*engine.words, *NAMES]:
        assert not any(word in one for one in told)
        assert word in (run.artifacts_dir / "transcript.json").read_text("utf-8")
    assert [set(result.output) for result in run.host.results] == [{"start", "end", "words"}] * 2
    assert sum(result.output["words"] for result in run.host.results) == session_of(run)["words"]


def test_two_voices_in_one_channel_are_two_named_speakers(tmp_path: Path, engine: FakeEngine) -> None:
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[minutes(tmp_path, 32)])
    transcript = transcript_of(run)
    assert transcript["speakers"] == {"S1": NAMES[0], "S2": NAMES[1]}
    assert session_of(run)["speakers"] == 2
    by_time = {round(one["start"] // 4) % 2: one["speaker"] for one in transcript["segments"]}
    assert by_time == {0: "S1", 1: "S2"}


def test_one_speaker_a_channel_is_told_by_the_channel(tmp_path: Path, engine: FakeEngine) -> None:
    both = np.zeros((8 * RATE, 2), np.int16)
    both[4 * RATE :, 0] = example()[: 4 * RATE]
    both[: 4 * RATE, 1] = example()[8 * RATE : 12 * RATE]
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[write_wave(tmp_path / "call.wav", both)])
    spoken = [(one["speaker"], one["start"] < 4) for one in transcript_of(run)["segments"]]
    assert set(spoken) == {("S2", True), ("S1", False)}


def test_when_telling_speakers_apart_fails_the_transcript_is_kept(
    tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> list[list[int]]:
        raise FloatingPointError("zanzibar")

    monkeypatch.setattr(listening, "speakers_by_voice", fail)
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[minutes(tmp_path, 20)])
    transcript = transcript_of(run)
    assert session_of(run)["warnings"] == ["diarizing_failed"]
    assert transcript["segments"]
    assert {one["speaker"] for one in transcript["segments"]} == {None}
    assert transcript["speakers"] == {}
    assert not any("zanzibar" in line for line in run.host.lines)


@pytest.mark.parametrize("is_by_name", [True, False])
def test_when_notes_fail_the_transcript_is_kept(
    tmp_path: Path, engine: FakeEngine, monkeypatch: pytest.MonkeyPatch, *, is_by_name: bool
) -> None:
    def fail(*_: Any) -> dict[str, Any]:
        raise JobError("notes_refused", "zanzibar") if is_by_name else ZeroDivisionError("zanzibar")

    monkeypatch.setattr("service.kinds.sessions.notes.extract_notes", fail)
    run = run_kind(SessionsKind(), tmp_path, files=[minutes(tmp_path, 20)])
    assert session_of(run)["warnings"] == ["notes_failed"]
    assert not session_of(run)["has_notes"]
    assert transcript_of(run)["warnings"][-1]["code"] == "notes_failed"
    assert not any("zanzibar" in line for line in run.host.lines)


def test_notes_are_taken_and_counted_as_a_stage(tmp_path: Path, engine: FakeEngine) -> None:
    run = run_kind(SessionsKind(), tmp_path, files=[minutes(tmp_path, 20)])
    assert session_of(run)["has_notes"]
    assert json.loads((tmp_path / "work" / "notes.json").read_text("utf-8"))
    assert set(run.host.artifacts) == {"transcript.json"}  # of the notes, a patient reads a part only
    assert any(one.stage == "extracting_notes" for one in run.host.progress)


def test_silence_is_an_empty_transcript_that_says_so(tmp_path: Path, engine: FakeEngine) -> None:
    silent = write_wave(tmp_path / "s.wav", np.zeros(3 * RATE, np.int16))
    run = run_kind(SessionsKind(), tmp_path, files=[silent])
    assert transcript_of(run)["segments"] == []
    assert session_of(run)["warnings"] == ["no_speech"]
    assert session_of(run)["duration_seconds"] == 3.0
    assert run.host.results == []
    assert engine.seconds == []


def test_samples_are_gone_afterwards_and_what_browsers_cannot_play_gets_a_copy(
    tmp_path: Path, engine: FakeEngine
) -> None:
    import av

    source = encode(tmp_path / "old.wma", example(), "wmav2", format_name="asf", rate=44_100)
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source])
    assert session_of(run)["audio"] == "audio.ogg"
    assert run.host.artifacts["audio.ogg"] == "audio/ogg"
    with av.open(str(run.artifacts_dir / "audio.ogg")) as copy:
        assert copy.streams.audio[0].codec_context.name == "opus"
        assert copy.duration is not None
        assert copy.duration / 1e6 == pytest.approx(12.9, abs=0.2)
    assert not list((tmp_path / "work").glob("*.pcm"))


def test_a_recording_that_is_to_be_deleted_leaves_no_sound(tmp_path: Path, engine: FakeEngine) -> None:
    source = encode(tmp_path / "old.wma", example(), "wmav2", format_name="asf", rate=44_100)
    settings = {"delete_audio_after_success": "true"}
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source], settings=settings)
    assert session_of(run)["audio"] is None
    assert run.output is not None
    assert run.output["drop_inputs"] is True
    assert set(run.host.artifacts) == {"transcript.json"}
    assert not list((tmp_path / "work").glob("*.pcm"))


def test_a_transcript_that_is_handed_in_skips_to_the_notes(tmp_path: Path) -> None:
    source = tmp_path / "talk.vtt"
    source.write_text(
        "WEBVTT\n\n00:01.000 --> 00:03.000\n<v Ada>I slept badly.\n\n00:04.000 --> 00:05.500\n<v Bo>Why?\n"
    )
    run = run_kind(SessionsKind(), tmp_path, args={"names": ["Ann"]}, files=[source])
    transcript = transcript_of(run)
    assert [one["text"] for one in transcript["segments"]] == ["I slept badly.", "Why?"]
    assert list(transcript["speakers"].values()) == ["Ann", "Bo"]
    assert not transcript["draft"]
    assert session_of(run)["audio"] is None
    assert {one.stage for one in run.host.progress} <= {None, "extracting_notes"}


def test_a_second_attempt_hears_only_what_is_not_finished(tmp_path: Path, engine: FakeEngine) -> None:
    source = minutes(tmp_path, 150)

    class Dies(RecordingHost):
        def item_finished(self, result: Any, unit: str, *, is_effect: bool) -> None:
            super().item_finished(result, unit, is_effect=is_effect)
            if len(self.results) == 2:
                raise KeyboardInterrupt

    first = Dies()
    with pytest.raises(KeyboardInterrupt):
        run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source], host=first)
    heard_before = sum(engine.seconds)
    engine.seconds.clear()
    second = RecordingHost(results=list(first.results))
    run = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source], host=second)
    assert [result.key for result in run.host.results] == ["1", "2", "3"]
    assert sum(engine.seconds) < heard_before / 2
    assert transcript_of(run)["segments"][-1]["end"] > 140
    assert transcript_of(run)["segments"][0]["start"] < 5


def test_a_retry_with_the_samples_gone_decodes_again_and_hears_nothing_twice(
    tmp_path: Path, engine: FakeEngine
) -> None:
    source = minutes(tmp_path, 70)
    first = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source])
    text = transcript_of(first)["segments"]
    engine.seconds.clear()
    again = RecordingHost(results=list(first.host.results))
    second = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source], host=again)
    assert engine.seconds == []
    assert transcript_of(second)["segments"] == text


def test_a_group_whose_words_are_lost_is_heard_again(tmp_path: Path, engine: FakeEngine) -> None:
    source = minutes(tmp_path, 70)
    first = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source])
    (tmp_path / "work" / "heard" / "00001.json").write_text("{")
    engine.seconds.clear()
    again = RecordingHost(results=list(first.host.results))
    second = run_kind(SessionsKind(), tmp_path, args=QUICK, files=[source], host=again)
    assert transcript_of(second)["segments"] == transcript_of(first)["segments"]
    assert engine.seconds


def test_a_cancel_ends_it_while_pocketsphinx_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class CancelsInTranscribing(RecordingHost):
        def report(self, progress: Progress) -> None:
            super().report(progress)
            self.is_cancel_asked |= progress.stage == "transcribing"

    closed: list[Sphinx] = []
    close = Sphinx.close
    monkeypatch.setattr(Sphinx, "close", lambda self: (closed.append(self), close(self))[1])
    with pytest.raises(Cancelled):
        run_kind(SessionsKind(), tmp_path, args=QUICK, files=[EXAMPLE], host=CancelsInTranscribing())
    assert closed
    assert closed[0]._process is None


def fails(folder: Path, files: Sequence[Path], **given: Any) -> str:
    with pytest.raises(JobError) as raised:
        run_kind(SessionsKind(), folder, files=files, **given)
    return raised.value.code


def test_what_cannot_be_done_is_said_by_name(tmp_path: Path) -> None:
    text = tmp_path / "talk.mp3"
    text.write_text("this is text\n")
    empty = tmp_path / "empty.wav"
    empty.write_bytes(b"")
    assert fails(tmp_path, [text]) == "not_audio"
    assert fails(tmp_path, [empty]) == "audio_empty"
    assert fails(tmp_path, [EXAMPLE], args={"language": "de"}) == "language_not_supported"
    assert fails(tmp_path, [EXAMPLE], settings={"max_hours": 0.001}) == "too_long"
    assert fails(tmp_path, [EXAMPLE], settings={"engine": "x"}) == "kind_setting_invalid"


def test_a_file_above_the_limit_is_refused_before_it_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(work, "MAX_INPUT_BYTES", 100)
    assert fails(tmp_path, [EXAMPLE]) == "audio_too_large"


def test_a_job_whose_recording_was_deleted_says_so(tmp_path: Path) -> None:
    class Gone(SessionsKind):
        def run(self, job: Any) -> Any:
            job.inputs[0].path.unlink()
            return super().run(job)

    source = write_wave(tmp_path / "x.wav", np.zeros(RATE, np.int16))
    with pytest.raises(JobError) as raised:
        run_kind(Gone(), tmp_path, files=[source])
    assert raised.value.code == "audio_deleted"


def test_the_estimate_follows_the_pace_of_this_very_run() -> None:
    now = [0.0]
    meter = Meter(0.5, "x", clock=lambda: now[0])
    assert meter.seconds_left() is None
    meter.begin("preprocessing")
    meter.length(1000.0, 800.0)
    meter.begin("transcribing")
    assert meter.seconds_left() == pytest.approx(0.5 * 800 + 0.03 * 1000, rel=0.01)
    now[0] += 200.0  # twice as slow as was thought
    meter.at(250.0)
    assert meter.seconds_left() == pytest.approx(600 + 0.03 * 1000, rel=0.01)
    meter.at(100.0)
    assert meter.progress(Progress()).current == 250
