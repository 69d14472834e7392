"""What a daemon lets in, and what it lets them do: one place that all questions go to.

- Who is it? A plugin may know (``pyrox_authenticate``); else a token tells, else the certificate,
  else the operating system.
- May it call that? A plugin may decide (``pyrox_authorize``), else the policy; and it needs a role
  that the method requires.

Whoever is refused learns no more than that: not whether there is such an object.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from ..errors import AccessDeniedError, ConfigError, SecurityError
from ..objects.exposure import Member
from ..plugins import Plugins
from ..values.config import Config, read_toml
from ..values.context import Peer
from ..values.watched import WatchedFiles
from .identity import ANONYMOUS, Identity, from_certificate, from_credentials
from .policy import Policy
from .tokens import PROOF_ANNOTATION, Challenge, read_tokens

__all__ = ["AccessControl"]

log = logging.getLogger("pyrox.access")

_LOOK_EVERY = 1.0
_HOW_TO_PROVE = "a token (setting token), a client certificate by TLS, or a unix socket"


class AccessControl:
    """Answers for one daemon who its peers are, and what they may do.

    ``now`` is the driver's clock, in seconds. A ``policy`` takes the place of the settings' file,
    which is read again when it changes.
    """

    def __init__(
        self, config: Config, plugins: Plugins, now: Callable[[], float], policy: Policy | None
    ) -> None:
        self._config = config
        self._now = now
        self._tokens = read_tokens(config.tokens, "tokens")
        hooks = plugins.manager.hook
        self._authenticate = hooks.pyrox_authenticate
        self._authorize = hooks.pyrox_authorize
        self._plugins_decide = bool(self._authorize.get_hookimpls())
        self._file = WatchedFiles([config.policy] if policy is None else [])
        self._looked = now()
        if policy is None and config.policy:
            policy = _read_policy(config.policy)
        self._policy = policy or Policy()
        self.guards = self._plugins_decide or policy is not None
        """Whether there is more to ask, for each call, than which roles its method requires."""

    def check_place(
        self,
        where: str,
        *,
        is_public: bool,
        encrypts: bool,
        vouched_for: bool,
        has_own_checks: bool,
    ) -> None:
        """See that a daemon may listen at ``where``; warn where any stranger can call there.

        ``is_public``: other machines reach it; ``encrypts``: nobody in between can read or change
        what travels; ``vouched_for``: the transport lets in only who proved who they are;
        ``has_own_checks``: the program looks at handshakes itself.
        ConfigError where ``require_auth`` would let nobody in at all.
        """
        if self._config.require_auth:
            known = vouched_for or self._tokens or has_own_checks
            if not (known or self._authenticate.get_hookimpls()):
                raise ConfigError(
                    f"require_auth is set, but nothing would tell a daemon on {where} who its "
                    "clients are: set tokens, or use TLS with tls_ca and "
                    "tls_require_client_certificate, or a unix socket, or a plugin that "
                    "authenticates"
                )
        if not is_public:
            return
        checks = self._config.require_auth or self._plugins_decide or self._policy.rules
        problems = []
        if not (vouched_for or checks):
            problems.append(
                "every program that can connect to it can call its objects; listen on localhost, "
                "or set require_auth, where that is not meant"
            )
        if not encrypts:
            problems.append(
                "whoever is on the way can read and change what travels; TLS (tls://...) "
                "prevents that"
            )
        if problems:
            log.warning("daemon on %s: %s", where, "; and ".join(problems))

    # Who is it?

    def challenge(self, annotations: Any) -> Challenge | None:
        """Return what to ask a client that says it has a token, if there are tokens here."""
        opening = (annotations or {}).get(PROOF_ANNOTATION)
        return Challenge(opening, self._tokens) if opening and self._tokens else None

    def prove(self, peer: Peer, challenge: Challenge, annotations: Any) -> bytes:
        """Take a client's proof, and return the daemon's own; SecurityError where it is none."""
        proof = (annotations or {}).get(PROOF_ANNOTATION) or b""
        if not challenge.accepts(proof):
            log.warning("%s does not know the token %r", peer, challenge.name)
            raise SecurityError("not authenticated: the daemon does not know this token")
        peer.identity = self._named(Identity(challenge.name, "token"))
        return challenge.proof

    def identify(self, peer: Peer) -> None:
        """Note who a peer is, as far as that is known."""
        found: Any = None
        if self._authenticate.get_hookimpls():  # to ask nobody takes as long as a call
            found = self._authenticate(peer=peer)
        if found is None and peer.identity is None:
            if (certificate := peer.certificate) is not None:
                found = from_certificate(certificate)
            elif (credentials := peer.credentials) is not None:
                found = from_credentials(credentials)
        if found is not None:
            peer.identity = self._named(found)

    def admit(self, peer: Peer) -> None:
        """Refuse who did not prove who they are, where that is needed."""
        if peer.identity is None and self._config.require_auth:
            raise SecurityError(
                f"not authenticated: this daemon lets only those in that prove who they are, by "
                f"{_HOW_TO_PROVE}"
            )

    def _named(self, identity: Identity) -> Identity:
        return identity._replace(roles=self._current_policy().roles_of(identity))

    # What may it do?

    def check(self, peer: Peer, object_id: str, methods: Iterable[str | None]) -> None:
        """Refuse calls that neither plugins nor the policy allow; None is any method at all."""
        policy = self._current_policy()
        for method in methods:
            allowed: Any = None
            if self._plugins_decide:
                allowed = self._authorize(peer=peer, object_id=object_id, method=method)
            if allowed is None:
                allowed = policy.allows(peer.identity, object_id, method)
            if not allowed:
                raise _denied(peer, object_id, method)

    def check_roles(self, peer: Peer, object_id: str, member: Member, writing: bool) -> None:
        """Refuse a call of a method that requires a role which the peer has not."""
        required = member.requires_to_write if writing else member.requires
        if required and required.isdisjoint(self._current_policy().roles_of(peer.identity)):
            raise _denied(peer, object_id, member.name, required)

    def _current_policy(self) -> Policy:
        """Return the policy, and see about once a second whether its file has changed."""
        now = self._now()
        if now - self._looked > _LOOK_EVERY:
            self._looked = now
            if self._file.changed():
                try:
                    self._policy = _read_policy(self._config.policy)
                    log.info("read the policy in %s again", self._config.policy)
                except ConfigError as error:
                    log.warning("the policy stays as it was: %s", error)
        return self._policy


def _denied(
    peer: Peer, object_id: str, method: str | None, required: Iterable[str] = ()
) -> AccessDeniedError:
    who = peer.identity or ANONYMOUS
    what = f"{object_id}.{method}" if method else object_id
    log.warning("denied %.200s to %s", what, peer)
    if peer.identity is None:
        return AccessDeniedError(
            f"access denied: {what:.200} is not for strangers; prove who you are, by "
            f"{_HOW_TO_PROVE}"
        )
    needed = f"; it takes the role {' or '.join(sorted(required))}" if required else ""
    return AccessDeniedError(f"access denied: {who} may not call {what:.200}{needed}")


def _read_policy(path: str) -> Policy:
    try:
        return Policy.read(read_toml(path, "the policy"))
    except ConfigError as error:
        if path in str(error):
            raise
        raise ConfigError(f"{path}: {error}") from error
