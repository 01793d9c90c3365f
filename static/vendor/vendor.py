"""Fetch the pinned browser modules (and one font), or check offline that nothing about them has changed.

    python static/vendor/vendor.py            write the files again from the pinned versions
    python static/vendor/vendor.py --latest   move the pins to the newest versions first
    python static/vendor/vendor.py --check    offline: SHA-512 of every file, no stray file, no bare import

The browser gets plain ES modules without a build step or an import map, so bare imports are rewritten
to relative paths here. Packages come from npm by name (`npm pack`); the lock holds no address.
What only the tests need is kept beside them, in a folder with a lock of its own, and is never served.
"""

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1] / "tests" / "browser" / "vendor"
LOCK = "lock.json"
OWN_FILES = {"vendor.py", "lock.json", "README.md"}
PACKAGES: dict[str, dict[str, str]] = {
    "preact": {
        "preact.js": "dist/preact.mjs",
        "preact-hooks.js": "hooks/dist/hooks.mjs",
        "LICENSE.preact": "LICENSE",
    },
    "htm": {"htm.js": "dist/htm.module.js", "LICENSE.htm": "LICENSE"},
    "@preact/signals-core": {
        "signals-core.js": "dist/signals-core.module.js",
        "LICENSE.signals-core": "LICENSE",
    },
    "@preact/signals": {"signals.js": "dist/signals.module.js", "LICENSE.signals": "LICENSE"},
    "@fontsource-variable/inter": {
        "inter-latin.woff2": "files/inter-latin-wght-normal.woff2",
        "LICENSE.inter": "LICENSE",
    },
    "uplot": {
        "uplot.js": "dist/uPlot.iife.min.js",
        "uplot.css": "dist/uPlot.min.css",
        "LICENSE.uplot": "LICENSE",
    },
}
"""Package -> file written here -> its path in the package."""
TEST_PACKAGES = {
    "axe-core": {
        "axe.min.js": "axe.min.js",
        "LICENSE.axe-core": "LICENSE",
        "LICENSE.axe-core-3rd-party": "LICENSE-3RD-PARTY.txt",
    },
}
"""The same for the tests' folder; MPL-2.0, so none of it may become a part of the product."""
FOLDERS = {HERE: PACKAGES, TESTS: TEST_PACKAGES}
GLOBALS = {"uplot.js": "uPlot"}
"""Scripts that are only minified as a global: file -> the name that becomes the module's default export."""
IMPORTS = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "htm": "./htm.js",
    "@preact/signals-core": "./signals-core.js",
}
_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*)(["'])([^"']+)\2""")
_BANNER = re.compile(r"\A/\*!? https?://[^*]*\*/\n?")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")


def sha512(content: bytes) -> str:
    """Return the SHA-512 of `content` in the form of Subresource Integrity (sha512-<base64>)."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def rewrite(source: str, exported: str | None = None) -> str:
    """Return a module with relative imports, without its source map or a banner that is an address.

    `exported` names the global that a script defines; it becomes the default export.
    """

    def relative(match: re.Match[str]) -> str:
        name = match[3]
        if name.startswith("."):
            return match[0]
        return f"{match[1]}{match[2]}{IMPORTS[name]}{match[2]}"

    module = _SOURCE_MAP.sub("\n", _BANNER.sub("", _IMPORT.sub(relative, source)))
    return f"{module.rstrip()}\nexport default {exported};\n" if exported else module


def bare_imports(source: str) -> list[str]:
    """Return the imports of a module that a browser could not resolve without an import map."""
    return [match[3] for match in _IMPORT.finditer(source) if not match[3].startswith((".", "/"))]


def npm(*args: str, folder: Path) -> str:
    """Run npm in `folder` and return what it printed; raises CalledProcessError."""
    command = ["npm", "--loglevel=error", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def fetch(package: str, version: str, expected: str | None, into: Path) -> dict[str, Any]:
    """Write one package's files and return its lock entry; refuses a package that is not as locked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        packed = json.loads(npm("pack", "--json", f"{package}@{version}", folder=folder))[0]
        archive = folder / packed["filename"]
        integrity = sha512(archive.read_bytes())
        if expected not in {None, integrity}:
            raise SystemExit(f"{package}@{version} is not what the lock says: {integrity}")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        manifest = json.loads((folder / "package" / "package.json").read_text())
        files = {}
        for target, source in FOLDERS[into][package].items():
            content = (folder / "package" / source).read_bytes()
            if target.endswith(".js") and into == HERE:
                content = rewrite(content.decode(), GLOBALS.get(target)).encode()
            (into / target).write_bytes(content)
            files[target] = {"from": source, "sha512": sha512(content)}
    return {
        "version": packed["version"],
        "licence": manifest["license"],
        "integrity": integrity,
        "files": files,
    }


def refresh(folder: Path, *, is_latest: bool) -> None:
    """Write every vendored file of a folder and its lock again, from the pinned or the newest versions."""
    path = folder / LOCK
    old = json.loads(path.read_text()) if path.exists() else {}
    lock = {}
    for package in FOLDERS[folder]:
        entry = old.get(package)
        if is_latest or entry is None:
            lock[package] = fetch(package, "latest", None, folder)
        else:
            lock[package] = fetch(package, entry["version"], entry["integrity"], folder)
    path.write_text(json.dumps(lock, indent=2) + "\n")


def problems(folder: Path = HERE) -> list[str]:
    """Return what is wrong with a folder's vendored files, read from disk alone; an empty list is good."""
    lock = json.loads((folder / LOCK).read_text())
    locked = {name: file for entry in lock.values() for name, file in entry["files"].items()}
    present = {path.name for path in folder.iterdir() if path.is_file()} - OWN_FILES
    found = [f"{name}: not in the lock" for name in sorted(present - locked.keys())]
    for name, file in locked.items():
        path = folder / name
        if not path.exists():
            found.append(f"{name}: missing")
            continue
        if sha512(path.read_bytes()) != file["sha512"]:
            found.append(f"{name}: changed")
        if name.endswith(".js") and folder == HERE:
            found += [f"{name}: bare import {bare!r}" for bare in bare_imports(path.read_text())]
    return found


def main() -> int:
    """Run the command line; 1 when a check finds something."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="only compare the files with the lock, offline")
    parser.add_argument("--latest", action="store_true", help="move the pins to the newest versions")
    options = parser.parse_args()
    if not options.check:
        for folder in FOLDERS:
            refresh(folder, is_latest=options.latest)
    found = [problem for folder in FOLDERS for problem in problems(folder)]
    print("\n".join(found) if found else "vendored files are as locked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
