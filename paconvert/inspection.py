"""What the converter knows about each attribute and call of a source: for `paconvert inspect`."""

from __future__ import annotations

from paconvert.conversion import conventional_names, evaluate_module, module_name
from paconvert.frontend.spans import locate
from paconvert.inference.project import ProjectIndex
from paconvert.records import Access
from paconvert.rewrite.engine import problem_of
from paconvert.rules.load import Rules
from paconvert.rules.model import Kind


def inspect_source(source: str, *, filename: str = "", project: ProjectIndex | None = None) -> list[Access]:
    """One record for each attribute access and method call of a source, in order of place.

    Args:
        source: a module's text.
        filename: its path relative to the project.
        project: the other modules of the project.

    Raises:
        ParseError: the source is not Python.
    """
    rules = Rules.load()
    index = project or ProjectIndex()
    name, is_package = module_name(filename)
    module = index.declare(name, source, rules, is_main=True)
    module.is_package = is_package
    module.assumed = conventional_names(source, module.context.names, rules)
    module.evaluator.record_accesses = True
    evaluate_module(module, rules, everything=True)
    findings = module.evaluator.findings
    wanted = {id(access.receiver): access.receiver for access in findings.accesses.values()}
    parts = [part for unit in module.units for part in unit.walk() if "parsed" in part.__dict__]
    spans = locate(module.source, parts, wanted)
    by_callee = {id(use.callee): use for use in findings.uses.values() if use.callee is not None}
    records = []
    for access in findings.accesses.values():
        span = spans.outer.get(id(access.receiver))
        if span is None:
            continue
        use = by_callee.get(id(access.node)) or findings.uses.get(id(access.node))
        decision = "unchanged"
        if use is not None:
            refused = problem_of(use, rules)
            dropped = use.overload is not None and use.overload.kind is Kind.DROP
            decision = (
                "unsupported"
                if refused
                else "dropped"
                if dropped
                else "assumed"
                if use.likely
                else "converted"
            )
        line, column = module.source.position(span.start)
        records.append(
            Access(
                line,
                column,
                access.attribute,
                access.type.describe(),
                access.type.confidence,
                access.qualified_name if use is None else use.name,
                use.rule.name if use is not None and use.rule is not None else "",
                use.index if use is not None else None,
                decision,
            )
        )
    return sorted(records, key=lambda record: (record.line, record.column, record.attribute))
