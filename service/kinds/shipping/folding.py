"""When two texts are the same to a person: letter case, width, spacing and Latin accents do not count."""

import re
import unicodedata

_SPACES = re.compile(r"\s+")


def fold(text: str) -> str:
    """Return the form in which texts are compared: case-folded, one space between words, Latin without accents.

    Marks of other scripts stay: in Cyrillic or Devanagari they make another letter.
    """
    if text.isascii():
        return " ".join(text.split()).lower()
    parts: list[str] = []
    is_latin = False
    for character in unicodedata.normalize("NFKD", text):
        if unicodedata.combining(character) and is_latin:
            continue
        if not unicodedata.combining(character):
            is_latin = character.isascii() or unicodedata.name(character, "").startswith("LATIN")
        parts.append(_STROKES.get(character, character))
    whole = unicodedata.normalize("NFKC", "".join(parts)).casefold()
    return _SPACES.sub(" ", whole).strip()


# Letters whose stroke is no combining mark in Unicode, so that NFKD leaves them as they are.
_STROKES = {
    "ł": "l",
    "Ł": "L",
    "ø": "o",
    "Ø": "O",
    "đ": "d",
    "Đ": "D",
    "ħ": "h",
    "Ħ": "H",
    "’": "'",
    "‘": "'",
}
