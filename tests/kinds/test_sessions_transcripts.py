"""Transcripts that others made: whatever the form, who said what and when comes out; what is none is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.kinds.sessions.formats import MAX_BYTES, parse_transcript, read_transcript
from service.kinds.sessions.transcript import Segment, Transcript, clock
from service.model.errors import JobError

CODES = {"transcript_empty", "transcript_not_text", "transcript_invalid", "transcript_too_large"}


def read(content: str | bytes | dict[str, Any] | list[Any], name: str = "talk.txt") -> Transcript:
    if isinstance(content, dict | list):
        content, name = json.dumps(content), "talk.json"
    return parse_transcript(content.encode() if isinstance(content, str) else content, name)


def said(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(transcript.name_of(segment.speaker), segment.text) for segment in transcript.segments]


def times(transcript: Transcript) -> list[tuple[float, float]]:
    return [(segment.start, segment.end) for segment in transcript.segments]


def attempt(content: bytes, name: str) -> tuple[Transcript | None, str | None]:
    """The transcript or the code it is refused with; any other error fails the test."""
    try:
        return parse_transcript(content, name), None
    except JobError as refused:
        return None, refused.code


TWO = [("Therapist", "How was the week?"), ("Client", "Hard. I barely slept.")]
AS_TEXT = {
    "plain": "Therapist: How was the week?\nClient: Hard. I barely slept.\n",
    "windows line ends": "Therapist: How was the week?\r\nClient: Hard. I barely slept.\r\n",
    "time before": "[00:05] Therapist: How was the week?\n[00:09] Client: Hard. I barely slept.",
    "time in round brackets": "(0:05) Therapist: How was the week?\n(0:09) Client: Hard. I barely slept.",
    "time bare": "00:00:05 Therapist: How was the week?\n00:00:09 Client: Hard. I barely slept.",
    "time after": "Therapist [00:05]: How was the week?\nClient (00:09): Hard. I barely slept.",
    "span": "[00:05 - 00:07] Therapist: How was the week?\n[00:09 --> 00:12] Client: Hard. I barely slept.",
    "markdown": "**Therapist:** How was the week?\n\n**Client:** Hard. I barely slept.",
    "markdown outside": "**Therapist**: How was the week?\n**Client**: Hard. I barely slept.",
    "headings with times": "Therapist  0:05\nHow was the week?\n\nClient  0:09\nHard. I barely slept.\n",
    "continued": "Therapist: How was\nthe week?\n\nClient: Hard.\n  I barely slept.",
    "name alone": "Therapist:\nHow was the week?\nClient:\nHard. I barely slept.",
    "initials": "T: How was the week?\nC: Hard. I barely slept.",
    "title above": "Session 12\nDate: 3 March\n\nTherapist: How was the week?\nClient: Hard. I barely slept.",
    "dashes": "- Therapist: How was the week?\n- Client: Hard. I barely slept.",
    "square brackets": "[Therapist] How was the week?\n[Client] Hard. I barely slept.",
    "angle brackets": "<Therapist> How was the week?\n<Client> Hard. I barely slept.",
    "long dash": "Therapist — How was the week?\nClient — Hard. I barely slept.",
    "role above": "Therapist\nHow was the week?\n\nClient\nHard. I barely slept.\n",
    "wide colon": "Therapist： How was the week?\nClient： Hard. I barely slept.",
}


@pytest.mark.parametrize("form", AS_TEXT)
def test_a_dialogue_is_read_however_it_is_written_down(form: str) -> None:
    read_as = read(AS_TEXT[form])
    assert said(read_as) == TWO
    assert [segment.id for segment in read_as.segments] == ["s1", "s2"]
    assert [segment.speaker for segment in read_as.segments] == ["S1", "S2"]


@pytest.mark.parametrize("form", ["time before", "time after", "time bare", "headings with times"])
def test_times_of_a_dialogue_are_kept_and_a_turn_lasts_until_the_next(form: str) -> None:
    assert times(read(AS_TEXT[form]))[0] == (5.0, 9.0)
    assert not read(AS_TEXT[form]).warnings


def test_a_span_of_times_is_kept_with_its_pause() -> None:
    assert times(read(AS_TEXT["span"])) == [(5.0, 7.0), (9.0, 12.0)]


def test_without_times_they_are_estimated_and_that_is_said() -> None:
    made = read(AS_TEXT["plain"])
    assert [warning["code"] for warning in made.warnings] == ["times_estimated"]
    assert times(made) == [(0.0, 1.6), (1.6, 3.2)]  # four words each at 2.5 words a second
    assert made.duration_seconds == pytest.approx(3.2)


def test_words_with_a_colon_within_a_turn_are_no_speakers() -> None:
    made = read(
        "Therapist: I heard two things: the move and your father.\n"
        "Client: Yes.\nHomework: none of it got done.\nOne thing I know: I am tired.\nTherapist: Go on."
    )
    assert set(made.speakers.values()) == {"Therapist", "Client"}
    assert "Homework: none of it got done. One thing I know: I am tired." in made.segments[1].text


def test_text_that_names_nobody_is_read_by_paragraphs_and_long_ones_are_cut_at_sentences() -> None:
    made = read("I slept badly.\n\n" + "It rained all the day. " * 100)
    assert made.speakers == {}
    assert {segment.speaker for segment in made.segments} == {None}
    assert made.segments[0].text == "I slept badly."
    assert all(segment.text.endswith(".") and len(segment.text) <= 600 for segment in made.segments)
    assert sum(segment.text.count("It rained") for segment in made.segments) == 100


def test_webvtt_gives_voices_times_and_no_markup() -> None:
    made = read(
        "WEBVTT - made here\n\nSTYLE\n::cue { color: red }\n\nNOTE nobody: says this\n\nopening\n"
        "00:01.000 --> 00:02.500 align:start position:10%\n<v.loud Dr. Mary &amp; Co>Good <i>morning</i>.</v>\n\n"
        "00:00:02.500 --> 00:00:04.000\n<v Bob>Hi.<v Dr. Mary &amp; Co>Sit <00:00:03.000>down.\n\n"
        "00:00:05.000 --> 00:00:06.000\n\n",
        "talk.vtt",
    )
    assert said(made) == [("Dr. Mary & Co", "Good morning."), ("Bob", "Hi."), ("Dr. Mary & Co", "Sit down.")]
    assert times(made)[0] == (1.0, 2.5)


def test_webvtt_with_names_before_a_colon_is_read_too() -> None:
    made = read(
        "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\nAnna Weber: Shall we begin?\n\n"
        "2\n00:00:02.000 --> 00:00:04.000\nTom: Yes.\n\n3\n00:00:04.000 --> 00:00:05.000\nI think so.\n\n"
        "4\n00:00:05.000 --> 00:00:06.000\nAnna Weber: Good.\n",
        "talk.vtt",
    )
    assert said(made)[1:3] == [("Tom", "Yes."), ("Tom", "I think so.")]


def test_subrip_is_read_also_where_a_blank_line_is_missing() -> None:
    made = read(
        "1\r\n00:00:01,000 --> 00:00:02,500\r\nTherapist: {\\an8}<b>Hello</b>\r\n2\r\n"
        "00:00:03,000 --> 00:00:04,250\r\nClient: Hi\r\nthere\r\n",
        "talk.srt",
    )
    assert said(made) == [("Therapist", "Hello"), ("Client", "Hi there")]
    assert times(made) == [(1.0, 2.5), (3.0, 4.25)]


WORDS = [("Hello", "0.1", "0.4"), ("there", "0.5", "0.8")]
SERVICES: dict[str, Any] = {
    "whisper": {"text": "…", "language": "en", "segments": [
        {"start": 0.1, "end": 0.8, "text": " Hello there.", "avg_logprob": -0.1, "speaker": "SPEAKER_00"},
        {"start": 1.0, "end": 1.4, "text": " Hi.", "avg_logprob": -0.9, "speaker": "SPEAKER_01"}]},
    "aws": {"jobName": "x", "results": {"transcripts": [{"transcript": "Hello there. Hi."}], "items": [
        *({"type": "pronunciation", "start_time": a, "end_time": b, "speaker_label": "spk_0",
           "alternatives": [{"confidence": "0.9", "content": word}]} for word, a, b in WORDS),
        {"type": "punctuation", "alternatives": [{"content": "."}]},
        {"type": "pronunciation", "start_time": "1.0", "end_time": "1.4", "speaker_label": "spk_1",
         "alternatives": [{"content": "Hi"}]}, {"type": "punctuation", "alternatives": [{"content": "."}]}]}},
    "deepgram": {"results": {"channels": [{"alternatives": [{"words": [
        {"word": "hello", "punctuated_word": "Hello", "start": 0.1, "end": 0.4, "speaker": 0},
        {"word": "there", "punctuated_word": "there.", "start": 0.5, "end": 0.8, "speaker": 0},
        {"word": "hi", "punctuated_word": "Hi.", "start": 1.0, "end": 1.4, "speaker": 1}]}]}]}},
    "deepgram utterances": {"results": {"utterances": [
        {"start": 0.1, "end": 0.8, "transcript": "Hello there.", "speaker": 0},
        {"start": 1.0, "end": 1.4, "transcript": "Hi.", "speaker": 1}]}},
    "google": {"results": [
        {"alternatives": [{"transcript": "Hello there. Hi.", "words": [{"word": "Hello"}]}]},
        {"alternatives": [{"words": [
            {"word": "Hello", "startTime": "0.1s", "endTime": "0.4s", "speakerTag": 1},
            {"word": "there.", "startTime": "0.5s", "endTime": "0.8s", "speakerTag": 1},
            {"word": "Hi.", "startTime": "1.0s", "endTime": "1.4s", "speakerTag": 2}]}]}]},
    "speechmatics": {"results": [
        *({"type": "word", "start_time": float(a), "end_time": float(b),
           "alternatives": [{"content": word, "speaker": "S1"}]} for word, a, b in WORDS),
        {"type": "punctuation", "start_time": 0.8, "end_time": 0.8,
         "alternatives": [{"content": ".", "speaker": "S1"}]},
        {"type": "word", "start_time": 1.0, "end_time": 1.4, "alternatives": [{"content": "Hi.", "speaker": "S2"}]}]},
    "assemblyai": {"audio_duration": 2, "utterances": [
        {"speaker": "A", "text": "Hello there.", "start": 100, "end": 800},
        {"speaker": "B", "text": "Hi.", "start": 1000, "end": 1400}]},
    "rev": {"monologues": [
        {"speaker": 0, "elements": [{"type": "text", "value": "Hello", "ts": 0.1, "end_ts": 0.4},
                                    {"type": "punct", "value": " "},
                                    {"type": "text", "value": "there.", "ts": 0.5, "end_ts": 0.8}]},
        {"speaker": 1, "elements": [{"type": "text", "value": "Hi.", "ts": 1.0, "end_ts": 1.4}]}]},
    "azure": {"recognizedPhrases": [
        {"speaker": 1, "offsetInTicks": 1e6, "durationInTicks": 7e6, "nBest": [{"display": "Hello there."}]},
        {"speaker": 2, "offsetInTicks": 1e7, "durationInTicks": 4e6, "nBest": [{"display": "Hi."}]}]},
    "plain list": [{"speaker": "Speaker A", "text": "Hello there.", "start": "00:00.1", "end": 0.8},
                   {"speaker": "Speaker B", "text": "Hi.", "start": 1.0, "end": 1.4}],
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
def test_the_json_of_transcription_services_is_read(service: str) -> None:
    made = read(SERVICES[service])
    assert said(made) == [("Speaker 1", "Hello there."), ("Speaker 2", "Hi.")]
    assert times(made) == [pytest.approx((0.1, 0.8)), pytest.approx((1.0, 1.4))]


def test_whisper_tells_language_and_how_sure_it_is() -> None:
    made = read(SERVICES["whisper"])
    assert made.language == "en"
    first, second = (segment.confidence for segment in made.segments)
    assert first == pytest.approx(0.905, abs=0.001)
    assert second == pytest.approx(0.407, abs=0.001)


def test_our_own_json_comes_back_as_it_was() -> None:
    ours = Transcript(
        "pocketsphinx", True, (Segment("s1", 0.0, 1.5, "Hello", "S1", 0.5), Segment("s9", 2.0, 3.0, "Hi")),
        3.0, "en", {"S1": "Dr. Weber"}, ({"code": "draft", "message": "A draft."},),
    )  # fmt: skip
    assert read(ours.to_json()) == ours
    assert Transcript.from_json(json.loads(json.dumps(ours.to_json()))) == ours


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.txt", "transcript_empty"),
        (b"  \n\t \n", "a.txt", "transcript_empty"),
        (b"Therapist:\nClient:\n", "a.txt", "transcript_empty"),
        (b"WEBVTT\n\n", "a.vtt", "transcript_empty"),
        (b"hello", "a.srt", "transcript_invalid"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00", "a.txt", "transcript_not_text"),
        (bytes(range(256)) * 40, "a.txt", "transcript_not_text"),
        (b"\xff\xfe\x00", "a.txt", "transcript_not_text"),
        (b"\xef\xbb\xbf\xff\xff", "a.txt", "transcript_not_text"),
        (b"[1, 2", "a.json", "transcript_invalid"),
        (b"[" * 100_000, "a.json", "transcript_invalid"),
        (b"{}", "a.json", "transcript_invalid"),
        (b'{"segments": 5}', "a.json", "transcript_invalid"),
        (b'{"segments": [{"text": "  "}]}', "a.json", "transcript_invalid"),
        (b'{"schema_version": 1, "segments": [{"id": "s1"}]}', "a.json", "transcript_invalid"),
        (b'{"schema_version": 1, "segments": []}', "a.json", "transcript_empty"),
        (b"x" * 300_000, "a.txt", "transcript_invalid"),
    ],
)
def test_what_is_no_transcript_is_refused_with_its_own_code(content: bytes, name: str, code: str) -> None:
    with pytest.raises(JobError) as refused:
        parse_transcript(content, name)
    assert refused.value.code == code
    assert refused.value.remediation


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as out:
        out.truncate(MAX_BYTES + 1)
    with pytest.raises(JobError, match=str(MAX_BYTES)) as refused:
        read_transcript(path, "big.txt")
    assert refused.value.code == "transcript_too_large"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
def test_encodings_are_told_apart(encoding: str) -> None:
    made = read("Therapist: Schöne Grüße.\nClient: Danke, sehr gern geschehen.\n".encode(encoding))
    assert said(made)[0] == ("Therapist", "Schöne Grüße.")


def test_control_and_bidi_characters_do_not_get_into_a_transcript() -> None:
    made = read("Therapist\u202e: a\u0007b\u2028c\nClient\u200b: ok\u202e\n")
    assert said(made) == [("Therapist", "a b c"), ("Client", "ok")]


def test_odd_times_do_no_harm() -> None:
    made = read({"segments": [
        {"start": 1e308, "end": "nan", "text": "a"}, {"start": -5, "end": 2, "text": "b"},
        {"start": 9, "end": 3, "text": "c"}, {"start": "soon", "text": "d"},
        {"start": 10**400, "text": "e"}]})  # fmt: skip
    assert [segment.text for segment in made.segments] == list("abcde")
    assert all(0 <= segment.start <= segment.end <= 7 * 86400 for segment in made.segments)


HOSTILE_LINES = {
    "unclosed voices": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 60_000 + "x\n",
    "spaces before a colon": "a" + " " * 190_000 + ": x",
    "dots": "Dr" + "." * 190_000 + ": x",
    "colons": ":" * 190_000 + " x",
    "brackets": "[" * 190_000 + "x",
    "entities": "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "&#x26;" * 30_000,
    "names": "\n".join(f"Name{n}: hello" for n in range(50_000)),
}


@pytest.mark.timeout(100)  # a quadratic regular expression takes minutes with these
@pytest.mark.parametrize("what", HOSTILE_LINES)
def test_lines_that_are_made_to_hang_a_parser_do_not(what: str) -> None:
    assert read(HOSTILE_LINES[what]).segments


@given(st.binary(max_size=400), st.sampled_from(["a.txt", "a.vtt", "a.srt", "a.json", "a"]))
def test_any_bytes_are_a_transcript_or_are_refused_by_name(content: bytes, name: str) -> None:
    made, code = attempt(content, name)
    assert (made is None) == (code in CODES)
    if made is not None:
        assert Transcript.from_json(json.loads(json.dumps(made.to_json()))).segments


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["segments", "results", "items", "text", "start", "end", "speaker", "alternatives", "words",
                         "channels", "utterances", "monologues", "elements", "recognizedPhrases", "type", "word",
                         "start_time", "speaker_labels", "schema_version", "confidence", "avg_logprob", "timestamp"]),
        inner, max_size=4),
    max_leaves=25,
)  # fmt: skip


@given(JSON)
def test_any_json_is_a_transcript_or_is_refused_by_name(value: Any) -> None:
    made, code = attempt(json.dumps(value).encode(), "a.json")
    assert code in CODES if made is None else made.segments


@given(
    st.lists(
        st.tuples(st.sampled_from(["Therapist", "Client"]), st.text("abc dé,.!", min_size=1)), min_size=1
    )
)
def test_nothing_that_was_said_is_lost(turns: list[tuple[str, str]]) -> None:
    turns = [(name, " ".join(words.split())) for name, words in turns if words.strip()]
    if turns:
        assert said(read("\n".join(f"{name}: {words}" for name, words in turns))) == turns


@pytest.mark.parametrize(("at", "shown"), [(0, "00:00"), (61.9, "01:01"), (3661, "1:01:01"), (-3, "00:00")])
def test_a_clock_reads_as_people_write_it(at: float, shown: str) -> None:
    assert clock(at) == shown


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_two_who_speak_in_one_cue_are_told_apart(form: str) -> None:
    cue = "00:00:10.000 --> 00:00:20.000\nTherapist: How was\nthe week?\nClient: I want to die."
    text = f"WEBVTT\n\n{cue}\n" if form == "vtt" else f"1\n{cue.replace('.000', ',000')}\n"
    made = read(text, f"talk.{form}")
    assert said(made) == [("Therapist", "How was the week?"), ("Client", "I want to die.")]
    (begin, between), (again, end) = times(made)
    assert (begin, end) == (10.0, 20.0)
    assert begin < between == again < end


def test_sounds_in_brackets_are_no_speakers() -> None:
    text = (
        "Therapist: Go on.\nClient: [crying] I can't.\n[crying] It hurts.\n[crying] So much.\nTherapist: Mm."
    )
    assert {name for name, _ in said(read(text))} == {"Therapist", "Client"}


def test_a_wrapped_cue_is_one_turn() -> None:
    first = "00:01.000 --> 00:04.000\nAnn: I told him\none thing: no."
    text = f"WEBVTT\n\n{first}\n\n00:05.000 --> 00:06.000\nBob: Right.\n"
    assert said(read(text, "a.vtt")) == [("Ann", "I told him one thing: no."), ("Bob", "Right.")]
