"""Makes libcst nodes for trees that are built and not parsed: at a fifth of what their constructors cost.

Those check what a parser has checked already, and set every field of a frozen class by its name. A maker
takes the fields that mean something, in the order given here; the others, white space and punctuation, get
values that all nodes of a kind share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, TypeVar

import libcst as cst

Node = TypeVar("Node", bound=cst.CSTNode)


def maker(kind: type[Node], *names: str) -> Callable[..., Node]:
    """A function that takes the named fields of a kind of node by position and gives a node."""
    known: dict[str, Any] = {"new": object.__new__, "kind": kind}
    lines = [f"def make({', '.join(names)}):", " node = new(kind)"]
    for field in fields(kind):
        known[f"set_{field.name}"] = getattr(kind, field.name).__set__
        if field.name not in names:
            default = field.default if field.default_factory is MISSING else field.default_factory()
            known[field.name] = default
        lines.append(f" set_{field.name}(node, {field.name})")
    exec("\n".join([*lines, " return node"]), known)
    make: Callable[..., Node] = known["make"]
    return make


name = maker(cst.Name, "value")
attribute = maker(cst.Attribute, "value", "attr")
simple_string = maker(cst.SimpleString, "value")
integer = maker(cst.Integer, "value")
floating = maker(cst.Float, "value")
imaginary = maker(cst.Imaginary, "value")
ellipsis = maker(cst.Ellipsis)
element = maker(cst.Element, "value")
starred_element = maker(cst.StarredElement, "value")
tuple_ = maker(cst.Tuple, "elements")
list_ = maker(cst.List, "elements")
set_ = maker(cst.Set, "elements")
dict_ = maker(cst.Dict, "elements")
dict_element = maker(cst.DictElement, "key", "value")
starred_dict_element = maker(cst.StarredDictElement, "value")

call = maker(cst.Call, "func", "args")
argument = maker(cst.Arg, "value", "keyword", "star")
subscript = maker(cst.Subscript, "value", "slice")
subscript_element = maker(cst.SubscriptElement, "slice")
slice_ = maker(cst.Slice, "lower", "upper", "step")
index = maker(cst.Index, "value", "star")

binary_operation = maker(cst.BinaryOperation, "left", "operator", "right")
boolean_operation = maker(cst.BooleanOperation, "left", "operator", "right")
unary_operation = maker(cst.UnaryOperation, "operator", "expression")
comparison = maker(cst.Comparison, "left", "comparisons")
comparison_target = maker(cst.ComparisonTarget, "operator", "comparator")

conditional = maker(cst.IfExp, "test", "body", "orelse")
named_expression = maker(cst.NamedExpr, "target", "value")
lambda_ = maker(cst.Lambda, "params", "body")
for_in = maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
if_in = maker(cst.CompIf, "test")
list_comprehension = maker(cst.ListComp, "elt", "for_in")
set_comprehension = maker(cst.SetComp, "elt", "for_in")
generator = maker(cst.GeneratorExp, "elt", "for_in")
dict_comprehension = maker(cst.DictComp, "key", "value", "for_in")
await_ = maker(cst.Await, "expression")
yield_ = maker(cst.Yield, "value")
from_ = maker(cst.From, "item")

parameters = maker(cst.Parameters, "params", "star_arg", "kwonly_params", "star_kwarg", "posonly_params")
parameter = maker(cst.Param, "name", "annotation", "default")
annotation = maker(cst.Annotation, "annotation")

expression = maker(cst.Expr, "value")
assign = maker(cst.Assign, "targets", "value")
assign_target = maker(cst.AssignTarget, "target")
annotated_assign = maker(cst.AnnAssign, "target", "annotation", "value")
augmented_assign = maker(cst.AugAssign, "target", "operator", "value")
return_ = maker(cst.Return, "value")
raise_ = maker(cst.Raise, "exc", "cause")
assert_ = maker(cst.Assert, "test", "msg")
delete = maker(cst.Del, "target")
pass_ = maker(cst.Pass)
break_ = maker(cst.Break)
continue_ = maker(cst.Continue)
global_ = maker(cst.Global, "names")
nonlocal_ = maker(cst.Nonlocal, "names")
name_item = maker(cst.NameItem, "name")
import_ = maker(cst.Import, "names")
import_from = maker(cst.ImportFrom, "module", "names", "relative")
import_alias = maker(cst.ImportAlias, "name", "asname")
as_name = maker(cst.AsName, "name")

line = maker(cst.SimpleStatementLine, "body")
block = maker(cst.IndentedBlock, "body")
function = maker(cst.FunctionDef, "name", "params", "body", "decorators", "returns", "asynchronous")
class_ = maker(cst.ClassDef, "name", "body", "bases", "keywords", "decorators")
decorator = maker(cst.Decorator, "decorator")
if_ = maker(cst.If, "test", "body", "orelse")
else_ = maker(cst.Else, "body")
for_ = maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
while_ = maker(cst.While, "test", "body", "orelse")
with_ = maker(cst.With, "items", "body", "asynchronous")
with_item = maker(cst.WithItem, "item", "asname")
try_ = maker(cst.Try, "body", "handlers", "orelse", "finalbody")
handler = maker(cst.ExceptHandler, "body", "type", "name")
finally_ = maker(cst.Finally, "body")
