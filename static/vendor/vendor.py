"""Fetch the pinned browser modules (and one font), or check offline that nothing about them has changed.

    python static/vendor/vendor.py            write the files again from the pinned versions
    python static/vendor/vendor.py --latest   move the pins to the newest versions first
    python static/vendor/vendor.py --check    offline: SHA-512 of every file, no stray file, no bare import

The browser gets plain ES modules without a build step or an import map, so bare imports are rewritten
to relative paths here. Packages come from npm by name (`npm pack`); the lock holds no address.
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
LOCK = HERE / "lock.json"
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
}
"""Package -> file written here -> its path in the package."""
IMPORTS = {
    "preact": "./preact.js",
    "preact/hooks": "./preact-hooks.js",
    "htm": "./htm.js",
    "@preact/signals-core": "./signals-core.js",
}
_IMPORT = re.compile(r"""(\bfrom\s*|\bimport\s*)(["'])([^"']+)\2""")
_SOURCE_MAP = re.compile(r"\n?//# sourceMappingURL=\S+\s*$")


def sha512(content: bytes) -> str:
    """Return the SHA-512 of `content` in the form of Subresource Integrity (sha512-<base64>)."""
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def rewrite(source: str) -> str:
    """Return a module with its bare imports made relative and the pointer to its source map removed."""

    def relative(match: re.Match[str]) -> str:
        name = match[3]
        if name.startswith("."):
            return match[0]
        return f"{match[1]}{match[2]}{IMPORTS[name]}{match[2]}"

    return _SOURCE_MAP.sub("\n", _IMPORT.sub(relative, source))


def bare_imports(source: str) -> list[str]:
    """Return the imports of a module that a browser could not resolve without an import map."""
    return [match[3] for match in _IMPORT.finditer(source) if not match[3].startswith((".", "/"))]


def npm(*args: str, folder: Path) -> str:
    """Run npm in `folder` and return what it printed; raises CalledProcessError."""
    command = ["npm", "--loglevel=error", *args]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def fetch(package: str, version: str, expected: str | None) -> dict[str, Any]:
    """Write one package's files here and return its lock entry; refuses a package that is not as locked."""
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
        for target, source in PACKAGES[package].items():
            content = (folder / "package" / source).read_bytes()
            if target.endswith(".js"):
                content = rewrite(content.decode()).encode()
            (HERE / target).write_bytes(content)
            files[target] = {"from": source, "sha512": sha512(content)}
    return {
        "version": packed["version"],
        "licence": manifest["license"],
        "integrity": integrity,
        "files": files,
    }


def refresh(*, is_latest: bool) -> None:
    """Write every vendored file and the lock again, from the pinned or the newest versions."""
    old = json.loads(LOCK.read_text()) if LOCK.exists() else {}
    lock = {}
    for package in PACKAGES:
        entry = old.get(package)
        if is_latest or entry is None:
            lock[package] = fetch(package, "latest", None)
        else:
            lock[package] = fetch(package, entry["version"], entry["integrity"])
    LOCK.write_text(json.dumps(lock, indent=2) + "\n")


def problems() -> list[str]:
    """Return what is wrong with the vendored files, read from disk alone; an empty list is good."""
    lock = json.loads(LOCK.read_text())
    locked = {name: file for entry in lock.values() for name, file in entry["files"].items()}
    present = {path.name for path in HERE.iterdir() if path.is_file()} - OWN_FILES
    found = [f"{name}: not in the lock" for name in sorted(present - locked.keys())]
    for name, file in locked.items():
        path = HERE / name
        if not path.exists():
            found.append(f"{name}: missing")
            continue
        if sha512(path.read_bytes()) != file["sha512"]:
            found.append(f"{name}: changed")
        if name.endswith(".js"):
            found += [f"{name}: bare import {bare!r}" for bare in bare_imports(path.read_text())]
    return found


def main() -> int:
    """Run the command line; 1 when a check finds something."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare the files with the lock, offline")
    parser.add_argument("--latest", action="store_true", help="move the pins to the newest versions")
    options = parser.parse_args()
    if not options.check:
        refresh(is_latest=options.latest)
    found = problems()
    print("\n".join(found) if found else "vendored files are as locked")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
