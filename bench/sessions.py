"""How well sessions are heard, and what an hour of them takes.

    python -m bench.sessions            word error rates beside pocketsphinx called directly, in the same run
    python -m bench.sessions --hour     and an hour of audio through the whole job: memory, decoding, telling apart

The recordings are those in ../shared/samples/audio with their truth beside them; without them, the example. `direct`
calls pocketsphinx as it does best: the whole file, peak normalised, `process_raw(full_utt=True)`.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service.kinds.sessions.audio.decoding import decode
from service.kinds.sessions.audio.recording import RATE, Samples, raised
from service.kinds.sessions.kind import SessionsKind
from service.kinds.testing import run_kind

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT.parent / "shared" / "samples" / "audio"
EXAMPLE = ROOT / "examples" / "sessions" / "sense-and-sensibility.opus"
EXAMPLE_TEXT = (
    "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do "
    "for them unless to be rather cold hearted and rather selfish is to be ill disposed"
)
HOUR_SCRIPT = """
import json, resource, sys, time
from pathlib import Path
from bench.sessions import quick_engine
from service.kinds.sessions import work
from service.kinds.sessions.kind import SessionsKind
from service.kinds.testing import RecordingHost, run_kind
from service.model.progress import Progress

class Clock(RecordingHost):
    def report(self, progress):
        stages.setdefault(progress.stage, time.perf_counter())

stages = {}
if sys.argv[3] == "quick":
    work.make_engine = quick_engine
run_kind(SessionsKind(), Path(sys.argv[1]), args={"notes": False}, files=[Path(sys.argv[2])], host=Clock())
stages["end"] = time.perf_counter()
kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([kilobytes, stages]))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A recording, or one channel of it, and what is said in it. `speaker` is None for all of it."""

    name: str
    path: Path
    truth: str
    channel: int = 0
    speaker: str | None = None


def main() -> None:
    """Print the rates, and with --hour the memory."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--hour", action="store_true", help="an hour of audio, with an engine that answers at once"
    )
    parser.add_argument("--minutes", type=int, default=60, help="how long the hour is")
    parser.add_argument("--heard", action="store_true", help="the hour with pocketsphinx: takes half an hour")
    options = parser.parse_args()
    _print_rates(list(_cases()))
    if options.hour or options.heard:
        _print_hour(options.minutes, "heard" if options.heard else "quick")


def _cases() -> Iterator[Case]:
    if not SAMPLES.is_dir():
        print(f"no samples in {SAMPLES}: the example alone")
        yield Case(EXAMPLE.name, EXAMPLE, EXAMPLE_TEXT)
        return
    for text in sorted(SAMPLES.glob("*.txt")):
        yield Case(text.stem, text.with_suffix(".wav"), text.read_text("utf-8"))
    for text in sorted(SAMPLES.glob("*.json")):
        sides = json.loads(text.read_text("utf-8"))
        for channel, side in enumerate(("left", "right")):
            yield Case(
                f"{text.stem} {side}", text.with_suffix(".wav"), sides[side], channel, f"S{channel + 1}"
            )


def _print_rates(cases: list[Case]) -> None:
    print(f"{'':34} {'words':>5} {'this kind':>10} {'direct':>8} {'ratio':>6}")
    totals = np.zeros(3)
    for case in cases:
        wanted = _words(case.truth)
        errors = [_errors(wanted, _words(said)) for said in (_by_the_kind(case), _directly(case))]
        totals += [len(wanted), *errors]
        _print_rate(case.name, len(wanted), *errors)
    _print_rate("all", *(int(each) for each in totals))


def _print_rate(name: str, words: int, ours: int, directly: int) -> None:
    ratio = f"{ours / directly:6.2f}" if directly else "     -"
    print(f"{name:34} {words:5} {ours / words:10.3f} {directly / words:8.3f} {ratio}")


def _by_the_kind(case: Case) -> str:
    with tempfile.TemporaryDirectory() as folder:
        args: dict[str, Any] = {"notes": False, "speakers": 1 if case.speaker is None else 2}
        run = run_kind(SessionsKind(), Path(folder), args=args, files=[case.path])
        transcript = json.loads((run.artifacts_dir / "transcript.json").read_text("utf-8"))
    segments = transcript["segments"]
    return " ".join(one["text"] for one in segments if case.speaker in (None, one["speaker"]))


def _directly(case: Case) -> str:
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(raised(_samples(case)).tobytes(), full_utt=True)
    decoder.end_utt()
    return str(decoder.hyp().hypstr) if decoder.hyp() else ""


def _samples(case: Case) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "samples.pcm"
        recording = decode(case.path, target, max_seconds=1e6, progress=lambda *_: None).recording
        return recording.read(0, recording.frames, case.channel)


def _words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def _errors(wanted: list[str], said: list[str]) -> int:
    """Return the Levenshtein distance over words."""
    row = list(range(len(said) + 1))
    for number, word in enumerate(wanted, 1):
        before, row[0] = row[:], number
        for place, other in enumerate(said, 1):
            row[place] = min(before[place] + 1, row[place - 1] + 1, before[place - 1] + (word != other))
    return row[-1]


def quick_engine(*_: Any) -> Any:
    """Return an engine that hears a word every half second at once: what is measured is everything else."""
    from tests.kinds.session_sounds import FakeEngine

    return FakeEngine()


def _print_hour(minutes: int, how: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "long.wav"
        _write_long(source, minutes)
        begun = time.perf_counter()
        command = [sys.executable, "-c", HOUR_SCRIPT, f"{folder}/run", str(source), how]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        seconds = time.perf_counter() - begun
        size_bytes = source.stat().st_size
    kilobytes, stages = json.loads(done.stdout)
    names = [name for name in stages if name != "end"]
    parts = [
        f"{name} {stages[after] - stages[name]:.0f} s"
        for name, after in zip(names, [*names[1:], "end"], strict=True)
    ]
    print(
        f"{minutes} minutes, {size_bytes / 1e6:.0f} MB: {seconds:.0f} s ({', '.join(parts)}); "
        f"at most {kilobytes / 1024:.0f} MB of memory"
    )


def _write_long(path: Path, minutes: int) -> None:
    case = Case("", EXAMPLE, "")
    once = np.concatenate([_samples(case), np.zeros(RATE, np.int16)])
    second = np.interp(np.arange(0, len(once), 1.3), np.arange(len(once)), once).astype(np.int16)
    both = np.concatenate([once, second])
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for _ in range(round(minutes * 60 * RATE / len(both))):
            file.writeframes(both.astype("<i2").tobytes())


if __name__ == "__main__":
    main()
