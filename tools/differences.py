"""What is known to differ from torch stands as a note in the rules, where users meet it.

The list of what falls short with torch's sample inputs (`tests/samples/exceptions.json`) goes by the names of
torch's tests: `nn_functional_interpolate_bilinear` is `torch.nn.functional.interpolate` with some arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from paconvert.rules.model import Rule
from tests.samples.run import exceptions

_NAMESPACES = {
    "fft_": "torch.fft.",
    "linalg_": "torch.linalg.",
    "masked_": "torch.masked.",
    "nn.": "torch.nn.",
    "nn_functional_": "torch.nn.functional.",
    "signal_windows_": "torch.signal.windows.",
    "special_": "torch.special.",
}
_PLACES = {"function": "torch.", "method": "torch.Tensor.", "in-place": "torch.Tensor."}


def undeclared(everything: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The tests' names with an exception, each with a rule without a note (empty where no rule was found)."""
    listed = dict.fromkeys((name, known.forms) for known in exceptions() for name in known.operators)
    for operator, forms in listed:
        names = rules_of(operator, forms, everything)
        if not names:
            yield operator, ""
        for name in names:
            rule = Rule(name, everything[name])
            if not any(overload.text("note") for overload in rule.overloads):
                yield operator, name


def rules_of(operator: str, forms: Sequence[str], everything: Mapping[str, Any]) -> list[str]:
    """The names with rules that torch's tests call so, aliases followed.

    Args:
        operator: the name of a test.
        forms: the forms of the test that count; all when empty.
        everything: the entries.
    """
    places: Sequence[str] = [_PLACES[form] for form in forms] or ("torch.", "torch.Tensor.")
    words = operator
    for prefix, namespace in _NAMESPACES.items():
        if operator.startswith(prefix):
            places, words = [namespace], operator.removeprefix(prefix)
    while words:
        for name in (words, f"{words}_"):  # some are there in place only
            if name == words and list(forms) == ["in-place"]:
                continue
            found = [place + name for place in places if place + name in everything]
            if found:
                return list(dict.fromkeys(everything[name].get("alias", name) for name in found))
        words = words.rpartition("_")[0]  # a variant of a test
    return []
