"""The house stands as drawn: imports point down, wings do not know each other, settings are read once."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICE = ROOT / "service"

# For each wing (longest prefix wins): what it may import of ours beside itself. docs/architecture.md says why.
ALLOWED: dict[str, tuple[str, ...]] = {
    "service": (),
    "service.composition": (
        "service.accounts",
        "service.config",
        "service.engine",
        "service.http",
        "service.kinds.registry",
        "service.model",
        "service.storage",
    ),
    "service.config": ("service.model", "service.setting_values"),
    "service.model": (),
    "service.kinds.host": ("service.model",),
    "service.kinds.base": ("service.kinds.context", "service.kinds.host", "service.model"),
    "service.kinds.context": ("service.kinds.host", "service.model"),
    "service.kinds.arguments": ("service.kinds.base", "service.model"),
    "service.kinds.registry": ("service.kinds.base", "service.kinds.arguments", "service.model"),
    "service.kinds": ("service.kinds", "service.model"),
    "service.storage.file_port": ("service.model",),
    "service.storage.statistics_port": ("service.model",),
    "service.storage.accounts_port": ("service.model",),
    "service.storage.port": ("service.model", "service.storage.file_port", "service.storage.statistics_port"),
    "service.storage": (
        "service.model",
        "service.storage.port",
        "service.storage.file_port",
        "service.storage.accounts_port",
    ),
    "service.accounts": ("service.model", "service.storage.accounts_port"),
    "service.engine": (
        "service.model",
        "service.storage.port",
        "service.kinds.base",
        "service.kinds.registry",
    ),
    "service.http": (
        "service.model",
        "service.engine",
        "service.accounts",
        "service.storage.port",
        "service.storage.accounts_port",
        "service.kinds.base",
        "service.kinds.registry",
        "service.doctor",
        "service.config",
        "service",
    ),
    **{
        f"service.{name}": (
            "service.client_errors",
            "service.client_stream",
            "service.client_download",
            "service.client_form",
            "service.sse",
            "service.model",
            "service",
        )
        for name in ("client", "client_errors", "client_form", "client_stream", "client_download", "sse")
    },
    "service.doctor": ("service.config", "service.model"),
    "service.cli": (
        "service.client",
        "service.doctor",
        "service.config",
        "service.accounts",
        "service.model",
        "service.kinds.registry",
        "service",
    ),
}
MAX_LINES = 400


def modules() -> list[Path]:
    return sorted(path for path in SERVICE.rglob("*.py") if "_bundle" not in path.parts)


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_for_types(node: ast.AST) -> bool:
    """Whether this is `if TYPE_CHECKING:`, which imports nothing when the code runs."""
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def imports_of(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    for_types_only = {n for block in ast.walk(tree) if is_for_types(block) for n in ast.walk(block)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node not in for_types_only:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                exists = (ROOT / Path(*whole.split("."))).with_suffix(".py").exists()
                yield whole if exists or (ROOT / Path(*whole.split("."))).is_dir() else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def ours(path: Path) -> set[str]:
    return {name for name in imports_of(path) if name.split(".")[0] in ("service", "app", "tests")}


def wing_of(name: str) -> str:
    return max((wing for wing in ALLOWED if name == wing or name.startswith(f"{wing}.")), key=len)


def is_within(name: str, prefix: str) -> bool:
    return name == prefix or (prefix != "service" and name.startswith(f"{prefix}."))


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_imports_point_down(path: Path) -> None:
    name = name_of(path)
    wing = wing_of(name)
    allowed = (wing, *ALLOWED[wing]) if wing != "service" else ALLOWED[wing]
    if name.startswith("service.kinds.") and path.name in ("routes.py", "dialect.py"):
        allowed = (*allowed, "service.http", "service.engine", "service.storage.port")
    for target in ours(path):
        assert any(is_within(target, prefix) for prefix in allowed), f"{name} may not import {target}"


def test_a_kind_does_not_know_another_kind() -> None:
    for path in modules():
        parts = name_of(path).split(".")
        if parts[:2] == ["service", "kinds"] and len(parts) > 3:
            for target in ours(path):
                other = target.split(".")
                rooms = {p.name for p in (SERVICE / "kinds").iterdir() if p.is_dir()}
                if other[:2] == ["service", "kinds"] and len(other) > 2 and other[2] in rooms:
                    assert other[2] == parts[2], f"{name_of(path)} knows {target}"


def test_there_are_no_circles() -> None:
    graph = {name_of(path): ours(path) for path in modules()}
    done: set[str] = set()

    def walk(name: str, above: tuple[str, ...]) -> None:
        assert name not in above, " -> ".join((*above, name))
        if name in done or name not in graph:
            return
        for target in graph[name]:
            if target != name and not (graph.get(target) is not None and is_package(target)):
                walk(target, (*above, name))
        done.add(name)

    for name in graph:
        walk(name, ())


def is_package(name: str) -> bool:
    return (ROOT / Path(*name.split("."))).is_dir()


def test_only_the_configuration_reads_the_environment() -> None:
    for path in modules():
        text = path.read_text("utf-8")
        if path.name != "config.py":
            assert "os.environ" not in text, name_of(path)
            assert "getenv" not in text, name_of(path)


def test_modules_stay_small() -> None:
    for path in [
        *modules(),
        *ROOT.glob("static/**/*.js"),
        *ROOT.glob("static/**/*.css"),
        *ROOT.glob("tests/**/*.py"),
    ]:
        if "vendor" not in path.parts:
            lines = len(path.read_text("utf-8").splitlines())
            assert lines <= MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines"


def test_every_module_says_why_it_exists() -> None:
    for path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        assert ast.get_docstring(tree) or not tree.body, f"{name_of(path)} has no docstring"


def test_the_model_is_plain_python() -> None:
    import sys

    for path in (SERVICE / "model").glob("*.py"):
        for target in imports_of(path):
            top = target.split(".")[0]
            assert top == "service" or top in sys.stdlib_module_names, f"{name_of(path)} imports {target}"
