"""Count tokens the way the shipped model cuts text: the measure of chunks, with or without vectors."""

from importlib import resources
from typing import Any, Final

TABLE_PACKAGE: Final = "service.kinds.ingestion.embeddings.table"


def load_tokenizer() -> Any:
    """Return the WordPiece tokenizer that ships with the table (a `tokenizers.Tokenizer`)."""
    from tokenizers import Tokenizer

    text = resources.files(TABLE_PACKAGE).joinpath("tokenizer.json").read_text("utf-8")
    tokenizer = Tokenizer.from_str(text)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


class TokenCounter:
    """Counts the tokens of texts, without special ones."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def count(self, text: str) -> int:
        """Return the number of tokens of a text."""
        return len(self._tokenizer.encode(text, add_special_tokens=False))
