"""Packs a folder as a ZIP archive whose bytes depend on its files only: sorted, with
one date. Refuses what Lambda would refuse.

    python tools/pack_layer.py FOLDER ARCHIVE
"""

import pathlib
import sys
import zipfile

MOST = 250 * 1024 * 1024
"""Bytes of a function's code and layers, unpacked (Lambda quotas)."""
DATE = (1980, 1, 1, 0, 0, 0)


def pack(folder: pathlib.Path, archive: pathlib.Path) -> int:
    """Writes the archive. Returns the bytes of its files. Raises `ValueError` if Lambda
    would refuse them."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    size = sum(file.stat().st_size for file in files)
    if size > MOST:
        raise ValueError(f"{folder} has {size:,} bytes, a function may have {MOST:,}.")
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            info = zipfile.ZipInfo(file.relative_to(folder).as_posix(), DATE)
            info.external_attr = (0o755 if file.suffix == ".so" else 0o644) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, file.read_bytes())
    return size


if __name__ == "__main__":
    size = pack(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
    print(f"{sys.argv[2]}: {size / 1024 / 1024:.0f} MB unpacked")
