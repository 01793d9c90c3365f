"""Exports: what goes out comes in again, no words become markup, and the book of changes loses nothing."""

import io
import sqlite3
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.kinds.sessions.book import Book, Pages
from service.kinds.sessions.editing import changes_of, edited, names_of
from service.kinds.sessions.export.document import Document
from service.kinds.sessions.export.files import MEDIA_TYPES, made_file
from service.kinds.sessions.export.markdown import as_markdown, escaped
from service.kinds.sessions.export.subtitles import as_srt, as_text, as_vtt
from service.kinds.sessions.formats import parse_transcript
from service.kinds.sessions.notes import extract_notes
from service.kinds.sessions.transcript import Segment, Transcript
from service.kinds.sessions.viewing import notes_for
from service.model.accounts import Role
from service.model.errors import DeskError

TALK = Transcript(
    "pocketsphinx", True,
    (
        Segment("s1", 0.0, 2.5, "How are you? *Really*", "S1", 0.9),
        Segment("s2", 3.0, 6.25, "I cut myself <again> & I'll call you on Friday.", "S2", 0.4),
        Segment("s3", 3601.0, 3601.0, "- 1. # not a list", None),
    ),
    3601.0, "en", {"S1": "Dr. Weber", "S2": "Nora"},
)  # fmt: skip
NOTES = extract_notes(TALK, {}, lambda *_: None)


def words(transcript: Transcript) -> list[tuple[str | None, str]]:
    return [(transcript.name_of(one.speaker), one.text) for one in transcript.segments]


@pytest.mark.parametrize(("form", "name"), [("vtt", "a.vtt"), ("srt", "a.srt"), ("txt", "a.txt")])
def test_what_is_exported_can_be_handed_in_again(form: str, name: str) -> None:
    plain = Transcript(
        "x",
        False,
        tuple(one for one in TALK.segments if one.speaker),
        7.0,
        None,
        {"S1": "Dr. Weber", "S2": "Nora"},
    )
    again = parse_transcript(made_file(form, "t", 0.0, plain, None), name)
    kept = [
        ("Dr. Weber", "How are you? *Really*"),
        ("Nora", "I cut myself <again> & I'll call you on Friday."),
    ]
    if form == "srt":  # SubRip knows tags and no way to write one that is none
        kept[1] = ("Nora", "I cut myself & I'll call you on Friday.")
    assert words(again) == kept
    assert [one.start for one in again.segments] == [0.0, 3.0]


def test_subtitles_have_times_as_their_formats_want_them() -> None:
    assert "01:00:01.000 --> 01:00:01.001" in as_vtt(TALK)
    assert "00:00:03,000 --> 00:00:06,250" in as_srt(TALK)
    assert "<v Dr. Weber>How are you?" in as_vtt(TALK)
    assert "I cut myself &lt;again&gt; &amp;" in as_vtt(TALK)
    assert as_text(TALK).splitlines()[0] == "[00:00] Dr. Weber: How are you? *Really*"


def test_markdown_says_what_there_is_to_say() -> None:
    text = made_file("md", "Nora | third", 86_400.0, TALK, NOTES).decode()
    assert text.startswith("# Nora \\| third\n")
    assert "1970-01-02 · 1:00:01 · Dr. Weber, Nora" in text
    assert "Draft by pocketsphinx" in text
    assert "**self harm**: medium" in text
    assert "- Call you on Friday" in text
    assert "`00:03` **Nora:** I cut myself \\<again\\> \\& I'll" in text


def test_a_patient_s_export_holds_the_patient_s_view_alone() -> None:
    mine = notes_for(Role.PATIENT, NOTES)
    assert not {"risk_flags", "therapist_notes", "session_mood", "topic_summary"} & mine.keys()
    text = made_file("md", "t", 0.0, TALK, mine).decode()
    assert "self harm" not in text
    assert "Call you on Friday" in text
    assert notes_for(Role.THERAPIST, NOTES)["risk_flags"]
    assert notes_for(Role.ADMIN, NOTES)["therapist_notes"]


def test_a_warning_about_flags_does_not_tell_a_patient_of_them() -> None:
    warned = {
        **NOTES,
        "warnings": [{"code": "risk_unverified", "message": "x"}, {"code": "other", "message": "y"}],
    }
    assert [one["code"] for one in notes_for(Role.PATIENT, warned)["warnings"]] == ["other"]


def test_a_word_document_opens_and_has_headings_and_speakers() -> None:
    content = made_file("docx", "Nora, third", 0.0, TALK, NOTES)
    made = docx.Document(io.BytesIO(content))
    assert made.core_properties.title == "Nora, third"
    styles = [paragraph.style.name for paragraph in made.paragraphs if paragraph.style is not None]
    assert styles[0] == "Title"
    assert "Heading 1" in styles
    assert "List Bullet" in styles
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    assert "Nora: I cut myself <again> & I'll call you on Friday." in text
    bold = [run.text for paragraph in made.paragraphs for run in paragraph.runs if run.bold]
    assert "Nora: " in bold
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None


def test_characters_that_xml_refuses_do_not_break_a_word_document() -> None:
    odd = Transcript(
        "x", False, (Segment("s1", 0, 1, "a\x00b\x0bc\ufffe\U0001f600", "S1"),), 1.0, None, {"S1": "\x01"}
    )
    made = docx.Document(io.BytesIO(made_file("docx", "\x02t", 0.0, odd, None)))
    assert "a b c \U0001f600" in "\n".join(paragraph.text for paragraph in made.paragraphs)


def test_every_format_has_a_media_type_and_an_empty_transcript_a_file() -> None:
    for form in MEDIA_TYPES:
        assert made_file(form, "t", 0.0, Transcript("x", False), None)


@given(st.text(max_size=60))
def test_no_text_becomes_markup(text: str) -> None:
    marked = escaped(text)
    assert "<" not in marked.replace("\\<", "")
    assert not marked.lstrip().startswith(("# ", "- ", "+ ", "* ", "> ", "1. "))
    as_markdown(Document(text or "t", 0.0, TALK, None))


# --- the book of changes ---
def edit(**more: Any) -> dict[str, Any]:
    return {"id": "s1", **more}


def test_the_book_keeps_every_change_and_what_stood_there_before(tmp_path: Path) -> None:
    book = Book(tmp_path / "job")
    assert book.read() == Pages()
    assert book.history(10) == []
    first = book.write(0, changes_of(TALK, [edit(text="One")]), "Theo")
    second = book.write(1, changes_of(TALK, [edit(text="Two")]), "Pia")
    assert (first.revision, second.revision) == (1, 2)
    assert edited(TALK, book.read()).transcript.segments[0].text == "Two"
    assert edited(TALK, book.read()).originals == {"s1": {"text": "How are you? *Really*"}}
    told = [(one["before"], one["after"], one["editor"]) for one in book.history(10)]
    assert told == [("One", "Two", "Pia"), ("How are you? *Really*", "One", "Theo")]
    back = book.write(None, changes_of(TALK, [edit(restore=True)]), None)
    assert edited(TALK, back) == edited(TALK, Pages(revision=3))


def test_changes_of_two_people_at_once_are_never_mixed(tmp_path: Path) -> None:
    book = Book(tmp_path)

    def attempt(number: int) -> bool:
        try:
            book.write(
                0, changes_of(TALK, [edit(text=f"By {number}"), {"id": "s2", "text": f"By {number}"}]), None
            )
        except DeskError as error:
            return error.code != "stale_revision"
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(attempt, range(8)))
    assert won.count(True) == 1
    after = edited(TALK, book.read()).transcript.segments
    assert after[0].text == after[1].text == f"By {won.index(True)}"
    assert len(book.history(100)) == 2


def test_a_change_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    book = Book(tmp_path)
    with pytest.raises(DeskError, match="key"):
        book.write(0, changes_of(TALK, [edit(text="x"), {"id": "s2", "speaker": "Nora"}]), None)
    assert book.read().revision == 0
    assert book.history(5) == []


def test_a_change_of_an_earlier_transcript_is_not_laid_over_a_new_one(tmp_path: Path) -> None:
    book = Book(tmp_path)
    pages = book.write(0, changes_of(TALK, [edit(text="Corrected", speaker="S2")]), None)
    newer = Transcript(
        "whisper", False, (Segment("s1", 0.0, 2.0, "Other words", "S1"),), 2.0, None, {"S1": "A", "S2": "B"}
    )
    shown = edited(newer, pages)
    assert shown.transcript.segments[0].text == "Other words"
    assert shown.transcript.segments[0].speaker == "S2"  # whose voice it is was S1's before as well
    assert len(book.history(5)) == 2


def test_words_in_the_book_are_overwritten_when_their_file_is_emptied(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.write(0, changes_of(TALK, [edit(text="a very private word")]), None)
    path = next(tmp_path.iterdir())
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert list(tmp_path.iterdir()) == [path]  # one file and nothing beside it


EDITS = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from(["s1", "s2", "s3"])},
        optional={
            "text": st.text("ab <&\n", max_size=5),
            "speaker": st.sampled_from(["S1", "S2", "S3", None]),
            "restore": st.booleans(),
        },
    ),
    max_size=6,
)


@settings(deadline=None, max_examples=50)
@given(EDITS, st.dictionaries(st.sampled_from(["S1", "S2"]), st.text("ab ", max_size=4), max_size=2))
def test_restoring_everything_gives_back_what_the_job_wrote(
    tmp_path_factory: pytest.TempPathFactory, edits: list[dict[str, Any]], names: dict[str, str]
) -> None:
    book = Book(tmp_path_factory.mktemp("book"))
    book.write(None, changes_of(TALK, edits), None)
    book.write(None, names_of(TALK, names), None)
    book.write(None, changes_of(TALK, [{"id": one.id, "restore": True} for one in TALK.segments]), None)
    pages = book.write(None, names_of(TALK, {"S1": "", "S2": ""}), None)
    assert edited(TALK, pages).transcript == TALK
    assert edited(TALK, pages).originals == {}
