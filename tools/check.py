"""Checks the rules without running them, and with `--installed` against the installed frameworks."""

from __future__ import annotations

import argparse
import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import jsonschema

from paconvert.api import inspect_source
from paconvert.catalog.coverage import MODULES, WITHOUT, fate, is_converted
from paconvert.catalog.data import PUBLIC, Proofs, load_proofs, load_public
from paconvert.rules.model import Kind, Overload, Rule
from paconvert.rules.signature import ParameterKind, Signature, bind
from tests.paired.cache import ROOT
from tests.paired.proofs import FOLDER, cases, proof_key, proofs
from tools.differences import undeclared
from tools.docs import current_public, outdated
from tools.mapping import (
    SCHEMA,
    MappingFile,
    copied_helpers,
    helpers,
    mapping_paths,
    read_file,
    renamed_helpers,
    repeated_helpers,
)
from tools.probe import ask

_PLACEHOLDER = re.compile(r"\{\*?(\w+)\}")
_TENSOR = "torch.Tensor."
_TARGET = re.compile(r"(?<![\w.])paddle(?:\.[A-Za-z_]\w*)+")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one rule; `message` says what to do."""

    file: str
    line: int
    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.name}: {self.message}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declares the options."""
    parser.add_argument(
        "names", nargs="*", metavar="NAMESPACE", help="namespaces to check; all when left out"
    )
    parser.add_argument(
        "--installed", action="store_true", help="compare with the installed torch and Paddle too"
    )
    parser.add_argument("--no-proofs", action="store_true", help="do not ask for proofs")
    parser.add_argument(
        "--complete", action="store_true", help="ask for proofs of every argument and overload"
    )


def run(options: argparse.Namespace) -> int:
    """Prints the faults; 1 when there are any."""
    faults: list[Fault] = []
    files: list[MappingFile] = []
    for path in mapping_paths():
        try:
            files.append(read_file(path))
        except ValueError as error:
            faults.append(
                Fault(str(path.relative_to(ROOT)), getattr(error, "lineno", 1), path.stem, str(error))
            )
    chosen = [file for file in files if not options.names or file.namespace in options.names]
    everything = {name: entry for file in files for name, entry in file.entries.items()}
    for name, paths in repeated_helpers().items():
        faults.append(Fault(paths[-1], 1, name, f"a helper of this name is in {paths[0]} too: rename one"))
    for label, line, name in renamed_helpers():
        faults.append(Fault(label, line, name, "helpers are imported by their own names only"))
    for label, line, name, first in copied_helpers():
        faults.append(Fault(label, line, name, f"does the same as the one in {first}: share it"))
    for file in chosen:
        faults += check_file(file, everything, with_proofs=not options.no_proofs)
    faults += check_differences(chosen, everything)
    if not options.no_proofs:
        faults += check_proof_files(chosen)
    if options.complete:
        faults += check_completeness(chosen)
    if options.installed:
        faults += check_installed(chosen, everything)
    if not options.names and not faults:
        faults += check_classified(everything)
        faults += check_docs()
        faults += check_public() if options.installed else ()
    for fault in faults:
        print(fault)
    print(_counts(chosen, faults))
    return int(bool(faults))


def _counts(files: Iterable[MappingFile], faults: Sequence[Fault]) -> str:
    rules = [entry for file in files for entry in file.entries.values()]
    forms = [Overload(form) for entry in rules for form in entry.get("overloads", [entry])]
    templates = sum(form.is_template for form in forms)
    used = len({helper for form in forms for helper in form.helpers})
    return f"{len(rules)} rules, {templates} templates, {used} helpers used by rules, {len(faults)} faults"


def check_differences(files: Iterable[MappingFile], everything: Mapping[str, Any]) -> Iterator[Fault]:
    """Rules that do not say what is known to differ."""
    lines = {name: (file, line) for file in files for name, line in file.lines.items()}
    for operator, name in undeclared(everything):
        if name in lines:
            file, line = lines[name]
            message = f"{operator} is an exception of tests/samples: say in `note` what differs, and when"
            yield Fault(str(file.path.relative_to(ROOT)), line, name, message)
        elif not name:
            yield Fault("tests/samples/exceptions.json", 1, operator, "is the name of no rule")


def check_docs() -> Iterator[Fault]:
    """Pages, and the README's table, that the rules would make otherwise."""
    stale = [str(path.relative_to(ROOT)) for path, _ in outdated()]
    if stale:
        others = f" (and {len(stale) - 1} other files)" if len(stale) > 1 else ""
        yield Fault(
            stale[0], 1, "docs", f"is out of date{others}: run `python -m tools docs`, commit the result"
        )


def check_public() -> Iterator[Fault]:
    """The shipped list of torch's public names, where the installed torch has others."""
    known, now = load_public(), current_public()
    if known != now:
        new, gone = now.keys() - known.keys(), known.keys() - now.keys()
        label = str(PUBLIC.relative_to(ROOT))
        yield Fault(
            label, 1, "names", f"{len(new)} new, {len(gone)} gone or changed: run `python -m tools docs`"
        )


def check_proven(name: str, run: Proofs, key: str) -> Iterator[str]:
    """Whether the proofs of a name ran with the rule, the helpers and the proofs as they are now."""
    record = run.names.get(name)
    again = f"run `python -m tools prove {name}`, then `python -m tools docs`"
    if record is None or not record.key:
        yield f"its proofs have not run, or were not good: {again}"
    elif record.key != key:
        yield f"it, a helper or a proof has changed since its proofs ran: {again}"


def check_file(
    file: MappingFile, everything: Mapping[str, Any], *, with_proofs: bool = True
) -> Iterator[Fault]:
    """The faults of one file of rules that can be seen in the text alone."""
    label = str(file.path.relative_to(ROOT))

    def fault(name: str, message: str) -> Fault:
        return Fault(label, file.lines.get(name, 1), name, message)

    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    broken = set()
    for error in validator.iter_errors(file.entries):
        place = [str(part) for part in error.absolute_path]
        name = place[0] if place else file.namespace
        broken.add(name)
        yield fault(name, f"{'.'.join(place[1:])}: {error.message}".removeprefix(": ")[:300])
    for name in file.repeated:
        yield fault(name, "is written twice")
    for before, name in zip(file.written, file.written[1:], strict=False):
        if name < before:
            yield fault(name, f"must stand before {before}: entries are sorted by name")
    namespaces = {other.rpartition(".")[0] for other in everything}
    for name, entry in file.entries.items():
        if name in broken:
            continue
        if file.namespace != MODULES and name.rpartition(".")[0] != file.namespace:
            yield fault(name, f"belongs in {name.rpartition('.')[0]}.json")
        for message in check_entry(name, entry, everything):
            yield fault(name, message)
        is_module = file.namespace == MODULES or (name in namespaces and "signature" not in entry)
        if not with_proofs or not is_converted(entry) or is_module:
            continue
        if not proofs(file.namespace).get(name):
            yield fault(name, "has no proof: add a case to tests/paired/proofs")


def check_entry(name: str, entry: Mapping[str, Any], everything: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with an entry that keeps to the schema."""
    if "alias" in entry:
        target = everything.get(entry["alias"])
        if target is None:
            yield f"its alias {entry['alias']} has no entry"
        elif "alias" in target:
            yield f"its alias {entry['alias']} is an alias itself: name {target['alias']}"
        return
    overloads = Rule(name, entry).overloads
    for index, overload in enumerate(overloads):
        where = f"overload {index}: " if len(overloads) > 1 else ""
        for message in check_overload(overload):
            yield where + message
    for index, overload in enumerate(overloads[:-1]):
        same = {o.data.get("signature") for o in overloads[index + 1 :]} == {overload.data.get("signature")}
        if not overload.when and same:
            yield f"overload {index}: has no `when`, so those after it are never taken"


def check_overload(overload: Overload) -> Iterator[str]:
    """What is wrong with one overload."""
    for helper in sorted(overload.helpers):
        if helper not in helpers():
            yield f"there is no helper {helper}"
    try:
        signature = overload.signature
    except SyntaxError as error:
        yield f"its signature is not Python: {error.msg}"
        return
    yield from _check_template(overload)
    listed = [parameter.name for parameter in signature.parameters] if signature else []
    names = set(listed)
    if len(names) < len(listed):
        yield "its signature has a parameter twice"
    for field in ("arguments", "ignore", "defaults", "when"):
        for name in getattr(overload, field):
            if name not in names and not (field == "when" and name in ("self", "@same_kind")):
                yield f"`{field}` names {name}, which is no parameter"
    for name in overload.when.get("@same_kind", ()):
        if name not in names | {"self"}:
            yield f"`when` names {name}, which is no parameter"
    if signature and overload.kind is Kind.TARGET:
        yield from _check_arguments(overload, signature)


def _check_template(overload: Overload) -> Iterator[str]:
    for field in ("to", "assign", "value"):
        text = overload.text(field)
        if not text or (field == "to" and text.startswith(".") and not overload.is_template):
            continue
        plain = _PLACEHOLDER.sub("x", text.replace("{...}", "x"))
        plain = f"x{plain}" if plain.startswith(".") else plain
        try:
            ast.parse(plain, mode="exec" if field == "assign" else "eval")
        except SyntaxError as error:
            yield f"`{field}` is not Python: {error.msg}: {text}"
    used = _PLACEHOLDER.findall(overload.to)
    for name in sorted({name for name in used if used.count(name) > 1}):
        yield f"the template uses {{{name}}} more than once, so it would be evaluated twice: use a helper"
    if overload.is_template:
        names = {p.name for p in overload.signature.parameters} if overload.signature else set()
        for name in sorted(set(used) - names - {"self"}):
            yield f"the template names {{{name}}}, which is no parameter"


def _check_arguments(overload: Overload, signature: Signature) -> Iterator[str]:
    """Whether every argument reaches the target or is known not to matter."""
    everything = overload.is_template and "{...}" in overload.to
    passed = []
    for parameter in signature.parameters:
        native_out = parameter.name == "out" and overload.data.get("out") != "native"
        if parameter.name in overload.ignore or native_out:
            continue
        if overload.is_template and not everything:
            if parameter.name not in overload.placeholders and not _is_pinned(overload, parameter.name):
                yield f"{parameter.name} is lost: the template does not use it, and it is not in `ignore`"
        else:
            passed.append(parameter)
    match = re.fullmatch(r"helpers\.(\w+)", overload.to)
    known = helpers().get(match[1]) if match else None
    if known is None:
        return
    for parameter in passed:
        target = overload.arguments.get(parameter.name, parameter.name)
        several = parameter.kind in (ParameterKind.VARIADIC, ParameterKind.KEYWORDS)
        taken = several or _is_pinned(overload, parameter.name)
        if target not in known.names and not known.keywords and not taken:
            yield f"the helper does not take {target}"
        if parameter.kind is ParameterKind.VARIADIC and not known.variadic:
            yield f"the helper does not take *{parameter.name}"


def _is_pinned(overload: Overload, name: str) -> bool:
    """Whether the condition leaves the argument only known values."""
    predicates = overload.when.get(name, "")
    known = [predicates] if isinstance(predicates, str) else predicates
    return all(predicate == "absent" or predicate.startswith("= ") for predicate in known)


def check_classified(entries: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Public names of which no entry says what becomes of them."""
    public = load_public()
    for name in sorted(public):
        if fate(name, entries, public) == WITHOUT:
            namespace = name.rpartition(".")[0]
            yield Fault(f"api_mapping/{namespace}.json", 1, name, "it is public, but has no entry: add one")


def check_completeness(files: Iterable[MappingFile]) -> Iterator[Fault]:
    """What no proof of a name shows: arguments that none gives, overloads that none takes, a run of them."""
    run = load_proofs()
    for file in files:
        label = str(file.path.relative_to(ROOT))
        for name, entry in file.entries.items():
            if is_converted(entry) and proofs(file.namespace).get(name):
                messages = [*check_proofs(Rule(name, entry)), *check_proven(name, run, proof_key(name))]
                for message in messages:
                    yield Fault(label, file.lines.get(name, 1), name, message)


def check_proofs(rule: Rule) -> Iterator[str]:
    """The arguments and overloads of a name that its proofs leave out."""
    found = proofs(rule.name.rpartition(".")[0]).get(rule.name, ())
    signatures = [o.signature for o in rule.overloads if o.signature and o.kind is Kind.TARGET]
    given = {argument for proof in found for argument in proof.get("args", ())}
    for proof in found:
        for text in ("setup", "code", "then"):
            given |= set(_given_in(str(proof.get(text, "")), rule.name, signatures))
    reasons = {parameter for overload in rule.overloads for parameter in overload.ignore}
    known = given | reasons | {"out", "args", "kwargs"}  # `out` is the engine's, the others stand for any
    unproven = dict.fromkeys(
        parameter.name
        for signature in signatures
        for parameter in signature.parameters
        if parameter.name not in known and not parameter.name.startswith("_")
    )
    unproven = {name: None for name in unproven if name not in _never_given(rule)}
    if unproven and not rule.name.endswith("__"):  # operands have no names
        yield f"no proof gives {', '.join(unproven)}"
    wanted = {index for index, overload in enumerate(rule.overloads) if overload.kind is Kind.TARGET}
    if len(wanted) > 1 and not rule.name.endswith("__"):  # operators are no accesses
        missing = _not_taken(rule.name, wanted)
        if missing:
            yield f"no proof takes overload {', '.join(map(str, missing))}"


def _not_taken(name: str, overloads: set[int]) -> list[int]:
    """Those overloads that no case of a name's proofs takes."""
    left = set(overloads)
    for case in cases([name]):
        left -= {access.overload for access in inspect_source(case.source) if access.rule == name}
        if not left:
            break
    return sorted(left)


def _never_given(rule: Rule) -> set[str]:
    """The parameters with which no use converts."""
    forms = [overload for overload in rule.overloads if overload.kind is Kind.TARGET]
    names = {parameter.name for form in forms if form.signature for parameter in form.signature.parameters}
    refused = {
        name
        for form in rule.overloads
        for name, predicate in form.when.items()
        if form.kind is Kind.UNSUPPORTED and predicate == "given"
    }
    return refused | {name for name in names if all(form.when.get(name) == "absent" for form in forms)}


def _given_in(code: str, name: str, signatures: Iterable[Signature]) -> Iterator[str]:
    """The parameters that calls in free code give, by position, or by keyword in any call of the proof."""
    member = name.rpartition(".")[2]
    try:
        tree = ast.parse(code)
    except SyntaxError:  # running the proof will say so
        return
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        keywords = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        yield from keywords  # a subclass or another name may be called
        if member not in ast.unparse(call.func).split("."):  # operators have their overloads behind the name
            continue
        for signature in signatures:
            if bound := bind(signature, call.args, keywords):
                yield from bound.single
                kinds = {
                    ParameterKind.VARIADIC: bool(bound.variadic),
                    ParameterKind.KEYWORDS: bool(bound.extra),
                }
                yield from (p.name for p in signature.parameters if kinds.get(p.kind))


def check_proof_files(files: Iterable[MappingFile]) -> Iterator[Fault]:
    """Files of proofs: sorted, and only for names that have a rule."""
    for file in files:
        path = FOLDER / f"{file.namespace}.json"
        if not path.exists():
            continue
        label = str(path.relative_to(ROOT))
        found = read_file(path)
        for name in found.repeated:
            yield Fault(label, found.lines[name], name, "is written twice")
        for before, name in zip(found.written, found.written[1:], strict=False):
            if name < before:
                yield Fault(label, found.lines[name], name, f"must stand before {before}: sorted by name")
        for name in found.entries:
            if name not in file.entries:
                yield Fault(label, found.lines.get(name, 1), name, "has no rule")


def check_installed(files: Iterable[MappingFile], everything: Mapping[str, Any]) -> Iterator[Fault]:
    """What the installed frameworks do not have: targets, their arguments, torch's signatures."""
    files = list(files)
    rules = {name: Rule(name, entry) for name, entry in everything.items() if "alias" not in entry}
    targets: dict[str, None] = {}
    for file in files:
        for name, entry in file.entries.items():
            targets.update(dict.fromkeys(_targets(entry)))
            targets.update(
                dict.fromkeys(_target_of(o, name) for o in rules[name].overloads) if name in rules else {}
            )
    paddle = ask("paddle", [target for target in targets if target])
    torch = ask("torch", [name for file in files for name in file.entries])
    for file in files:
        label = str(file.path.relative_to(ROOT))
        for name, entry in file.entries.items():
            line = file.lines.get(name, 1)
            for target in _targets(entry):
                if not paddle[target]["exists"]:
                    yield Fault(label, line, name, f"the installed Paddle has no {target}")
            if name not in rules:
                continue
            for message in check_target(rules[name], paddle):
                yield Fault(label, line, name, message)
            if torch[name]["exists"]:
                for message in check_signature(rules[name], torch[name]):
                    yield Fault(label, line, name, message)


def _targets(entry: Mapping[str, Any]) -> list[str]:
    """The names of Paddle in an entry, from strings outside other strings."""
    texts = []
    for part in (entry, *entry.get("overloads", ())):
        if "paddle" in part:
            continue  # for a later release
        texts += [str(part.get(field, "")) for field in ("to", "value", "assign")]
        texts += [*part.get("defaults", {}).values(), *part.get("add", {}).values()]
    return [target for text in texts for target in _TARGET.findall(re.sub(r"'[^']*'", "''", text))]


def _target_of(overload: Overload, name: str) -> str:
    """The function of Paddle that takes the arguments; empty for what is no plain name of one."""
    if overload.is_template or overload.to in ("", ".") or overload.text("paddle"):
        return ""
    if overload.to.startswith("paddle."):
        return overload.to
    return f"paddle.Tensor{overload.to}" if name.startswith(_TENSOR) and overload.to.startswith(".") else ""


def check_target(rule: Rule, paddle: Mapping[str, Any]) -> Iterator[str]:
    """Whether the targets are there and take the arguments under the names that they are given."""
    found: dict[str, None] = {}
    for overload in rule.overloads:
        target = _target_of(overload, rule.name)
        facts = paddle.get(target)
        if facts is None or overload.signature is None:
            continue
        if not facts["exists"]:
            found[f"the installed Paddle has no {target}"] = None
        if not facts["exact"] or facts["open"]:
            continue
        for parameter in overload.signature.parameters:
            keyword = overload.arguments.get(parameter.name, parameter.name)
            by_keyword = parameter.kind in (ParameterKind.NORMAL, ParameterKind.KEYWORD_ONLY)
            left_out = parameter.name in overload.ignore or (
                parameter.name == "out" and overload.data.get("out") != "native"
            )
            known = keyword in facts["parameters"] or keyword in facts["aliases"]
            if by_keyword and not left_out and not known and overload.when.get(parameter.name) != "absent":
                found[f"{target} does not take {keyword}: name its keyword in `arguments`"] = None
    yield from found


def check_signature(rule: Rule, facts: Mapping[str, Any]) -> Iterator[str]:
    """`facts["parameters"]` are all that torch is known to take; `exact` when Python itself says so."""
    known = {parameter.rstrip("_") for parameter in facts["parameters"] or ()}
    if not known or rule.name.endswith("__"):  # operators are never called with keywords
        return
    if not facts["exact"]:
        is_private = any(part.startswith("_") for part in rule.name.split("."))
        yield from () if is_private else _check_described(rule, facts, known)
        return
    if facts["open"]:
        return
    several = (ParameterKind.VARIADIC, ParameterKind.KEYWORDS)
    parameters = [p for o in rule.overloads if o.signature for p in o.signature.parameters]
    ours = dict.fromkeys(parameter.name for parameter in parameters)
    single = dict.fromkeys(p.name for p in parameters if p.kind not in several)
    missing = [name for name in facts["parameters"] if name not in ours]
    if missing and ours and len(single) == len(set(ours)):
        yield f"the installed torch takes {', '.join(missing)}, which no signature has"
    if extra := [name for name in single if name not in facts["parameters"]]:
        yield f"the installed torch does not take {', '.join(extra)}"
    elif not missing:
        yield from _check_exact(rule, facts)


def _check_exact(rule: Rule, facts: Mapping[str, Any]) -> Iterator[str]:
    """Order and defaults, where Python itself says what they are."""
    in_order = [name for name in facts["parameters"] if name not in facts["keyword_only"]]
    for overload in rule.overloads:
        parameters = overload.signature.parameters if overload.signature else ()
        ours = [p.name for p in parameters if p.kind in (ParameterKind.NORMAL, ParameterKind.POSITIONAL_ONLY)]
        if ours != in_order[: len(ours)]:
            yield f"the installed torch takes {', '.join(in_order)} by position, in this order"
        for parameter in parameters:
            default = facts["defaults"].get(parameter.name)
            if default is None or parameter.default is None:
                continue
            with suppress(ValueError, SyntaxError):  # not a literal
                if ast.literal_eval(parameter.default) != ast.literal_eval(default):
                    yield f"the installed torch's default of {parameter.name} is {default}"


def _check_described(rule: Rule, facts: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    """Names and order, where docstring and schemas say them. What proofs give has been run under torch."""
    given = {
        name.rstrip("_")
        for proof in proofs(rule.name.rpartition(".")[0]).get(rule.name, ())
        for name in proof.get("args", ())
    }
    extra: dict[str, None] = {}
    for overload in rule.overloads:
        if overload.signature is None:
            continue
        by_keyword = (ParameterKind.NORMAL, ParameterKind.KEYWORD_ONLY)
        names = [p.name.rstrip("_") for p in overload.signature.parameters if p.kind in by_keyword]
        extra.update(dict.fromkeys(name for name in names if name not in known | given))
        ours = [
            p.name.rstrip("_")
            for p in overload.signature.parameters
            if p.kind in (ParameterKind.NORMAL, ParameterKind.POSITIONAL_ONLY) and p.name.rstrip("_") in known
        ]
        if not set(ours) <= given and not any(_in_order(ours, call) for call in facts["calls"]):
            yield f"no form of torch's takes {', '.join(ours)} in this order"
    if extra:
        yield f"torch's documentation and schemas do not have {', '.join(extra)}"


def _in_order(names: Iterable[str], call: Iterable[str]) -> bool:
    rest = iter([name.rstrip("_") for name in call])
    return all(name in rest for name in names)
