"""The files of certificates and keys: written whole or not at all, and never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pyrox import UsageError

__all__ = ["PRIVATE", "PUBLIC", "check_free", "make_folder", "replace", "write_new"]

PUBLIC, PRIVATE = 0o644, 0o600
"""Permissions: of certificates, which may be shown to anybody, and of keys."""


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter, unless it is there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except FileExistsError:
        raise UsageError(f"{folder} is no folder; name another one with --folder") from None
    except OSError as error:
        raise _cannot(folder, error) from error


def write_new(*files: tuple[Path, bytes, int]) -> None:
    """Write files with these contents and permissions, all or none.

    UsageError where one of them is there already.
    """
    check_free(*(path for path, _, _ in files))
    written: list[Path] = []
    try:
        for path, data, mode in files:
            _write(path, data, mode)
            written.append(path)
    except BaseException:
        for path in written:
            path.unlink()
        raise


def check_free(*paths: Path, holder: str = "") -> None:
    """See that none of these is there; UsageError where one is, ``holder`` says whose it is."""
    for path in paths:
        if path.exists():
            raise _is_there(path, holder)


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:  # somebody was quicker
        raise _is_there(path) from None
    except OSError as error:
        raise _cannot(path, error) from error
    with open(descriptor, "wb") as file:
        file.write(data)


def _cannot(path: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write {path}: {error.strerror}; name another folder with --folder")


def _is_there(path: Path, holder: str = "") -> UsageError:
    return UsageError(
        f"{path} is there already, and was left as it is{holder}; choose another name (--name of a "
        "server's), or move it away (pyrox cert renew makes a new certificate for the same key)"
    )


def replace(path: Path, data: bytes) -> None:
    """Put new contents in the place of a public file at once, for whoever reads it meanwhile."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _cannot(path, error) from error
    try:
        with open(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, PUBLIC)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
