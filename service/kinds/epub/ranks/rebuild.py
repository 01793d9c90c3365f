"""Make the rank files again from an unpacked npm package `js-tiktoken`: `python rebuild.py FOLDER`.

Its `dist/ranks/<name>.js` holds `bpe_ranks`: lines `! <first rank> <token> <token> …`, tokens in base64,
ranks counting up. A `.tiktoken` file has one line `<token> <rank>` for each, in the order of ranks.
"""

import json
import lzma
import re
import sys
from pathlib import Path

from service.kinds.epub.encodings import ENCODINGS, verify

_BPE_RANKS = re.compile(r'"?bpe_ranks"?\s*:\s*("(?:[^"\\]|\\.)*")')


def rebuild(script: str) -> bytes:
    """Return the `.tiktoken` content that a `dist/ranks/*.js` file of js-tiktoken carries; ValueError if none."""
    found = _BPE_RANKS.search(script)
    if found is None:
        raise ValueError("no bpe_ranks in this file")
    ranked: dict[int, str] = {}
    for line in json.loads(found[1]).splitlines():
        _mark, first, *tokens = line.split(" ")
        ranked.update(enumerate(tokens, int(first)))
    return "".join(f"{token} {rank}\n" for rank, token in sorted(ranked.items())).encode()


def main(package: Path) -> None:
    """Rebuild, verify and store every rank file beside this script."""
    for name, encoding in ENCODINGS.items():
        content = rebuild((package / "dist" / "ranks" / f"{name}.js").read_text("utf-8"))
        verify(encoding, content)
        packed = lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)
        Path(__file__).with_name(f"{name}.tiktoken.xz").write_bytes(packed)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
