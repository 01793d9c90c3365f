"""Nowserving: take a number for slow jobs. One aiohttp process, one SQLite file, one line."""

__version__ = "0.1.0"
