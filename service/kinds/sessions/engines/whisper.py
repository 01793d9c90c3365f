"""faster-whisper with a model in a local folder; no name is ever looked up on a hub.

The folder is checked first: faster-whisper takes a path that is not there for a hub's name, and a folder without
`tokenizer.json` makes it fetch one.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from service.kinds.sessions.audio.recording import RATE, Samples, raised
from service.kinds.sessions.audio.utterances import Cut
from service.kinds.sessions.codes import session_error
from service.kinds.sessions.engines.port import Check, Heard, Word
from service.kinds.sessions.engines.waiting import watched

_NEEDED: Final = ("model.bin", "config.json", "tokenizer.json")


class Whisper:
    """A Whisper model that CTranslate2 runs; loaded with the first utterance."""

    name = "faster-whisper"
    is_draft = False
    cut = Cut(max_seconds=28.0, pause_seconds=1.0)  # the model hears 30 seconds at a time
    pace = 0.5

    def __init__(
        self,
        folder: Path,
        *,
        language: str | None = None,
        device: str = "auto",
        compute_type: str = "default",
        threads: int = 0,
    ) -> None:
        check_folder(folder)
        self.name = f"faster-whisper:{folder.name}"
        self._folder = folder
        self._language = language.partition("-")[0].lower() if language else None
        self._options: Mapping[str, Any] = {
            "device": device,
            "compute_type": compute_type,
            "cpu_threads": threads,
        }
        self._model: Any = None

    def transcribe(self, samples: Samples, check: Check) -> Heard:
        """Return what is heard in one utterance; raises JobError `model_failed`."""
        return watched(lambda: self._heard(samples), check)

    def close(self) -> None:
        """Let go of the model."""
        self._model = None

    def _heard(self, samples: Samples) -> Heard:
        seconds = len(samples) / RATE
        sound = raised(samples).astype(np.float32) / 32768.0
        try:
            found, about = self._loaded().transcribe(
                sound,
                language=self._language,
                word_timestamps=True,
                vad_filter=False,
                condition_on_previous_text=False,
            )
            words = tuple(sorted(_words(found, seconds), key=lambda word: word.start))
        except (RuntimeError, ValueError) as error:
            raise session_error("model_failed", f"faster-whisper gave up: {type(error).__name__}.") from error
        if self._language is None and words:
            # One language a recording: what the first utterance is in, the next are taken for.
            self._language = about.language
        return Heard(words, about.language)

    def _loaded(self) -> Any:
        if self._model is None:
            from faster_whisper import WhisperModel

            self._model = WhisperModel(str(self._folder), local_files_only=True, **self._options)
        return self._model


def check_folder(folder: Path) -> None:
    """Raise JobError `model_not_found` or `model_incomplete` unless a model can be loaded from here."""
    if not folder.is_dir():
        raise session_error("model_not_found", f"There is no folder {folder}.")
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise session_error("model_incomplete", f"{folder} has no {', '.join(missing)}.")


def _words(found: Any, seconds: float) -> Any:
    """Yield words with times inside the utterance, which the model's need not be."""
    for segment in found:
        if segment.words:
            for word in segment.words:
                yield _word(word.start, word.end, word.word, word.probability, seconds)
        elif segment.text.strip():
            yield _word(segment.start, segment.end, segment.text, None, seconds)


def _word(start: float, end: float, text: str, probability: float | None, seconds: float) -> Word:
    begins = min(max(0.0, float(start)), seconds)
    ends = min(max(begins, float(end)), seconds)
    return Word(begins, ends, text.strip(), None if probability is None else round(float(probability), 3))
