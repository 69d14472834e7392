"""What several of the core's test files need."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail.
settings.register_profile(
    "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
settings.load_profile("patient")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and a process that has read no settings yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYROX_CONFIG", raising=False)
    monkeypatch.setattr("pyrox.values.config._current", None)
    return tmp_path
