"""ZIP archives that are made while they are sent."""

import hashlib
import io
import json
import os
import tracemalloc
import zipfile

import pytest

from service.http.archive import FLUSH_BYTES, READ_BYTES, Entry, Folder, zip_chunks


def entry(tmp_path, name, content, media_type="text/plain", file_name=None):
    path = tmp_path / (file_name or hashlib.sha256(name.encode()).hexdigest())
    path.write_bytes(content)
    return Entry(name, path, len(content), media_type)


def opened(folders):
    return zipfile.ZipFile(io.BytesIO(b"".join(zip_chunks(folders))))


def test_what_goes_in_comes_out_with_its_name(tmp_path):
    content = {"a.txt": b"text" * 1000, "ünï – 名.bin": os.urandom(600_000), "empty.csv": b""}
    entries = [entry(tmp_path, name, body, "application/zip") for name, body in content.items()]
    archive = opened([Folder("", "j1", "completed", 1.7e9, entries)])
    assert archive.testzip() is None
    assert {name: archive.read(name) for name in content} == content


def test_the_manifest_and_the_sums_tell_the_sha256_of_what_is_inside(tmp_path):
    files = [entry(tmp_path, "a.txt", b"one"), entry(tmp_path, "b.txt", b"two")]
    archive = opened(
        [Folder("01-x/", "j1", "completed", 1.7e9, files), Folder("02-y/", "j2", "failed", 1.7e9, [])]
    )
    manifest = json.loads(archive.read("manifest.json"))
    assert [job["job_id"] for job in manifest["jobs"]] == ["j1", "j2"]
    for file in manifest["files"]:
        assert hashlib.sha256(archive.read(file["path"])).hexdigest() == file["sha256"]
        assert len(archive.read(file["path"])) == file["size_bytes"]
    sums = dict(reversed(line.split("  ", 1)) for line in archive.read("SHA256SUMS").decode().splitlines())
    assert sums == {file["path"]: file["sha256"] for file in manifest["files"]}


def test_names_that_differ_only_in_case_or_meet_the_manifest_get_numbers(tmp_path):
    names = ["A.txt", "a.txt", "manifest.json", "a-1.txt", "noextension", "NoExtension"]
    entries = [entry(tmp_path, name, name.encode()) for name in names]
    archive = opened([Folder("", "j", "completed", 0.0, entries)])
    found = archive.namelist()
    assert len({name.casefold() for name in found}) == len(found) == len(names) + 2
    manifest = json.loads(archive.read("manifest.json"))
    assert {f["artifact"]: archive.read(f["path"]) for f in manifest["files"]} == {
        n: n.encode() for n in names
    }


def test_the_same_files_make_the_same_bytes(tmp_path):
    folder = Folder("", "j", "completed", 1.7e9, [entry(tmp_path, "a.txt", b"x" * 10_000)])
    assert b"".join(zip_chunks([folder])) == b"".join(zip_chunks([folder]))


def test_memory_stays_bounded_however_large_the_files_are(tmp_path):
    big = entry(tmp_path, "big.bin", os.urandom(24 << 20), "application/pdf")
    tracemalloc.start()
    try:
        sizes = [len(chunk) for chunk in zip_chunks([Folder("", "j", "completed", 0.0, [big])])]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert max(sizes) <= FLUSH_BYTES + 2 * READ_BYTES
    assert peak < 4 << 20


def test_a_reader_that_leaves_closes_the_files(tmp_path):
    chunks = zip_chunks(
        [Folder("", "j", "completed", 0.0, [entry(tmp_path, "a.bin", os.urandom(3 << 20), "image/x")])]
    )
    assert next(chunks).startswith(b"PK")
    chunks.close()
    with pytest.raises(StopIteration):
        next(chunks)
