"""Whether the time of a refusal tells who has an account: a wrong password against a name that nobody has.

    python -m bench.logins [--rounds 200] [--seed 1]

Asks a real desk in a process of its own. Each round signs in once in each way, in random order, so that whatever
slows the machine slows all alike. Printed are medians, their ratio to the wrong password's with a bootstrapped 95 %
interval (Efron, 1979), and how often one who compares a single pair of answers would guess right: 50 % is a coin. A
disabled account with the right password is asked as well. The exit code is 1 if an interval lies beyond 1 % of 1,
or an interval of guesses beyond 5 % of a half: then a name can be told by the clock.
"""

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import ClientSession

ROOT = Path(__file__).parents[1]
PASSWORD = "correct horse battery"
WAYS = {
    "wrong password": ("max", "wrong horse battery"),
    "unknown name": ("nob", "wrong horse battery"),
    "disabled account": ("mia", PASSWORD),
}
REFERENCE = "wrong password"
RESAMPLES = 1000
TOLERATED_RATIO = 0.01
TOLERATED_GUESSES = 0.05
Samples = dict[str, list[float]]


async def measured(url: str, rounds: int, draw: random.Random) -> Samples:
    """Return the seconds of each refusal, by way; the same place in two lists is the same round."""
    seconds: Samples = {way: [] for way in WAYS}
    async with ClientSession(url) as http:
        for number in range(-5, rounds):  # the first few warm up
            for way in draw.sample(list(WAYS), len(WAYS)):
                name, password = WAYS[way]
                # An address of its own for each, so that nobody has to wait: the desk trusts us as a proxy.
                headers = {
                    "X-Forwarded-For": f"10.{draw.randrange(256)}.{number & 255}.{draw.randrange(256)}"
                }
                body = {"username": name, "password": password}
                begin = time.perf_counter()
                async with http.post("/api/v1/auth/login", json=body, headers=headers) as answer:
                    await answer.read()
                    took = time.perf_counter() - begin
                if answer.status != 401:
                    raise SystemExit(f"{way}: answered {answer.status}, not 401")
                if number >= 0:
                    seconds[way].append(took)
    return seconds


def interval(
    rounds: Sequence[tuple[float, float]],
    of: Callable[[Sequence[tuple[float, float]]], float],
    draw: random.Random,
) -> tuple[float, float]:
    """Return the 95 % interval of a statistic of paired rounds, by drawing rounds again."""
    found = sorted(of(draw.choices(rounds, k=len(rounds))) for _ in range(RESAMPLES))
    return found[int(RESAMPLES * 0.025)], found[int(RESAMPLES * 0.975) - 1]


def ratio(rounds: Sequence[tuple[float, float]]) -> float:
    """Return the ratio of the medians."""
    return statistics.median(one for one, _ in rounds) / statistics.median(other for _, other in rounds)


def guesses(rounds: Sequence[tuple[float, float]]) -> float:
    """Return how often the first of a round took longer; a tie counts half."""
    return sum((one > other) + (one == other) / 2 for one, other in rounds) / len(rounds)


def report(seconds: Samples, draw: random.Random) -> bool:
    """Print what was found and return whether the ways cannot be told apart."""
    is_alike = True
    for way, times in seconds.items():
        told = f"{way:17} median {1000 * statistics.median(times):7.2f} ms"
        if way != REFERENCE:
            rounds = list(zip(times, seconds[REFERENCE], strict=True))
            low, high = interval(rounds, ratio, draw)
            few, many = interval(rounds, guesses, draw)
            told += f"   ratio {ratio(rounds):.4f} (95 %: {low:.4f} to {high:.4f})"
            told += f"   longer in {100 * guesses(rounds):.1f} % (95 %: {100 * few:.1f} to {100 * many:.1f})"
            is_alike &= low <= 1 + TOLERATED_RATIO and high >= 1 - TOLERATED_RATIO
            is_alike &= few <= 0.5 + TOLERATED_GUESSES and many >= 0.5 - TOLERATED_GUESSES
        print(told, flush=True)
    return is_alike


def users(data_dir: Path, *command: str) -> None:
    """Run a command that keeps accounts."""
    argv = [sys.executable, "app.py", "--quiet", "users", *command, "--data-dir", str(data_dir)]
    subprocess.run(argv, cwd=ROOT, input=PASSWORD, text=True, check=True, stdout=subprocess.DEVNULL)


def main() -> int:
    """Measure and print; return 1 when names can be told by the clock."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    draw = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        users(Path(folder), "add", "max", "--role", "member")
        users(Path(folder), "add", "mia", "--role", "member")
        users(Path(folder), "disable", "mia")
        argv = [sys.executable, "app.py", "serve", "--accounts", "--port", "0", "--data-dir", folder]
        argv += ["--trusted-proxy", "127.0.0.1", "--log-level", "error"]
        desk = subprocess.Popen(argv, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert desk.stdout is not None
            url = desk.stdout.readline().removeprefix("listening on ").strip()
            seconds = asyncio.run(measured(url, args.rounds, draw))
        finally:
            desk.terminate()
            desk.wait()
    return 0 if report(seconds, draw) else 1


if __name__ == "__main__":
    sys.exit(main())
