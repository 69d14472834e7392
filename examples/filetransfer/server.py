"""The files of a folder, for others to fetch: ``server.py [FOLDER]``.

Shows how to send what is too large for one message: in chunks, as an item stream, so that neither
side has more than one of them in memory. The client can ask for the checksum, and compare.
"""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrox

CHUNK = 128 * 1024


@pyrox.expose
class Files:
    """The files in one folder, and nothing outside of it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        """Return what there is."""
        return sorted(path.name for path in self._folder.iterdir() if path.is_file())

    def size(self, name: str) -> int:
        """Return how many bytes a file has."""
        return self._path(name).stat().st_size

    def checksum(self, name: str) -> str:
        """Return the SHA-256 of a file, in hexadecimal."""
        digest = hashlib.sha256()
        for chunk in self.chunks(name):
            digest.update(chunk)
        return digest.hexdigest()

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give the bytes of a file, chunk by chunk."""
        with self._path(name).open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def _path(self, name: str) -> Path:
        if name not in self.names():  # "../secret" is not
            raise FileNotFoundError(f"no such file: {name}")
        return self._folder / name


with pyrox.Daemon() as daemon:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    print(daemon.register(Files(folder), "files"), flush=True)
    daemon.serve_forever()
