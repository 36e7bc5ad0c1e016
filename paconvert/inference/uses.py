"""What inference finds: uses of APIs, each with the rule that applies."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

import libcst as cst

from paconvert.inference.scope import Scope
from paconvert.inference.types import UNKNOWN, Type
from paconvert.rules.model import Overload, Rule
from paconvert.rules.signature import Bound


class UseKind(Enum):
    """How an API is used."""

    CALL = "call"
    VALUE = "value"  # as an object: assigned, passed on, a base class, an annotation, a property that is read
    ASSIGN = "assign"  # an attribute that is assigned to
    OPERATOR = "operator"
    PRESENCE = "presence"  # hasattr(torch, "name")
    LOOKUP = "lookup"  # getattr(torch, "name")
    NAME = "name"  # find_spec("torch"): a string that names a module
    IMPORT = "import"


@dataclass(eq=False, slots=True)
class Use:
    """One use of an API.

    Attributes:
        node: the node that is replaced: a call, attribute, name, operation or statement.
        kind: how it is used.
        name: the qualified name.
        rule: the rule, `None` when nothing is known about the API.
        overload: the overload that applies.
        index: the overload's index.
        bound: the call's arguments by parameter.
        receiver: the expression before the dot, for members of instances.
        callee: the expression that is called.
        value: what is assigned, or the right operand.
        scope: where the names of the place are looked up.
        likely: whether the receiver's type is only likely.
        problem: why the rule cannot be applied here (empty when it can).
        types: types of the bound arguments, for conditions.
        iterated: whether the result is consumed by iteration at once.
        statement: whether the node is the whole of an expression statement.
        decorates: whether the node is a decorator.
        field: whether it is the value of a class's attribute (`conv = torch.conv2d` in the class's body).
        home: the statement it stands in; of a compound one, its header.
        conditional: whether it stands in a branch, loop or `with`, so that it need not be run.
        annotation: the whole annotation that it stands in.
        stands: whether something can stand for a class that is not there: as a base class or a default.
        unbound: whether it is a method that is asked of its class (`torch.Tensor.relu`).
    """

    node: cst.CSTNode
    kind: UseKind
    name: str
    rule: Rule | None
    scope: Scope
    overload: Overload | None = None
    index: int | None = None
    bound: Bound[cst.Arg] | None = None
    receiver: cst.BaseExpression | None = None
    callee: cst.BaseExpression | None = None
    value: cst.CSTNode | None = None
    likely: bool = False
    problem: str = ""
    advice: str = ""
    iterated: bool = False
    statement: bool = False
    decorates: bool = False
    field: bool = False
    unbound: bool = False
    conditional: bool = False
    home: cst.CSTNode | None = None
    annotation: cst.BaseExpression | None = None
    stands: bool = False


@dataclass(eq=False, slots=True)
class StringUses:
    """Uses inside a string annotation: `tree` is the string's text as an expression, `node` the string."""

    node: cst.SimpleString
    tree: cst.BaseExpression
    uses: list[Use]


@dataclass(eq=False, slots=True)
class ImportUse:
    """An import statement that brings in mapped names."""

    node: cst.Import | cst.ImportFrom
    scope: Scope
    module: str  # the absolute module of `from module import`, empty for `import`


@dataclass(eq=False, slots=True)
class AccessRecord:
    """An attribute access or call as `inspect` shows it."""

    node: cst.CSTNode
    receiver: cst.BaseExpression
    attribute: str
    type: Type = UNKNOWN
    qualified_name: str = ""


@dataclass(eq=False, slots=True)
class Block:
    """A block of statements: how many it has, and how many of them are dropped."""

    size: int
    dropped: int = 0


@dataclass(slots=True)
class Findings:
    """All that the evaluation of a unit found, in evaluation order (inner before outer)."""

    uses: dict[int, Use] = field(default_factory=dict)
    strings: dict[int, StringUses] = field(default_factory=dict)
    imports: dict[int, ImportUse] = field(default_factory=dict)
    accesses: dict[int, AccessRecord] = field(default_factory=dict)
    rebinds: dict[int, tuple[cst.Name, str]] = field(default_factory=dict)
    requires: set[str] = field(default_factory=set)
    # `id` of a unit → the statements in it in which something was found
    homes: dict[int, dict[int, cst.CSTNode]] = field(default_factory=dict)
    # `id` of a simple statement → the block it stands in
    blocks: dict[int, Block] = field(default_factory=dict)
