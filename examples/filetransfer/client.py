"""Fetch a file into this folder: ``client.py URI NAME``; without NAME, list what there is.

Shows an item stream on its way into a file, with a progress bar in a terminal, and plain lines
where the output goes elsewhere. Only a file whose checksum is right gets its name in the end.
"""

import hashlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

import pyrox


def with_bar(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Pass chunks on, and let a bar grow."""
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task("fetching", total=size)
        for chunk in chunks:
            yield chunk
            progress.advance(task, len(chunk))


def with_lines(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Pass chunks on, and print a line for every tenth of them all."""
    done = told = 0
    for chunk in chunks:
        yield chunk
        done += len(chunk)
        if done >= size or done - told >= size / 10:
            told = done
            print(f"{done} of {size} bytes, {100 * done // size} %", flush=True)


def fetch(files: pyrox.Proxy, name: str) -> None:
    """Copy a file from there to here."""
    target = Path(Path(name).name)
    if target.exists():
        sys.exit(f"{target} is here already")
    size, checksum = files.size(name), files.checksum(name)
    show = with_bar if sys.stdout.isatty() else with_lines
    part = target.with_name(f"{target}.part")
    digest = hashlib.sha256()
    with files.chunks(name) as chunks, part.open("wb") as file:
        for chunk in show(chunks, size):
            file.write(chunk)
            digest.update(chunk)
    if digest.hexdigest() != checksum:
        part.unlink()
        sys.exit(f"{name} is not what it was when this began: try again")
    part.replace(target)
    print(f"{target} is here, sha256 {checksum}")


with pyrox.Proxy(sys.argv[1]) as files:
    if len(sys.argv) > 2:
        fetch(files, sys.argv[2])
    else:
        print(*files.names(), sep="\n")
