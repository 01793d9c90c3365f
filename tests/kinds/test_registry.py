"""Kinds through their one door: built in, plugged in, broken, twice, or without their libraries."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from marshmallow import INCLUDE, Schema, fields, validate
from structlog.testing import capture_logs

from service.kinds.base import JobContext, Kind
from service.kinds.registry import BUILT_IN, KindInfo, Registry, entry_for
from service.model.errors import DeskError


class Address(Schema):
    city = fields.String(required=True)


class Args(Schema):
    size = fields.Integer(load_default=3, strict=True, validate=validate.Range(min=1, max=9))
    share = fields.Float(load_default=0.5, validate=validate.Range(min=0, max=1, min_inclusive=False))
    colour = fields.String(
        load_default="red",
        validate=validate.OneOf(["red", "blue"]),
        metadata={"title": "Colour", "description": "Which one"},
    )
    names = fields.List(fields.String(validate=validate.Length(max=5)), load_default=lambda: ["a"])
    day = fields.Date(load_default=lambda: date(2026, 1, 2))
    address = fields.Nested(Address)
    wanted = fields.Boolean(required=True)


class Sample(Kind):
    name = "sample"
    Args = Args

    def run(self, job: JobContext) -> None:
        return None


class Open(Schema):
    class Meta:
        unknown = INCLUDE


def _package(folder: Path, name: str, points: str, code: str = "") -> None:
    """Make an installed distribution by hand: a module and its metadata."""
    (folder / f"{name}.py").write_text(code)
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(f"[nowserving.kinds]\n{points}\n")


CODE = """
from service.kinds import Kind
class Good(Kind):
    name = "{name}"
    title = "Plugged in"
    {more}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def _loaded() -> tuple[Registry, list[Any]]:
    with capture_logs() as logs:
        return Registry.load(), logs


def test_the_built_in_kinds_are_there_without_any_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.kinds.registry.entry_points", lambda group: ())
    registry, _ = _loaded()
    assert {"epub", "demo"} <= {info.name for info in registry.all()}
    assert registry.get("demo").name == "demo"
    assert registry.import_path("demo") == BUILT_IN["demo"]


def test_a_plug_in_appears_beside_the_built_in_kinds(site: Path) -> None:
    _package(site, "plug_good", "plugged = plug_good:Good", CODE.format(name="plugged", more=""))
    registry, _ = _loaded()
    (info,) = (info for info in registry.all() if info.name == "plugged")
    assert info.available
    assert info.source == "plug_good"
    assert registry.get("plugged").title == "Plugged in"
    assert registry.import_path("plugged") == "plug_good:Good"
    assert [info.name for info in registry.all()] == sorted(info.name for info in registry.all())


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("raise RuntimeError('half installed')", "RuntimeError: half installed"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("raise SystemExit(3)", "SystemExit"),
        ("Good = 3", "not callable"),
        ("class Good: pass", "not a service.kinds.Kind"),
        (CODE.format(name="Bad Name", more=""), "made of a-z"),
        (CODE.format(name="another", more=""), "its entry point says 'plugged'"),
        (CODE.format(name="plugged", more="def __init__(self): raise ValueError('no')"), "ValueError: no"),
    ],
)
def test_a_broken_plug_in_is_listed_with_the_reason_and_breaks_nothing(
    site: Path, code: str, reason: str, request: pytest.FixtureRequest
) -> None:
    name = f"plug_bad_{abs(hash(request.node.name))}"
    _package(site, name, f"plugged = {name}:Good", code)
    registry, logs = _loaded()
    (info,) = (info for info in registry.all() if info.name == "plugged")
    assert not info.available
    assert info.reason is not None
    assert reason in info.reason
    assert any(line["event"] == "kind_unavailable" for line in logs)
    with pytest.raises(DeskError) as caught:
        registry.get("plugged")
    assert caught.value.code == "kind_unavailable"
    assert name in str(caught.value.remediation)
    assert registry.get("demo")


def test_the_first_of_two_with_one_name_wins_and_the_other_is_told(site: Path) -> None:
    _package(site, "plug_thief", "demo = plug_thief:Good", CODE.format(name="demo", more=""))
    registry, _ = _loaded()
    assert registry.import_path("demo") == BUILT_IN["demo"]
    assert any("plug_thief" in problem for problem in registry.problems)


def test_a_kind_whose_library_is_missing_says_how_to_install_it() -> None:
    class Heavy(Sample):
        requires = ("json", "no_such_library")
        extra = "heavy"

    class Heavier(Sample):
        requires = ("no_such_library.part", "neither_this")

    info = entry_for(Heavy(), "somewhere:Heavy")
    assert info.kind is not None
    assert not info.available
    assert info.reason == "no_such_library is not installed"
    assert info.remediation == "pip install 'nowserving[heavy]'"
    other = entry_for(Heavier(), "somewhere:Heavier")
    assert other.reason == "no_such_library.part, neither_this are not installed"
    with pytest.raises(DeskError) as caught:
        Registry([info]).get("sample")
    assert (caught.value.code, caught.value.remediation) == ("kind_unavailable", info.remediation)


def test_a_kind_that_does_not_exist_is_not_found() -> None:
    registry = Registry([KindInfo("sample", Sample(), "x:Sample", available=True)])
    for call in (registry.get, registry.import_path):
        with pytest.raises(DeskError) as caught:
            call("nonsense")
        assert caught.value.code == "kind_not_found"
        assert "sample" in str(caught.value.remediation)


# --- args ---
def test_the_args_are_described_as_json_schema() -> None:
    registry = Registry([])
    described = registry.args_json_schema(Sample())
    Draft202012Validator.check_schema(described)
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert described["additionalProperties"] is False
    assert described["required"] == ["wanted"]
    shown = described["properties"]
    assert (shown["size"]["minimum"], shown["size"]["maximum"], shown["size"]["default"]) == (1, 9, 3)
    assert (shown["share"]["exclusiveMinimum"], shown["share"]["maximum"]) == (0, 1)
    assert shown["colour"]["enum"] == ["red", "blue"]
    assert (shown["colour"]["title"], shown["colour"]["description"]) == ("Colour", "Which one")
    assert shown["names"]["default"] == ["a"]
    assert shown["day"]["default"] == "2026-01-02"
    assert shown["address"]["properties"]["city"]["type"] == "string"
    assert "default" not in shown["wanted"]


def test_a_kind_without_a_schema_takes_any_object() -> None:
    class Plain(Sample):
        Args = None

    registry = Registry([])
    assert registry.args_json_schema(Plain())["type"] == "object"
    assert registry.load_args(Plain(), {"x": [1]}) == {"x": [1]}


def test_a_schema_that_lets_more_in_keeps_it() -> None:
    class Generous(Sample):
        Args = Open

    registry = Registry([])
    assert registry.args_json_schema(Generous())["additionalProperties"] is True
    assert registry.load_args(Generous(), {"x": 1}) == {"x": 1}


def test_loaded_args_have_their_defaults_and_are_plain_json() -> None:
    loaded = Registry([]).load_args(Sample(), {"wanted": True, "day": "2025-12-31"})
    assert loaded == {
        "size": 3,
        "share": 0.5,
        "colour": "red",
        "names": ["a"],
        "day": "2025-12-31",
        "wanted": True,
    }


@pytest.mark.parametrize(
    ("args", "pointers"),
    [
        ({}, {"/args/wanted"}),
        ({"wanted": 1, "size": 10, "colour": "green"}, {"/args/size", "/args/colour"}),
        ({"wanted": True, "names": ["ok", "much too long"]}, {"/args/names/1"}),
        ({"wanted": True, "address": {"town": "x"}}, {"/args/address/city", "/args/address/town"}),
        ({"wanted": True, "a/b~c": 1}, {"/args/a~1b~0c"}),
        ({"wanted": True, "share": float("nan")}, {"/args/share"}),
        ([1], {"/args"}),
    ],
)
def test_wrong_args_are_named_by_json_pointers(args: Any, pointers: set[str]) -> None:
    with pytest.raises(DeskError) as caught:
        Registry([]).load_args(Sample(), args)
    assert caught.value.code == "invalid_args"
    assert {error.pointer for error in caught.value.errors} == pointers


@pytest.mark.parametrize("value", [float("inf"), {1}, "x" * 2_000_000])
def test_args_that_cannot_be_kept_are_invalid(value: Any) -> None:
    class Plain(Sample):
        Args = None

    with pytest.raises(DeskError) as caught:
        Registry([]).load_args(Plain(), {"x": value})
    assert caught.value.code == "invalid_args"


@pytest.mark.parametrize("name", sorted(BUILT_IN))
def test_every_built_in_kind_describes_its_args_and_takes_its_own_defaults(name: str) -> None:
    registry, _ = _loaded()
    (info,) = (info for info in registry.all() if info.name == name)
    assert info.kind is not None
    described = registry.args_json_schema(info.kind)
    Draft202012Validator.check_schema(described)
    defaults = {key: one["default"] for key, one in described["properties"].items() if "default" in one}
    needed = set(described.get("required", ()))
    if not needed:
        assert registry.load_args(info.kind, {}) == registry.load_args(info.kind, defaults)
    for key, one in described["properties"].items():
        assert one.get("title"), f"{key} has no title for the form"
        assert one.get("description"), f"{key} has no description"
