"""Item streams: how long they live, who may fetch, and how they end."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from pyrox import DaemonError, call_options, current_context
from pyrox.objects.streams import StreamTable
from pyrox.values.context import options


class Connection: ...


ONE, OTHER = Connection(), Connection()


def table(lifetime: float = 0.0, linger: float = 30.0, limit: int = 0) -> StreamTable:
    return StreamTable(lifetime, linger, limit)


class Tracked:
    """A generator that tells how it ended."""

    def __init__(self, items: int = 3) -> None:
        self.ended = ""
        self.generator = self._run(items)

    def _run(self, items: int) -> Iterator[int]:
        try:
            yield from range(items)
            self.ended = "exhausted"
        except GeneratorExit:
            self.ended = "closed"
            raise


def test_items_come_one_by_one_in_their_order() -> None:
    streams = table()
    stream_id = streams.add(iter("abc"), ONE, 0.0)
    assert [streams.next_item(stream_id, ONE) for _ in range(3)] == ["a", "b", "c"]


def test_the_end_is_a_stop_iteration_and_forgets_the_stream() -> None:
    streams = table()
    stream_id = streams.add(iter([]), ONE, 0.0)
    with pytest.raises(StopIteration):
        streams.next_item(stream_id, ONE)
    assert len(streams) == 0
    with pytest.raises(DaemonError, match="item stream terminated"):
        streams.next_item(stream_id, ONE)


@pytest.mark.parametrize("problem", [ValueError("bad"), KeyboardInterrupt(), SystemExit(1)])
def test_an_error_is_the_callers_and_forgets_the_stream(problem: BaseException) -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise problem

    streams = table()
    stream_id = streams.add(failing(), ONE, 0.0)
    assert streams.next_item(stream_id, ONE) == 1
    with pytest.raises(type(problem)):
        streams.next_item(stream_id, ONE)
    assert len(streams) == 0


def test_nothing_runs_before_the_first_item_is_fetched() -> None:
    ran: list[int] = []

    def lazy() -> Iterator[int]:
        ran.append(1)
        yield 1

    streams = table()
    stream_id = streams.add(lazy(), ONE, 0.0)
    assert ran == []
    streams.next_item(stream_id, ONE)
    assert ran == [1]


def test_an_id_is_36_ascii_characters_and_given_once() -> None:
    streams = table()
    ids = {streams.add(iter([]), ONE, 0.0) for _ in range(100)}
    assert len(ids) == 100
    assert all(len(stream_id) == 36 and stream_id.isascii() for stream_id in ids)


@pytest.mark.parametrize("stream_id", ["", "unknown", "c0de46ec-657d-4a86-a69b-8e37bec76950"])
def test_an_unknown_stream_has_no_items_and_needs_no_closing(stream_id: str) -> None:
    with pytest.raises(DaemonError, match="item stream terminated"):
        table().next_item(stream_id, ONE)
    table().close(stream_id)


def test_streams_are_fetched_independently() -> None:
    streams = table()
    first, second = streams.add(iter("ab"), ONE, 0.0), streams.add(iter("cd"), ONE, 0.0)
    found = [streams.next_item(stream_id, ONE) for stream_id in (first, second, first, second)]
    assert found == ["a", "c", "b", "d"]


# Closing


def test_closing_a_stream_closes_its_generator() -> None:
    tracked, streams = Tracked(), table()
    stream_id = streams.add(tracked.generator, ONE, 0.0)
    streams.next_item(stream_id, ONE)
    streams.close(stream_id)
    assert tracked.ended == "closed"
    assert len(streams) == 0


def test_an_iterator_without_a_close_is_just_dropped() -> None:
    streams = table()
    streams.close(streams.add(iter([1]), ONE, 0.0))
    assert len(streams) == 0


@pytest.mark.parametrize("problem", [RuntimeError("no"), SystemExit(1), KeyboardInterrupt()])
def test_a_generator_that_fails_to_close_is_logged_and_keeps_no_other_open(
    problem: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    def stubborn() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise problem

    tracked, streams = Tracked(), table()
    for generator in (stubborn(), tracked.generator):
        streams.next_item(streams.add(generator, ONE, 0.0), ONE)
    with caplog.at_level(logging.WARNING, "pyrox.daemon"):
        streams.clear()
    assert len(streams) == 0
    assert tracked.ended == "closed"
    assert "could not be closed" in caplog.text
    assert "Traceback" in caplog.text


def test_clearing_closes_all() -> None:
    all_of_them, streams = [Tracked() for _ in range(3)], table()
    for tracked in all_of_them:
        streams.next_item(streams.add(tracked.generator, ONE, 0.0), ONE)
    streams.clear()
    assert [tracked.ended for tracked in all_of_them] == ["closed"] * 3


# How long they live


def test_a_stream_has_a_lifetime_which_use_does_not_extend() -> None:
    tracked, streams = Tracked(), table(lifetime=10.0)
    stream_id = streams.add(tracked.generator, ONE, 100.0)
    streams.next_item(stream_id, ONE)
    streams.expire(110.0)
    streams.next_item(stream_id, ONE)
    streams.expire(110.1)
    assert tracked.ended == "closed"
    with pytest.raises(DaemonError, match="terminated"):
        streams.next_item(stream_id, ONE)


def test_without_a_lifetime_a_stream_lives_on() -> None:
    streams = table()
    streams.add(iter([1]), ONE, 0.0)
    streams.expire(1e9)
    assert len(streams) == 1


def test_a_stream_outlives_its_connection_for_a_while() -> None:
    streams = table(linger=30.0)
    stream_id = streams.add(iter([1]), ONE, 0.0)
    streams.disconnected(ONE, 100.0)
    streams.expire(130.0)
    assert len(streams) == 1
    streams.expire(130.1)
    assert len(streams) == 0
    with pytest.raises(DaemonError, match="terminated"):
        streams.next_item(stream_id, OTHER)


def test_without_lingering_a_stream_ends_with_its_connection() -> None:
    tracked, streams = Tracked(), table(linger=0.0)
    streams.next_item(streams.add(tracked.generator, ONE, 0.0), ONE)
    streams.disconnected(ONE, 100.0)
    assert tracked.ended == "closed"
    assert len(streams) == 0


def test_another_connection_that_ends_changes_nothing() -> None:
    streams = table(linger=0.0)
    stream_id = streams.add(iter([1]), ONE, 0.0)
    streams.disconnected(OTHER, 100.0)
    assert streams.next_item(stream_id, ONE) == 1


def test_a_fetch_attaches_a_lingering_stream_to_the_new_connection() -> None:
    streams = table(linger=30.0)
    stream_id = streams.add(iter([1, 2, 3]), ONE, 0.0)
    streams.disconnected(ONE, 100.0)
    assert streams.next_item(stream_id, OTHER) == 1
    streams.expire(1000.0)
    streams.disconnected(ONE, 1000.0)
    streams.expire(2000.0)
    assert streams.next_item(stream_id, OTHER) == 2
    streams.disconnected(OTHER, 2000.0)
    streams.expire(2030.1)
    assert len(streams) == 0


# Limits


def test_no_more_streams_are_kept_than_allowed() -> None:
    streams = table(limit=2)
    first = streams.add(iter([1]), ONE, 0.0)
    streams.add(iter([1]), ONE, 0.0)
    with pytest.raises(DaemonError, match=r"keeps 2 item streams at most \(max_streams\)"):
        streams.add(iter([1]), ONE, 0.0)
    streams.close(first)
    streams.add(iter([1]), ONE, 0.0)


def test_a_second_fetch_at_the_same_time_is_refused_and_spoils_nothing() -> None:
    streams = table()
    answers: list[Any] = []

    def slow() -> Iterator[int]:
        for number in range(2):
            with pytest.raises(DaemonError, match=r"another fetch .* still running"):
                streams.next_item(stream_id, OTHER)
            yield number

    stream_id = streams.add(slow(), ONE, 0.0)
    answers += [streams.next_item(stream_id, ONE) for _ in range(2)]
    assert answers == [0, 1]


def test_a_stream_may_be_closed_while_an_item_is_fetched() -> None:
    streams = table()

    def closing() -> Iterator[int]:
        streams.close(stream_id)
        yield 1

    stream_id = streams.add(closing(), ONE, 0.0)
    assert streams.next_item(stream_id, ONE) == 1
    assert len(streams) == 0


# The context of a generator


def test_options_that_a_generator_holds_open_stay_its_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def with_options() -> Iterator[bool]:
        with call_options(timeout=5):
            yield options.get() is not None
            yield options.get() is not None

    streams = table()
    stream_id = streams.add(with_options(), ONE, 0.0)
    for _ in range(2):
        assert streams.next_item(stream_id, ONE) is True
        assert options.get() is None
    streams.close(stream_id)
    assert caplog.text == ""


def test_outside_of_a_call_a_generator_serves_none() -> None:
    streams = table()
    stream_id = streams.add((current_context.is_serving for _ in range(1)), ONE, 0.0)
    assert streams.next_item(stream_id, ONE) is False


def test_how_long_streams_live_may_be_changed_while_they_do() -> None:
    tracked, streams = Tracked(), table()
    stream_id = streams.add(tracked.generator, ONE, 100.0)
    streams.next_item(stream_id, ONE)
    streams.lifetime = 10.0
    streams.expire(110.1)
    assert tracked.ended == "closed"
