"""The user interface, examples, health, and the pages about the service itself."""

import re
from pathlib import Path

import pytest

from service.http.middleware import CONTENT_SECURITY_POLICY
from service.http.pages import find
from service.http.problem_pages import parse
from service.http.problems import PROBLEMS, slug
from tests.http.conftest import ROOT, Place
from tests.http.raw import talk

NOT_OVER_HTTP = {"at start", "in a job"}
"""What the heading of a code says instead of a status when no request is answered with it."""


async def test_the_ui_is_served_under_a_strict_policy_and_revalidated(place: Place):
    async with place.http.get("/") as answer:
        page = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
        assert answer.headers["Cache-Control"] == "no-cache"
        etag = answer.headers["ETag"]
    async with place.http.get("/", headers={"If-None-Match": etag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    for path in re.findall(r'(?:src|href)="(/[^"]+\.(?:js|css|svg))"', page):
        async with place.http.get(path) as answer:
            assert answer.status == 200, path
            kind = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}[
                path.rsplit(".", 1)[-1]
            ]
            assert answer.content_type == kind


@pytest.mark.parametrize(
    "path",
    [
        "../app.py", "%2e%2e/app.py", "..%2fapp.py", "%2fetc/passwd", "/etc/passwd", "styles", ".git", "nothing.js",
        "%00", "..%5capp.py", "vendor/../../app.py", "a" * 5000,
    ],
)  # fmt: skip
async def test_nothing_outside_the_folder_is_served(place: Place, path):
    answer = await talk(place.port, f"GET /static/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert (answer.status, answer.json()["code"]) == (404, "not_found")


def test_a_link_that_leads_outside_is_outside(tmp_path: Path):
    inside, outside = tmp_path / "in", tmp_path / "out.txt"
    inside.mkdir()
    outside.write_text("secret")
    (inside / "link").symlink_to(outside)
    (inside / "a.txt").write_text("x")
    (inside / "a.txt.gz").write_text("y")
    assert find(inside, "link") is None
    assert find(inside, "a.txt") == inside / "a.txt"


async def test_examples_are_listed_and_are_what_they_say(place: Place):
    examples = (await place.get("/api/v1/examples"))["examples"]
    assert "epub" in {example["kind"] for example in examples}
    for example in examples:
        async with place.http.get(example["url"]) as answer:
            body = await answer.read()
        assert (answer.status, len(body), answer.content_type) == (
            200,
            example["size_bytes"],
            example["media_type"],
        )
        assert body == (ROOT / "examples" / example["kind"] / example["name"]).read_bytes()
    for path in ("/examples/epub/nothing.epub", "/examples/..%2f/app.py", "/examples/epub/..%2f..%2fapp.py"):
        assert (await place.get(path, 404))["code"] == "example_not_found"


async def test_health_readiness_and_metrics_answer(place: Place):
    assert (await place.get("/healthz"))["status"] == "ok"
    assert (await place.get("/readyz"))["ok"] is True
    async with place.http.get("/metrics") as answer:
        assert answer.content_type == "text/plain"
        assert "nowserving_jobs_waiting" in await answer.text()


async def test_the_page_of_the_api_and_its_script_are_there(place: Place):
    for path, kind in (("/docs", "text/html"), ("/static/docs.js", "text/javascript")):
        async with place.http.get(path) as answer:
            assert (answer.status, answer.content_type) == (200, kind)


async def test_the_type_of_every_problem_leads_to_a_page_about_it(place: Place):
    for code in PROBLEMS:
        async with place.http.get(f"/problems/{slug(code)}") as answer:
            text = await answer.text()
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert f"<code>{code}</code>" in text
        assert "$" not in text
    assert (await place.get("/problems/nothing", 404))["type"] == "/problems/not-found"


def headings() -> dict[str, str]:
    """Return what docs/problems.md puts beside each code: its statuses, or where it is met instead."""
    text = (ROOT / "docs" / "problems.md").read_text("utf-8")
    return dict(re.findall(r"^## `([a-z_]+)` · (.+)$", text, re.MULTILINE))


def test_every_code_says_what_it_means_and_what_to_do():
    sections = parse((ROOT / "docs" / "problems.md").read_text("utf-8"))
    assert set(sections) == set(headings())
    for code, section in sections.items():
        assert len(section.meaning) > 20, code
        assert len(section.remedy) > 10, code


def test_the_page_and_the_table_have_the_same_codes_with_the_same_status():
    answered = {code: said for code, said in headings().items() if said not in NOT_OVER_HTTP}
    for code, problem in PROBLEMS.items():
        statuses = [str(status) for status in (problem.status, problem.status_in_body) if status]
        assert answered[code] == ("4xx" if code == "http_error" else ", ".join(statuses))
    assert set(answered) == set(PROBLEMS)


def test_every_code_that_is_raised_is_on_the_page():
    """Kinds describe their own codes; of theirs only what routes.py and folder.py raise is an HTTP answer."""
    raised = set()
    for path in (ROOT / "service").rglob("*.py"):
        is_kind = "kinds" in path.parts and path.name not in (
            "base.py",
            "registry.py",
            "routes.py",
            "folder.py",
        )
        if not is_kind and "cli" not in path.parts and not path.name.startswith("client"):
            text = path.read_text("utf-8")
            raised |= set(re.findall(r'(?:DeskError|JobError|JobFailure)\(\s*"([a-z_]+)"', text))
    assert len(raised) > 30
    assert raised - set(headings()) == set()


async def test_kinds_tell_their_args_as_json_schema(place: Place):
    kinds = {kind["name"]: kind for kind in (await place.get("/api/v1/kinds"))["kinds"]}
    epub = kinds["epub"]
    assert (epub["available"], epub["accepts"], epub["min_files"]) == (True, [".epub"], 1)
    assert epub["args"]["properties"]["tokenizers"]["type"] == "array"
    assert await place.get("/api/v1/kinds/epub") == epub
    assert (await place.get("/api/v1/kinds/nope", 404))["code"] == "kind_not_found"
