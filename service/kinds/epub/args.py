"""What a person may choose when books are counted: the args of the `epub` kind, and the names of tokenizers."""

from collections.abc import Sequence

from marshmallow import Schema, ValidationError, fields, validate

EXACT_TOKENIZERS = ("cl100k_base", "o200k_base")
"""Tokenizers whose rank files travel with the program."""
HUB_PREFIX = "hf:"
DEFAULT_MAX_MB = 200.0
MAX_TOKENIZERS = 16


def check_tokenizer(name: str) -> None:
    """Raise ValidationError unless `name` is an exact tokenizer or `hf:` and a path or hub id."""
    if name in EXACT_TOKENIZERS or (name.startswith(HUB_PREFIX) and name.removeprefix(HUB_PREFIX).strip()):
        return
    known = ", ".join(EXACT_TOKENIZERS)
    raise ValidationError(f"Unknown tokenizer {name!r}: choose among {known}, or hf:<path or hub id>.")


def check_unique(names: Sequence[str]) -> None:
    """Raise ValidationError when a tokenizer is named twice: its column would be there twice too."""
    if len(set(names)) != len(names):
        raise ValidationError("A tokenizer is named twice.")


class EpubArgs(Schema):
    """What a person may choose."""

    tokenizers = fields.List(
        fields.String(validate=[validate.Length(min=1, max=500), check_tokenizer]),
        load_default=lambda: list(EXACT_TOKENIZERS),
        validate=[validate.Length(max=MAX_TOKENIZERS), check_unique],
        metadata={
            "title": "Tokenizers",
            "description": "cl100k_base, o200k_base, or hf: and the path of a tokenizer.json or a hub id",
        },
    )
    max_mb = fields.Float(
        load_default=DEFAULT_MAX_MB,
        validate=validate.Range(min=0, min_inclusive=False, max=100_000),
        metadata={
            "title": "Largest book (MB)",
            "description": "A larger file fails with epub_too_large; 1 MB is 1,000,000 bytes",
        },
    )
