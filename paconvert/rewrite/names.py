"""How the output spells a target: through the user's own aliases, through `paddle`, or as a helper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from paconvert.inference.scope import Scope
from paconvert.inference.types import K
from paconvert.rewrite.helpers import MODULE_NAME, helper_names
from paconvert.rules.load import Rules
from paconvert.rules.model import Kind, Rule

_HELPERS = "helpers."
_NAME = re.compile(r"(?<![\w.])(?:paddle(?:\.\w+)*|helpers\.\w+)")


def counterpart(rules: Rules, qualified: str) -> str:
    """The Paddle module that stands for a module; empty when there is none."""
    rule = rules.find(qualified)
    if rule is None or rule.is_callable or rule.general.kind is not Kind.TARGET or rule.general.is_template:
        return ""
    return rule.general.to


def module_target(rules: Rules, qualified: str) -> str:
    """The Paddle module that a program gets which looks a module up by its name; empty when there is none."""
    module = counterpart(rules, qualified)
    if not module and "." not in qualified and qualified in rules.namespaces:
        return str(rules.facts["conventions"]["package"])
    return module if re.fullmatch(r"(?!helpers\.)[\w.]+", module) else ""


def value_target(rule: Rule | None) -> str:
    """The plain target that an API's name can be bound to; empty when it takes more than a name."""
    if rule is None:
        return ""
    if rule.value:
        return rule.value if re.fullmatch(r"[\w.]+", rule.value) else ""
    overload = rule.general
    if overload.kind is not Kind.TARGET or not overload.keeps_arguments or overload.text("gives"):
        return ""
    return overload.to


class Speller:
    """Spells targets for one output, and remembers what they need.

    Attributes:
        helpers: names of the helpers that were spelled.
        imported: helpers that the user's own `from … import` binds.
        needs_root: whether `paddle` was spelled where no import of the user's binds it.
        others: modules whose names the source has for something else → the names that they are imported by.
    """

    def __init__(
        self,
        rules: Rules,
        kept: Iterable[str],
        helper_module: bool,
        taken: frozenset[str],
        given: Mapping[str, str],
        assumed: Mapping[str, str],
    ) -> None:
        """
        Args:
            rules: the rules.
            kept: local names that keep meaning torch's module, because something unsupported needs them.
            helper_module: whether helpers are in a module of their own.
            taken: identifiers of the source, which helpers inside the output must not be called.
            given: names that the caller says are bound.
            assumed: names that mean something although nothing in sight binds them: a target is spelled by
                one only
                where the user did.
        """
        self._rules = rules
        self.kept = frozenset(kept)
        self.module_in_use = helper_module
        self.importable = helper_module
        self._given = given
        self._assumed = assumed
        self._taken = taken
        self._aliases: dict[int, dict[str, str]] = {}
        self.root = str(rules.facts["conventions"]["package"])
        self.helpers: set[str] = set()
        self.imported: set[str] = set()
        self.module_used = False
        self.needs_root = False
        self.module_name = MODULE_NAME
        self.others: dict[str, str] = {}

    def aliases(self, scope: Scope) -> dict[str, str]:
        """Local name in the output → Paddle module, for the names that imports bind in sight of a scope."""
        known = self._aliases.get(id(scope))
        if known is None:
            known = (
                self.aliases(scope.parent)
                if scope.parent is not None
                else self._unbound_aliases(scope, self._given)
            )
            own = [
                pair
                for key, value in scope.names.items()
                if key.startswith("import ") and not value.likely
                for pair in self._alias(key.removeprefix("import "), value.name)
            ]
            if own:
                known = {**known, **dict(own)}
            self._aliases[id(scope)] = known
        return known

    def preferred(self, local: str, scope: Scope) -> str:
        """The alias that the user wrote, when the output has it; else empty."""
        return (
            local
            if local in self.aliases(scope) or local in self._unbound_aliases(scope, self._assumed)
            else ""
        )

    def _unbound_aliases(self, scope: Scope, names: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for local, qualified in names.items():
            if local not in scope.module.scope.names and not scope.module.binders(local):
                found.update(self._alias(local, qualified))
        return found

    def _alias(self, local: str, qualified: str) -> Iterator[tuple[str, str]]:
        module = counterpart(self._rules, qualified)
        if not module:
            return
        if local == qualified:
            yield self.root, self.root
        elif local not in self.kept:
            yield local, module

    def local_name(self, local: str, qualified: str) -> str:
        """What an imported module's local name is called in the output (`torch` becomes `paddle`)."""
        return self.root if local == qualified else local

    def spell(self, target: str, scope: Scope, prefer: str = "") -> str:
        """The text for a target such as `paddle.nn.functional.relu` or `helpers.cat`.

        Args:
            target: the qualified target.
            scope: where it is written.
            prefer: the alias that the user wrote there.
        """
        if target.startswith(_HELPERS):
            name, dot, member = target.removeprefix(_HELPERS).partition(".")
            return self.helper(name, scope) + dot + member
        if "." not in target and target != self.root:
            return target  # a builtin
        aliases = self.aliases(scope)
        if prefer and prefer not in aliases:
            aliases = {**aliases, prefer: self._unbound_aliases(scope, self._assumed)[prefer]}
        fitting = [
            name
            for name, module in aliases.items()
            if (target == module or target.startswith(module + ".")) and not self._is_hidden(name, scope)
        ]
        if fitting:
            best = (
                prefer
                if prefer in fitting
                else max(fitting, key=lambda name: (len(aliases[name]), name == self.root))
            )
            return best + target[len(aliases[best]) :]
        if target == self.root or target.startswith(self.root + "."):
            if self._is_hidden(self.root, scope):
                return self._other_name(self.root) + target.removeprefix(self.root)
            self.needs_root = True
        return target

    def _is_hidden(self, name: str, scope: Scope) -> bool:
        """Whether a name means something of the source's own in a scope, not the module it stands for."""
        found = scope.binding(name)
        if found is None or found.kind is not K.NAMESPACE:
            return found is not None
        return name == self.root and self.root not in (found.name, counterpart(self._rules, found.name))

    def _other_name(self, module: str) -> str:
        """A name for a module whose own is taken; it is imported by that."""
        free = module + "_"
        while free in self._taken:
            free += "_"
        self.others[module] = free
        return free

    def helper(self, name: str, scope: Scope | None = None) -> str:
        """The text for a helper, where no scope is given at the top of the module."""
        self.helpers.add(name)
        if self.module_in_use:
            if scope is not None and self._is_hidden(self.module_name, scope):
                return f"{self._other_name(self.module_name)}.{name}"
            self.module_used = True
            return f"{self.module_name}.{name}"
        return self.helper_name(name)

    def missing(self, qualified: str) -> str:
        """The text for a class that nothing stands for."""
        return f'{self.helper("missing_class")}("{qualified}")'

    def helper_name(self, name: str) -> str:
        """What a helper is called inside a single output: its name, unless the source has that name
        already."""
        free = name
        while free in self._taken or (free != name and free in helper_names()):
            free += "_"
        return free

    def expand(self, text: str, scope: Scope, prefer: str = "") -> str:
        """Spells all targets that a template or expression mentions."""
        return _NAME.sub(lambda match: self.spell(match.group(), scope, prefer), text)
