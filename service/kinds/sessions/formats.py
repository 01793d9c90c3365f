"""One door to every transcript that a person may hand in: text, WebVTT, SRT or JSON, told apart by what is in it."""

import json
from pathlib import Path, PurePosixPath
from typing import Any, Final

from service.kinds.sessions.reading.dialogue import read_dialogue
from service.kinds.sessions.reading.services import read_json_turns
from service.kinds.sessions.reading.subtitles import is_subtitles, read_subtitles
from service.kinds.sessions.reading.turns import make_transcript, transcript_error
from service.kinds.sessions.transcript import SCHEMA_VERSION, Transcript

TRANSCRIPT_SUFFIXES: Final = (".txt", ".md", ".vtt", ".srt", ".json")
MAX_BYTES: Final = 32 * 1024 * 1024
MAX_LINE_CHARACTERS: Final = 200_000
_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe\x00\x00", "utf-32"), (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip


def read_transcript(path: Path, name: str) -> Transcript:
    """Return the transcript in a file that its owner calls `name`.

    Raises JobError `transcript_empty`, `transcript_not_text`, `transcript_invalid` or `transcript_too_large`.
    """
    size_bytes = path.stat().st_size
    if size_bytes > MAX_BYTES:
        raise transcript_error(
            "transcript_too_large", f"The file has {size_bytes} bytes; {MAX_BYTES} are allowed."
        )
    return parse_transcript(path.read_bytes(), name)


def parse_transcript(content: bytes, name: str) -> Transcript:
    """Return the transcript in these bytes; see `read_transcript`."""
    text = decoded(content)
    if not text.strip():
        raise transcript_error("transcript_empty", "The file has no text.")
    suffix = PurePosixPath(name.lower()).suffix
    if suffix == ".json" or text.lstrip()[:1] in ("{", "["):
        parsed = _json(text, is_demanded=suffix == ".json")
        if parsed is not None:
            return _of_json(parsed)
    if max(map(len, text.splitlines()), default=0) > MAX_LINE_CHARACTERS:
        raise transcript_error("transcript_invalid", "A line of the file is too long for a transcript.")
    if is_subtitles(text):
        return make_transcript(read_subtitles(text))
    if suffix in (".vtt", ".srt"):
        raise transcript_error(
            "transcript_invalid", f"The file has no cue with a time, as {suffix[1:]} files have."
        )
    return make_transcript(read_dialogue(text))


def decoded(content: bytes) -> str:
    """Return the text of a file: by its byte order mark, as UTF-8, else as Windows-1252; refuses what is no text."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _as(content, encoding)
    if b"\x00" in content[:4096]:
        return _without_mark(content)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    unusual = sum(byte < 9 or 13 < byte < 32 for byte in content[:65536])
    if unusual > len(content[:65536]) // 100:
        raise transcript_error("transcript_not_text", "The file is not text.")
    return content.decode("cp1252", "replace")


def _without_mark(content: bytes) -> str:
    """Return UTF-16 that has no byte order mark, if it is that: half of what it says has to be plain letters."""
    nulls_first, nulls_second = content[0:4096:2].count(0), content[1:4096:2].count(0)
    text = _as(content, "utf-16-be" if nulls_first > nulls_second else "utf-16-le")
    plain = sum(
        character.isascii() and (character.isprintable() or character.isspace()) for character in text[:2048]
    )
    if plain * 2 < len(text[:2048]):
        raise transcript_error("transcript_not_text", "The file is not text.")
    return text


def _as(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise transcript_error("transcript_not_text", f"The file is not valid {encoding.upper()}.") from None


def _json(text: str, *, is_demanded: bool) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if is_demanded:
            raise transcript_error("transcript_invalid", "The file is not JSON.") from None
        return None


def _of_json(value: Any) -> Transcript:
    if isinstance(value, dict) and value.get("schema_version") == SCHEMA_VERSION and "segments" in value:
        try:
            ours = Transcript.from_json(value)
        except ValueError:
            raise transcript_error(
                "transcript_invalid", "The segments of this transcript are not in order."
            ) from None
        _check(ours)
        return ours
    turns, language = read_json_turns(value)
    return make_transcript(turns, language=language)


def _check(ours: Transcript) -> None:
    ids = [segment.id for segment in ours.segments]
    if len(set(ids)) != len(ids):
        raise transcript_error("transcript_invalid", "Two segments have one id.")
    if not any(segment.text.strip() for segment in ours.segments):
        raise transcript_error("transcript_empty", "Nobody says anything in this transcript.")
