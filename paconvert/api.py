"""The Python API: `convert`, `convert_selection`, `convert_file`, `convert_project`, `inspect_source`."""

from __future__ import annotations

from paconvert.convert import convert
from paconvert.inspection import inspect_source

__all__ = ["convert", "inspect_source"]
