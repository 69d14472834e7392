"""The distributions of this repository, as hatch.toml lists them."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


@dataclass(frozen=True)
class Member:
    folder: Path
    name: str  # of the distribution: pyrox-tcp
    version: str
    package: str  # what a program imports: pyrox_tcp
    needs: tuple[str, ...] = ()  # the other distributions of ours that it cannot do without

    @property
    def wheel(self) -> Path:
        return DIST / f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"


def members() -> list[Member]:
    """Return all members, the core first."""
    hatch = tomllib.loads((ROOT / "hatch.toml").read_text())
    globs = hatch["envs"]["default"]["workspace"]["members"]
    listed = {folder for glob in globs for folder in ROOT.glob(glob)}
    found = {file.parent for file in (ROOT / "packages").rglob("pyproject.toml")}
    if unlisted := found - listed:
        names = ", ".join(str(folder.relative_to(ROOT)) for folder in sorted(unlisted))
        sys.exit(f"not a workspace member: {names}; add it to workspace.members in hatch.toml")
    return sorted(map(_member, listed), key=lambda m: (m.name != "pyrox-core", m.name))


def _member(folder: Path) -> Member:
    metadata = ProjectMetadata(str(folder), PluginManager())
    [source] = metadata.hatch.build_targets["wheel"]["packages"]
    needs = tuple(re.findall(r"\bpyrox-[a-z0-9]+", " ".join(metadata.core.dependencies)))
    return Member(folder, metadata.core.name, metadata.version, Path(source).name, needs)
