"""A Whisper model with random weights, small enough to be made in a test: it loads and runs as a real one does."""

from pathlib import Path
from typing import Any

import numpy as np

WIDTH, HEADS, MELS = 32, 2, 80
HEARD_FRAMES, TEXT_PLACES = 1500, 448
_WORDS = ["\u0120a", "\u0120the", "\u0120sea", "\u0120was", "\u0120calm", "\u0120and", "ing", "s", ".", ","]
_MARKS = [
    "<|endoftext|>", "<|startoftranscript|>", "<|en|>", "<|translate|>", "<|transcribe|>", "<|startoflm|>",
    "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
]  # fmt: skip
_TIMES = [f"<|{number * 0.02:.2f}|>" for number in range(1501)]


def make_whisper_model(folder: Path, seed: int = 3) -> Path:
    """Write a model for CTranslate2 into a folder: `model.bin`, `config.json`, vocabulary and tokenizer."""
    from ctranslate2.specs.whisper_spec import WhisperSpec

    folder.mkdir(parents=True, exist_ok=True)
    spec = WhisperSpec(1, HEADS, 1, HEADS)
    vocabulary = [*_WORDS, *_MARKS, *_TIMES]
    _fill(spec, np.random.default_rng(seed), len(vocabulary))
    spec.register_vocabulary(vocabulary)
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = []
    spec.config.lang_ids = [vocabulary.index("<|en|>")]
    spec.validate()
    spec.optimize()
    spec.save(str(folder))
    _tokenizer(vocabulary).save(str(folder / "tokenizer.json"))
    return folder


def _fill(spec: Any, random: np.random.Generator, words: int) -> None:
    def some(*shape: int) -> Any:
        return random.normal(0.0, 0.3, shape).astype(np.float32)

    def linear(part: Any, outputs: int, inputs: int) -> None:
        part.weight, part.bias = some(outputs, inputs), some(outputs)

    def norm(part: Any) -> None:
        part.gamma, part.beta = np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32)

    def layer(part: Any) -> None:
        norm(part.self_attention.layer_norm)
        linear(part.self_attention.linear[0], 3 * WIDTH, WIDTH)
        linear(part.self_attention.linear[1], WIDTH, WIDTH)
        norm(part.ffn.layer_norm)
        linear(part.ffn.linear_0, 2 * WIDTH, WIDTH)
        linear(part.ffn.linear_1, WIDTH, 2 * WIDTH)

    encoder, decoder = spec.encoder, spec.decoder
    encoder.conv1.weight, encoder.conv1.bias = some(WIDTH, MELS, 3), some(WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = some(WIDTH, WIDTH, 3), some(WIDTH)
    encoder.position_encodings.encodings = some(HEARD_FRAMES, WIDTH)
    decoder.position_encodings.encodings = some(TEXT_PLACES, WIDTH)
    norm(encoder.layer_norm)
    norm(decoder.layer_norm)
    decoder.embeddings.weight = some(words, WIDTH)
    decoder.projection.weight = some(words, WIDTH)
    layer(encoder.layer[0])
    layer(decoder.layer[0])
    cross = decoder.layer[0].attention
    norm(cross.layer_norm)
    linear(cross.linear[0], WIDTH, WIDTH)
    linear(cross.linear[1], 2 * WIDTH, WIDTH)
    linear(cross.linear[2], WIDTH, WIDTH)


def _tokenizer(vocabulary: list[str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    numbers = {word: number for number, word in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="."))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in _MARKS])
    return tokenizer
