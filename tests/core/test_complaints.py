"""Warnings about clients: a few are named, the others are counted."""

import logging
import threading
import time

import pytest

from pyrox.logic.complaints import FEW, PERIOD, Complaints

MESSAGE = "closing the connection of %s: %s"


@pytest.fixture
def complaints(caplog: pytest.LogCaptureFixture) -> Complaints:
    caplog.set_level(logging.WARNING, "pyrox.server")
    return Complaints(threading.Lock())


def test_a_few_are_named(complaints: Complaints, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(FEW):
        complaints.add(MESSAGE, f"client {number}", "too long")
    complaints.sum_up(time.monotonic(), at_end=True)
    assert caplog.messages == [
        f"closing the connection of client {number}: too long" for number in range(FEW)
    ]


def test_the_others_are_counted_once_the_period_is_over(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    now = time.monotonic()
    for number in range(FEW + 495):
        complaints.add(MESSAGE, number, "too long")
    complaints.sum_up(now + PERIOD / 2)
    assert len(caplog.messages) == FEW
    complaints.sum_up(now + PERIOD + 2)
    assert caplog.messages[FEW:] == [
        "closing the connection of 495 more clients in the last 12 s: too long"
    ]


def test_those_after_it_are_named_again(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(FEW + 1):
        complaints.add(MESSAGE, number, "too long")
    complaints.sum_up(time.monotonic() + PERIOD)
    complaints.add(MESSAGE, "somebody", "too long")
    assert caplog.messages[-1] == "closing the connection of somebody: too long"


def test_another_reason_is_named_whatever_else_there_is(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(FEW + 10):
        complaints.add(MESSAGE, number, "too long")
    complaints.add(MESSAGE, "somebody", "expired")
    assert caplog.messages[-1] == "closing the connection of somebody: expired"


def test_reasons_that_clients_make_up_fill_neither_log_nor_memory(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        complaints.add(MESSAGE, "somebody", f"no version {number}")
    assert len(caplog.messages) < 50
    complaints.sum_up(time.monotonic(), at_end=True)
    assert "more clients" in caplog.messages[-1]
    assert caplog.messages[-1].endswith(": various reasons")
