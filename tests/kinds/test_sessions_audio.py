"""Any recording becomes bounded pieces of speech; each broken file says by its own code how it is broken."""

import struct
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from service.kinds.sessions.audio.channels import is_split_by_channel
from service.kinds.sessions.audio.decoding import Decoded, decode
from service.kinds.sessions.audio.plan import GROUP_SECONDS, Plan
from service.kinds.sessions.audio.prepare import prepare
from service.kinds.sessions.audio.recording import RATE, Recording, Samples, raised
from service.kinds.sessions.audio.utterances import Cut, Utterance, cut, likelihoods
from service.model.errors import JobError
from tests.kinds.session_sounds import SAMPLES, encode, example, needs_samples, write_wave

CODECS = {
    "a.wav": ("pcm_s16le", "wav", 44_100),
    "a.mp3": ("libmp3lame", "mp3", 44_100),
    "a.m4a": ("aac", "ipod", 44_100),
    "a.flac": ("flac", "flac", 48_000),
    "a.ogg": ("libopus", "ogg", 48_000),
    "a.webm": ("libopus", "webm", 48_000),
    "a.aac": ("aac", "adts", 44_100),
    "a.wma": ("wmav2", "asf", 44_100),
    "a.aiff": ("pcm_s16be", "aiff", 22_050),
    "a.mkv": ("libopus", "matroska", 48_000),
}


def decoded(source: Path, max_seconds: float = 3600.0) -> Decoded:
    return decode(source, source.with_name("samples.pcm"), max_seconds=max_seconds, progress=lambda *_: None)


def recorded(folder: Path, samples: Samples) -> Recording:
    return decoded(write_wave(folder / "made.wav", samples)).recording


@pytest.mark.parametrize("name", CODECS)
def test_every_format_is_decoded_to_16_khz_with_its_length(tmp_path: Path, name: str) -> None:
    codec, format_name, rate = CODECS[name]
    source = encode(tmp_path / name, example(), codec, format_name=format_name, rate=rate)
    found = decoded(source)
    assert found.warnings == []
    assert found.recording.channels == 1
    assert found.recording.is_whole
    assert found.recording.seconds == pytest.approx(len(example()) / RATE, abs=0.2)
    assert found.recording.peak > 8000


def wave_bytes(folder: Path, samples: Samples) -> bytes:
    return write_wave(folder / "source.wav", samples).read_bytes()


def film_without_sound(path: Path) -> bytes:
    import av

    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def m4a_cut_off(folder: Path) -> bytes:
    whole = encode(folder / "w.m4a", example(), "aac", format_name="ipod", rate=44_100).read_bytes()
    return whole[: len(whole) // 2]


_HEAD = b"RIFF\x24\x00\x00\x00WAVEfmt "
_PLAIN = struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
BROKEN: dict[str, tuple[str, Callable[[Path], bytes]]] = {
    "empty.wav": ("audio_empty", lambda _: b""),
    "null.wav": ("audio_empty", lambda _: _HEAD + _PLAIN + b"data\x00\x00\x00\x00"),
    "lies.wav": ("wav_header_broken", lambda _: _HEAD + b"ffff" + _PLAIN[4:] + b"data\x00\x00\x00\x00"),
    "garbage.wav": ("wav_without_data", lambda _: _HEAD + _PLAIN + b"HURF9999" + b"x" * 5000),
    "text.mp3": ("not_audio", lambda _: b"This is a plain text file whose name ends in .mp3.\n" * 20),
    "picture.m4a": ("not_audio", lambda _: b"\x89PNG\r\n\x1a\n" + bytes(300)),
    "zip.wav": ("not_audio", lambda _: b"PK\x03\x04" + bytes(range(256)) * 4),
    "cut.m4a": ("audio_incomplete", m4a_cut_off),
    "film.mp4": ("no_audio_track", lambda folder: film_without_sound(folder / "f.mp4")),
    "damaged.ogg": ("audio_unreadable", lambda _: b"OggS" + bytes(range(1, 256)) * 20),
    "damaged.flac": ("audio_unreadable", lambda _: b"fLaC" + bytes(range(1, 256)) * 20),
}


@pytest.mark.parametrize("name", BROKEN)
def test_each_broken_file_has_a_code_of_its_own(tmp_path: Path, name: str) -> None:
    code, make = BROKEN[name]
    source = tmp_path / name
    source.write_bytes(make(tmp_path))
    with pytest.raises(JobError) as raised_error:
        decoded(source)
    assert raised_error.value.code == code
    assert raised_error.value.remediation


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
    ],
)
def test_a_playlist_by_a_recording_s_name_opens_no_other_file(tmp_path: Path, text: str) -> None:
    other = write_wave(tmp_path / "other.wav", example())
    source = tmp_path / "list.mp3"
    source.write_text(text.format(path=other))
    with pytest.raises(JobError) as raised_error:
        decoded(source)
    assert raised_error.value.code == "not_audio"


def test_what_there_is_of_a_truncated_recording_is_kept_with_a_warning(tmp_path: Path) -> None:
    whole = encode(tmp_path / "w.flac", example(), "flac", format_name="flac").read_bytes()
    source = tmp_path / "cut.flac"
    source.write_bytes(whole[: len(whole) * 2 // 3])
    found = decoded(source)
    assert "audio_truncated" in [one["code"] for one in found.warnings]
    assert 5.0 < found.recording.seconds < 11.0


def test_what_decodes_around_damage_is_kept_with_a_warning(tmp_path: Path) -> None:
    whole = bytearray(encode(tmp_path / "w.m4a", example(), "aac", format_name="ipod").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 3000] = bytes(3000)
    source = tmp_path / "hit.m4a"
    source.write_bytes(whole)
    found = decoded(source)
    assert "audio_damaged" in [one["code"] for one in found.warnings]
    assert found.recording.seconds > 10.0


def test_missing_packets_become_silence_so_that_times_stay_those_of_the_player(tmp_path: Path) -> None:
    import av

    source = tmp_path / "gap.mka"
    with av.open(str(source), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for start in (0, 5 * RATE):  # a second of sound, four seconds of nothing, a second of sound
            frame = av.AudioFrame.from_ndarray(
                example()[RATE : 2 * RATE].reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate, frame.pts = RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    found = decoded(source)
    recording = found.recording
    assert [one["code"] for one in found.warnings] == ["audio_damaged"]
    assert recording.seconds == pytest.approx(6.0, abs=0.1)
    assert not recording.read(int(1.5 * RATE), int(4.5 * RATE)).any()
    assert recording.read(int(5.2 * RATE), 6 * RATE).any()


def test_a_recording_that_is_too_long_is_refused_from_its_header(tmp_path: Path) -> None:
    source = write_wave(tmp_path / "long.wav", np.zeros(12 * RATE, np.int16))
    with pytest.raises(JobError) as raised_error:
        decoded(source, max_seconds=10.0)
    assert raised_error.value.code == "too_long"
    assert (tmp_path / "samples.pcm.part").stat().st_size == 0


def test_a_long_stereo_recording_is_never_in_memory(tmp_path: Path) -> None:
    minutes = np.random.default_rng(1).normal(0, 900, (2 * 60 * RATE, 2)).astype(np.int16)
    source = write_wave(tmp_path / "long.wav", minutes)
    size_bytes = minutes.nbytes
    del minutes
    tracemalloc.start()
    try:
        plan = prepare(
            source, tmp_path / "s.pcm", Cut(), speakers=2, max_seconds=1e6, progress=lambda *_: None
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert plan.recording.channels == 2
    assert size_bytes > 7_600_000
    assert peak < 6_000_000


def test_silence_has_no_utterances_and_says_so(tmp_path: Path) -> None:
    source = write_wave(tmp_path / "s.wav", np.zeros(3 * RATE, np.int16))
    plan = prepare(source, tmp_path / "s.pcm", Cut(), speakers=2, max_seconds=60, progress=lambda *_: None)
    assert plan.utterances == ()
    assert [one["code"] for one in plan.warnings] == ["no_speech"]


def test_quiet_speech_is_found_as_loud_speech_is(tmp_path: Path) -> None:
    for divisor in (1, 60):
        recording = recorded(tmp_path, (example() // divisor).astype(np.int16))
        found = cut(likelihoods(recording, None), recording.frames, None, Cut())
        assert 9.0 < sum(one.seconds for one in found) < 13.0


def test_utterances_have_a_greatest_length_and_leave_nothing_out() -> None:
    rng = np.random.default_rng(2)
    likely = np.clip(rng.normal(0.9, 0.05, 31 * 120), 0.6, 1.0).astype(np.float32)
    frames = len(likely) * 512
    found = cut(likely, frames, None, Cut(max_seconds=20.0))
    assert all(one.seconds <= 20.0 for one in found)
    assert found[0].start == 0
    assert found[-1].stop == frames
    assert all(after.start == before.stop for before, after in pairwise(found))


def test_a_long_pause_parts_utterances_and_a_click_is_none() -> None:
    likely = np.zeros(400, np.float32)
    likely[50:100] = likely[105:150] = likely[200:250] = 0.9
    likely[300:302] = 0.9
    found = cut(likely, 400 * 512, None, Cut(pause_seconds=0.5))
    assert len(found) == 2  # 0.16 s are no pause, 1.6 s are


def test_groups_are_about_a_minute_and_hold_every_utterance_once(tmp_path: Path) -> None:
    each = tuple(Utterance(start * RATE, (start + 7) * RATE) for start in range(0, 600, 8))
    plan = Plan(Recording(tmp_path / "x", 1, 600 * RATE, 1), each, is_by_channel=False, warnings=())
    groups = plan.groups()
    assert [one for group in groups for one in group.utterances] == list(each)
    assert [group.first for group in groups][:2] == [0, len(groups[0].utterances)]
    assert all(group.end_seconds - group.start_seconds <= GROUP_SECONDS for group in groups)
    assert 9 < len(groups) < 14


def test_a_plan_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    recording = recorded(tmp_path, example())
    plan = Plan(
        recording, (Utterance(1, 2, 0), Utterance(3, 4)), is_by_channel=True, warnings=({"code": "a"},)
    )
    plan.save(tmp_path / "plan.json")
    assert Plan.load(tmp_path / "plan.json", recording.path) == plan
    assert Plan.load(tmp_path / "none.json", recording.path) is None


def test_raised_samples_are_loud_and_never_clipped() -> None:
    loud = raised(np.array([0, 100, -200], np.int16))
    assert np.abs(loud).max() == pytest.approx(200 * 50, abs=1)
    assert np.abs(raised(np.array([30000, -32768], np.int16))).max() < 32768
    assert raised(np.zeros(0, np.int16)).size == 0


def stereo(left: Samples, right: Samples) -> Samples:
    count = max(len(left), len(right))
    both = np.zeros((count, 2), np.int16)
    both[: len(left), 0], both[: len(right), 1] = left, right
    return both


def is_split(folder: Path, samples: Samples) -> bool:
    recording = recorded(folder, samples)
    return is_split_by_channel(recording, (likelihoods(recording, 0), likelihoods(recording, 1)))


def test_one_speaker_a_channel_is_told_from_two_microphones_in_a_room(tmp_path: Path) -> None:
    first, second = example()[: 4 * RATE], example()[8 * RATE : 12 * RATE]
    turns = stereo(first, np.concatenate([np.zeros(4 * RATE, np.int16), second]))
    at_once = stereo(first, second)
    leaking = (turns + turns[:, ::-1] * 0.05).astype(np.int16)
    assert is_split(tmp_path, turns)
    assert is_split(tmp_path, at_once)
    assert is_split(tmp_path, leaking)
    room = stereo(first, np.concatenate([np.zeros(80, np.int16), (first * 0.7).astype(np.int16)]))
    assert not is_split(tmp_path, stereo(first, first))
    assert not is_split(tmp_path, room)
    assert not is_split(tmp_path, stereo(first, np.zeros(0, np.int16)))


def test_what_leaks_into_the_other_channel_is_not_transcribed_twice(tmp_path: Path) -> None:
    first, second = example()[: 7 * RATE], example()[7 * RATE :]
    turns = stereo(first, np.concatenate([np.zeros(7 * RATE, np.int16), second]))
    leaking = (turns + turns[:, ::-1] * 0.05).astype(np.int16)
    source = write_wave(tmp_path / "leak.wav", leaking)
    plan = prepare(source, tmp_path / "s.pcm", Cut(), speakers=2, max_seconds=60, progress=lambda *_: None)
    assert plan.is_by_channel
    assert all(one.start >= 6.5 * RATE for one in plan.utterances if one.channel == 1)
    assert all(one.stop <= 7.5 * RATE for one in plan.utterances if one.channel == 0)


@needs_samples
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bad.wav", "wav_header_broken"),
        ("evil.wav", "wav_without_data"),
        ("null.wav", "audio_empty"),
        ("text-named.mp3", "not_audio"),
    ],
)
def test_the_broken_samples_are_told_apart(tmp_path: Path, name: str, code: str) -> None:
    with pytest.raises(JobError) as raised_error:
        decode(SAMPLES / "broken" / name, tmp_path / "s.pcm", max_seconds=60, progress=lambda *_: None)
    assert raised_error.value.code == code


@needs_samples
def test_the_stereo_sample_has_a_speaker_a_channel(tmp_path: Path) -> None:
    plan = prepare(
        SAMPLES / "stereo_diarization.wav",
        tmp_path / "s.pcm",
        Cut(),
        speakers=2,
        max_seconds=60,
        progress=lambda *_: None,
    )
    assert plan.is_by_channel
    assert {one.channel for one in plan.utterances} == {0, 1}
