"""A session as Markdown (CommonMark): nothing that was said can become markup."""

import re
from typing import Final

from service.kinds.sessions.export.document import Document, Piece
from service.kinds.sessions.transcript import clock

_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#|~&])")
_BEGINNING: Final = re.compile(r"^(\s*)([-+=]|\d+[.)])(?=\s|$)")


def as_markdown(document: Document) -> str:
    """Return the session as Markdown."""
    lines = [f"# {escaped(document.title)}", "", escaped(document.facts()), ""]
    last = ""
    for piece in document.pieces():
        is_list = piece.sort == "point" or (piece.sort == "quote" and last in ("point", "quote"))
        if lines[-1] and not (is_list and last in ("point", "quote")):
            lines.append("")
        lines.append(_line(piece, is_inner=is_list))
        last = piece.sort
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    """Return text in which no character is markup (CommonMark, 2.4)."""
    plain = _MARKS.sub(r"\\\1", " ".join(text.split()))
    return _BEGINNING.sub(
        lambda found: f"{found[1]}\\{found[2]}" if found[2] in "-+=" else _numbered(found), plain
    )


def _numbered(found: re.Match[str]) -> str:
    return f"{found[1]}{found[2][:-1]}\\{found[2][-1]}"


def _line(piece: Piece, *, is_inner: bool) -> str:
    text, lead = escaped(piece.text), escaped(piece.lead) if piece.lead else None
    at = f"`{clock(piece.at)}`" if piece.at is not None else ""
    if piece.sort == "heading":
        return f"{'#' * piece.level} {text}"
    if piece.sort == "point":
        return f"- {f'**{lead}**: ' if lead else ''}{text}"
    if piece.sort == "quote":
        said_by = f"{lead}, " if lead else ""
        return f"{'  - ' if is_inner else '> '}“{text}” ({said_by}{at})"
    if piece.sort == "speech":
        return f"{at} {f'**{lead}:** ' if lead else ''}{text}"
    return f"*{text}*" if piece.sort == "warning" else text
