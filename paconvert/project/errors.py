"""What stops a whole run."""

from __future__ import annotations


class UsageError(Exception):
    """The caller asked for something that cannot or must not be done; nothing was written."""


class WriteError(Exception):
    """The output could not be written; nothing of it is left behind."""
