"""The storages that come with pyrox do what the suite asks of every one."""

from pathlib import Path

import pytest

from pyrox import Storage
from pyrox_nameserver import MemoryStorage, SqliteStorage
from pyrox_testkit import StorageSuite


class TestMemory(StorageSuite):
    @pytest.fixture
    def storage(self) -> Storage:
        return MemoryStorage()


class TestSqlite(StorageSuite):
    lasts = True

    @pytest.fixture
    def storage(self) -> Storage:
        return SqliteStorage()

    @pytest.fixture
    def location(self, tmp_path: Path) -> str:
        return str(tmp_path / "names.db")
