"""The examples do what their README says, each as two processes."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PRINTED = {
    "greeting": ["Hello, Ada.", "refused: a greeting needs a name"],
    "instrument": [
        "20.5 C",
        "293.65 K",
        "293.65 294.15 294.65 295.15",
        "refused: no such unit: F",
        "nobody there, and not_sent",
    ],
    "asyncio": [
        "20 readings at once: True",
        "20.0 20.5 21.0",
        "given up, and cancelled there: True",
    ],
    "callbacks": ["told: 1", "returned: 1", "told: 2", "returned: 2"],
}


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run the server of an example; give the URI that it prints."""
    process = subprocess.Popen(
        [sys.executable, str(EXAMPLES / request.param / "server.py")],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.communicate(timeout=60)


def test_every_example_is_tried() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/client.py")} == set(PRINTED)


@pytest.mark.parametrize(("server", "printed"), PRINTED.items(), indirect=["server"])
def test_a_client_prints_what_it_should(
    request: pytest.FixtureRequest, server: str, printed: list[str]
) -> None:
    name = request.node.callspec.params["server"]
    client = EXAMPLES / name / "client.py"
    done = subprocess.run(
        [sys.executable, str(client), server], capture_output=True, text=True, timeout=150
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == printed
