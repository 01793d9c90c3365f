"""The quality mode: a BERT sentence encoder (all-MiniLM-L6-v2) in plain NumPy, from a local model folder.

The arithmetic is that of BERT (Devlin et al. 2018) as `transformers` computes it: post-layer-norm
blocks, GELU with the error function, mean pooling over all tokens, unit length.
"""

import json
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.ingestion.embeddings.safetensors import read_tensors
from service.model.errors import JobError

Floats = NDArray[np.float32]

MINILM_NAME: Final = "all-minilm-l6-v2"
WINDOW_TOKENS: Final = 254  # what the model was trained on (256) without [CLS] and [SEP]
BATCH_WINDOWS: Final = 16
MODEL_FILES: Final = ("model.safetensors", "tokenizer.json", "config.json")


class MiniLm:
    """A sentence encoder. Longer texts are cut into windows whose vectors are averaged by their lengths."""

    fusion_weight = 1.0

    def __init__(self, folder: Path) -> None:
        """Load a model folder; raises JobError `model_not_found` or `model_unreadable`."""
        from tokenizers import Tokenizer

        missing = [name for name in MODEL_FILES if not (folder / name).is_file()]
        if missing:
            raise JobError(
                "model_not_found",
                f"The folder {folder} has no {', '.join(missing)}.",
                remediation="docs/kinds/ingestion.md says how to fetch the model of the quality mode.",
            )
        config: dict[str, Any] = json.loads((folder / "config.json").read_text("utf-8"))
        self.name = MINILM_NAME
        self._tensors = {
            name.removeprefix("bert."): tensor
            for name, tensor in read_tensors(folder / "model.safetensors").items()
        }
        self._layers = int(config["num_hidden_layers"])
        self._heads = int(config["num_attention_heads"])
        self._epsilon = float(config.get("layer_norm_eps", 1e-12))
        self.dimensions = int(config["hidden_size"])
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self._start = self._special("[CLS]")
        self._end = self._special("[SEP]")
        self._lock = (
            threading.Lock()
        )  # NumPy's product uses all cores already: two at once only need more memory

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit vector (float32) for each text, in order; an empty text gives zeros."""
        windows = [(at, window) for at, text in enumerate(texts) for window in self._windows(text)]
        result = np.zeros((len(texts), self.dimensions), np.float32)
        by_length = sorted(range(len(windows)), key=lambda at: len(windows[at][1]))  # little padding
        for first in range(0, len(by_length), BATCH_WINDOWS):
            batch = [windows[at] for at in by_length[first : first + BATCH_WINDOWS]]
            with self._lock:
                vectors = self.encode_ids([ids for _, ids in batch])
            for (at, ids), vector in zip(batch, vectors, strict=True):
                result[at] += vector * (len(ids) - 2)
        return unit(result)

    def encode_ids(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Return the unit vector of each list of token ids, which has its special tokens already."""
        width = max(map(len, batch))
        ids = np.zeros((len(batch), width), np.int64)
        mask = np.zeros((len(batch), width), np.float32)
        for row, tokens in enumerate(batch):
            ids[row, : len(tokens)] = tokens
            mask[row, : len(tokens)] = 1.0
        hidden = self._embedded(ids)
        bias = ((1.0 - mask) * -1e9)[:, None, None, :]
        for layer in range(self._layers):
            hidden = self._block(hidden, bias, f"encoder.layer.{layer}.")
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return unit(pooled.astype(np.float32))

    def _windows(self, text: str) -> list[list[int]]:
        ids = self.tokenizer.encode(text, add_special_tokens=False).ids
        return [
            [self._start, *ids[first : first + WINDOW_TOKENS], self._end]
            for first in range(0, len(ids), WINDOW_TOKENS)
        ]

    def _special(self, token: str) -> int:
        number = self.tokenizer.token_to_id(token)
        if number is None:
            raise JobError("model_unreadable", f"The tokenizer of the model has no {token}.")
        return int(number)

    def _embedded(self, ids: NDArray[np.int64]) -> Floats:
        tensors = self._tensors
        words = tensors["embeddings.word_embeddings.weight"][ids]
        places = tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
        types = tensors["embeddings.token_type_embeddings.weight"][0]
        return self._normed(words + places + types, "embeddings.LayerNorm.")

    def _block(self, hidden: Floats, bias: Floats, name: str) -> Floats:
        batch, width, size = hidden.shape

        def heads(part: str) -> Floats:
            flat = self._linear(hidden, f"{name}attention.self.{part}.")
            return flat.reshape(batch, width, self._heads, size // self._heads).transpose(0, 2, 1, 3)

        scores = heads("query") @ heads("key").transpose(0, 1, 3, 2)
        scores = scores / np.float32(np.sqrt(size // self._heads)) + bias
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ heads("value")).transpose(0, 2, 1, 3).reshape(batch, width, size)
        seen = self._linear(seen, f"{name}attention.output.dense.")
        hidden = self._normed(seen + hidden, f"{name}attention.output.LayerNorm.")
        inner = gelu(self._linear(hidden, f"{name}intermediate.dense."))
        return self._normed(self._linear(inner, f"{name}output.dense.") + hidden, f"{name}output.LayerNorm.")

    def _linear(self, value: Floats, name: str) -> Floats:
        # One two-dimensional product: NumPy hands only those to BLAS as a whole.
        weight = self._tensors[f"{name}weight"]
        flat = value.reshape(-1, value.shape[-1]) @ weight.T + self._tensors[f"{name}bias"]
        shaped: Floats = flat.reshape(*value.shape[:-1], weight.shape[0])
        return shaped

    def _normed(self, value: Floats, name: str) -> Floats:
        centred = value - value.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(self._epsilon))
        normed: Floats = centred / spread * self._tensors[f"{name}weight"] + self._tensors[f"{name}bias"]
        return normed


def unit(vectors: Floats) -> Floats:
    """Return rows of unit length; a row of zeros stays zeros."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    rows: Floats = (vectors / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
    return rows


def gelu(value: Floats) -> Floats:
    """Return x * Phi(x), Phi by Abramowitz and Stegun 7.1.26 (error below 1.5e-7, that of float32)."""
    scaled = np.abs(value) * np.float32(0.7071067811865476)
    step = 1.0 / (1.0 + np.float32(0.3275911) * scaled)
    tail = step * (
        0.254829592
        + step * (-0.284496736 + step * (1.421413741 + step * (-1.453152027 + step * 1.061405429)))
    )
    tail = 0.5 * tail * np.exp(-scaled * scaled)
    result: Floats = (value * np.where(value >= 0, 1.0 - tail, tail)).astype(np.float32)
    return result
