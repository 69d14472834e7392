"""The programs in examples/pyro5, with server and client on Pyro5 and on pyrox. Reference 8."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.pyro5 import pairing

pytestmark = pytest.mark.slow

PAIRINGS = [(s, c) for s in ("pyro5", "pyrox") for c in ("pyro5", "pyrox")]
CASES = [
    (name, server, client)
    for name in pairing.names()
    for server, client in PAIRINGS
    if "server.py" in pairing.programs(name) or server == client
]
Outcomes = dict[tuple[str, str, str], "Future[str]"]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[Outcomes]:
    """All that was asked for, several of them running at a time."""
    wanted = {
        item.callspec.params["case"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and "outcomes" in item.fixturenames
    }
    with ThreadPoolExecutor(max_workers=3) as pool:
        # In the order of the tests, so that none waits for what comes later.
        yield {case: pool.submit(pairing.outcome, *case) for case in CASES if case in wanted}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(case))
def test_a_pair_of_programs_does_what_it_does_on_pyro5(
    case: tuple[str, str, str], outcomes: Outcomes
) -> None:
    expected = (pairing.EXAMPLES / case[0] / "expected.txt").read_text(encoding="utf-8")
    assert outcomes[case].result() == expected


def test_all_examples_have_an_expected_outcome() -> None:
    folders = {path.parent.name for path in pairing.EXAMPLES.glob("*/*.py")}
    assert len(folders) >= 30
    assert folders == set(pairing.names())
