"""The storage ``sqlite:FILE``: names that outlive the name server."""

from __future__ import annotations

from pyrox import NameTable, Storage, UsageError

__all__ = ["SqliteStorage"]


class SqliteStorage(Storage):
    """Tables in sqlite files, in the form that Pyro 5 gives them.

    A change that was acknowledged survives the death of the process and a loss of power. Several
    processes may use one file.
    """

    name = "sqlite"

    def open(self, location: str) -> NameTable:
        """Open a file, or make it."""
        if not location or location.startswith(":"):
            raise UsageError(
                f"the storage sqlite needs a file, and got {location!r}; "
                "write sqlite:FILE, or memory for names that need not last"
            )
        # Imported here: programs that only look up names have no use for sqlite.
        from .sqlite_table import SqliteTable

        return SqliteTable(location)
