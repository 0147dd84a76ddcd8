"""Archives are the same bytes for the same contents, and anyone may read what is in them."""

import os
import zipfile
from pathlib import Path

from athenaeum.infra.bundles.archive import files_of, write_zip


def test_equal_contents_make_equal_archives(tmp_path: Path) -> None:
    for name, order in (("one", ("b.txt", "a.txt")), ("two", ("a.txt", "b.txt"))):
        for file in order:
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / file).write_text(file)
            os.utime(tmp_path / name / file, (1_000_000_000, len(name) * 1_000_000))
        write_zip(tmp_path / f"{name}.zip", files_of(tmp_path / name))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_sizes_are_those_of_the_contents(tmp_path: Path) -> None:
    assert write_zip(tmp_path / "x.zip", {"a": b"12345", "b": b"678"}) == 8


def test_scripts_can_be_run_and_everything_can_be_read(tmp_path: Path) -> None:
    secret = tmp_path / "private.txt"
    secret.write_text("x")
    secret.chmod(0o600)
    write_zip(tmp_path / "x.zip", {"run.sh": b"#!/bin/sh\n", "private.txt": secret}, executable=["run.sh"])
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    assert modes == {"run.sh": 0o755, "private.txt": 0o644}


def test_names_are_relative_and_posix(tmp_path: Path) -> None:
    (tmp_path / "a folder" / "ü").mkdir(parents=True)
    (tmp_path / "a folder" / "ü" / "x.py").write_text("")
    assert list(files_of(tmp_path)) == ["a folder/ü/x.py"]
