"""Build a wheel of every distribution into dist/."""

from __future__ import annotations

from pathlib import Path

from hatchling.builders.wheel import WheelBuilder

from tools.members import DIST, members


def main() -> None:
    everything = members()
    for old in DIST.glob("pyrox_*.whl"):
        old.unlink()
    for member in everything:
        builder = WheelBuilder(str(member.folder))
        wheel = Path(next(builder.build(directory=str(DIST), versions=["standard"])))
        print(f"{wheel.stat().st_size:>9,} bytes  {wheel.relative_to(DIST.parent)}")


if __name__ == "__main__":
    main()
