"""Read a `.safetensors` file with NumPy alone: the quality mode must not drag in a deep-learning framework.

Format (huggingface/safetensors, README "Format"): 8 bytes little-endian length of a JSON header, the
header `{name: {dtype, shape, data_offsets}}`, then the tensors' bytes, little-endian, row-major.
"""

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from service.model.errors import JobError

_DTYPES: Final[dict[str, str]] = {"F32": "<f4", "F16": "<f2", "F64": "<f8"}
_MAX_HEADER_BYTES: Final = 100_000_000  # the format's own bound
_LENGTH: Final = struct.Struct("<Q")


def read_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Return every floating-point tensor by name as float32; raises JobError `model_unreadable`."""
    try:
        header, start = _header(path)
        # A memory map: tensors that are not asked for are never read.
        content = np.memmap(path, dtype=np.uint8, mode="r", offset=start)
        return {
            name: _tensor(content, entry)
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] in _DTYPES
        }
    except (OSError, ValueError, KeyError, TypeError, struct.error) as error:
        raise JobError(
            "model_unreadable",
            f"{path.name} is no safetensors file: {error}",
            remediation="Fetch the model again; docs/kinds/ingestion.md says how.",
        ) from error


def _header(path: Path) -> tuple[dict[str, Any], int]:
    with path.open("rb") as file:
        (size,) = _LENGTH.unpack(file.read(_LENGTH.size))
        if size > _MAX_HEADER_BYTES:
            raise ValueError("its header is too large")
        header = json.loads(file.read(size))
    if not isinstance(header, dict):
        raise TypeError("its header is no object")
    return header, _LENGTH.size + size


def _tensor(content: NDArray[np.uint8], entry: dict[str, Any]) -> NDArray[np.float32]:
    begin, end = entry["data_offsets"]
    flat: NDArray[Any] = np.frombuffer(content[begin:end].tobytes(), dtype=np.dtype(_DTYPES[entry["dtype"]]))
    tensor: NDArray[np.float32] = flat.reshape(entry["shape"]).astype(np.float32)
    return tensor
