"""Set the version of all distributions, and the range of it that they ask of each other."""

from __future__ import annotations

import re
import sys

from tools.members import ROOT, members

VERSION_FILE = ROOT / "packages/core/src/pyrox/version.py"
VERSION = re.compile(r'(?<=__version__ = ")[^"]+')
RANGE = re.compile(r"(?<=pyrox-)([a-z0-9]+)~=[0-9.]+")


def main(version: str) -> None:
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        sys.exit(f"a version has three numbers, as in 0.2.0; this is {version!r}")
    # ~=0.2.0 takes every 0.2.x: releases that differ in the last number work together.
    lowest = f"{version.rpartition('.')[0]}.0"
    files = [(VERSION_FILE, VERSION, version)]
    files += [(m.folder / "pyproject.toml", RANGE, rf"\1~={lowest}") for m in members()]
    for file, pattern, replacement in files:
        file.write_text(pattern.sub(replacement, file.read_text()))
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.release VERSION")
    main(sys.argv[1])
