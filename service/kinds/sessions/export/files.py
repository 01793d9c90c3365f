"""One door to every format that a session is exported in."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from service.kinds.sessions.export.document import Document
from service.kinds.sessions.export.docx import as_docx
from service.kinds.sessions.export.markdown import as_markdown
from service.kinds.sessions.export.subtitles import as_srt, as_text, as_vtt
from service.kinds.sessions.transcript import Transcript

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
_MAKERS: Final[Mapping[str, Callable[[Document], bytes]]] = {
    "md": lambda document: as_markdown(document).encode(),
    "docx": as_docx,
    "vtt": lambda document: as_vtt(document.transcript).encode(),
    "srt": lambda document: as_srt(document.transcript).encode(),
    "txt": lambda document: as_text(document.transcript).encode(),
}


def made_file(
    form: str, title: str, created_at: float, transcript: Transcript, notes: Mapping[str, Any] | None
) -> bytes:
    """Return a session as a file; `notes` are those that its reader may see. Unix seconds; KeyError for no format."""
    return _MAKERS[form](Document(title, created_at, transcript, notes))
