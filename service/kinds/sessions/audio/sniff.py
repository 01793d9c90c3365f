"""Why a file could not be opened: one code for each way in which it is broken, so that its owner knows what to do."""

import struct
from pathlib import Path
from typing import Final

HEAD_BYTES: Final = 64 * 1024
_MAX_CHUNKS: Final = 1000
_SOUND: Final = (
    b"ID3", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75", b"FORM", b"#!AMR", b"caff", b"RF64", b".snd",
)  # fmt: skip
"""How files begin that have (or should have) sound: MP3, FLAC, Ogg, Matroska, ASF, AIFF, AMR, CAF, WAV, AU."""


def why_unreadable(path: Path) -> tuple[str, str]:
    """Return code and message for a file that the decoder refuses."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        return "audio_empty", "The file has no bytes."
    if head[:4] == b"RIFF" and head[8:12] == b"WAVE":
        return _why_wave(path)
    if head[4:8] == b"ftyp":
        return _why_boxes(path)
    if head.startswith(_SOUND) or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0):
        return "audio_unreadable", "The file begins as a recording does, but cannot be decoded."
    if _is_text(head):
        return "not_audio", "The file is text by a recording's name."
    return "not_audio", "The file is no recording."


def _why_wave(path: Path) -> tuple[str, str]:
    """Walk the chunks of a RIFF file (Multimedia Programming Interface and Data Specifications 1.0)."""
    size_bytes, place, has_format = path.stat().st_size, 12, False
    with path.open("rb") as file:
        for _ in range(_MAX_CHUNKS):
            file.seek(place)
            header = file.read(8)
            if len(header) < 8:
                break
            name, length = struct.unpack("<4sI", header)
            if name == b"fmt ":
                has_format = True
                if length < 14 or place + 8 + length > size_bytes:
                    return "wav_header_broken", "The WAV header's format chunk does not fit into the file."
            elif name == b"data":
                code = "audio_unreadable" if has_format else "wav_header_broken"
                return code, "The WAV file cannot be decoded."
            place += 8 + length + length % 2
    if not has_format:
        return "wav_header_broken", "The WAV file has no format chunk."
    return "wav_without_data", "The WAV file has no data chunk after its header."


def _why_boxes(path: Path) -> tuple[str, str]:
    """Walk the boxes of an MP4 file (ISO/IEC 14496-12): without `moov`, nothing can be found in it."""
    size_bytes, place = path.stat().st_size, 0
    with path.open("rb") as file:
        for _ in range(_MAX_CHUNKS):
            file.seek(place)
            header = file.read(16)
            if len(header) < 8:
                break
            length, name = struct.unpack(">I4s", header[:8])
            if name == b"moov":
                return "audio_unreadable", "The file cannot be decoded."
            if length == 1 and len(header) == 16:
                length = struct.unpack(">Q", header[8:])[0]
            if length < 8 or place + length > size_bytes:
                break
            place += length
    return "audio_incomplete", "The file ends before its index (the moov box)."


def _is_text(head: bytes) -> bool:
    try:
        text = head.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:  # else a character was cut at the end of what was read
            return False
        text = head[: error.start].decode("utf-8")
    return not any(character < " " and character not in "\t\n\r\f" for character in text)
