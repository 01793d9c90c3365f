"""The command line as a test uses it: in this process for speed, or as a program for signals and pipes."""

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import app
from service.cli.main import run

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What one command did."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        return [line.split("\t") for line in self.out.splitlines()]


class CommandLine:
    """Runs commands against one server, in this process."""

    def __init__(self, url: str, capsys: pytest.CaptureFixture[str]) -> None:
        self.url = url
        self._capsys = capsys

    def __call__(self, command: str, *arguments: str | Path) -> Outcome:
        """Run a client command, with --url."""
        return self.local(command, *arguments, "--url", self.url)

    def local(self, *arguments: str | Path) -> Outcome:
        """Run a command as it stands."""
        self._capsys.readouterr()
        code = run([str(one) for one in arguments], app.lend)
        out, err = self._capsys.readouterr()
        return Outcome(int(code), out, err)


class Program:
    """`python app.py …` in a process of its own; lines of its standard output are read as they come."""

    def __init__(self, *arguments: str | Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *[str(one) for one in arguments]],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"PYTHONUNBUFFERED": "1"},
        )
        self._err: list[str] = []
        self._reader = threading.Thread(target=self._drain_err, daemon=True)
        self._reader.start()
        self.out: list[str] = []

    def line(self) -> str:
        """Wait for the next line of standard output; empty at its end."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self.out.append(line)
        return line.rstrip("\n")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def end(self) -> Outcome:
        """Wait for the end."""
        assert self._process.stdout is not None
        rest = self._process.stdout.read()
        code = self._process.wait()
        self._reader.join()
        self._process.stdout.close()
        return Outcome(code, "".join(self.out) + rest, "".join(self._err))

    def close_out(self) -> None:
        """Close the reading end of its standard output."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def wait(self) -> Outcome:
        """Wait for the end of a program whose output nobody reads any more."""
        code = self._process.wait()
        self._reader.join()
        return Outcome(code, "", "".join(self._err))

    def _drain_err(self) -> None:
        assert self._process.stderr is not None
        self._err.extend(self._process.stderr)
        self._process.stderr.close()


class Desk:
    """`python app.py serve` on one port and data folder, to be killed and started again."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.port = 0
        self._program: Program | None = None
        self._drain: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        program = Program("serve", "--port", str(self.port), "--data-dir", self.data_dir)
        line = program.line()
        if not line.startswith("listening on "):
            program.signal(signal.SIGKILL)
            pytest.fail(f"the desk did not start: {program.end()}")
        self.port = int(line.rsplit(":", 1)[1])
        self._program = program
        self._drain = threading.Thread(target=self._read_on, args=(program,), daemon=True)
        self._drain.start()

    @staticmethod
    def _read_on(program: Program) -> None:
        while program.line():
            pass

    def kill(self, number: int = signal.SIGKILL) -> Outcome:
        assert self._program is not None
        assert self._drain is not None
        self._program.signal(number)
        self._drain.join()
        return self._program.end()
