"""Put text that runs from right to left into the order and the letter forms in which it is printed.

A label holds names and addresses, one line each, so this is a small part of the Unicode bidirectional algorithm
(UAX 9): runs of one direction, numbers kept as they are. Arabic letters are joined by their presentation forms,
which Unicode's own decompositions list (<initial>, <medial>, <final>, <isolated>).
"""

import unicodedata
from functools import cache
from typing import Final

_RIGHT: Final = frozenset({"R", "AL"})
_LEFT: Final = frozenset({"L", "EN", "AN"})
_FORMS: Final = range(0xFE70, 0xFEFD)
_LAM: Final = "\u0644"


def has_right_to_left(text: str) -> bool:
    """Tell whether a text has letters that run from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(one) in _RIGHT for one in text)


def as_printed(text: str) -> str:
    """Return the characters of one line from left to right as they are to be printed."""
    if not has_right_to_left(text):
        return text
    runs = _runs(_joined(text))
    is_rtl_line = (
        unicodedata.bidirectional(next(c for c in text if unicodedata.bidirectional(c) in _RIGHT | {"L"}))
        != "L"
    )
    shown = [run[::-1] if is_rtl else run for run, is_rtl in runs]
    return "".join(reversed(shown)) if is_rtl_line else "".join(shown)


def _runs(text: str) -> list[tuple[str, bool]]:
    """Return runs of one direction; spaces and marks go with the run before when the one after is alike."""
    kinds = [_direction(character) for character in text]
    line = next((kind for kind in kinds if kind is not None), False)
    for at, kind in enumerate(kinds):
        if kind is None:
            before = kinds[at - 1] if at else line
            after = next((later for later in kinds[at:] if later is not None), line)
            kinds[at] = before if before == after else line
    runs: list[tuple[str, bool]] = []
    for character, kind in zip(text, kinds, strict=True):
        if runs and runs[-1][1] == bool(kind):
            runs[-1] = (runs[-1][0] + character, bool(kind))
        else:
            runs.append((character, bool(kind)))
    return runs


def _direction(character: str) -> bool | None:
    kind = unicodedata.bidirectional(character)
    return True if kind in _RIGHT or kind == "NSM" else False if kind in _LEFT else None


def _joined(text: str) -> str:
    """Return the text with Arabic letters in the form that their neighbours ask for."""
    forms = _presentation_forms()
    letters = unicodedata.normalize("NFC", text).replace("\u0640", "")
    out: list[str] = []
    at = 0
    while at < len(letters):
        size = 2 if letters[at] == _LAM and ("isolated", letters[at : at + 2]) in forms else 1
        piece = letters[at : at + size]
        before = _neighbour(letters, at, -1)
        after = _neighbour(letters, at + size - 1, 1)
        joins_before = ("initial", before) in forms and ("final", piece) in forms
        joins_after = ("initial", piece) in forms and ("final", after) in forms
        name = {
            (False, False): "isolated",
            (False, True): "initial",
            (True, True): "medial",
            (True, False): "final",
        }
        out.append(forms.get((name[joins_before, joins_after], piece), piece))
        at += size
    return "".join(out)


def _neighbour(letters: str, at: int, step: int) -> str:
    """Return the next letter in a direction, over the vowel signs that do not part letters."""
    at += step
    while 0 <= at < len(letters) and unicodedata.combining(letters[at]):
        at += step
    return letters[at] if 0 <= at < len(letters) else ""


@cache
def _presentation_forms() -> dict[tuple[str, str], str]:
    """Return (form, letter or ligature) -> its character among Arabic Presentation Forms-B."""
    found: dict[tuple[str, str], str] = {}
    for number in _FORMS:
        form, *codes = unicodedata.decomposition(chr(number)).split() or [""]
        letters = "".join(chr(int(code, 16)) for code in codes)
        if form.strip("<>") in {"isolated", "initial", "medial", "final"} and not letters.startswith(" "):
            found[form.strip("<>"), letters] = chr(number)
    for number in (*range(0xFB56, 0xFBB2), *range(0xFBFC, 0xFC00)):  # letters of Persian and Urdu, in Forms-A
        form, *codes = unicodedata.decomposition(chr(number)).split() or [""]
        if codes:
            found[form.strip("<>"), "".join(chr(int(code, 16)) for code in codes)] = chr(number)
    return found
