"""Bytes for people, as every finding and every backup says them."""


def size(size_bytes: int) -> str:
    """Return bytes as `812 B`, `3.4 MiB` and so on."""
    value = float(size_bytes)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if value < 1024 or unit == "GiB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    raise AssertionError("the last unit returns")
