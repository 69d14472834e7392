"""Pyro5's HTTP gateway (reference 7.5): ``python -m Pyro5.utils.httpgateway``.

A WSGI program that calls objects for clients which speak HTTP and JSON. It finds them through the
name server, and shows those alone whose names match a regular expression.
"""

from __future__ import annotations

import argparse
import hmac
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from socketserver import ThreadingMixIn
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIServer, make_server

import pyrox
from pyrox_pyro5 import errors
from pyrox_pyro5.configure import global_config as config
from pyrox_pyro5.conversion import converters
from pyrox_pyro5.gatewaypage import SHOWN, home_page
from pyrox_pyro5.settings import plugins, settings
from pyrox_pyro5.translation import translated

__all__ = ["main", "pyro_app"]

MAX_BODY = 1_000_000
"""How many bytes of form data a request may bring."""
_JSON = "application/json; charset=utf-8"
_TEXT = "text/plain"


class Response(NamedTuple):
    """What a request is answered with."""

    status: str
    body: bytes
    kind: str = _TEXT
    headers: tuple[tuple[str, str], ...] = ()


class HttpError(Exception):
    """A request that is not for us to carry out; the text is what the client is told."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(text)
        self.status = status


_NOT_FOUND = ("404 Not Found", "Error 404: Not Found")


class Gateway:
    """The WSGI callable; its attributes are what a program that embeds it may set.

    ``ns_regex`` says which names are shown, ``gateway_key`` (bytes) what clients have to know,
    ``cors`` which origins may ask, ``comm_timeout`` how many seconds a call may take.
    """

    def __init__(self) -> None:
        self.ns_regex = r"http\."
        self.cors = ""
        self.gateway_key: bytes | None = None
        self.comm_timeout = config.COMMTIMEOUT
        self._names: pyrox.Proxy | None = None
        self._lock = threading.Lock()

    def __call__(
        self, environ: Mapping[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        try:
            response = self._respond(environ)
        except HttpError as error:
            response = Response(error.status, str(error).encode())
        headers = list(response.headers)
        if not response.status.startswith("302"):
            headers += [
                ("Content-Type", response.kind),
                ("Access-Control-Allow-Origin", self.cors),
                ("Access-Control-Allow-Methods", "GET, POST, OPTIONS"),
                ("Access-Control-Allow-Headers", "Content-Type"),
            ]
        start_response(response.status, headers)
        return [response.body]

    # Requests

    def _respond(self, environ: Mapping[str, Any]) -> Response:
        path, method = environ.get("PATH_INFO", ""), environ.get("REQUEST_METHOD", "GET")
        if path == "/":
            return Response("302 Found", b"", headers=(("Location", "/pyro/"),))
        if not path.startswith("/pyro/"):
            raise HttpError(*_NOT_FOUND)
        if method == "OPTIONS":
            return Response("200 OK", b"200 OK")
        if method not in ("GET", "POST"):
            raise HttpError("405 Method Not Allowed", "Error 405: Method Not Allowed")
        target = path[len("/pyro/") :]
        if not target:
            return self._home()
        name, _, member = target.rpartition("/")
        if not name or not member:
            raise HttpError(*_NOT_FOUND)
        parameters = _parameters(environ)
        self._check_key(environ.get("HTTP_X_PYRO_GATEWAY_KEY"), parameters)
        if self.ns_regex and not re.match(self.ns_regex, name):
            raise HttpError(
                "403 Forbidden",
                "403 Forbidden - access to the requested object has been denied",
            )
        try:
            return self._call(name, member, parameters, environ)
        except Exception as error:  # whatever it is, the client hears of it as of a remote one
            return _failure(error)

    def _check_key(self, given: str | None, parameters: dict[str, Any]) -> None:
        if self.gateway_key is None:
            return
        told = parameters.pop("$key", None)
        key = given if given is not None else told
        # In a time that tells nothing of how much of it was right.
        if not hmac.compare_digest(str(key or "").encode(), self.gateway_key):
            raise HttpError("403 Forbidden", "403 Forbidden - incorrect gateway api key")

    def _call(
        self, name: str, member: str, parameters: dict[str, Any], environ: Mapping[str, Any]
    ) -> Response:
        wanted = environ.get("HTTP_X_PYRO_OPTIONS", "").split(",")
        given = environ.get("HTTP_X_PYRO_CORRELATION_ID")
        correlation = uuid.UUID(given) if given else uuid.uuid4()
        remote = self._remote(name)
        try:
            with pyrox.call_options(correlation_id=correlation):
                answer = _answer(remote, member, parameters, "oneway" in map(str.strip, wanted))
        finally:
            remote.release()
        if isinstance(answer, bytes):
            return Response("200 OK", answer, _JSON, _correlated(correlation))
        return Response("500 Internal Server Error", bytes(answer.payload), _JSON)

    # Objects

    def _remote(self, name: str) -> pyrox.RemoteObject:
        """Return the object of a name, not connected yet; HttpError for an unknown name."""
        names = self._name_server()
        try:
            uri = self._ask(names, "lookup", name)
        except pyrox.NamingError:
            if self._names is None:  # it is the name server that is not found
                raise
            raise HttpError(*_NOT_FOUND) from None
        native = settings()
        return pyrox.RemoteObject(
            uri if isinstance(uri, pyrox.URI) else uri.native(),
            native,
            converters,
            "json",
            self.comm_timeout or native.timeout,
            plugins=plugins(),
        )

    def _name_server(self) -> pyrox.Proxy:
        """Return the name server; it is looked for once, and again where it went away."""
        with self._lock:
            if self._names is None:
                self._names = pyrox.locate_ns(config=settings(), plugins=plugins())
            return self._names

    def _ask(self, names: pyrox.Proxy, method: str, *args: Any, **options: Any) -> Any:
        """Ask the name server; another time, where the connection turns out to be lost."""
        try:
            return getattr(names, method)(*args, **options)
        except pyrox.CommunicationError:
            if self._names is names:
                self.close()
            return getattr(self._name_server(), method)(*args, **options)

    def locate(self) -> pyrox.URI:
        """Return where the name server is; NamingError where it cannot be found."""
        return self._name_server()._pyro.uri

    def close(self) -> None:
        """Let the connection to the name server go; the next request makes another."""
        with self._lock:
            if self._names is not None:
                self._names._pyro.release()
            self._names = None

    def _home(self) -> Response:
        try:
            names = self._ask(self._name_server(), "list", regex=self.ns_regex or None)
        except pyrox.PyroxError as error:
            return Response("500 Internal Server Error", f"Error 500: {error}".encode())
        shown = {name: self._members_of(name) for name in sorted(names)[:SHOWN]}
        page = home_page(self.ns_regex, str(self.locate()), shown)
        return Response("200 OK", page.encode(), "text/html")

    def _members_of(self, name: str) -> pyrox.Members | str:
        """Return the members of an object, or why they cannot be had."""
        try:
            remote = self._remote(name)
            try:
                return remote.members
            finally:
                remote.release()
        except Exception as error:
            return str(error)


def _answer(
    remote: pyrox.RemoteObject, member: str, parameters: dict[str, Any], oneway: bool
) -> bytes | pyrox.Message:
    """Return the JSON of what a member gives, or a message with the exception that it raised."""
    members = remote.members
    if member == "$meta":
        told = {"methods": sorted(members.methods), "attributes": sorted(members.attributes)}
        return json.dumps(told).encode()
    if member in members.attributes:
        if parameters:
            raise AssertionError("attribute lookup can't have query parameters")
        answer = remote.call_raw("__getattr__", (member,), None)
    elif member not in members.methods:
        raise AttributeError(
            f"remote object '{remote.uri}' has no exposed attribute or method '{member}'"
        )
    elif oneway or member in members.oneway:
        remote.call(member, (), parameters, pyrox.Flags.ONEWAY)
        return b""
    else:
        answer = remote.call_raw(member, (), parameters)
    if answer.flags & pyrox.Flags.ITEM_STREAM:
        stream = (answer.annotations or {}).get("STRM", b"").decode("ascii", "replace")
        remote.call("close_stream", (stream,), {}, pyrox.Flags.ONEWAY, pyrox.DAEMON_ID)
        raise errors.ProtocolError(f"{member} returns an item stream: HTTP clients get none")
    return answer if answer.flags & pyrox.Flags.EXCEPTION else bytes(answer.payload)


def _parameters(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keyword arguments in the query and in form data; repeated ones are lists."""
    given = parse_qs(environ.get("QUERY_STRING", ""))
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if environ.get("REQUEST_METHOD") == "POST" and kind in (
        "",
        "application/x-www-form-urlencoded",
    ):
        for name, values in parse_qs(_body(environ).decode("utf-8", "replace")).items():
            given.setdefault(name, []).extend(values)
    return {name: values[0] if len(values) == 1 else values for name, values in given.items()}


def _body(environ: Mapping[str, Any]) -> bytes:
    try:
        size = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise HttpError("400 Bad Request", "Error 400: Bad Request") from None
    if size > MAX_BODY:
        raise HttpError("413 Content Too Large", "Error 413: Content Too Large")
    return environ["wsgi.input"].read(size) if size > 0 else b""


def _failure(error: Exception) -> Response:
    if isinstance(error, HttpError):
        raise error
    told = converters.to_plain(translated(error))
    return Response("500 Internal Server Error", json.dumps(told, default=str).encode(), _JSON)


def _correlated(correlation: uuid.UUID) -> tuple[tuple[str, str], ...]:
    return (("X-Pyro-Correlation-Id", str(correlation)),)


pyro_app = Gateway()
"""The gateway of this process."""


class _Server(ThreadingMixIn, WSGIServer):
    """Serves each request in a thread: a slow method holds up nobody else."""

    daemon_threads = True


def main(args: Sequence[str] | None = None) -> None:
    """Run the gateway as a program."""
    options = _parser().parse_args(args)
    pyro_app.ns_regex = options.expose
    pyro_app.cors = options.cors
    pyro_app.gateway_key = options.gatewaykey.encode() if options.gatewaykey else None
    pyro_app.comm_timeout = options.timeout
    if pyro_app.ns_regex:
        print("Exposing objects with names matching: ", pyro_app.ns_regex)
    else:
        print("Warning: exposing all objects (no expose regex set)")
    try:
        print("Connected to name server at: ", pyro_app.locate())
    except (pyrox.PyroxError, errors.PyroError):
        print("Not yet connected to a name server.")
    with make_server(options.host, options.port, pyro_app, server_class=_Server) as server:
        host, port = server.socket.getsockname()[:2]
        print(f"Pyro HTTP gateway running on http://{host}:{port}/pyro/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            pyro_app.close()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Pyro http gateway command line launcher.")
    parser.add_argument(
        "-H", "--host", default="localhost", help="hostname to bind server on (default=%(default)s)"
    )
    parser.add_argument("-c", "--cors", default="*", help="Allow cross origin domain/url")
    parser.add_argument(
        "-p", "--port", type=int, default=8080, help="port to bind server on (default=%(default)d)"
    )
    parser.add_argument(
        "-e",
        "--expose",
        default=r"http\.",
        help="a regex of object names to expose (default=%(default)s)",
    )
    parser.add_argument(
        "-g", "--gatewaykey", help="the api key to use to connect to the gateway itself"
    )
    parser.add_argument(
        "-t",
        "--timeout",
        type=float,
        default=config.COMMTIMEOUT,
        help="Pyro timeout value to use (COMMTIMEOUT setting, default=%(default)f)",
    )
    return parser


if __name__ == "__main__":
    main()
