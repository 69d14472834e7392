"""Making UUIDs, for object ids, item streams and correlation ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID

__all__ = ["new_uuid", "uuid_from"]


def new_uuid() -> UUID:
    """Return a fresh random UUID."""
    # uuid brings platform and more with it, a twentieth of what importing pyrox takes; many a
    # program never needs it.
    from uuid import uuid4

    return uuid4()


def uuid_from(data: bytes) -> UUID:
    """Return the UUID that 16 bytes are."""
    from uuid import UUID

    return UUID(bytes=data)
