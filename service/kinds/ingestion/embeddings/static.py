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
    fusion_weight = 0.3
    """Its order is good where BM25's is poor, but weaker by itself."""

    def __init__(self, tokenizer: Any | None = None) -> None:
        self._tokenizer = tokenizer or load_tokenizer()
        self._table = load_table()
        self.dimensions = self._table.shape[1]

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
        total: Vectors = counts.astype(np.float32) @ self._table[tokens]
        return total


def load_table() -> Vectors:
    """Return the table (tokens x dimensions) as float32."""
    folder = resources.files(TABLE_PACKAGE)
    with resources.as_file(folder.joinpath("vectors.npy")) as path:
        numbers: NDArray[np.int8] = np.load(path)
    with resources.as_file(folder.joinpath("scales.npy")) as path:
        scales: NDArray[np.float16] = np.load(path)
    table: Vectors = numbers.astype(np.float32) * scales.astype(np.float32)[:, None]
    return table
