"""``pyrox config``: the settings in force."""

from __future__ import annotations

from dataclasses import asdict

from pyrox import Config, Table, load_config

__all__ = ["config"]

_HIDDEN = "***"


def config(changed: bool = False) -> Table:
    """Return every setting with its value, its source and its meaning."""
    values, sources = load_config()
    meanings, hidden = Config.help(), Config.secrets()
    rows = [
        (name, _HIDDEN if value and name in hidden else value, sources[name], meanings[name])
        for name, value in asdict(values).items()
        if not changed or sources[name] != "default"
    ]
    return Table(
        ("setting", "value", "source", "meaning"),
        rows,
        note="Change one with an environment variable, as in PYROX_TIMEOUT=2.5, or in pyrox.toml.",
        empty="every setting is at its default",
    )
