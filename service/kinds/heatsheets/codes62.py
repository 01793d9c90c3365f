"""Short codes that open a result later: 8 characters of 0-9A-Za-z, always the same for the same work."""

import hashlib
import json
from collections.abc import Callable

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = 8
_SPACE = len(ALPHABET) ** LENGTH  # 2.2e14: with a million results the chance that any two meet is 0.2 %


def result_code(parts: object, is_taken: Callable[[str], bool] | None = None) -> str:
    """Return the code for `parts` (anything that JSON can say); `is_taken` tells codes that mean other work.

    A code that is taken is passed over for the next one derived from the same parts, so that the answer stays
    the same as long as the earlier holder stays.
    """
    said = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{attempt}:{said}".encode()).digest()
        code = _base62(int.from_bytes(digest[:16], "big") % _SPACE)
        if is_taken is None or not is_taken(code):
            return code
        attempt += 1


def _base62(number: int) -> str:
    letters = []
    for _ in range(LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
