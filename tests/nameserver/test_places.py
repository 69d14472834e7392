"""Registrations that would lead other machines nowhere: they are made, with a warning."""

import logging
from collections.abc import Iterator

import pytest

import pyrox
from pyrox import URI, Config
from pyrox.logic.publishing import Publications
from pyrox_nameserver.checks import warn_of_place

ELSEWHERE = ("192.0.2.7", 4711)


@pytest.fixture
def warnings(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.WARNING):
        yield caplog


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.0.1.1", "[::1]"])
def test_a_place_on_another_machine_that_only_that_one_reaches(warnings, host):
    warn_of_place("lamp", f"PYRO:lamp@{host}:9000", ELSEWHERE)
    assert "192.0.2.7 registers lamp" in warnings.text
    assert "Daemon(host=...)" in warnings.text


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
@pytest.mark.parametrize("client", [ELSEWHERE, ("127.0.0.1", 1), "./u:path"])
def test_a_place_that_leads_everybody_to_themselves(warnings, host, client):
    warn_of_place("lamp", f"PYRO:lamp@{host}:9000", client)
    assert "leads each client to itself" in warnings.text


@pytest.mark.parametrize(
    ("uri", "client"),
    [
        ("PYRO:lamp@localhost:9000", ("127.0.0.1", 4711)),
        ("PYRO:lamp@localhost:9000", ("::1", 4711, 0, 0)),
        ("PYRO:lamp@localhost:9000", "./u:path"),
        ("PYRO:lamp@192.0.2.7:9000", ELSEWHERE),
        ("PYRO:lamp@localhost.example.com:9000", ELSEWHERE),
        ("PYRO:lamp@./u:/run/lamp", ELSEWHERE),
    ],
)
def test_places_that_are_nothing_to_worry_about(warnings, uri, client):
    warn_of_place("lamp", uri, client)
    assert not warnings.records


def test_a_client_that_registers_such_a_place_is_noted_by_the_server(warnings, served):
    with pyrox.Proxy(f"PYRO:Pyro.NameServer@{served}") as names:
        names.register("lamp", "PYRO:lamp@0.0.0.0:9000")
        names.register("lamp.too", "PYRO:lamp@localhost:9000")
    (warning,) = [record.getMessage() for record in warnings.records]
    assert warning.startswith("lamp is registered as PYRO:lamp@0.0.0.0:9000")


def test_a_daemon_is_told_when_it_publishes_where_others_do_not_get_to(warnings, monkeypatch):
    monkeypatch.setattr(Publications, "_name_server", lambda self: _found("192.0.2.1:9090"))
    flow = Publications(Config(), pyrox.installed_plugins()).publish(
        "lamp", lambda: URI("PYRO:lamp@localhost:9000"), None
    )
    next(flow)
    assert "lamp is published at 192.0.2.1:9090, which other machines ask" in warnings.text
    assert "nat_location" in warnings.text


@pytest.mark.parametrize(
    ("server", "uri"),
    [
        ("localhost:9090", "PYRO:lamp@localhost:9000"),
        ("192.0.2.1:9090", "PYRO:lamp@192.0.2.7:9000"),
        ("localhost:9090", "PYRO:lamp@192.0.2.7:9000"),
    ],
)
def test_it_is_not_told_where_all_is_well(warnings, monkeypatch, server, uri):
    monkeypatch.setattr(Publications, "_name_server", lambda self: _found(server))
    next(Publications(Config(), pyrox.installed_plugins()).publish("lamp", lambda: URI(uri), None))
    assert not warnings.records


def _found(location: str):
    """Return a flow that finds the name server there, without asking anybody."""
    return URI(f"PYRO:Pyro.NameServer@{location}")
    yield
