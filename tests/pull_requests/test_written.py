"""What is read of an artifact: one text file, or the reason why there is none."""

import io
import os
import pathlib
import stat
import zipfile
from collections.abc import Callable

import pytest
from groundplan.pull_requests import written
from groundplan.pull_requests.written import LARGEST, of_archive, of_bytes, of_file

pytestmark = pytest.mark.usefixtures("forked")


def archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in entries:
            opened.writestr(name, content)
    return data.getvalue()


def link(target: str, mode: int = stat.S_IFLNK) -> tuple[zipfile.ZipInfo, bytes]:
    entry = zipfile.ZipInfo("comment.md")
    entry.external_attr = (mode | 0o777) << 16
    return entry, target.encode()


def test_the_file_of_an_artifact_is_its_text() -> None:
    found = of_archive(archive(("comment.md", b"## Preview"), ("preview.html", b"<html>")))
    assert (found.text, found.reason) == ("## Preview", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (lambda: b"", "no readable zip archive"),
        (lambda: b"PK\x03\x04 broken", "no readable zip archive"),
        (lambda: archive(), "has no file comment.md"),
        (lambda: archive(("preview.html", b"x")), "has no file comment.md"),
        (lambda: archive(("../comment.md", b"x"), ("/comment.md", b"x")), "has no file comment.md"),
        (lambda: archive(("a/../comment.md", b"x")), "has no file comment.md"),
        (lambda: archive(link("/etc/passwd")), "no file but a link"),
        (lambda: archive(link("x", stat.S_IFIFO)), "no file but a link"),
        (lambda: archive(("comment.md", b"")), "is empty"),
        (lambda: archive(("comment.md", b" \n\t\n")), "is empty"),
        (lambda: archive(("comment.md", b"\xff\xfe\x00")), "no text in UTF-8"),
        (lambda: archive(("comment.md", b"\x89PNG\x00")), "no text in UTF-8"),
        (lambda: archive(("comment.md", b"a\x00b")), "no text file"),
        (lambda: archive(("comment.md", b"0" * (LARGEST + 1))), "is larger than 1,000,000 bytes"),
        (lambda: archive(("comment.md", b"0" * 200_000_000)), "is larger than 1,000,000 bytes"),
        (lambda: archive(("comment.md", b"x"))[:-30], "no readable zip archive"),
    ],
)
def test_anything_else_is_a_reason(data: Callable[[], bytes], reason: str) -> None:
    found = of_archive(data())
    assert found.text == ""
    assert reason in found.reason


def test_two_files_of_one_name_are_refused(recwarn: pytest.WarningsRecorder) -> None:
    data = archive(("comment.md", b"shown"), ("comment.md", b"not shown"))
    assert "2 files comment.md" in of_archive(data).reason
    recwarn.clear()


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(archive(("comment.md", b"secret")))
    data[6] |= 1  # the flag in the local header, and in the central one
    data[data.index(b"PK\x01\x02") + 8] |= 1
    assert "no readable zip archive" in of_archive(bytes(data)).reason


def test_an_artifact_that_is_too_large_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written, "LARGEST_ARCHIVE", 10)
    assert "its artifact is larger than 10 bytes" in of_archive(b"x" * 11).reason


def test_a_file_is_read_and_no_link_is_followed(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "comment.md"
    assert of_file(file).reason == "no comment was written"
    file.write_bytes(b"\xef\xbb\xbf## Preview")
    assert of_file(file).text == "## Preview"
    (tmp_path / "link.md").symlink_to(file)
    assert of_file(tmp_path / "link.md").reason == "link.md is a symbolic link"
    folder = tmp_path / "preview"
    folder.symlink_to(tmp_path, target_is_directory=True)
    assert of_file(folder / "comment.md").reason == "preview is a symbolic link"
    assert of_file(tmp_path).reason.endswith("is no file")
    os.mkfifo(tmp_path / "pipe.md")
    assert of_file(tmp_path / "pipe.md").reason == "pipe.md is no file"


def test_no_folder_of_a_relative_path_is_a_link(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real" / "preview").mkdir(parents=True)
    (tmp_path / "real" / "preview" / "comment.md").write_text("x")
    (tmp_path / "out").symlink_to("real", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    file = pathlib.Path("out", "preview", "comment.md")
    assert of_file(file).reason == "out is a symbolic link"
    assert of_file(pathlib.Path("real", "preview", "comment.md")).text == "x"


def test_a_text_of_the_largest_size_is_read() -> None:
    assert of_bytes(b"x" * LARGEST).text
