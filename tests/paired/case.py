"""What is run on both sides: a case is torch source in one or more forms, and the names to compare."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

PREAMBLE = """\
import numpy as np


def arr(*shape: int, dtype: str = "float32", low: float = -2, high: float = 2, seed: int = 0) -> np.ndarray:
    rng = np.random.RandomState(seed)
    if dtype == "bool":
        return np.asarray(rng.randint(0, 2, shape), dtype=dtype)
    if "int" in dtype:
        low = 0 if dtype.startswith("u") and low < 0 else low
        return np.asarray(rng.randint(int(low), int(high) + 1, shape), dtype=dtype)
    values = rng.uniform(low, high, shape)
    if dtype.startswith("complex"):
        values = values + 1j * rng.uniform(low, high, shape)
    return np.asarray(values, dtype=dtype)


"""
"""Stands before every case on both sides; free of torch, so that conversion leaves it alone."""

MARKER = "# form: "


@dataclass(frozen=True)
class Form:
    """One way of writing the call. `optional` forms count only if torch takes them.

    `label` names it in reports; `source` is complete after the case's preamble.
    """

    label: str
    source: str
    optional: bool = False


@dataclass(frozen=True)
class Tolerance:
    """How far numbers may be apart; `None` takes the default for the dtype (see compare.py)."""

    rtol: float | None = None
    atol: float | None = None


@dataclass(frozen=True)
class Case:
    """Torch source whose results must be equal after conversion.

    Attributes:
        name: what is proven (a qualified name of torch).
        index: its place among the cases of that name.
        forms: the programs; they run one after the other in one process with common globals.
        compare: names whose values must be equal after each form.
        inputs: names that are compared only where torch has a tensor there: the arguments of the call.
        imports: lines before the first form.
        tolerance: other limits than the default; `reason` says why.
        random: compare shape, dtype, support and moments instead of values.
        raises: both sides must raise: an error, or, where it is a string, an error of that class.
        timeout: seconds for all the forms together.
        problem: why the case cannot be run at all (a fault of the proof itself).
    """

    name: str
    index: int
    forms: tuple[Form, ...]
    compare: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    imports: str = "import torch"
    tolerance: Tolerance = Tolerance()
    random: bool = False
    raises: bool | str = False
    timeout: float = 20.0
    problem: str = ""

    @property
    def source(self) -> str:
        """The whole torch program: preamble, imports, and each form behind its marker line."""
        parts = [PREAMBLE, self.imports, "\n"]
        for form in self.forms:
            parts.append(f"\n{MARKER}{form.label}\n{textwrap.dedent(form.source).strip()}\n")
        return "".join(parts)


def sections(source: str) -> tuple[str, dict[str, tuple[int, str]]]:
    """Cuts a program at its marker lines.

    Returns the text before the first one, and for each form its first line (from 1) and its text.
    """
    head: list[str] = []
    forms: dict[str, tuple[int, list[str]]] = {}
    current = head
    for number, line in enumerate(source.splitlines(keepends=True), 1):
        if line.startswith(MARKER):
            current = []
            forms[line[len(MARKER) :].rstrip()] = (number + 1, current)
        else:
            current.append(line)
    return "".join(head), {label: (first, "".join(lines)) for label, (first, lines) in forms.items()}
