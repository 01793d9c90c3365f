"""Which font prints which characters: Helvetica for Latin-1, which every PDF reader has, else fonts of our own.

DejaVu Sans has Latin in all its extensions (Polish, Vietnamese), Greek, Cyrillic, Hebrew and Arabic; Droid Sans
Fallback has Chinese, Japanese and Korean. A character that none has is named by `unprintable`, never printed as a box.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from service.kinds.shipping.printing.shaping import as_printed

FOLDER: Final = Path(__file__).parents[1] / "fonts"
_OUR_FONTS: Final = {
    "NowservingSans": "DejaVuSansCondensed.ttf",
    "NowservingSans-Bold": "DejaVuSansCondensed-Bold.ttf",
    "NowservingCJK": "DroidSansFallback.ttf",
}
Run = tuple[str, str]


def runs_of(text: str, *, bold: bool = False) -> Sequence[Run]:
    """Return (font, characters) from left to right, as they are printed. Characters no font has become `?`."""
    if _is_latin1(text):
        return [("Helvetica-Bold" if bold else "Helvetica", text)]
    sans = _font("NowservingSans-Bold" if bold else "NowservingSans")
    cjk = "NowservingCJK"
    runs: list[Run] = []
    for character in as_printed(text):
        if ord(character) in _glyphs(sans):
            name = sans
        elif ord(character) in _glyphs(cjk):
            name = cjk
        else:
            name, character = sans, "?"  # noqa: PLW2901 (the character that is printed instead)
        if runs and runs[-1][0] == name:
            runs[-1] = (name, runs[-1][1] + character)
        else:
            runs.append((name, character))
    return runs


def unprintable(text: str) -> str:
    """Return the characters of a text that no font here has."""
    if _is_latin1(text):
        return ""
    known = _glyphs("NowservingSans") | _glyphs("NowservingCJK")
    return "".join(
        dict.fromkeys(one for one in as_printed(text) if ord(one) not in known and not one.isspace())
    )


def width_of(runs: Sequence[Run], size: float) -> float:
    """Return the width of runs in points."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return sum(stringWidth(text, font, size) for font, text in runs)


def _is_latin1(text: str) -> bool:
    """Tell whether Helvetica's built-in encoding (Windows-1252 without its odd places) has every character."""
    return text.isascii() or all(" " <= one <= "~" or "\u00a1" <= one <= "\u00ff" for one in text)


@cache
def _font(name: str) -> str:
    """Register a font of ours once in this process."""
    from reportlab.pdfbase.pdfmetrics import registerFont
    from reportlab.pdfbase.ttfonts import TTFont

    registerFont(TTFont(name, str(FOLDER / _OUR_FONTS[name])))
    return name


@cache
def _glyphs(name: str) -> frozenset[int]:
    from reportlab.pdfbase.pdfmetrics import getFont

    font: Any = getFont(_font(name))  # the stubs know no TrueType face
    return frozenset(font.face.charToGlyph)
