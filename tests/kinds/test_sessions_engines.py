"""Three recognisers behind one port: each really runs, fails by name, and lets a cancel through."""

import asyncio
import io
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web

from service.kinds.base import Cancelled
from service.kinds.sessions.audio.recording import RATE, Samples, raised
from service.kinds.sessions.engines.choose import make_engine
from service.kinds.sessions.engines.endpoint import Endpoint
from service.kinds.sessions.engines.port import Engine, Heard
from service.kinds.sessions.engines.sphinx import Sphinx
from service.kinds.sessions.engines.whisper import Whisper
from service.kinds.sessions.settings import SessionsSettings
from service.model.errors import JobError
from tests.http.scripted_server import ScriptedServer, scripted_server
from tests.kinds.session_sounds import SAMPLES, example, needs_samples, word_errors
from tests.kinds.whisper_model import make_whisper_model

SECOND = np.full(RATE, 100, np.int16)


def go_on() -> None:
    """A check that lets everything through."""


def told_to_stop() -> None:
    raise Cancelled


def text_of(heard: Heard) -> str:
    return " ".join(word.text for word in heard.words)


def code_of(call: Callable[[], Any]) -> str:
    with pytest.raises(JobError) as raised:
        call()
    assert raised.value.remediation
    return raised.value.code


# --- pocketsphinx ---


def directly(samples: Samples) -> str:
    """Return what pocketsphinx says when it is called directly, with its best settings."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=RATE, loglevel="FATAL")
    decoder.start_utt()
    decoder.process_raw(samples.tobytes(), full_utt=True)
    decoder.end_utt()
    return str(decoder.hyp().hypstr)


def test_pocketsphinx_hears_what_it_hears_when_called_directly() -> None:
    part, other = example()[: 3 * RATE], example()[8 * RATE : 9 * RATE]
    engine = Sphinx()
    try:
        engine.transcribe(
            other, go_on
        )  # what it heard before must not matter: a resumed job has not heard it
        heard = engine.transcribe(part, go_on)
    finally:
        engine.close()
    assert text_of(heard) == directly(raised(part))
    assert word_errors("and mister john dashwood had then leisure to", text_of(heard)) <= 0.75
    assert all(0.0 <= word.start < word.end <= 3.0 for word in heard.words)
    assert all(word.text.replace("'", "").isalpha() for word in heard.words)
    assert all(word.confidence is not None and 0.0 <= word.confidence <= 1.0 for word in heard.words)


def test_pocketsphinx_hears_nothing_in_nothing() -> None:
    engine = Sphinx()
    try:
        assert engine.transcribe(np.zeros(400, np.int16), go_on).words == ()
    finally:
        engine.close()


def test_a_cancel_comes_through_while_pocketsphinx_works_and_its_process_goes() -> None:
    engine = Sphinx()
    with pytest.raises(Cancelled):
        engine.transcribe(example(), told_to_stop)
    process = engine._process
    assert process is not None
    engine.close()
    assert process.returncode is not None


def test_pocketsphinx_that_dies_is_named_and_starts_again() -> None:
    engine = Sphinx()

    def kill_it() -> None:
        assert engine._process is not None
        engine._process.kill()

    assert code_of(lambda: engine.transcribe(example(), kill_it)) == "engine_failed"
    try:
        assert engine.transcribe(np.zeros(400, np.int16), go_on).words == ()
    finally:
        engine.close()


@needs_samples
def test_a_sample_recording_is_heard_at_least_as_well_as_directly() -> None:
    name = "sense_and_sensibility_0890"  # bench/sessions.py has the others
    truth = (SAMPLES / f"{name}.txt").read_text()
    with wave.open(str(SAMPLES / f"{name}.wav")) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    engine = Sphinx()
    try:
        ours = word_errors(truth, text_of(engine.transcribe(samples, go_on)))
    finally:
        engine.close()
    assert ours <= word_errors(truth, directly(samples))


# --- faster-whisper ---


@pytest.fixture(scope="module")
def model_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_whisper_model(tmp_path_factory.mktemp("models") / "tiny-random")


def test_faster_whisper_runs_a_model_from_a_folder_and_keeps_times_inside(model_dir: Path) -> None:
    engine = Whisper(model_dir, threads=1)
    heard = engine.transcribe(example()[: 5 * RATE], go_on)
    assert engine.name == "faster-whisper:tiny-random"
    assert not engine.is_draft
    assert heard.language == "en"
    assert heard.words  # a model with random weights says something, and nonsense
    assert all(0.0 <= word.start <= word.end <= 5.0 for word in heard.words)
    assert [word.start for word in heard.words] == sorted(word.start for word in heard.words)


def test_a_cancel_comes_through_while_faster_whisper_works(model_dir: Path) -> None:
    with pytest.raises(Cancelled):
        Whisper(model_dir, threads=1).transcribe(SECOND, told_to_stop)


@pytest.mark.parametrize("name", ["tiny", "Systran/faster-whisper-tiny", "/nowhere/at/all"])
def test_a_folder_that_is_missing_is_never_taken_for_a_name_on_a_hub(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.snapshot_download", pytest.fail)
    settings = SessionsSettings.read({"whisper_model_dir": name})
    assert code_of(lambda: make_engine("auto", None, settings)) == "model_not_found"


def test_a_folder_without_everything_is_named_and_a_broken_model_too(tmp_path: Path, model_dir: Path) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json"):
        folder = tmp_path / name
        folder.mkdir()
        for file in model_dir.iterdir():
            if file.name != name:
                (folder / file.name).write_bytes(file.read_bytes())
        assert code_of(lambda folder=folder: Whisper(folder)) == "model_incomplete"
        (folder / name).write_bytes(b"{}")
    broken = Whisper(tmp_path / "model.bin")
    assert code_of(lambda: broken.transcribe(SECOND, go_on)) == "model_failed"


# --- an OpenAI-compatible endpoint ---


async def asked(engine: Engine, samples: Samples = SECOND) -> Heard:
    return await asyncio.to_thread(engine.transcribe, samples, go_on)


def plays(server: ScriptedServer, *answers: web.Response | dict[str, Any]) -> list[dict[str, Any]]:
    """Let the server give these answers one after another; return the list of forms that it gets."""
    forms: list[dict[str, Any]] = []
    left = list(answers)

    async def respond(request: web.Request) -> web.StreamResponse:
        posted = await request.post()
        file = posted["file"]
        assert isinstance(file, web.FileField)
        forms.append(
            {
                **{key: posted.getall(key) for key in posted if key != "file"},
                "file": file.file.read(),
                "key": request.headers.get("Authorization"),
            }
        )
        answer = left.pop(0)
        return answer if isinstance(answer, web.Response) else web.json_response(answer)

    server.answers["POST", "/v1/audio/transcriptions"] = respond
    return forms


async def test_an_endpoint_gets_a_wav_file_and_its_times_are_used() -> None:
    async with scripted_server() as server:
        segments = [
            {"start": 0.1, "end": 0.4, "text": " Hello there."},
            {"start": 0.5, "end": 9.0, "text": " General."},
        ]
        forms = plays(server, {"text": "Hello there. General.", "language": "english", "segments": segments})
        engine = Endpoint(f"{server.url}/v1", "whisper-9", "hush", language="en-GB")
        heard = await asked(engine, np.full(RATE, 327, np.int16))
    assert [(word.start, word.end, word.text) for word in heard.words] == [
        (0.1, 0.4, "Hello there."),
        (0.5, 1.0, "General."),
    ]
    form = forms[0]
    assert (form["model"], form["language"], form["response_format"]) == (
        ["whisper-9"],
        ["en"],
        ["verbose_json"],
    )
    assert form["key"] == "Bearer hush"
    with wave.open(io.BytesIO(form["file"])) as file:
        assert (file.getframerate(), file.getnchannels(), file.getnframes()) == (RATE, 1, RATE)
    assert engine.name == "openai:whisper-9"


async def test_words_alone_and_text_alone_are_taken_too() -> None:
    words = [{"start": 0.1, "end": 0.2, "word": "one"}, {"start": "x", "end": 1, "word": "lost"}]
    async with scripted_server() as server:
        plays(server, {"text": "one", "words": words}, {"text": " all of it "}, {"text": ""})
        engine = Endpoint(f"{server.url}/v1/", "m")
        found = [await asked(engine) for _ in range(3)]
    assert [text_of(one) for one in found] == ["one", "all of it", ""]
    assert (found[1].words[0].start, found[1].words[0].end) == (0.0, 1.0)


async def test_an_endpoint_that_is_busy_is_asked_again() -> None:
    waits: list[float] = []
    async with scripted_server() as server:
        forms = plays(
            server,
            web.Response(status=429, headers={"Retry-After": "7"}),
            web.Response(status=503),
            {"text": "at last"},
        )
        heard = await asked(Endpoint(f"{server.url}/v1", "m", sleep=waits.append))
    assert text_of(heard) == "at last"
    assert len(forms) == 3
    assert waits == [7.0, 1.0]


SECRET = "she said zanzibar"
REFUSALS: list[tuple[web.Response | dict[str, Any], str]] = [
    (web.Response(status=401, text=SECRET), "endpoint_refused"),
    (web.Response(status=302, headers={"Location": "/elsewhere"}), "endpoint_refused"),
    (web.Response(text=SECRET), "endpoint_refused"),
    ({"words": [{"word": SECRET}]}, "endpoint_refused"),
    (web.json_response([SECRET]), "endpoint_refused"),
]


@pytest.mark.parametrize("number", range(len(REFUSALS)))
async def test_an_endpoint_s_refusal_is_named_and_never_quoted(number: int) -> None:
    answer, code = REFUSALS[number]
    async with scripted_server() as server:
        plays(server, answer)
        with pytest.raises(JobError) as raised:
            await asked(Endpoint(f"{server.url}/v1", "m", sleep=lambda _: None))
        assert len(server.requests) == 1  # not asked again, and not followed elsewhere
    assert raised.value.code == code
    assert "zanzibar" not in str(raised.value)


async def test_an_endpoint_that_stays_busy_or_is_not_there_is_unreachable() -> None:
    async with scripted_server() as server:
        forms = plays(server, *[web.Response(status=500) for _ in range(4)])
        engine = Endpoint(f"{server.url}/v1", "m", sleep=lambda _: None)
        with pytest.raises(JobError) as raised:
            await asked(engine)
        assert (raised.value.code, raised.value.retriable, len(forms)) == ("endpoint_unreachable", True, 4)
    with pytest.raises(JobError) as raised:
        await asked(engine)  # the server has gone
    assert raised.value.code == "endpoint_unreachable"


async def test_a_cancel_comes_through_while_an_endpoint_keeps_one_waiting() -> None:
    async with scripted_server() as server:
        is_asked, may_answer = asyncio.Event(), asyncio.Event()

        async def wait(_: web.Request) -> web.StreamResponse:
            is_asked.set()
            await may_answer.wait()
            return web.json_response({"text": ""})

        server.answers["POST", "/v1/audio/transcriptions"] = wait
        loop = asyncio.get_running_loop()

        def check() -> None:
            if asyncio.run_coroutine_threadsafe(_is_set(is_asked), loop).result():
                raise Cancelled

        engine = Endpoint(f"{server.url}/v1", "m")
        with pytest.raises(Cancelled):
            await asyncio.to_thread(_transcribe, engine, check)
        may_answer.set()  # lets the thread that was left behind come to its end


def _transcribe(engine: Endpoint, check: Callable[[], None]) -> None:
    engine.transcribe(SECOND, check)


async def _is_set(event: asyncio.Event) -> bool:
    return event.is_set()


# --- which one ---


def test_auto_takes_the_best_that_is_configured(model_dir: Path) -> None:
    both = {"whisper_model_dir": str(model_dir), "transcription_url": "http://127.0.0.1:1/v1"}
    only_url = {"transcription_url": "http://127.0.0.1:1/v1", "transcription_model": "m"}
    names = [make_engine("auto", None, SessionsSettings.read(each)).name for each in (both, only_url, {})]
    assert names == ["faster-whisper:tiny-random", "openai:m", "pocketsphinx"]
    assert make_engine("pocketsphinx", "en-US", SessionsSettings.read(both)).is_draft


@pytest.mark.parametrize(
    ("engine", "language", "code"),
    [
        ("openai", None, "engine_not_configured"),
        ("faster-whisper", None, "engine_not_configured"),
        ("auto", "de", "language_not_supported"),
        ("pocketsphinx", "fr-FR", "language_not_supported"),
    ],
)
def test_an_engine_that_cannot_do_it_says_so(engine: str, language: str | None, code: str) -> None:
    assert code_of(lambda: make_engine(engine, language, SessionsSettings())) == code


@pytest.mark.parametrize(
    "given",
    [
        {"whisper": "x"},
        {"max_hours": "many"},
        {"max_hours": -1},
        {"whisper_threads": "2.5"},
        {"delete_audio_after_success": "perhaps"},
    ],
)
def test_a_wrong_setting_is_named(given: dict[str, Any]) -> None:
    assert code_of(lambda: SessionsSettings.read(given)) == "kind_setting_invalid"


def test_settings_come_as_text_from_flags() -> None:
    settings = SessionsSettings.read(
        {"delete_audio_after_success": "true", "max_hours": "0.5", "notes_key": ""}
    )
    assert settings.delete_audio_after_success
    assert settings.max_hours == 0.5
    assert settings.notes_key is None
