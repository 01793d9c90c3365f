"""Which release this is."""

from importlib import metadata


def _version() -> str:
    try:
        return metadata.version("nowserving")
    except metadata.PackageNotFoundError:  # run from a checkout that was never installed
        return "0"


VERSION = _version()
