"""Reads the proofs beside the rules and makes cases of them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from paconvert.rewrite.helpers import definitions_of, helper_names
from paconvert.rules.load import Rules
from paconvert.rules.signature import Signature

from .cache import digest
from .case import Case, Form, Tolerance
from .forms import RESULT, fits, forms

FOLDER = Path(__file__).with_name("proofs")
FIELDS = frozenset(
    (
        "setup",
        "args",
        "then",
        "grad",
        "code",
        "compare",
        "rtol",
        "atol",
        "reason",
        "random",
        "raises",
        "forms",
        "timeout",
    )
)
_SHORT_NAMES = {"nn": "import torch.nn as nn", "F": "import torch.nn.functional as F"}


def namespaces() -> list[str]:
    """The namespaces that have a file of proofs."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def proofs(namespace: str) -> Mapping[str, list[dict[str, Any]]]:
    """The proofs of a namespace by qualified name."""
    path = FOLDER / f"{namespace}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def select(patterns: Iterable[str] = ()) -> list[str]:
    """The proven names that a user means: a qualified name or a namespace each; all names for no pattern."""
    everything = [name for namespace in namespaces() for name in proofs(namespace)]
    chosen = set(patterns)
    if not chosen:
        return everything
    return [name for name in everything if name in chosen or name.rpartition(".")[0] in chosen]


def cases(names: Iterable[str]) -> list[Case]:
    """The cases of these names, in order."""
    found = []
    for name in names:
        signatures = signatures_of(name)
        for index, proof in enumerate(proofs(name.rpartition(".")[0]).get(name, ())):
            found.append(case_of(name, index, proof, signatures))
    return found


def signatures_of(name: str) -> list[Signature | None]:
    """The signatures of a rule's overloads; empty when there is no rule."""
    rule = Rules.load().find(name)
    return [overload.signature for overload in rule.overloads] if rule else []


def proof_key(name: str) -> str:
    """A key for what a name's proofs depend on, the engine apart: the rule, its helpers and the proofs."""
    rule = Rules.load().find(name)
    overloads = rule.overloads if rule else ()
    helpers = frozenset().union(*(overload.helpers for overload in overloads))
    facts = (rule.data if rule else {}, proofs(name.rpartition(".")[0]).get(name, ()))
    return digest(json.dumps(facts, sort_keys=True), _definitions(helpers))[:16]


@cache
def _definitions(helpers: frozenset[str]) -> str:
    return definitions_of(helpers & helper_names())


def case_of(name: str, index: int, proof: Mapping[str, Any], signatures: list[Signature | None]) -> Case:
    """The case for one entry of a file of proofs; a faulty entry gives a case with a `problem`."""
    fixed: dict[str, Any] = {
        "tolerance": Tolerance(proof.get("rtol"), proof.get("atol")),
        "random": bool(proof.get("random")),
        "raises": proof.get("raises", False),
        "timeout": float(proof.get("timeout", 20)),
    }

    def faulty(problem: str) -> Case:
        return Case(name, index, (), problem=problem)

    if unknown := sorted(set(proof) - FIELDS):
        return faulty(f"unknown fields: {', '.join(unknown)}")
    if ("rtol" in proof or "atol" in proof) and not proof.get("reason"):
        return faulty("a tolerance needs a reason")
    setup = str(proof.get("setup", ""))
    if "code" in proof:
        compare = tuple(proof.get("compare", ()))
        if not compare and not proof.get("raises"):
            return faulty("`compare` names nothing")
        written = [("code", str(proof["code"]), False)]
        inputs: tuple[str, ...] = ()
    else:
        arguments = {key: str(value) for key, value in proof.get("args", {}).items()}
        signature = next((s for s in signatures if fits(s, arguments)), False)
        if signature is False:
            return faulty("the arguments fit no signature of the rule" if signatures else "there is no rule")
        assert signature is None or isinstance(signature, Signature)
        compare = tuple(proof.get("compare", (RESULT,)))
        inputs = tuple(dict.fromkeys(text for text in arguments.values() if text.isidentifier()))
        written = list(forms(name, signature, arguments))
        if wanted := proof.get("forms"):
            written = [form for form in written if form[0] in wanted]
        if fixed["raises"]:
            written = written[:1]
    try:
        written_forms = [_form(label, setup, call, optional, proof) for label, call, optional in written]
        programs = tuple(variant for form in written_forms for variant in _variants(form))
    except SyntaxError as error:
        return faulty(f"it is not Python: {error.text}")
    names, extra = _expressions(compare)
    gradients = tuple(f"grad_{place}" for place, _ in enumerate(proof.get("grad", ())))
    programs = tuple(Form(f.label, f.source + extra, f.optional) for f in programs)
    return Case(name, index, programs, names + gradients, inputs, _imports(name, programs), **fixed)


def _form(label: str, setup: str, call: str, optional: bool, proof: Mapping[str, Any]) -> Form:
    """`track`, `backward`, `gradient` and `fill` are functions that the worker gives; see README.md."""
    lines = [setup, call, str(proof.get("then", ""))]
    if leaves := proof.get("grad", ()):
        lines[:2] = (
            _tracked("\n".join(lines[:2]), leaves) if "code" in proof else [*_tracked(setup, leaves), call]
        )
        lines.append(f"backward([{', '.join(proof.get('compare', [RESULT]))}])")
        lines += [f"grad_{place} = gradient({leaf})" for place, leaf in enumerate(leaves)]
    return Form(label, "\n".join(line for line in lines if line) + "\n", optional)


def _variants(form: Form) -> list[Form]:
    """The form as it is written, and, where the call does not only differ in keywords, with known dtypes.

    A converter that knows the dtypes may take another overload than one that does not: both must be right.
    """
    source = typed(form.source)
    if source == form.source or form.label in ("keyword", "shuffled"):
        return [form]
    return [form, Form(f"{form.label} typed", source, form.optional)]


def typed(source: str) -> str:
    """The source with the dtype written into each `torch.tensor(arr(...))`."""
    places: dict[tuple[int, int], str] = {}
    for call in ast.walk(ast.parse(source)):
        match call:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="torch"), attr="tensor"),
                args=[ast.Call(func=ast.Name(id="arr"), keywords=wanted)],
                keywords=given,
            ) if not any(keyword.arg == "dtype" for keyword in given):
                dtypes = [ast.literal_eval(keyword.value) for keyword in wanted if keyword.arg == "dtype"]
                place = (call.end_lineno or 1, (call.end_col_offset or 1) - 1)
                places[place] = f", dtype=torch.{dtypes[0] if dtypes else 'float32'}"
    return _inserted(source, places)


def _inserted(source: str, places: Mapping[tuple[int, int], str]) -> str:
    """The source with texts put in at (line, column) as `ast` counts them."""
    lines = source.encode().split(b"\n")
    for (line, column), text in sorted(places.items(), reverse=True):
        lines[line - 1] = lines[line - 1][:column] + text.encode() + lines[line - 1][column:]
    return b"\n".join(lines).decode()


def _tracked(source: str, leaves: Iterable[str]) -> list[str]:
    """The source with `track(leaf)` right behind the statement that binds each leaf, or at the end."""
    for leaf in leaves:
        track = f"track({leaf})"
        places = [
            node
            for node in ast.parse(source).body
            if isinstance(node, ast.Assign) and any(ast.unparse(target) == leaf for target in node.targets)
        ]
        if places:
            place = (places[0].end_lineno or 1, places[0].end_col_offset or 0)
            source = _inserted(source, {place: f"; {track}"})
        else:
            source = f"{source}\n{track}"
    return [source]


def _expressions(compare: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """Names for what is compared; expressions are bound to a name in the program, to be converted with it."""
    names = []
    lines = ""
    for place, text in enumerate(compare):
        if text.isidentifier():
            names.append(text)
        else:
            names.append(f"compared_{place}")
            lines += f"compared_{place} = {text}\n"
    return tuple(names), lines


def _imports(name: str, programs: Iterable[Form]) -> str:
    """The conventional imports that the programs lean on."""
    text = "\n".join(form.source for form in programs)
    package = name.partition(".")[0]
    lines = ["import torch"]
    if package != "torch" and f"from {package}" not in text:
        lines.append(f"import {package}")
    for short, line in _SHORT_NAMES.items():
        if re.search(rf"(?<![\w.]){short}\.", text) and line not in text:
            lines.append(line)
    return "\n".join(lines)
