"""Run a share of the parameter sets, so that a run is quick and nothing is left out for long.

Most tests are parametrized over serializers, servers, transports and values: 17,000 in all. A run
takes each test function with its first parameter set, and its share of the others; the shares are
disjoint, and together they are everything. ``--share 1/1`` runs all at once. ``--sample K/N`` is a
quick look instead, at the K-th of N parts of everything, as on another Python than the usual one.
"""

import zlib

import pytest

DEFAULT = "1/12"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--share",
        default=DEFAULT,
        metavar="K/N",
        help="run each test with its first parameter set, and the K-th of N shares of the others "
        f"(default: {DEFAULT}; 1/1 is all)",
    )
    parser.addoption(
        "--sample", metavar="K/N", help="run the K-th of N parts of all tests and parameter sets"
    )


def share(text: str) -> tuple[int, int]:
    """Return the numbers in ``K/N``."""
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise pytest.UsageError(f"K/N is wanted, such as 1/12 or 1/1, and not {text!r}")
    return int(number), int(of)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    sample = config.getoption("sample")
    number, of = share(sample or config.getoption("share"))
    if of == 1 or names_one_test(config.args):
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    begun: set[str] = set()
    for item in items:
        # Not by counting: an even step would meet the same value of an inner parameter each time.
        mine = zlib.crc32(item.nodeid.encode()) % of == number - 1
        function = item.nodeid.partition("[")[0]
        if not sample and function not in begun:
            mine = True
            begun.add(function)
        (kept if mine else left).append(item)
    items[:] = kept
    config.hook.pytest_deselected(items=left)


def names_one_test(arguments: list[str]) -> bool:
    """Tell whether single tests were asked for, by ``FILE::TEST``: those run whole."""
    return any("::" in argument for argument in arguments)
