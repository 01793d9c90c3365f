"""The transcript alone: WebVTT (W3C, webvtt1), SubRip, and plain text that can be handed in again."""

import html

from service.kinds.sessions.transcript import Transcript, clock


def as_vtt(transcript: Transcript) -> str:
    """Return WebVTT with a voice span for each speaker."""
    blocks = ["WEBVTT"]
    for segment in transcript.segments:
        name = transcript.name_of(segment.speaker)
        text = html.escape(segment.text, quote=False)
        said = f"<v {html.escape(name, quote=False)}>{text}" if name else text
        if text:
            blocks.append(
                f"{segment.id}\n{_stamp(segment.start)} --> {_stamp(_end(segment.start, segment.end))}\n{said}"
            )
    return "\n\n".join(blocks) + "\n"


def as_srt(transcript: Transcript) -> str:
    """Return SubRip with the speaker's name before a colon."""
    blocks: list[str] = []
    for segment in transcript.segments:
        if segment.text:
            start, end = _stamp(segment.start, ","), _stamp(_end(segment.start, segment.end), ",")
            said = _said(transcript, segment.speaker, segment.text)
            blocks.append(f"{len(blocks) + 1}\n{start} --> {end}\n{said}")
    return "\n\n".join(blocks) + "\n"


def as_text(transcript: Transcript) -> str:
    """Return a line for each segment: time, speaker, words."""
    lines = [
        f"[{clock(segment.start)}] {_said(transcript, segment.speaker, segment.text)}"
        for segment in transcript.segments
        if segment.text
    ]
    return "\n".join(lines) + "\n"


def _said(transcript: Transcript, speaker: str | None, text: str) -> str:
    name = transcript.name_of(speaker)
    return f"{name}: {text}" if name else text


def _end(start: float, end: float) -> float:
    return max(end, start + 0.001)  # a cue without length is none


def _stamp(seconds: float, point: str = ".") -> str:
    whole = round(seconds * 1000)
    return (
        f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}{point}{whole % 1000:03}"
    )
