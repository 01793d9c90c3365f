"""The offline default: a table of one vector a token, summed and brought to unit length.

The table is distilled from all-MiniLM-L6-v2 (see table/README.md): 256 dimensions, 8 bits each, and as
fast as looking up words. A token's length in the table is its weight.
"""

from collections.abc import Sequence
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.ingestion.library.port import Vectors
from service.kinds.ingestion.tokens import TABLE_PACKAGE, load_tokenizer

STATIC_NAME: Final = "static-minilm-256-v1"
_BATCH: Final = 64  # texts: what is held at once stays small


class StaticTable:
    """A model that needs no network, no accelerator and no time."""

    name = STATIC_NAME
    fusion_weight = 0.2
    """Its order is good where BM25's is poor, but weaker by itself."""

    def __init__(self, tokenizer: Any | None = None) -> None:
        self._tokenizer = tokenizer or load_tokenizer()
        self._numbers, self._scales = _load_table()
        self.dimensions: int = self._numbers.shape[1]
        # Rows become float32 when they are first used: most of 30,000 words are in no document of a job.
        self._table = np.zeros(self._numbers.shape, np.float32)
        self._is_in_table = np.zeros(len(self._numbers), np.bool_)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector (float32) for each text, in order; an empty text gives zeros."""
        result = np.zeros((len(texts), self.dimensions), np.float32)
        for first in range(0, len(texts), _BATCH):
            batch = list(texts[first : first + _BATCH])
            for row, encoding in enumerate(
                self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), first
            ):
                if encoding.ids:
                    result[row] = self._sum(np.asarray(encoding.ids, np.intp))
        lengths = np.linalg.norm(result, axis=1, keepdims=True)
        unit: Vectors = (result / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
        return unit

    def _sum(self, ids: NDArray[np.intp]) -> Vectors:
        tokens, counts = np.unique(ids, return_counts=True)
        total: Vectors = counts.astype(np.float32) @ self._rows(tokens)
        return total

    def _rows(self, tokens: NDArray[np.intp]) -> Vectors:
        """Return the rows of these tokens. Threads may come here at once: they write the same numbers."""
        missing = tokens[~self._is_in_table[tokens]]
        if missing.size:
            self._table[missing] = self._numbers[missing].astype(np.float32) * self._scales[missing, None]
            self._is_in_table[missing] = True
        return self._table[tokens]


def _load_table() -> tuple[NDArray[np.int8], Vectors]:
    """Return the table (tokens x dimensions; read from the disk as it is used) and a scale for each row."""
    folder = resources.files(TABLE_PACKAGE)
    with resources.as_file(folder.joinpath("vectors.npy")) as path:
        numbers: NDArray[np.int8] = np.load(path, mmap_mode="r")
    with resources.as_file(folder.joinpath("scales.npy")) as path:
        scales: NDArray[np.float16] = np.load(path)
    return numbers, scales.astype(np.float32)
