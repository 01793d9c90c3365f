"""Make the static table anew: from a MiniLM folder and folders of English text. See README.md beside this.

    python -m service.kinds.ingestion.embeddings.table.distil MODEL_FOLDER TEXT_FOLDER… -o FOLDER

It takes about 20 minutes of one core for each 80,000 windows; the numbers depend on the texts.
"""

import argparse
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.kinds.ingestion.embeddings.minilm import MiniLm, unit

Floats = NDArray[np.float32]
DIMENSIONS: Final = 256
WINDOW: Final = 48
WINDOWS: Final = 40_000  # of text, and as many random strings of tokens
FIRST_WORD: Final = 1996  # below it are special tokens and single letters
EPOCHS: Final = 8
BATCH: Final = 256
LEARNING_RATE: Final = 3e-3
RARITY: Final = 1e-3  # of the first weights, after Arora et al. 2017: a / (a + p(token))
_SUFFIXES: Final = frozenset({".md", ".rst", ".txt", ".html"})
_MAX_FILE_CHARACTERS: Final = 200_000


@dataclass
class Teaching:
    """What the table learns from: token ids of windows, and the model's unit vector of each."""

    windows: list[list[int]]
    targets: Floats
    is_text: NDArray[np.bool_]


def main() -> None:
    """Make a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("texts", type=Path, nargs="+")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--windows", type=int, default=WINDOWS)
    args = parser.parse_args()
    model = MiniLm(args.model)
    alone = embed_tokens(model)
    teaching = teach(model, args.texts, args.windows, random.Random(7))  # noqa: S311 (which windows, not a secret)
    args.output.mkdir(parents=True, exist_ok=True)
    save(distil(alone, teaching, np.random.default_rng(0)), args.output)


def embed_tokens(model: MiniLm) -> Floats:
    """Return the model's vector of every token by itself."""
    tokenizer: Any = model.tokenizer
    size = tokenizer.get_vocab_size()
    start, end = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    parts = [
        model.encode_ids([[start, token, end] for token in range(first, min(first + 1024, size))])
        for first in range(0, size, 1024)
    ]
    return np.concatenate(parts)


def teach(model: MiniLm, folders: Sequence[Path], count: int, chance: random.Random) -> Teaching:
    """Return `count` windows of text and as many random strings, with the model's vectors."""
    tokenizer: Any = model.tokenizer
    start, end = (tokenizer.token_to_id(name) for name in ("[CLS]", "[SEP]"))
    windows = []
    for paragraph in sorted(set(_paragraphs(folders))):
        ids = tokenizer.encode(paragraph, add_special_tokens=False).ids
        windows += [ids[first : first + WINDOW] for first in range(0, len(ids) - 7, WINDOW)]
    chance.shuffle(windows)
    windows = windows[:count]
    size = tokenizer.get_vocab_size()
    strange = [[chance.randrange(FIRST_WORD, size) for _ in range(chance.randint(4, 12))] for _ in windows]
    together = sorted(windows + strange, key=len)
    targets = [
        model.encode_ids([[start, *ids, end] for ids in together[first : first + 64]])
        for first in range(0, len(together), 64)
    ]
    is_text = np.asarray([len(ids) > 12 for ids in together])
    return Teaching(together, np.concatenate(targets), is_text)


def _paragraphs(folders: Sequence[Path]) -> Iterator[str]:
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file()):
            text = path.read_text("utf-8", "replace")[:_MAX_FILE_CHARACTERS]
            for part in re.split(r"\n\s*\n", re.sub(r"<[^>]*>", " ", text)):
                paragraph = " ".join(part.split())
                letters = sum(each.isalpha() or each == " " for each in paragraph)
                if 80 < len(paragraph) < 1200 and letters > 0.93 * len(paragraph):
                    yield paragraph


def distil(alone: Floats, teaching: Teaching, chance: np.random.Generator) -> Floats:
    """Return the table (tokens x DIMENSIONS): the sum over a text points where the model's vector does."""
    mean = teaching.targets[teaching.is_text].mean(axis=0)
    centred = teaching.targets - mean
    spread = centred[teaching.is_text].T @ centred[teaching.is_text]
    basis = np.linalg.eigh(spread)[1][:, ::-1][:, :DIMENSIONS].astype(np.float32)
    targets = unit(centred @ basis)
    counts = np.zeros(len(alone))
    for ids, is_text in zip(teaching.windows, teaching.is_text, strict=True):
        if is_text:
            np.add.at(counts, ids, 1)
    weights = RARITY / (RARITY + counts / max(1.0, counts.sum()))
    table: Floats = ((alone - alone.mean(axis=0)) @ basis * weights[:, None]).astype(np.float32)
    first, second = np.zeros_like(table), np.zeros_like(table)
    for epoch in range(EPOCHS):
        rate = LEARNING_RATE * (1 - epoch / EPOCHS) + 1e-5
        order = chance.permutation(len(teaching.windows))
        for begin in range(0, len(order), BATCH):
            rows = order[begin : begin + BATCH]
            tokens, gradient = _gradient(table, [teaching.windows[row] for row in rows], targets[rows])
            # Adam (Kingma and Ba 2014) on the tokens of the batch only.
            first[tokens] = 0.9 * first[tokens] + 0.1 * gradient
            second[tokens] = 0.99 * second[tokens] + 0.01 * gradient * gradient
            table[tokens] -= rate * first[tokens] / (np.sqrt(second[tokens]) + 1e-7)
    return table


def _gradient(
    table: Floats, windows: Sequence[Sequence[int]], targets: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Return the tokens of a batch, and the gradient of 1 - cosine for the row of each."""
    lengths = [len(window) for window in windows]
    flat = np.concatenate([np.asarray(window, np.intp) for window in windows])
    sums = np.add.reduceat(table[flat], np.r_[0, np.cumsum(lengths)[:-1]], axis=0)
    sizes = np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6
    directions = sums / sizes
    cosines = (directions * targets).sum(axis=1, keepdims=True)
    of_sums = -(targets - cosines * directions) / sizes
    tokens, inverse = np.unique(flat, return_inverse=True)
    order = np.argsort(inverse, kind="stable")
    starts = np.r_[0, np.flatnonzero(np.diff(inverse[order])) + 1]
    owner = np.repeat(np.arange(len(windows)), lengths)
    gradient: Floats = np.add.reduceat(of_sums[owner[order]], starts, axis=0)
    return tokens, gradient


def save(table: Floats, folder: Path) -> None:
    """Write `vectors.npy` (int8) and `scales.npy` (one float16 a token)."""
    scales = np.maximum(np.abs(table).max(axis=1) / 127, 6e-8).astype(np.float16).astype(np.float32)
    numbers = np.clip(np.rint(table / scales[:, None]), -127, 127).astype(np.int8)
    np.save(folder / "vectors.npy", numbers)
    np.save(folder / "scales.npy", scales.astype(np.float16))


if __name__ == "__main__":
    main()
