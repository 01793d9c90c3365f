"""Vectors from every source: MiniLM's arithmetic, a real endpoint that fails now and then, settings that choose."""

import asyncio
import json
import math
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.kinds.ingestion.embeddings.choose import make_model
from service.kinds.ingestion.embeddings.endpoint import Endpoint
from service.kinds.ingestion.embeddings.minilm import WINDOW_TOKENS, MiniLm, gelu
from service.kinds.ingestion.embeddings.safetensors import read_tensors
from service.kinds.ingestion.embeddings.static import StaticTable
from service.kinds.ingestion.embeddings.table import distil
from service.kinds.ingestion.settings import IngestionSettings
from service.model.errors import JobError

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "cat", "dog", "sat", "mat", "the", "on"]
SIZE, HEADS, LAYERS, INNER = 8, 2, 2, 16


def safetensors(tensors: dict[str, np.ndarray[Any, Any]], dtype: str = "F32") -> bytes:
    header, body = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.astype({"F32": "<f4", "F16": "<f2"}[dtype]).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(tensor.shape),
            "data_offsets": [len(body), len(body) + len(raw)],
        }
        body += raw
    text = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    return struct.pack("<Q", len(text)) + text + body


def tiny_tensors() -> dict[str, np.ndarray[Any, Any]]:
    random = np.random.default_rng(3)

    def made(*shape: int) -> np.ndarray[Any, Any]:
        return random.standard_normal(shape).astype(np.float32) / 2

    tensors = {
        "embeddings.word_embeddings.weight": made(len(WORDS), SIZE),
        "embeddings.position_embeddings.weight": made(512, SIZE),
        "embeddings.token_type_embeddings.weight": made(2, SIZE),
        "embeddings.LayerNorm.weight": 1 + made(SIZE), "embeddings.LayerNorm.bias": made(SIZE),
    }  # fmt: skip
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        for part, rows, columns in (
            ("attention.self.query", SIZE, SIZE), ("attention.self.key", SIZE, SIZE),
            ("attention.self.value", SIZE, SIZE), ("attention.output.dense", SIZE, SIZE),
            ("intermediate.dense", INNER, SIZE), ("output.dense", SIZE, INNER),
        ):  # fmt: skip
            tensors[f"{name}{part}.weight"], tensors[f"{name}{part}.bias"] = made(rows, columns), made(rows)
        for part in ("attention.output.LayerNorm", "output.LayerNorm"):
            tensors[f"{name}{part}.weight"], tensors[f"{name}{part}.bias"] = 1 + made(SIZE), made(SIZE)
    return tensors


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers

    tokenizer = Tokenizer(models.WordPiece({word: n for n, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    config = {
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "hidden_size": SIZE,
        "layer_norm_eps": 1e-12,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "model.safetensors").write_bytes(safetensors(tiny_tensors()))
    return tmp_path


def by_hand(ids: list[int]) -> list[float]:
    """Return the unit vector of one text, number by number: BERT's arithmetic without NumPy's products."""
    t = {name: tensor.astype(float).tolist() for name, tensor in tiny_tensors().items()}

    def norm(row: list[float], name: str) -> list[float]:
        mean = sum(row) / len(row)
        spread = math.sqrt(sum((x - mean) ** 2 for x in row) / len(row) + 1e-12)
        return [
            (x - mean) / spread * w + b
            for x, w, b in zip(row, t[f"{name}.weight"], t[f"{name}.bias"], strict=True)
        ]

    def linear(row: list[float], name: str) -> list[float]:
        weight, bias = t[f"{name}.weight"], t[f"{name}.bias"]
        return [
            sum(x * w for x, w in zip(row, line, strict=True)) + b
            for line, b in zip(weight, bias, strict=True)
        ]

    def add(*rows: list[float]) -> list[float]:
        return [sum(each) for each in zip(*rows, strict=True)]

    word, place = t["embeddings.word_embeddings.weight"], t["embeddings.position_embeddings.weight"]
    kind = t["embeddings.token_type_embeddings.weight"][0]
    hidden = [norm(add(word[i], place[at], kind), "embeddings.LayerNorm") for at, i in enumerate(ids)]
    width = SIZE // HEADS
    for layer in range(LAYERS):
        name = f"encoder.layer.{layer}."
        q, k, v = (
            [linear(row, f"{name}attention.self.{part}") for row in hidden]
            for part in ("query", "key", "value")
        )
        seen = []
        for row in range(len(ids)):
            mixed: list[float] = []
            for head in range(HEADS):
                part = slice(head * width, (head + 1) * width)
                scores = [
                    sum(a * b for a, b in zip(q[row][part], each[part], strict=True)) / math.sqrt(width)
                    for each in k
                ]
                shares = [math.exp(score - max(scores)) for score in scores]
                mixed += [
                    sum(s * each[part][at] for s, each in zip(shares, v, strict=True)) / sum(shares)
                    for at in range(width)
                ]
            seen.append(mixed)
        out, ln = f"{name}attention.output.dense", f"{name}attention.output.LayerNorm"
        hidden = [norm(add(linear(a, out), b), ln) for a, b in zip(seen, hidden, strict=True)]
        inner = [
            [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in linear(row, f"{name}intermediate.dense")]
            for row in hidden
        ]
        hidden = [
            norm(add(linear(a, f"{name}output.dense"), b), f"{name}output.LayerNorm")
            for a, b in zip(inner, hidden, strict=True)
        ]
    pooled = [sum(column) / len(ids) for column in zip(*hidden, strict=True)]
    length = math.sqrt(sum(x * x for x in pooled))
    return [x / length for x in pooled]


def test_minilm_computes_what_bert_is_defined_to(folder: Path) -> None:
    model = MiniLm(folder)
    vectors = model.embed(["the cat sat on the mat", "dog", ""])
    assert np.allclose(vectors[0], by_hand([2, 8, 4, 6, 9, 8, 7, 3]), atol=1e-5)
    assert np.allclose(vectors[1], by_hand([2, 5, 3]), atol=1e-5), "padding in a batch changes nothing"
    assert not vectors[2].any()


def test_longer_texts_are_cut_into_windows_weighed_by_length(folder: Path) -> None:
    model = MiniLm(folder)
    words = ["cat"] * WINDOW_TOKENS + ["dog"] * 10
    first, second = model.embed([" ".join(words[:WINDOW_TOKENS]), " ".join(words[WINDOW_TOKENS:])])
    wanted = first * WINDOW_TOKENS + second * 10
    assert np.allclose(model.embed([" ".join(words)])[0], wanted / np.linalg.norm(wanted), atol=1e-5)


def test_gelu_is_the_one_with_the_error_function() -> None:
    values = np.linspace(-6, 6, 2001, dtype=np.float32)
    wanted = [x * 0.5 * (1 + math.erf(x / math.sqrt(2))) for x in values.tolist()]
    assert np.abs(gelu(values) - np.asarray(wanted)).max() < 2e-6


def test_tensors_of_half_precision_are_read_and_damaged_files_fail_by_name(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(safetensors({"a": np.asarray([[1.5, -2.0]])}, "F16"))
    assert read_tensors(path)["a"].tolist() == [[1.5, -2.0]]
    for content in (b"", b"short", struct.pack("<Q", 1 << 60) + b"{}", struct.pack("<Q", 2) + b"[]"):
        path.write_bytes(content)
        with pytest.raises(JobError) as caught:
            read_tensors(path)
        assert caught.value.code == "model_unreadable"


def test_a_folder_that_is_no_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"model\.safetensors, tokenizer\.json, config\.json") as caught:
        MiniLm(tmp_path)
    assert caught.value.code == "model_not_found"


# --- an endpoint over real HTTP ---
class Server(ThreadingHTTPServer):
    """Answers like an OpenAI-compatible server: the vector of a text is its length and its number of vowels."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[tuple[int, dict[str, str], bytes]] = []
        self.requests: list[tuple[dict[str, str], Any]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append((dict(self.headers), body))
        vectors = [[len(text), 1 + sum(c in "aeiou" for c in text)] for text in body["input"]]
        data = [{"index": n, "embedding": vector} for n, vector in enumerate(vectors)][::-1]
        status, headers, answer = (
            self.server.script.pop(0)
            if self.server.script
            else (200, {}, json.dumps({"data": data}).encode())
        )
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_an_endpoint_is_asked_in_batches_with_its_key(server: Server) -> None:
    model = Endpoint(server.url, "some-model", "the-key")
    vectors = model.embed(["ab", "aeiou", *["x"] * 40])
    assert np.allclose(vectors[0] * math.sqrt(8), [2, 2])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert [len(body["input"]) for _, body in server.requests] == [32, 10]
    headers, body = server.requests[0]
    assert (headers["Authorization"], body["model"]) == ("Bearer the-key", "some-model")
    assert model.name == "endpoint:some-model"
    assert model.embed([]).shape == (0, 0)


def test_a_busy_endpoint_is_asked_again_after_the_time_it_names(server: Server) -> None:
    waited: list[float] = []
    server.script = [(429, {"Retry-After": "3"}, b"slow down"), (503, {}, b"")]
    vectors = Endpoint(server.url, "m", sleep=waited.append).embed(["abc"])
    assert vectors.shape == (1, 2)
    assert waited == [3.0, 1.0]


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ([(401, {}, b"no such key")], "embedding_refused"),
        ([(503, {}, b"")] * 4, "embedding_unreachable"),
        ([(200, {}, b"<html>")], "embedding_refused"),
        ([(200, {}, b'{"data": []}')], "embedding_refused"),
        ([(200, {}, b'{"data": [{"index": 0, "embedding": [1, NaN]}]}')], "embedding_refused"),
    ],
)
def test_an_endpoint_that_does_not_deliver_fails_by_name(server: Server, answers: Any, code: str) -> None:
    server.script = list(answers)
    with pytest.raises(JobError) as caught:
        Endpoint(server.url, "m", sleep=lambda _: None).embed(["abc"])
    assert caught.value.code == code


async def test_an_endpoint_that_nobody_serves_is_unreachable() -> None:
    listener = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    model = Endpoint(f"http://127.0.0.1:{port}", "m", sleep=lambda _: None)
    with pytest.raises(JobError) as caught:
        await asyncio.to_thread(model.embed, ["abc"])
    assert (caught.value.code, caught.value.retriable) == ("embedding_unreachable", True)
    with pytest.raises(JobError):
        Endpoint("file:///etc/passwd", "m")


# --- settings ---
def test_settings_choose_the_model(folder: Path) -> None:
    assert isinstance(make_model(IngestionSettings.read({})), StaticTable)
    assert make_model(IngestionSettings.read({"embedding": "none"})) is None
    minilm = IngestionSettings.read({"embedding": "minilm", "model_dir": str(folder)})
    assert isinstance(make_model(minilm), MiniLm)
    endpoint = {"embedding": "endpoint", "endpoint_url": "http://x/v1", "endpoint_model": "m"}
    assert isinstance(make_model(IngestionSettings.read(endpoint)), Endpoint)


@pytest.mark.parametrize(
    "given",
    [
        {"embedding": "magic"}, {"embedding": "minilm"}, {"embedding": "endpoint", "endpoint_url": "http://x"},
        {"readers": "many"}, {"readers": 9}, {"modeldir": "/x"},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused_by_name(given: dict[str, Any]) -> None:
    with pytest.raises(JobError) as caught:
        IngestionSettings.read(given)
    assert caught.value.code == "kind_setting_invalid"


# --- how the table is made ---
def test_a_table_learns_to_point_where_its_teacher_does(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    truth = random.standard_normal((40, 300)).astype(np.float32)
    windows = [list(random.integers(0, 40, random.integers(5, 20))) for _ in range(600)]
    targets = distil.unit(np.stack([truth[window].sum(axis=0) for window in windows]).astype(np.float32))
    teaching = distil.Teaching(windows, targets, np.asarray([len(window) > 12 for window in windows]))
    noise = distil.unit(random.standard_normal((40, 300)).astype(np.float32))
    table = distil.distil(noise, teaching, np.random.default_rng(0))
    assert table.shape == (40, distil.DIMENSIONS)
    distil.save(table, tmp_path)
    read = np.load(tmp_path / "vectors.npy").astype(np.float32) * np.load(tmp_path / "scales.npy")[:, None]
    assert np.abs(read - table).max() < 0.01 * np.abs(table).max()
    sums = [read[window].sum(axis=0) for window in windows[:200]]
    pairs = [(a @ b, x @ y) for (a, b), (x, y) in zip(pairwise(sums), pairwise(targets[:200]), strict=True)]
    assert np.corrcoef(np.asarray(pairs).T)[0, 1] > 0.6
