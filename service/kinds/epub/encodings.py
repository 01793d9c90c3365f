"""The two encodings that are counted exactly: their patterns, special tokens and pinned rank files.

The constants are those of `tiktoken_ext/openai_public.py` (tiktoken 0.14); a test compares them with the
installed one. They are repeated here because its constructors fetch the ranks from the network.
"""

import base64
import hashlib
import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from service.model.errors import JobError

if TYPE_CHECKING:
    import tiktoken


@dataclass(frozen=True, slots=True)
class EncodingSpec:
    """What tiktoken needs to know of an encoding. `sha256` is of the unpacked rank file."""

    name: str
    sha256: str
    pattern: str
    special_tokens: Mapping[str, int]


_CL100K_PATTERN = (
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$"
    r"|\s*[\r\n]|\s+(?!\S)|\s"
)
_O200K_PATTERN = "|".join(
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)

ENCODINGS: Mapping[str, EncodingSpec] = {
    spec.name: spec
    for spec in (
        EncodingSpec(
            "cl100k_base",
            "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
            _CL100K_PATTERN,
            {
                "<|endoftext|>": 100257,
                "<|fim_prefix|>": 100258,
                "<|fim_middle|>": 100259,
                "<|fim_suffix|>": 100260,
                "<|endofprompt|>": 100276,
            },
        ),
        EncodingSpec(
            "o200k_base",
            "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
            _O200K_PATTERN,
            {"<|endoftext|>": 199999, "<|endofprompt|>": 200018},
        ),
    )
}


def verify(spec: EncodingSpec, content: bytes) -> None:
    """Raise JobError tokenizer_damaged unless `content` is the rank file that tiktoken pins."""
    if hashlib.sha256(content).hexdigest() != spec.sha256:
        raise JobError("tokenizer_damaged", f"The rank file of {spec.name} is not the one that is pinned.")


def load_encoding(name: str) -> "tiktoken.Encoding":
    """Return the encoding from the rank file that travels with the program; about 0.4 s, no network."""
    import tiktoken

    spec = ENCODINGS[name]
    packed = resources.files("service.kinds.epub.ranks").joinpath(f"{name}.tiktoken.xz").read_bytes()
    try:
        content = lzma.decompress(packed)
    except lzma.LZMAError as error:
        raise JobError("tokenizer_damaged", f"The rank file of {name} cannot be unpacked: {error}") from error
    verify(spec, content)
    pairs = (line.split() for line in content.splitlines())
    return tiktoken.Encoding(
        name,
        pat_str=spec.pattern,
        mergeable_ranks={base64.b64decode(token): int(rank) for token, rank in pairs},
        special_tokens=dict(spec.special_tokens),
    )
