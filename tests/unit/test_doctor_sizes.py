"""Bytes as findings and backups say them."""

import pytest

from service.doctor.sizes import size


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (1 << 42, "4096.0 GiB")],
)
def test_sizes_are_readable(size_bytes: int, text: str) -> None:
    assert size(size_bytes) == text
