"""How fast a sheet is read, against pdfplumber's word extraction on the same file in the same run.

    python -m bench.heatsheets [FILE.pdf]

Without a file, a program of 8,000 rows in three columns with invented people is printed first. Each reader runs in a
process of its own, so that peak memory is its own; the ratio is what counts, not the seconds of this machine.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROWS = 8000
LANES = 8
ROOT = Path(__file__).parents[1]


def print_program(path: Path, rows: int = ROWS) -> Path:
    """Print a program with `rows` rows and return its path."""
    from tests.kinds.heatsheet_maker import Entry, Heat, Meet, SwimEvent, print_sheet

    last = ("Müller", "O'Neil", "Nguyen", "Li", "Smith-Jones", "Okafor", "Patel", "García")
    first = ("Zoë", "José M", "Ava", "Noah J", "Bo", "Siân B", "Mia")
    heats_each = 10
    events = []
    for number in range(1, rows // (LANES * heats_each) + 1):
        heats = []
        for heat in range(1, heats_each + 1):
            serial = number * heats_each + heat
            people = (
                f"{last[(serial + n) % len(last)]}, {first[(serial * n) % len(first)]}" for n in range(LANES)
            )
            entries = tuple(
                Entry(n, name, 8 + (serial + n) % 11, "Otter SC-PC", f"1:{(serial + n) % 60:02d}.{n}5")
                for n, name in enumerate(people, 1)
            )
            heats.append(Heat(entries, heat, f"{8 + serial // 60 % 4:02d}:{serial % 60:02d} AM"))
        events.append(SwimEvent(number, "Girls 11-12 100 Yard Freestyle", tuple(heats)))
    return print_sheet(path, Meet(columns=3), events)


def measure(reader: str, path: Path) -> dict[str, Any]:
    """Read a file in a process of its own; returns pages, rows or words, seconds, peak memory in bytes."""
    command = [sys.executable, "-m", "bench.heatsheets", "--read", reader, str(path)]
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, text=True)
    return dict(json.loads(done.stdout))


def read(reader: str, path: Path) -> dict[str, Any]:
    """Read a file with one of the readers in this process."""
    if reader == "ours":
        import pypdfium2  # noqa: F401 - loading is not what is measured

        from service.kinds.heatsheets.parse import parse_pdf

        started = time.perf_counter()
        sheet = parse_pdf(path)
        pages, found = sheet.page_count, len(sheet.rows)
    elif reader == "pdfplumber":
        import pdfplumber

        started = time.perf_counter()
        found = 0
        with pdfplumber.open(path) as pdf:
            pages = len(pdf.pages)
            for page in pdf.pages:
                found += len(page.extract_words())
                page.close()
    else:
        started = time.perf_counter()
        pages = found = 0
    seconds = time.perf_counter() - started
    peak = peak_bytes()
    return {"pages": pages, "found": found, "seconds": seconds, "peak_bytes": peak}


def peak_bytes() -> int:
    """Return this process's own peak (VmHWM): ru_maxrss would still have the parent's, from before the exec."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def main() -> None:
    """Print the comparison."""
    if sys.argv[1:2] == ["--read"]:
        print(json.dumps(read(sys.argv[2], Path(sys.argv[3]))))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[1]) if len(sys.argv) > 1 else print_program(Path(folder) / "program.pdf")
        runs = {
            reader: [measure(reader, path) for _ in range(3)] for reader in ("ours", "pdfplumber", "nothing")
        }
    best = {reader: min(many, key=lambda one: one["seconds"]) for reader, many in runs.items()}
    ours, peer, nothing = best["ours"], best["pdfplumber"], best["nothing"]
    for name, one, unit in (("parser (whole)", ours, "rows"), ("pdfplumber (words only)", peer, "words")):
        rate = one["pages"] / one["seconds"]
        extra = (one["peak_bytes"] - nothing["peak_bytes"]) / 1e6
        print(
            f"{name:<24} {one['pages']:>4} pages {one['found']:>7} {unit:<5} {one['seconds']:7.2f} s "
            f"{rate:8.1f} pages/s  peak {one['peak_bytes'] / 1e6:6.1f} MB (+{extra:.1f} over a bare interpreter)"
        )
    print(f"pages/s, ours : pdfplumber = {peer['seconds'] / ours['seconds']:.1f} : 1")
    print(f"peak memory, ours : pdfplumber = {ours['peak_bytes'] / peer['peak_bytes']:.2f} : 1")


if __name__ == "__main__":
    main()
