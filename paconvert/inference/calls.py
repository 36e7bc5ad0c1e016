"""Calls: which rule applies, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import libcst as cst

from paconvert.inference.declarations import ClassDeclaration, FunctionDeclaration
from paconvert.inference.expressions import ExpressionEvaluator
from paconvert.inference.lookups import ANOTHER_PACKAGE, COMPUTED_NAME, Lookups
from paconvert.inference.members import Member
from paconvert.inference.scope import Scope, ScopeKind
from paconvert.inference.types import (
    BOOL,
    FLOAT,
    INT,
    NDARRAY,
    NUMBERS,
    STR,
    UNKNOWN,
    K,
    Type,
    element_of,
    iterator_of,
    join_all,
    list_of,
    tensor,
    tuple_of,
)
from paconvert.inference.uses import AccessRecord, Use, UseKind
from paconvert.rules.conditions import literal, select
from paconvert.rules.model import Kind, Overload, Rule, is_class_name
from paconvert.rules.signature import Bound

NO_RULE = "there is no rule for it"
NO_OVERLOAD = "no known way of calling it takes these arguments"
UNPACKED = "its arguments are unpacked, and Paddle takes them otherwise"
UNKNOWN_RECEIVER = "the receiver's type is not known: left as it is"
NO_INSTANCES = "nothing is an instance of it"
DYNAMIC_NAME = "the name is not known before the program runs"


class CallEvaluator(ExpressionEvaluator):
    """Evaluates calls."""

    def _Call(self, node: cst.Call) -> Type:
        func = node.func
        owner = UNKNOWN
        member: Member | None = None
        if type(func) is cst.Attribute:
            owner = self.prefix(func.value)
            member = self.members.find(owner, func.attr.value, self._project_member)
            callee = self._narrowed_callee(func, member.type)
        elif type(func) is cst.Name:
            callee = self.lookup(func.value)
        else:
            callee = self.expr(func)
        types = self._arguments(node, callee)
        if self.lookups is not None and callee.decl is None:
            looked_up = self._looked_up(node, self.lookups, types)
            if looked_up is not None:
                return looked_up
        if type(func) is cst.Attribute:
            assert member is not None
            if self.record_accesses:
                self.findings.accesses[id(func)] = AccessRecord(
                    func, func.value, func.attr.value, owner, member.name or callee.name
                )
            if member.api and callee is member.type:
                return self._api_member_call(node, func, owner, member, types)
            if not member.found and not owner.known and not callee.known and not owner.name:
                return self._unknown_receiver(node, func, types)
        elif type(func) is cst.Name:
            origin = self.imported_name(func.value)
            if origin and callee.decl is None:
                if callee.kind in (K.CLASS, K.FUNCTION, K.UNKNOWN):
                    return self.api_call(node, origin, self.rules.find(origin), types)
                self.use_value(func, callee)
        return self._result(node, callee, types)

    def _looked_up(self, node: cst.Call, lookups: Lookups, types: dict[int, Type]) -> Type | None:
        """A call that looks a module or package up by its name; `None` for another call."""
        name = lookups.qualified(node.func)
        entry = lookups.functions.get(name)
        if entry is None:
            if isinstance(node.func, cst.Attribute) and node.args and self.is_module_table(node.func.value):
                self.module_by_name(node.args[0].value)  # which may not be there
            return None
        argument = lookups.argument(node, entry)
        if argument is None:
            return None
        if isinstance(argument, cst.Name):
            if "to" not in entry or not lookups.is_asked_for(argument.value):
                return None
            return self.api_call(node, name, Rule(name, entry), types)
        value = literal(argument)
        if not isinstance(value, str):
            if lookups.begins(argument):
                self._record(Use(node, UseKind.CALL, name, None, self.scope, problem=COMPUTED_NAME))
            return None
        if not entry.get("distribution"):
            found = self.module_by_name(argument)
            gives = entry.get("gives")
            return found if gives == "module" or (gives == "package" and "." not in value) else None
        if self.rules.is_complete(value) and self.members.is_mapped(value):
            member = f"{value}.{entry.get('member', '')}"
            rule = self.rules.find(member)
            use = Use(node, UseKind.LOOKUP, member if rule else name, rule, self.scope)
            use.overload = rule.general if rule else None
            use.problem = "" if rule else ANOTHER_PACKAGE
            self._record(use)
        return None

    def _narrowed_callee(self, func: cst.Attribute, found: Type) -> Type:
        if type(func.value) is cst.Name:
            narrowed = self.scope.names.get(f"{func.value.value}.{func.attr.value}")
            if narrowed is not None and narrowed.kind is not K.NAMESPACE:
                return narrowed
        return found

    def _arguments(self, node: cst.Call, callee: Type) -> dict[int, Type]:
        types: dict[int, Type] = {}
        consumed = callee.kind in (K.CLASS, K.FUNCTION) and callee.name in _CONSUMERS
        outer = self.lambda_parameter
        if callee.kind is K.FUNCTION and callee.decl is None and self.members.is_mapped(callee.name):
            # What torch is given a function for, it calls with tensors.
            self.lambda_parameter = Type(K.TENSOR, likely=True)
        for argument in node.args:
            if consumed or argument.star == "*":
                types[id(argument)] = self.iterated(argument.value)
            else:
                types[id(argument)] = self.expr(argument.value)
        self.lambda_parameter = outer
        if (
            callee.kind in (K.CLASS, K.FUNCTION)
            and callee.decl is None
            and self.members.is_mapped(callee.name)
        ):
            for argument in node.args:
                use = self.findings.uses.get(id(argument.value))
                if use is not None:
                    use.iterated = True  # torch takes any iterable
        return types

    # -- APIs ------------------------------------------------------------------------------------

    def _api_member_call(
        self, node: cst.Call, func: cst.Attribute, owner: Type, member: Member, types: dict[int, Type]
    ) -> Type:
        rule = self.rules.find(member.name)
        if owner.kind is K.NAMESPACE:
            another_name = rule is not None and rule.name != member.name and self.members.is_method(rule)
            if another_name and node.args and not node.args[0].keyword and not node.args[0].star:
                return self._unbound_call(node, member.name, rule, types)
            return self.api_call(node, member.name, rule, types)
        if owner.kind is K.CLASS:
            if func.attr.value.startswith("__"):
                self.expr(func.value)  # `nn.Module.__init__(self)`: only the class's name is a use
                return UNKNOWN
            if not self._is_unbound(node, owner, rule, types):
                on_class = rule is not None and rule.general.to.startswith(".")
                return self.api_call(
                    node, member.name, rule, types, receiver=func.value if on_class else None, owner=owner
                )
            return self._unbound_call(node, member.name, rule, types)
        if rule is not None and not rule.is_callable:
            # A property whose value is called.
            self.use_member(func, func, owner, member)
            return self._result(node, member.type, types)
        return self.api_call(node, member.name, rule, types, receiver=func.value, owner=owner)

    def _is_unbound(self, node: cst.Call, owner: Type, rule: Rule | None, types: dict[int, Type]) -> bool:
        """Whether a call through a class is that of a method whose first argument is the receiver."""
        if (
            rule is None
            or rule.data.get("static")
            or not node.args
            or node.args[0].keyword
            or node.args[0].star
        ):
            return False
        kind, first = self.members.instance_of(owner).kind, types[id(node.args[0])]
        return kind in (K.TENSOR, K.MODULE, K.OPTIMIZER) and (first.kind is kind or not first.known)

    def _unbound_call(self, node: cst.Call, name: str, rule: Rule | None, types: dict[int, Type]) -> Type:
        """`torch.Tensor.add(x, y)`: the first argument is the receiver."""
        first = node.args[0]
        owner = types[id(first)]
        return self.api_call(node, name, rule, types, receiver=first.value, owner=owner, skip=1)

    def api_call(
        self,
        node: cst.Call,
        name: str,
        rule: Rule | None,
        types: dict[int, Type],
        *,
        receiver: cst.BaseExpression | None = None,
        owner: Type = UNKNOWN,
        skip: int = 0,
    ) -> Type:
        """A call of an API: records its use; the type of the result."""
        use = Use(node, UseKind.CALL, name, rule, self.scope, callee=node.func, receiver=receiver)
        use.likely = receiver is not None and (owner.likely or not owner.known)
        self._record(use)
        if rule is None:
            use.problem = NO_RULE
            return UNKNOWN
        arguments = node.args[skip:]
        unpacked = any(argument.star for argument in arguments)
        selected: Overload | None = None
        if not any(argument.star == "**" for argument in arguments):
            positional = [argument for argument in arguments if argument.keyword is None]
            keywords = {
                argument.keyword.value: argument for argument in arguments if argument.keyword is not None
            }
            receiver_type = owner if receiver is not None else None
            selected, use.index, use.bound = select(rule, positional, keywords, types, receiver_type)
        if selected is None and unpacked:
            selected = rule.general
            use.index = len(rule.overloads) - 1
            double = any(argument.star == "**" for argument in arguments)
            if selected.kind is Kind.TARGET and not selected.takes_unpacked(double):
                value = str(rule.data.get("value", "")) if receiver is None else ""
                if value.replace(".", "_").isidentifier():  # what stands for the name takes torch's arguments
                    selected = selected.calling(value)
                else:
                    use.problem = UNPACKED
        use.overload = selected
        if selected is None:
            use.problem = NO_OVERLOAD
            use.overload = rule.general
            return self._rule_result(rule, rule.general, use, types, owner)
        assert use.overload is not None
        use.problem = self._not_to_ignore(use)
        self.findings.requires.update(use.overload.requires)
        self._set_attribute(rule, use, owner)
        result = self._rule_result(rule, use.overload, use, types, owner)
        if use.likely and receiver is not None and isinstance(node.func, cst.Attribute):
            self._leave(use, rule, node.func.attr.value)
        return result

    def _leave(self, use: Use, rule: Rule, name: str) -> None:
        """A call whose receiver is only likely stays as it is where that means the same in Paddle."""
        general = rule.general
        if use.bound is None or general.to != f".{name}" or "when" in general.data:
            return
        if keeps_call(general, use.bound) and set(use.bound.single) <= {
            item.name for item in (general.signature.parameters if general.signature else ())
        }:
            use.overload, use.index = general, len(rule.overloads) - 1

    def _not_to_ignore(self, use: Use) -> str:
        """Why a call whose rule ignores an argument cannot do so with the one that is given; mostly empty."""
        assert use.overload is not None
        for name in use.overload.ignore if use.bound is not None else ():
            argument = use.bound.single.get(name) if use.bound is not None else None
            value = self.findings.uses.get(id(argument.value)) if argument is not None else None
            if value is not None and value.rule is not None and value.rule.data.get("significant"):
                return f"its argument {name} matters here"
        return use.problem

    def _rule_result(
        self, rule: Rule, overload: Overload, use: Use, types: dict[int, Type], owner: Type
    ) -> Type:
        def lookup(name: str) -> Type:
            if name == "self":
                return owner
            if use.bound is None:
                return UNKNOWN
            argument = use.bound.single.get(name)
            if argument is not None:
                return types.get(id(argument), UNKNOWN)
            if use.bound.variadic and overload.signature is not None and not overload.signature.find(name):
                return list_of(join_all(types.get(id(item), UNKNOWN) for item in use.bound.variadic))
            return Type(K.NONE)

        value = self.members.call(rule, overload.text("returns"), lookup)
        if value.kind is K.MODULE and use.receiver is None:
            parts = [self._module_items(item) for item in types.values()]
            items = [item for item in parts if item.known]
            if items:
                value = replace(value, items=(join_all(items),))
        if use.likely and value.kind is K.TENSOR:
            return value.guess()
        return value

    @staticmethod
    def _module_items(value: Type) -> Type:
        """What a container of modules contains, from what it is made of."""
        if value.kind is K.MODULE:
            return replace(value, likely=False)
        if value.kind is K.DICT and len(value.items) == 2:
            value = list_of(value.items[1])
        if value.kind in (K.LIST, K.TUPLE, K.ITERATOR):
            element = element_of(value)
            if element.kind is K.TUPLE and len(element.items) == 2:
                element = element.items[1]
            if element.kind is K.MODULE:
                return element
        return UNKNOWN

    def _set_attribute(self, rule: Rule, use: Use, owner: Type) -> None:
        """`self.register_buffer("name", value)`: a call that makes an attribute."""
        sets: Mapping[str, str] = rule.data.get("sets", {})
        if not sets or use.bound is None or use.receiver is None:
            return
        for name_parameter, value_parameter in sets.items():
            name_argument = use.bound.single.get(name_parameter)
            value_argument = use.bound.single.get(value_parameter)
            name = literal(name_argument.value) if name_argument is not None else None
            if (
                isinstance(name, str)
                and value_argument is not None
                and isinstance(owner.decl, ClassDeclaration)
            ):
                value = self.expr(value_argument.value)
                if value.kind is not K.NONE:
                    owner.decl.record(name, value)

    # -- receivers of unknown type ---------------------------------------------------------------

    def _unknown_receiver(self, node: cst.Call, func: cst.Attribute, types: dict[int, Type]) -> Type:
        name = func.attr.value
        guessed = self.guess_owner(func, node, types)
        if guessed.known:
            member = self.members.find(guessed, name, self._project_member)
            rule = self.rules.find(member.name) if member.api else None
            # A call that would disappear needs a receiver that is known.
            if rule is None or any(overload.kind is Kind.DROP for overload in rule.overloads):
                return UNKNOWN
            if not self._could_take(rule, node, types):
                return UNKNOWN  # `self.relu(x)` is a module's
            self._learn(func.value, guessed)
            return self._api_member_call(node, func, guessed, member, types)
        covered = self.rules.facts["conventions"].get("covered", {}).get(name)
        if guessed is _AMBIGUOUS and covered is not None and not self.project_declares(name):
            rule = self.rules.find(covered)
            return self.api_call(node, covered, rule, types, receiver=func.value)
        if guessed is _AMBIGUOUS and not any(argument.star for argument in node.args):
            for owner in self.members.owners.values():
                rule = self.rules.find(f"{owner}.{name}")
                if rule is not None and rule.is_callable:
                    self._maybe_member(node, func, rule, types)
        return UNKNOWN

    def _could_take(self, rule: Rule, node: cst.Call, types: dict[int, Type]) -> bool:
        """Whether a way of calling a method is known that takes these arguments."""
        if any(argument.star for argument in node.args):
            return True
        positional = [argument for argument in node.args if argument.keyword is None]
        keywords = {item.keyword.value: item for item in node.args if item.keyword is not None}
        return select(rule, positional, keywords, types, UNKNOWN)[0] is not None

    def _maybe_member(self, node: cst.Call, func: cst.Attribute, rule: Rule, types: dict[int, Type]) -> None:
        """A call that would change if the receiver were of a type, which cannot be told: reported."""
        positional = [argument for argument in node.args if argument.keyword is None]
        keywords = {
            argument.keyword.value: argument for argument in node.args if argument.keyword is not None
        }
        overload, index, bound = select(rule, positional, keywords, types, UNKNOWN)
        if overload is None:
            return
        if overload.to == "." + func.attr.value and keeps_call(overload, bound):
            self.findings.requires.update(overload.requires)
            return
        if any(types[id(argument)].kind in _NEVER_A_TENSORS for argument in node.args):
            return
        use = Use(node, UseKind.CALL, rule.name, rule, self.scope, overload, index, bound, func.value, func)
        use.problem, use.advice = UNKNOWN_RECEIVER, "annotate the variable, or write the Paddle call by hand"
        self._record(use)

    def unknown_member(self, node: cst.Attribute, owner: Type) -> None:
        """An attribute of something unknown: some names tell whose it is."""
        name = node.attr.value
        word = self.rules.facts["conventions"].get("properties", {}).get(name)
        if word is None or owner.known or owner.name:
            return
        if self.project_declares(name) or f"self.{name} =" in self.module.source.text:
            return
        guessed = Type(K(word), likely=True)
        self.use_member(node, node, guessed, self.members.find(guessed, name, self._project_member))

    def guess_owner(self, func: cst.Attribute, node: cst.Call | None, types: dict[int, Type]) -> Type:
        """Who a member of something unknown belongs to, by its name and by the call's arguments."""
        name = func.attr.value
        owners = [word for word, owner in self.members.owners.items() if name in self.rules.members(owner)]
        conventional = self.rules.facts["conventions"].get("receivers", {})
        spelled = (
            func.value.value
            if isinstance(func.value, cst.Name)
            else getattr(getattr(func.value, "attr", None), "value", "")
        )
        word = conventional.get(spelled)
        if isinstance(func.value, cst.Attribute):
            word = self.rules.facts["conventions"].get("attributes", {}).get(spelled, word)
        if word in owners:
            return Type(K(word), likely=True)
        if not owners:
            return UNKNOWN
        if node is not None and "Tensor" in owners:
            tensor_words = set(self.members.foreign["keywords"])
            if any(
                (argument.keyword is not None and argument.keyword.value in tensor_words)
                or types[id(argument)].kind is K.DTYPE
                for argument in node.args
            ):
                return Type(K.TENSOR, likely=True)
        first = next(iter(types.values()), UNKNOWN)
        groups = {
            group
            for group, members in self.members.foreign["members"].items()
            if name in members and self._may_have(group)
        }
        if node is not None and name in self.members.foreign["properties"]:
            groups -= {"ndarray", "frame", "other"}  # of arrays, frames and images these are no methods
        kinds = {value.kind for value in types.values()}
        # `s.split(at, 1)` and `s.split(None, 1)` are a string's although they have a number
        if groups == {"str"} and first.kind in _NEVER_A_STRINGS and not kinds & _ONLY_A_STRINGS:
            groups.clear()
        elsewhere = bool(groups)
        if elsewhere or self.project_declares(name):
            return _AMBIGUOUS
        if owners == ["Tensor"] or (owners and owners[0] == "Tensor" and len(owners) == 1):
            return Type(K.TENSOR, likely=True)
        if len(owners) == 1:
            return Type(K(owners[0]), likely=True)
        return _AMBIGUOUS

    def _may_have(self, group: str) -> bool:
        """Whether objects of a kind that comes with a package may be about: whether the module imports one
        that has it."""
        if group not in self._groups:
            packages: list[str] = self.members.foreign["packages"].get(group, [])
            text = self.module.source.text
            self._groups[group] = not packages or any(package in text for package in packages)
        return self._groups[group]

    def project_declares(self, name: str) -> bool:
        """Whether a function of that name is defined in the module."""
        text = self.module.source.text
        return f"def {name}(" in text

    def _learn(self, node: cst.BaseExpression, value: Type) -> None:
        """What a member says of a variable holds from here on."""
        if (
            isinstance(node, cst.Name)
            and self.scope.kind is ScopeKind.FUNCTION
            and not self.lookup(node.value).known
        ):
            self.scope.names[node.value] = value

    # -- other callees ---------------------------------------------------------------------------

    def _result(self, node: cst.Call, callee: Type, types: dict[int, Type]) -> Type:
        """What a call gives that is no use of an API by itself."""
        if callee.name.startswith("builtins."):
            return self._builtin(node, callee.name.removeprefix("builtins."), types)
        declaration = callee.decl
        if isinstance(declaration, FunctionDeclaration):
            return declaration.result(self._hints(node, declaration, types))
        if callee.kind is K.CLASS:
            if isinstance(declaration, ClassDeclaration):
                constructor = declaration.methods.get("__init__")
                if constructor is not None and not constructor.evaluated:
                    constructor.hints = (
                        self._hints(node, constructor, types) if constructor.module.is_main else {}
                    )
            value = self.members.instance_of(callee)
            if value.kind is K.MODULE and not isinstance(declaration, ClassDeclaration):
                items = [item for item in map(self._module_items, types.values()) if item.known]
                return replace(value, items=(join_all(items),)) if items else value
            return value
        if callee.kind is K.MODULE:
            return self._module_call(node, callee, types)
        if callee.kind is K.INSTANCE and isinstance(declaration, ClassDeclaration):
            method = self.members.find(callee, "__call__", self._project_member).type.decl
            if isinstance(method, FunctionDeclaration):
                return method.result(self._hints(node, method, types))
            return UNKNOWN
        if callee.kind is K.FUNCTION:
            if callee.items:
                return callee.items[0]
            rule = self.rules.find(callee.name)
            if rule is not None:
                return self._rule_result(
                    rule, rule.general, Use(node, UseKind.CALL, rule.name, rule, self.scope), types, UNKNOWN
                )
            if callee.name:
                return self._external(node, callee.name, types)
        if callee.kind is K.OBJECT:
            return callee
        if callee.kind is K.NDARRAY:
            return NDARRAY.guess()
        return UNKNOWN

    def _external(self, node: cst.Call, name: str, types: dict[int, Type]) -> Type:
        parameters = self.members.foreign["arguments"].get(name, [])

        def lookup(parameter: str) -> Type:
            if parameter in parameters and parameters.index(parameter) < len(node.args):
                return types[id(node.args[parameters.index(parameter)])]
            return UNKNOWN

        if name == "functools.partial" and node.args:
            first = node.args[0].value
            value = types[id(node.args[0])]
            if value.kind is K.CLASS:
                return Type(K.FUNCTION, items=(self.members.instance_of(value),))
            if isinstance(value.decl, FunctionDeclaration):
                return Type(K.FUNCTION, items=(value.decl.result(),))
            return value if isinstance(first, cst.BaseExpression) else UNKNOWN
        return self.members.external_result(name, lookup)

    def _module_call(self, node: cst.Call, callee: Type, types: dict[int, Type]) -> Type:
        member = self.members.find(callee, "forward", self._project_member)
        if isinstance(member.type.decl, FunctionDeclaration):
            return member.type.decl.result(self._hints(node, member.type.decl, types))
        rule = self.rules.find(callee.name) if callee.name else None
        returns = rule.general.text("call") if rule is not None else ""
        value = next(iter(types.values()), UNKNOWN)
        if not returns:
            return tensor("float", likely=not callee.name or isinstance(callee.decl, ClassDeclaration))
        return self.members.call(rule, returns, lambda name: value) if rule is not None else UNKNOWN

    def _hints(
        self, node: cst.Call, function: FunctionDeclaration, types: dict[int, Type]
    ) -> dict[str, Type]:
        if function.evaluated or function.node is None or not function.module.is_main:
            return {}
        parameters = function.node.params
        names = [parameter.name.value for parameter in (*parameters.posonly_params, *parameters.params)]
        if function.owner is not None and names and not function.is_static:
            names = names[1:]
        hints: dict[str, Type] = {}
        for index, argument in enumerate(node.args):
            if argument.star:
                break
            value = types.get(id(argument), UNKNOWN)
            if argument.keyword is not None:
                hints[argument.keyword.value] = value
            elif index < len(names):
                hints[names[index]] = value
        return {name: value for name, value in hints.items() if value.known and value.kind is not K.NONE}

    # -- builtins --------------------------------------------------------------------------------

    def _builtin(self, node: cst.Call, name: str, types: dict[int, Type]) -> Type:
        values = [types[id(argument)] for argument in node.args]
        first = values[0] if values else UNKNOWN
        if name in ("getattr", "hasattr", "setattr"):
            return self._by_name(node, name, first)
        if name in ("isinstance", "issubclass") and len(node.args) == 2:
            self._no_instances(node.args[1].value)
        if name == "super":
            return self._super()
        if name == "next":
            return element_of(first) if first.kind is not K.TUPLE else UNKNOWN
        if name == "iter":
            return iterator_of(element_of(first))
        if name in ("int", "len", "id", "hash", "ord"):
            return INT
        if name == "float":
            return FLOAT
        if name in ("bool", "isinstance", "issubclass", "hasattr", "callable", "any", "all"):
            return BOOL
        if name in ("str", "repr", "format", "chr", "input", "hex", "bin", "oct", "ascii"):
            return STR
        if name in ("list", "tuple", "sorted"):
            if name == "tuple" and first.kind is K.TUPLE:
                return first
            return list_of(element_of(first)) if values else Type(K.LIST)
        if name in ("set", "frozenset"):
            return Type(K.SET, items=(element_of(first),) if values else ())
        if name == "dict":
            return self._dict(node, first, types)
        if name == "range":
            return list_of(INT)
        if name == "enumerate":
            return iterator_of(tuple_of(INT, element_of(first)))
        if name == "zip":
            return iterator_of(tuple_of(*map(element_of, values)))
        if name == "reversed":
            return iterator_of(element_of(first))
        if name == "filter":
            return iterator_of(element_of(values[1])) if len(values) > 1 else UNKNOWN
        if name == "map":
            return iterator_of(self._mapped(first, [element_of(value) for value in values[1:]]))
        if name in ("max", "min"):
            if len(values) == 1:
                return element_of(first)
            return join_all(values)
        if name == "sum":
            return self._sum(node, first)
        if name in ("abs", "pow"):
            return first
        if name == "round":
            return INT if len(values) == 1 and first.kind in NUMBERS else first
        if name == "divmod":
            return tuple_of(first, first)
        if name == "type":
            return Type(K.CLASS, first.name, decl=first.decl) if first.known else Type(K.CLASS)
        return UNKNOWN

    def _no_instances(self, node: cst.BaseExpression) -> None:
        """Nothing is an instance of a class without a counterpart: the empty tuple stands there."""
        if isinstance(node, cst.Tuple):
            for element in node.elements:
                self._no_instances(element.value)
            return
        use = self.findings.uses.get(id(node))
        if use is None or use.rule is None or use.problem or not is_class_name(use.name):
            return
        if (use.overload or use.rule.general).kind is Kind.UNSUPPORTED:
            use.overload = Overload({"drop": NO_INSTANCES, "value": "()"})

    def _sum(self, node: cst.Call, first: Type) -> Type:
        element = element_of(first)
        if element.kind is K.TENSOR:
            rule = self.members.operator("__add__")
            if rule is not None and element.dtype != "float":
                self.findings.requires.update(rule.general.requires)
        return element if element.kind is K.TENSOR or element.kind in NUMBERS else UNKNOWN

    def _mapped(self, function: Type, arguments: list[Type]) -> Type:
        if function.kind is K.CLASS:
            return self.members.instance_of(function)
        if isinstance(function.decl, FunctionDeclaration):
            return function.decl.result()
        if function.kind is K.FUNCTION and function.items:
            return function.items[0]
        rule = self.rules.find(function.name) if function.name else None
        if rule is not None:
            return self.members.call(
                rule, rule.general.text("returns"), lambda name: arguments[0] if arguments else UNKNOWN
            )
        return UNKNOWN

    def _dict(self, node: cst.Call, first: Type, types: dict[int, Type]) -> Type:
        keywords = [types[id(argument)] for argument in node.args if argument.keyword is not None]
        if keywords:
            return Type(K.DICT, items=(STR, join_all(keywords)))
        if first.kind is K.DICT:
            return first
        pair = element_of(first)
        return (
            Type(K.DICT, items=pair.items) if pair.kind is K.TUPLE and len(pair.items) == 2 else Type(K.DICT)
        )

    def _super(self) -> Type:
        scope: Scope | None = self.scope
        while scope is not None and scope.owner is None:
            scope = scope.parent
        if scope is None or scope.owner is None or not scope.owner.bases:
            return UNKNOWN
        return self.members.instance_of(scope.owner.bases[0])

    def _by_name(self, node: cst.Call, function: str, owner: Type) -> Type:
        """`getattr`, `hasattr` and `setattr`: a member by a name that is a string."""
        if len(node.args) < 2:
            return UNKNOWN
        name = literal(node.args[1].value)
        mapped = owner.kind is K.NAMESPACE and owner.decl is None and self.members.is_mapped(owner.name)
        if function == "setattr":
            if isinstance(name, str) and isinstance(owner.decl, ClassDeclaration) and len(node.args) > 2:
                owner.decl.record(name, self.expr(node.args[2].value))
            return Type(K.NONE)
        if not isinstance(name, str):
            module = self.rules.find(owner.name) if mapped else None
            if module is not None and module.general.text("namespace") and function == "getattr":
                classes = Rule(owner.name, {"to": module.general.text("namespace")})
                self._record(Use(node.args[0].value, UseKind.VALUE, owner.name, classes, self.scope))
            elif mapped and function == "getattr":
                self._record(
                    Use(
                        node,
                        UseKind.LOOKUP,
                        owner.name,
                        None,
                        self.scope,
                        problem=DYNAMIC_NAME,
                        advice=_DYNAMIC_ADVICE,
                    )
                )
            return BOOL if function == "hasattr" else UNKNOWN
        member = self.members.find(owner, name, self._project_member)
        if not mapped:
            return BOOL if function == "hasattr" else member.type
        rule = self.rules.find(member.name)
        kind = UseKind.PRESENCE if function == "hasattr" else UseKind.LOOKUP
        use = Use(node, kind, member.name, rule, self.scope, rule.general if rule else None)
        # The module before the name is no use of its own: the whole call is replaced.
        self.findings.uses.pop(id(node.args[0].value), None)
        use.value = node.args[2] if len(node.args) > 2 else None
        self._record(use)
        return BOOL if function == "hasattr" else member.type


_AMBIGUOUS = Type(K.UNKNOWN, "ambiguous")
_DYNAMIC_ADVICE = "look the name up in a dictionary of the classes or functions that can be meant"
_CONSUMERS = frozenset(
    f"builtins.{name}"
    for name in (
        "list",
        "tuple",
        "set",
        "frozenset",
        "dict",
        "sorted",
        "sum",
        "any",
        "all",
        "max",
        "min",
        "enumerate",
        "zip",
        "map",
        "filter",
    )
)
_NEVER_A_STRINGS = frozenset({K.LIST, K.TUPLE, K.INT, K.TENSOR, K.SIZE})
_ONLY_A_STRINGS = frozenset({K.STR, K.NONE})
_NEVER_A_TENSORS = frozenset({K.STR, K.BYTES, K.DICT, K.OBJECT, K.NDARRAY, K.FUNCTION})


def keeps_call(overload: Overload, bound: Bound[cst.Arg] | None) -> bool:
    """Whether the arguments of this call reach the target as they are written."""
    given = set(bound.single) if bound is not None else set()
    changed = any(
        name in overload.ignore
        or (overload.arguments.get(name, name) != name and argument.keyword is not None)
        for name, argument in (bound.single.items() if bound is not None else ())
    )
    added = overload.add or any(name not in given for name in overload.defaults)
    return not (overload.is_template or changed or added or overload.positional is not None)
