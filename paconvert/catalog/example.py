"""An example pair: a line of torch code, really converted."""

from __future__ import annotations

from paconvert.catalog.data import Sample
from paconvert.catalog.record import Example, is_member
from paconvert.rewrite.helpers import MODULE_NAME
from paconvert.rules.load import Rules
from paconvert.rules.model import Kind, Rule
from paconvert.rules.signature import Parameter, ParameterKind

_MARK = "# here"
_HEAD = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\n"


def example_of(name: str, rules: Rules, sample: Sample | None = None) -> Example | None:
    """Converts a use of an API: the sample's, else one made from the signature.

    Returns:
        The pair; `None` where nothing is converted or no use can be made up.
    """
    rule = rules.find(name)
    if rule is None or all(overload.kind is Kind.UNSUPPORTED for overload in rule.overloads):
        return None
    return (converted(name, sample) if sample else None) or converted(name, made_up(name, rule, rules))


def converted(name: str, sample: Sample) -> Example | None:
    """What a sample becomes; `None` when it does not convert by itself."""
    from paconvert.conversion import convert
    from paconvert.records import Level, Options

    package = name.partition(".")[0]
    head = _HEAD + ("" if package == "torch" else f"import {package}\n")
    source = f"{head}{sample.setup}\n{_MARK}\n{sample.line}\n"
    conversion = convert(source, options=Options(helpers_import=f"import {MODULE_NAME}"))
    line = source[: source.index(_MARK)].count("\n") + 1
    bad = any(d.level in (Level.ERROR, Level.UNSUPPORTED) and d.line > line for d in conversion.diagnostics)
    _, mark, after = conversion.code.partition(f"{_MARK}\n")
    return Example(sample.line, after.strip()) if mark and not bad else None


def made_up(name: str, rule: Rule, rules: Rules) -> Sample:
    """A use with the required arguments, named as their parameters."""
    owner, _, member = name.rpartition(".")
    overload = next(o for o in rule.overloads if o.kind is not Kind.UNSUPPORTED)
    receiver = owner
    setup = ""
    if is_member(name, rules):
        receiver = owner.rpartition(".")[2].lower() if owner != "torch.Tensor" else "x"
        setup = f"{receiver}: {owner} = given"
    target = f"{receiver}.{member}" if receiver else name
    if overload.signature is None:
        return Sample(setup, f"value = {target}")
    arguments = [_argument(p) for p in overload.signature.parameters if _is_needed(p)]
    return Sample(setup, f"result = {target}({', '.join(arguments)})")


def _is_needed(parameter: Parameter) -> bool:
    return parameter.kind is ParameterKind.VARIADIC or (
        parameter.default is None and parameter.kind is not ParameterKind.KEYWORDS
    )


def _argument(parameter: Parameter) -> str:
    if parameter.kind is ParameterKind.VARIADIC:
        return f"*{parameter.name}"
    return (
        f"{parameter.name}={parameter.name}"
        if parameter.kind is ParameterKind.KEYWORD_ONLY
        else parameter.name
    )
