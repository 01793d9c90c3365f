"""Read plain text in whatever encoding it came: UTF-8 first, marks next, then what the bytes look like."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from service.kinds.ingestion.documents import Block, Portion
from service.kinds.ingestion.parsers.limits import DEFAULT_LIMITS, ReadLimits, read_error

_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_CHARSET: Final = re.compile(
    rb"<(?:meta[^>]{0,200}charset|\?xml[^>]{0,100}encoding)\s*=\s*[\"']?([\w-]{1,40})", re.IGNORECASE
)
_SAMPLE_BYTES: Final = 64 * 1024
_COMMONEST: Final = "cp1252"
_PARAGRAPH: Final = re.compile(r"\n[ \t]*\n\s*")
_MAX_CONTROL_SHARE: Final = 0.02
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_MAX_PARAGRAPH: Final = 100_000


def read_text(path: Path, limits: ReadLimits = DEFAULT_LIMITS) -> Iterator[Portion]:
    """Yield the paragraphs as one portion; raises JobError text_unreadable or document_too_large."""
    if path.stat().st_size > 4 * limits.text_characters:
        raise read_error("document_too_large", f"It has {path.stat().st_size} bytes.")
    text = decode(path.read_bytes())
    yield Portion([Block(piece) for piece in paragraphs(text)])


def decode(content: bytes, *, is_markup: bool = False) -> str:
    """Return bytes as text with \\n at line ends; raises JobError text_unreadable for what is no text."""
    text = _decoded(content, is_markup=is_markup)
    sample = text[:_SAMPLE_BYTES]
    if len(_CONTROL.findall(sample)) > _MAX_CONTROL_SHARE * max(1, len(sample)):
        raise read_error("format_unknown", "It is no text, and nothing else that is known here.")
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def paragraphs(text: str) -> Iterator[str]:
    """Yield what stands between empty lines, lines kept; absurdly long ones are cut."""
    for piece in _PARAGRAPH.split(text):
        stripped = piece.strip("\n").rstrip()
        for begin in range(0, len(stripped), _MAX_PARAGRAPH):
            part = stripped[begin : begin + _MAX_PARAGRAPH]
            if part.strip():
                yield part


def _decoded(content: bytes, *, is_markup: bool) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    unmarked = _utf16_without_mark(content[:_SAMPLE_BYTES])
    if unmarked:
        return content.decode(unmarked, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(content[:4096]) if is_markup else None
    if declared:
        try:
            return content.decode(declared.group(1).decode("ascii"), "replace")
        except LookupError:
            pass
    return _guessed(content)


def _utf16_without_mark(sample: bytes) -> str | None:
    """Return which UTF-16 it is when nearly every other byte is zero, as Western text has it there."""
    for encoding, high in (("utf-16-le", 1), ("utf-16-be", 0)):
        half = len(sample) // 2
        if (
            half > 8
            and sample[high::2].count(0) > 0.8 * half
            and sample[1 - high :: 2].count(0) < 0.02 * half
        ):
            return encoding
    return None


def _guessed(content: bytes) -> str:
    """Let charset-normalizer judge a sample from where the text stops being ASCII."""
    from charset_normalizer import from_bytes

    first = next((at for at, byte in enumerate(content) if byte > 127), 0)
    begin = max(0, first - _SAMPLE_BYTES // 2) & ~1
    matches = from_bytes(content[begin : begin + _SAMPLE_BYTES])
    best = matches.best()
    # Western text fits its Baltic neighbours nearly as well; where the language fits as well, the commonest is meant.
    for match in matches:
        if best and match.encoding == _COMMONEST and match.coherence >= best.coherence:
            best = match
    if best is None:
        if b"\x00" in content[:_SAMPLE_BYTES]:
            raise read_error("format_unknown", "It is no text, and nothing else that is known here.")
        return content.decode("cp1252", "replace")
    return content.decode(best.encoding, "replace")
