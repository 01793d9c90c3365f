"""What a word is, the same in every language and every book."""

import re

# Scripts that put no white space between words: each character counts as one word.
# Unicode blocks: Kana (with the iteration and length marks, without the middle dot U+30FB),
# Bopomofo, Han with its extensions and compatibility forms, half-width Kana.
# Hangul is left out on purpose: Korean separates its words by spaces.
_CJK = (
    "\u3005\u3007\u303b\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_RUN = re.compile(rf"[^\s{_CJK}]+")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def count_words(text: str) -> int:
    """Return how many words `text` has, in time linear in its length.

    A word is a run between white space that holds a letter or a digit; each CJK character counts as one,
    and what stands beside it (as in 東京tower) is counted on its own.
    """
    runs = sum(1 for run in _RUN.finditer(text) if _LETTER_OR_DIGIT.search(run[0]))
    return runs + sum(1 for _ in _CJK_CHARACTER.finditer(text))
