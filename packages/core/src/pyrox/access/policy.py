"""Who has which role, and what each role may call: a value, and the TOML file it comes from.

A policy file has a table of roles, each with patterns of those who have it, and rules::

    [roles]
    operator = ["tls:control-room", "unix:ada"]
    viewer = ["*"]                      # everybody who proved who they are
    guest = ["anonymous"]               # everybody who did not

    [[rules]]
    objects = ["camera.*"]
    methods = ["get_*", "status"]       # all, where this line is missing
    allow = ["viewer", "operator"]

A call is allowed where some rule allows it. Without any rule, all are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import Any, NamedTuple

from ..errors import ConfigError
from ..values.spelling import did_you_mean
from .identity import ANONYMOUS, Identity

__all__ = ["Policy", "Rule"]

_KNOWN = 4096
"""How many answers to keep: they are asked for with each call."""
_LONGEST_NAME = 255


class Rule(NamedTuple):
    """Allows what it says to those who have one of its roles.

    ``objects`` and ``methods`` are patterns with ``*``, ``?`` and ``[...]``, as for file names;
    attributes count as methods.
    """

    allow: tuple[str, ...]
    objects: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ("*",)


class Policy:
    """Who may call what. ``roles`` maps a role to patterns of identities, such as ``tls:lab*``.

    ConfigError names what is wrong with it.
    """

    def __init__(
        self, roles: Mapping[str, Sequence[str]] | None = None, rules: Iterable[Rule] = ()
    ) -> None:
        self.roles = {role: tuple(who) for role, who in (roles or {}).items()}
        self.rules = tuple(rules)
        self._who = {role: _matcher(who) for role, who in self.roles.items()}
        for rule in self.rules:
            for role in rule.allow:
                if role not in self.roles:
                    raise ConfigError(f"unknown role {role!r} in a rule{_near(role, self.roles)}")
        self._matchers = [
            (_matcher(rule.objects), _matcher(rule.methods), frozenset(rule.allow))
            for rule in self.rules
        ]
        self.roles_of = lru_cache(_KNOWN)(self._roles_of)
        self._allowing = lru_cache(_KNOWN)(self._roles_allowed)

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Policy:
        """Return the policy that is written in a TOML file, as ``tomllib`` reads it."""
        _check_keys(data, ("roles", "rules"), "a policy")
        roles = data.get("roles", {})
        if not isinstance(roles, dict):
            raise ConfigError("[roles] in a policy is a table: role = [patterns of identities]")
        rules = data.get("rules", [])
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise ConfigError("rules in a policy are tables of their own: [[rules]]")
        return cls(
            {role: _texts(who, f"role {role!r}") for role, who in roles.items()},
            [_rule(rule) for rule in rules],
        )

    def _roles_of(self, identity: Identity | None) -> frozenset[str]:
        """Return the roles of somebody; None for who did not prove who they are."""
        if identity is None:
            return frozenset(role for role, who in self.roles.items() if ANONYMOUS in who)
        name = str(identity)
        return identity.roles | {role for role, who in self._who.items() if who(name)}

    def allows(self, identity: Identity | None, object_id: str, method: str | None = None) -> bool:
        """Tell whether somebody may call a method of an object, or any at all."""
        if not self.rules:
            return True
        if max(len(object_id), len(method or "")) > _LONGEST_NAME:
            return False  # nor is it remembered
        return not self._allowing(object_id, method).isdisjoint(self.roles_of(identity))

    def _roles_allowed(self, object_id: str, method: str | None) -> frozenset[str]:
        allowed: set[str] = set()
        for objects, methods, roles in self._matchers:
            if objects(object_id) and (method is None or methods(method)):
                allowed |= roles
        return frozenset(allowed)


def _rule(data: Mapping[str, Any]) -> Rule:
    _check_keys(data, Rule._fields, "a rule")
    if "allow" not in data:
        raise ConfigError('a rule in a policy says whom it allows: allow = ["role"]')
    return Rule(**{key: _texts(value, f"{key} of a rule") for key, value in data.items()})


def _texts(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise ConfigError(f"{what} in a policy is a list of texts, and not {value!r}")
    return tuple(value)


def _check_keys(data: Mapping[str, Any], known: Sequence[str], what: str) -> None:
    for key in data:
        if key not in known:
            raise ConfigError(f"unknown key {key!r} in {what}{_near(key, known)}")


def _near(name: str, known: Iterable[str]) -> str:
    return did_you_mean(name, known, ": ") or f" (known: {', '.join(known) or 'none'})"


def _matcher(patterns: Sequence[str]) -> Any:
    return re.compile("|".join(map(translate, patterns)) or "(?!)").match
