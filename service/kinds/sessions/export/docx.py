"""A session as a Word document, with python-docx."""

import io
import re
from typing import Any, Final

from service.kinds.sessions.export.document import Document, Piece
from service.kinds.sessions.transcript import clock

_NOT_XML: Final = re.compile(r"[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2


def as_docx(document: Document) -> bytes:
    """Return the session as DOCX."""
    import docx

    made: Any = docx.Document()
    made.core_properties.title = _clean(document.title)[:255]
    made.core_properties.author = ""
    made.core_properties.comments = ""
    made.add_heading(_clean(document.title), 0)
    made.add_paragraph(_clean(document.facts()))
    for piece in document.pieces():
        _add(made, piece)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _add(made: Any, piece: Piece) -> None:
    text, lead = _clean(piece.text), _clean(piece.lead) if piece.lead else None
    if piece.sort == "heading":
        made.add_heading(text, piece.level - 1)
        return
    style = {"point": "List Bullet", "quote": "Quote"}.get(piece.sort)
    paragraph = made.add_paragraph(style=style)
    at = clock(piece.at) if piece.at is not None else ""
    if piece.sort == "speech":
        paragraph.add_run(f"{at}  ").italic = True
    if lead and piece.sort in ("speech", "point"):
        paragraph.add_run(f"{lead}: ").bold = True
    if piece.sort == "quote":
        paragraph.add_run(f"“{text}” ({', '.join(filter(None, (lead, at)))})")
    else:
        paragraph.add_run(text).italic = piece.sort == "warning"


def _clean(text: str) -> str:
    return _NOT_XML.sub(" ", text)
