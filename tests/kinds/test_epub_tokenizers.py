"""Tokenizers: exact, offline, and each one's trouble its own."""

import base64
import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from service.kinds.epub import encodings, tokenizers
from service.kinds.epub.args import EXACT_TOKENIZERS
from service.kinds.epub.encodings import ENCODINGS, load_encoding
from service.kinds.epub.kind import EpubKind
from service.kinds.epub.ranks.rebuild import rebuild
from service.kinds.epub.tokenizers import TokenCount, TokenizerSet, add_counts, load_counter
from service.kinds.testing import run_kind
from service.model.errors import JobError
from tests.kinds.epub_files import make_epub


@pytest.fixture(scope="module", params=EXACT_TOKENIZERS)
def encoding(request: pytest.FixtureRequest) -> Any:
    return load_encoding(request.param)


@pytest.fixture
def local_tokenizer(tmp_path: Path) -> Path:
    """A tokenizer.json that counts words, and that would cut texts after two tokens if it were obeyed."""
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "hello": 1}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=50)
    place = tmp_path / "tokenizer.json"
    tokenizer.save(str(place))
    return place


def test_the_encodings_are_those_of_tiktoken(encoding: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from tiktoken_ext import openai_public

    asked: dict[str, str] = {}

    def no_network(url: str, expected_hash: str) -> dict[bytes, int]:
        asked["sha256"] = expected_hash
        return {}

    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", no_network)
    theirs = openai_public.ENCODING_CONSTRUCTORS[encoding.name]()
    ours = ENCODINGS[encoding.name]
    assert ours.pattern == theirs["pat_str"]
    assert dict(ours.special_tokens) == theirs["special_tokens"]
    assert ours.sha256 == asked["sha256"]


def test_known_texts_have_their_known_tokens() -> None:
    # published examples: the tiktoken README and the OpenAI cookbook "How to count tokens with tiktoken"
    assert load_encoding("cl100k_base").encode_ordinary("tiktoken is great!") == [
        83,
        1609,
        5963,
        374,
        2294,
        0,
    ]
    assert load_encoding("o200k_base").encode_ordinary("tiktoken is great!") == [83, 8251, 2488, 382, 2212, 0]
    assert load_encoding("cl100k_base").encode_ordinary("お誕生日おめでとう") == [
        33334, 45918, 243, 21990, 9080, 33334, 62004, 16556, 78699,
    ]  # fmt: skip


def test_special_tokens_in_a_book_are_plain_text(encoding: Any) -> None:
    assert load_counter(encoding.name)("<|endoftext|>") == len(encoding.encode_ordinary("<|endoftext|>")) > 1


@pytest.mark.parametrize("run", ["a", "Z", "!", "\u0301", "漢", "1", "\n", "'", "x\n"])
def test_a_million_characters_without_a_pause_are_counted(encoding: Any, run: str) -> None:
    tokens = encoding.encode_ordinary(run * 300_000)
    assert encoding.decode(tokens) == run * 300_000


def test_a_panic_inside_a_tokenizer_is_that_tokenizers_error(capfd: pytest.CaptureFixture[str]) -> None:
    counts = TokenizerSet(["cl100k_base", "o200k_base"]).count(" " * 1_200_000 + "x")
    capfd.readouterr()  # the panic writes a backtrace
    assert [c.code for c in counts] == ["tokenizer_failed", "tokenizer_failed"]


def test_a_damaged_rank_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for content in (lzma.compress(b"IQ== 0\n"), b"not xz"):
        (tmp_path / "cl100k_base.tiktoken.xz").write_bytes(content)
        monkeypatch.setattr(encodings.resources, "files", lambda _: tmp_path)
        with pytest.raises(JobError) as failure:
            load_encoding("cl100k_base")
        assert failure.value.code == "tokenizer_damaged"


def test_rank_files_are_rebuilt_from_the_form_of_the_npm_package() -> None:
    tokens = [base64.b64encode(t).decode() for t in (b"!", b"a", b"the")]
    script = "export default " + json.dumps(
        {"pat_str": "x", "bpe_ranks": f"! 0 {tokens[0]} {tokens[1]}\n! 7 {tokens[2]}"}, separators=(",", ":")
    )
    assert rebuild(script) == b"IQ== 0\nYQ== 1\ndGhl 7\n"
    with pytest.raises(ValueError, match="no bpe_ranks"):
        rebuild("export default {}")


def test_a_local_tokenizer_counts_everything_without_cutting_or_filling(local_tokenizer: Path) -> None:
    assert load_counter(f"hf:{local_tokenizer}")("hello world hello there") == 4
    assert load_counter(f"hf:{local_tokenizer.parent}")("hello world") == 2


def test_one_failing_tokenizer_has_an_error_and_no_count_and_the_book_is_counted(
    tmp_path: Path, local_tokenizer: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    names = [f"hf:{broken}", f"hf:{tmp_path}/missing.json", f"hf:{local_tokenizer}"]
    book = make_epub(tmp_path / "book.epub", ["<p>one two</p>", "<p>three</p>"])
    run = run_kind(EpubKind(), tmp_path / "job", args={"tokenizers": names}, files=[book])
    assert run.output is not None
    first, second, third = run.output["results"][0]["tokenCounts"]
    assert first["error"]["code"] == "tokenizer_unreadable"
    assert second["error"]["code"] == "tokenizer_not_found"
    assert "count" not in first
    assert "count" not in second
    assert third == {"name": names[2], "count": 3}
    assert run.output["results"][0]["chapters"][1]["tokenCounts"][2]["count"] == 1


def test_a_hub_id_without_a_hub_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(host: str, port: int) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(tokenizers, "getproxies", dict)
    monkeypatch.setattr(tokenizers.socket, "getaddrinfo", unreachable)
    (count,) = TokenizerSet(["hf:nobody/no-such-model"]).count("text")
    assert count.code == "tokenizer_not_found"
    assert count.message is not None
    assert "no hub is reachable" in count.message


def test_sums_keep_the_error_of_the_chapter_that_failed() -> None:
    bad = TokenCount("b", None, "tokenizer_failed", "why")
    chapters = [[TokenCount("a", 1), bad], [TokenCount("a", 2), TokenCount("b", 5)]]
    assert add_counts(chapters, ["a", "b"]) == [TokenCount("a", 3), bad]
    assert add_counts([], ["a"]) == [TokenCount("a", 0)]
