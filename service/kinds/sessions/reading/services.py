"""The JSON that transcription services and programs write, told apart by the members it has.

Whisper and WhisperX (`segments`), AWS Transcribe (`results.items`, `results.audio_segments`), Deepgram
(`results.channels`, `results.utterances`), Google and Speechmatics (`results` as a list), AssemblyAI (`utterances`),
Rev.ai (`monologues`), Azure (`recognizedPhrases`), and plain lists of turns.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from service.kinds.sessions.reading.labels import seconds
from service.kinds.sessions.reading.turns import Turn, transcript_error

_TEXT: Final = ("text", "transcript", "content", "utterance", "value", "sentence", "message", "display")
_START: Final = (
    "start",
    "start_time",
    "startTime",
    "begin",
    "from",
    "timestamp",
    "time",
    "offset",
    "ts",
    "timestamp_start",
)
_END: Final = ("end", "end_time", "endTime", "to", "end_ts", "timestamp_end")
_SPEAKER: Final = (
    "speaker",
    "speaker_label",
    "speakerLabel",
    "speaker_id",
    "speaker_name",
    "name",
    "role",
    "speakerTag",
    "who",
)
_LISTS: Final = (
    "segments",
    "utterances",
    "transcript",
    "transcription",
    "turns",
    "messages",
    "dialogue",
    "conversation",
    "monologues",
    "chunks",
    "sentences",
)
_GAP_SECONDS: Final = 1.5  # a pause this long between two words begins a new turn
_TICKS: Final = 1e7  # Azure counts in units of 100 ns


def read_json_turns(value: Any) -> tuple[list[Turn], str | None]:
    """Return the turns of a service's answer and its language; raises JobError `transcript_invalid`."""
    turns = list(_turns(value))
    if not turns:
        raise transcript_error("transcript_invalid", "No list of what was said was found in this JSON.")
    language = value.get("language") or value.get("language_code") if isinstance(value, Mapping) else None
    return turns, language[:35] if isinstance(language, str) and language else None


def _turns(value: Any) -> Iterable[Turn]:
    if isinstance(value, list):
        return _plain(value)
    if not isinstance(value, Mapping):
        return ()
    for name, read in _READERS.items():
        if isinstance(value.get(name), list | Mapping):
            return read(value[name])
    for name in _LISTS:
        if isinstance(value.get(name), list) and value[name]:
            is_in_milliseconds = _looks_like_milliseconds(value[name])
            return _plain(value[name], 1000.0 if is_in_milliseconds else 1.0)
    text = _text(value)
    return (Turn(text),) if text else ()


def _plain(items: list[Any], unit: float = 1.0) -> Iterator[Turn]:
    for item in items:
        if isinstance(item, str):
            yield Turn(item)
        elif isinstance(item, Mapping):
            text = _text(item)
            if text:
                yield Turn(
                    text,
                    _speaker(item),
                    _time(item, _START, unit),
                    _time(item, _END, unit),
                    _confidence(item),
                )


def _of_results(results: Any) -> Iterable[Turn]:
    if not isinstance(results, Mapping):
        return _of_result_list(_list(results))
    for name in ("utterances", "audio_segments"):
        if isinstance(results.get(name), list) and results[name]:
            return _plain(results[name])
    if isinstance(results.get("items"), list):
        return _of_words(_aws_words(results))
    channels = [one for one in _list(results.get("channels")) if isinstance(one, Mapping)]
    if channels:
        return _of_words(_deepgram_words(channels))
    return (
        Turn(text)
        for one in _list(results.get("transcripts"))
        if isinstance(one, Mapping) and (text := _text(one))
    )


def _of_result_list(results: list[Any]) -> Iterable[Turn]:
    given = [one for one in results if isinstance(one, Mapping)]
    if any("alternatives" in one and "type" in one for one in given):
        return _of_words(_speechmatics_words(given))
    best = [(one, _first(one.get("alternatives"))) for one in given]
    tagged = [alternative for _, alternative in best if _list(alternative.get("words"))]
    if tagged:
        # Google repeats every word, now with its speaker, in the last result when it has told speakers apart.
        last = tagged[-1]
        has_tags = any(_speaker(word) for word in _list(last["words"]) if isinstance(word, Mapping))
        return _of_words(_google_words([last] if has_tags else tagged))
    if any(alternative for _, alternative in best):
        return (Turn(text) for _, alternative in best if (text := _text(alternative)))
    return _plain(results)


def _of_words(words: Iterable[Turn]) -> Iterator[Turn]:
    """Join words to turns: a new one where the speaker changes or after a pause."""
    open_words: list[Turn] = []
    for word in words:
        last = open_words[-1] if open_words else None
        if last is not None and word.start is not None:
            is_pause = last.end is not None and word.start - last.end > _GAP_SECONDS
            if is_pause or (word.speaker or None) != (last.speaker or None):
                yield _joined(open_words)
                open_words = []
        open_words.append(word)
    if open_words:
        yield _joined(open_words)


def _joined(words: list[Turn]) -> Turn:
    text = ""
    for word in words:
        is_mark = word.start is None and len(word.text) <= 2 and not word.text[:1].isalnum()
        text += word.text if is_mark or not text else f" {word.text}"
    sure = [word.confidence for word in words if word.confidence is not None]
    ends = [word.end for word in words if word.end is not None]
    starts = [word.start for word in words if word.start is not None]
    return Turn(
        text,
        words[0].speaker,
        min(starts, default=None),
        max(ends, default=None),
        sum(sure) / len(sure) if sure else None,
    )


def _aws_words(results: Mapping[str, Any]) -> Iterator[Turn]:
    labels = {}
    spoken = results.get("speaker_labels")
    for segment in _list(spoken.get("segments")) if isinstance(spoken, Mapping) else ():
        for item in _list(segment.get("items")) if isinstance(segment, Mapping) else ():
            if isinstance(item, Mapping):
                labels[str(item.get("start_time"))] = _speaker(item)
    speaker: str | None = None
    for item in _list(results.get("items")):
        if not isinstance(item, Mapping):
            continue
        alternative = _first(item.get("alternatives"))
        if item.get("start_time") is not None:
            speaker = _speaker(item) or labels.get(str(item.get("start_time")))
        text = _text(alternative)
        if text:
            yield Turn(text, speaker, _time(item, _START), _time(item, _END), _confidence(alternative))


def _deepgram_words(channels: list[Mapping[str, Any]]) -> Iterator[Turn]:
    for number, channel in enumerate(channels):
        for word in _list(_first(channel.get("alternatives")).get("words")):
            if isinstance(word, Mapping):
                speaker = f"channel {number}" if len(channels) > 1 else _speaker(word)
                text = str(word.get("punctuated_word") or word.get("word") or "")
                yield Turn(text, speaker, _time(word, _START), _time(word, _END), _confidence(word))


def _google_words(alternatives: list[Mapping[str, Any]]) -> Iterator[Turn]:
    for alternative in alternatives:
        for word in _list(alternative.get("words")):
            if isinstance(word, Mapping):
                yield Turn(
                    str(word.get("word") or ""), _speaker(word), _time(word, _START), _time(word, _END)
                )


def _speechmatics_words(results: list[Mapping[str, Any]]) -> Iterator[Turn]:
    for one in results:
        alternative = _first(one.get("alternatives"))
        is_mark = one.get("type") == "punctuation"
        start = None if is_mark else _time(one, _START)
        yield Turn(
            _text(alternative), _speaker(alternative), start, _time(one, _END), _confidence(alternative)
        )


def _rev(monologues: Any) -> Iterator[Turn]:
    for one in _list(monologues):
        if not isinstance(one, Mapping):
            continue
        elements = [each for each in _list(one.get("elements")) if isinstance(each, Mapping)]
        starts = [at for each in elements if (at := _time(each, ("ts",))) is not None]
        ends = [at for each in elements if (at := _time(each, ("end_ts",))) is not None]
        text = "".join(str(each.get("value") or "") for each in elements)
        yield Turn(text, _speaker(one), min(starts, default=None), max(ends, default=None))


def _azure(phrases: Any) -> Iterator[Turn]:
    for one in _list(phrases):
        if isinstance(one, Mapping):
            start, length = _number(one.get("offsetInTicks")), _number(one.get("durationInTicks"))
            begin = None if start is None else start / _TICKS
            end = None if begin is None or length is None else begin + length / _TICKS
            yield Turn(_text(_first(one.get("nBest"))), _speaker(one), begin, end)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _first(value: Any) -> Mapping[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], Mapping) else {}


def _text(item: Mapping[str, Any]) -> str:
    for name in _TEXT:
        if isinstance(item.get(name), str) and item[name].strip():
            return str(item[name])
    return ""


def _speaker(item: Mapping[str, Any]) -> str | None:
    for name in _SPEAKER:
        value = item.get(name)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return f"speaker {value}"
    return None


def _time(item: Mapping[str, Any], names: tuple[str, ...], unit: float = 1.0) -> float | None:
    for name in names:
        at = _number(item.get(name))
        if at is not None:
            return at / unit
    stamps = item.get("timestamp")
    if isinstance(stamps, list) and len(stamps) == 2:  # Hugging Face pipelines: [start, end]
        return _number(stamps[0 if names is _START else 1])
    return None


def _number(value: Any) -> float | None:
    """Return seconds from 1.5, "1.5", "1.5s" or "00:01.5"; None for anything else and for what is not finite."""
    if isinstance(value, str):
        text = value.strip().removesuffix("s")
        try:
            value = seconds(text) if ":" in text else float(text)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _confidence(item: Mapping[str, Any]) -> float | None:
    sure = _number(item.get("confidence"))
    if sure is None and isinstance(item.get("avg_logprob"), int | float):
        sure = _number(
            math.exp(min(0.0, float(item["avg_logprob"])))
        )  # Whisper's mean log probability of a token
    return min(1.0, sure) if sure is not None else None


def _looks_like_milliseconds(items: list[Any]) -> bool:
    """Whether times are whole numbers so large that the turns would last minutes: AssemblyAI counts milliseconds."""
    spans = []
    for item in items[:200]:
        if isinstance(item, Mapping):
            start, end = item.get("start"), item.get("end")
            if not (isinstance(start, int) and isinstance(end, int) and not isinstance(start, bool)):
                return False
            spans.append((end - start) / max(1, len(_text(item).split())))
    return bool(spans) and sorted(spans)[len(spans) // 2] > 20


_READERS: Final[Mapping[str, Callable[[Any], Iterable[Turn]]]] = {
    "recognizedPhrases": _azure,
    "monologues": _rev,
    "results": _of_results,
}
