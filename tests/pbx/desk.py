"""An agent's desk as a program: ops/private_room.py."""

from ops.private_room import Desk

__all__ = ["Desk"]
