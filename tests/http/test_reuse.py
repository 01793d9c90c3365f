"""Doing something again with other options and the same files."""

import pytest

from tests.http.conftest import Place

MISSING = "01890000-0000-7000-8000-000000000000"


def again(job_id: str, **more: object) -> dict[str, object]:
    """Return the body of a job with an earlier one's files."""
    return {"kind": "epub", "args": {"tokenizers": ["o200k_base"]}, "inputs_of": job_id, **more}


async def test_the_files_of_an_earlier_job_are_used_once_more_and_outlive_it(place: Place):
    first = await place.submit()
    second = await place.post("/api/v1/jobs", again(first["id"], title="again"))
    assert second["inputs"] == first["inputs"]
    assert (second["title"], second["retry_of"]) == ("again", None)
    await place.finished(first["id"])
    async with place.http.delete(first["links"]["self"]) as answer:
        assert answer.status == 204
    done = await place.finished(second["id"])
    assert done["status"] == "completed", done["error"]
    assert done["output"]["summary"]["success"] == 1


async def test_a_batch_may_take_them_too(place: Place):
    first = await place.submit()
    batch = await place.post("/api/v1/batches", again(first["id"]))
    assert [job["inputs"] for job in batch["jobs"]] == [first["inputs"]]


async def test_a_job_that_is_not_there_lends_no_files(place: Place):
    problem = await place.post("/api/v1/jobs", again(MISSING), status=422)
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("inputs_not_found", "/inputs_of")


async def test_files_that_have_gone_from_the_disk_are_missed(place: Place):
    job = await place.submit()
    place.desk.files.blob_path(job["inputs"][0]["sha256"]).unlink()
    problem = await place.post("/api/v1/jobs", again(job["id"]), status=422)
    assert problem["code"] == "inputs_not_found"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"kind": "heatsheets", "args": {"swimmer": "Ann Li"}}, "file_type_not_accepted"),
        ({"args": {"max_mb": -1}}, "invalid_args"),
        ({"inputs_of": "no job"}, "invalid"),
    ],
)
async def test_a_refused_job_leaves_the_files_as_they_were(place: Place, body: dict[str, object], code: str):
    first = await place.submit()
    problem = await place.post("/api/v1/jobs", again(first["id"]) | body, status=422)
    assert problem["code"] == code
    await place.finished(first["id"])
    async with place.http.delete(first["links"]["self"]) as answer:
        assert answer.status == 204
    assert place.kept_files() == []  # no pin was left on them


async def test_a_form_with_files_cannot_name_another_job(place: Place, book: bytes):
    first = await place.submit()
    form = place.form(book, "a.epub", inputs_of=first["id"])
    async with place.http.post("/api/v1/jobs", data=form) as answer:
        problem = await answer.json()
    assert (answer.status, problem["errors"][0]["pointer"]) == (422, "/inputs_of")
