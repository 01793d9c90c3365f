"""The vendored modules are what the lock says, and the check would notice if they were not."""

import importlib.util
import json
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest

from tests.browser.window import STATIC


@pytest.fixture
def vendor(tmp_path: Path) -> ModuleType:
    """The vendoring script, at work on a copy of its folder."""
    folder = tmp_path / "vendor"
    shutil.copytree(STATIC / "vendor", folder, ignore=shutil.ignore_patterns("__pycache__"))
    spec = importlib.util.spec_from_file_location("vendor_copy", folder / "vendor.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_vendored_files_are_as_locked(vendor: ModuleType) -> None:
    assert vendor.problems() == []


def test_a_changed_file_is_noticed(vendor: ModuleType) -> None:
    path = vendor.HERE / "htm.js"
    path.write_text(path.read_text() + " ")
    assert vendor.problems() == ["htm.js: changed"]


def test_a_missing_and_a_stray_file_are_noticed(vendor: ModuleType) -> None:
    (vendor.HERE / "signals.js").rename(vendor.HERE / "stray.js")
    assert sorted(vendor.problems()) == ["signals.js: missing", "stray.js: not in the lock"]


def test_bare_imports_are_made_relative_and_others_are_left_alone(vendor: ModuleType) -> None:
    source = 'import{h as e}from"preact";import "./x.js";export*from\'preact/hooks\';\n//# sourceMappingURL=x.map\n'
    rewritten = vendor.rewrite(source)
    assert rewritten == 'import{h as e}from"./preact.js";import "./x.js";export*from\'./preact-hooks.js\';\n'
    assert vendor.bare_imports(source) == ["preact", "preact/hooks"]
    assert vendor.bare_imports(rewritten) == []


def test_a_global_becomes_the_default_export_and_a_banner_with_an_address_goes(vendor: ModuleType) -> None:
    source = "/*! https://example.org/chart (v1) */\nvar chart=function(){}();"
    assert vendor.rewrite(source, "chart") == "var chart=function(){}();\nexport default chart;\n"


def test_the_tests_own_modules_are_as_locked_and_apart_from_what_is_served(vendor: ModuleType) -> None:
    folder = Path(__file__).parent / "vendor"
    assert vendor.problems(folder) == []
    assert set(json.loads((folder / vendor.LOCK).read_text())) == set(vendor.TEST_PACKAGES)
    assert not set(vendor.TEST_PACKAGES) & set(vendor.PACKAGES)
    assert not list(STATIC.rglob("*axe*"))


def test_every_package_has_a_permissive_licence_whose_text_travels_with_it(vendor: ModuleType) -> None:
    lock = json.loads((vendor.HERE / vendor.LOCK).read_text())
    assert set(lock) == set(vendor.PACKAGES)
    for entry in lock.values():
        assert entry["licence"] in {"MIT", "Apache-2.0", "OFL-1.1"}
        assert any(name.startswith("LICENSE.") for name in entry["files"])


def test_no_file_of_the_window_names_a_registry_or_another_origin() -> None:
    own = [p for p in STATIC.rglob("*") if p.suffix in {".js", ".css", ".html", ".json"} and p.is_file()]
    assert len(own) > 30
    for path in own:
        text = path.read_text()
        named = re.findall(r"https?://[\w.-]+", text)  # an origin, not the mere word in a hint
        assert [origin for origin in named if origin != "http://www.w3.org"] == [], (
            path
        )  # w3: namespaces, never fetched
