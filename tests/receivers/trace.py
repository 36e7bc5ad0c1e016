"""Runs models on torch and records the type of every attribute's receiver: `trace.py OUT.json NAME...`.

The packages' sources are instrumented as they are imported: `x.view` becomes `record(x, place).view`.
"""

import ast
import builtins
import importlib.machinery
import json
import sys
import types

import numpy as np
import torch
from cases import CASES
from trial import loss_of, make_batch

PACKAGES = ("vit_pytorch", "x_transformers", "torch_einops_utils", "timm", "torchvision")

places = []  # (file, line, column, attribute)
seen = {}  # index of the place -> the types found there


def kind(value):
    """The words of `paconvert inspect`; another class's name in brackets after `object`."""
    cls = type(value)
    if cls is super:  # it stands for the object whose methods it finds
        return (
            f"Module[{value.__self_class__.__name__}]"
            if issubclass(value.__self_class__, torch.nn.Module)
            else "object"
        )
    for word, classes in (
        ("Tensor", torch.Tensor),
        ("Module", torch.nn.Module),
        ("Optimizer", torch.optim.Optimizer),
        ("ndarray", np.ndarray),
        ("module", types.ModuleType),
        ("Size", torch.Size),
        ("dtype", torch.dtype),
        ("device", torch.device),
        ("class", type),
        ("function", (types.FunctionType, types.MethodType, types.BuiltinFunctionType)),
        ("bool", bool),
        ("int", int),
        ("float", float),
        ("str", str),
        ("tuple", tuple),
        ("list", list),
        ("dict", dict),
        ("set", (set, frozenset)),
    ):
        if isinstance(value, classes):
            return f"Module[{cls.__module__}.{cls.__qualname__}]" if word == "Module" else word
    return f"object[{cls.__module__}.{cls.__qualname__}]"


def record(value, place):
    found = seen.setdefault(place, {})
    cls = type(value)
    if cls not in found:
        found[cls] = kind(value)
    return value


class Instrument(ast.NodeTransformer):
    """Wraps the receivers of attributes that are read."""

    def __init__(self, path, lines):
        self.path = path
        self.lines = lines

    def visit_Attribute(self, node):
        attribute, receiver = node.attr, node.value
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            # ast counts bytes of UTF-8, the inspector characters
            line = self.lines[receiver.lineno - 1].encode()
            column = len(line[: receiver.col_offset].decode())
            places.append((self.path, receiver.lineno, column, attribute))
            call = ast.Call(
                ast.Name("__record_receiver__", ast.Load()), [node.value, ast.Constant(len(places) - 1)], []
            )
            node.value = ast.copy_location(call, receiver)
        return node

    # annotations are types, not receivers; patterns take dotted names only
    def visit_AnnAssign(self, node):
        node.target = self.visit(node.target)
        node.value = node.value and self.visit(node.value)
        return node

    def visit_arg(self, node):
        return node

    def visit_FunctionDef(self, node):
        returns, node.returns = node.returns, None
        self.generic_visit(node)
        node.returns = returns
        return node

    def visit_MatchValue(self, node):
        return node

    def visit_MatchClass(self, node):
        return node


class Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        path = self.get_filename(fullname)
        source = self.get_source(fullname)
        tree = Instrument(path, source.splitlines()).visit(ast.parse(source))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True)


class Finder(importlib.machinery.PathFinder):
    """Finds the packages' modules as usual and loads them through the instrumenting loader."""

    @classmethod
    def find_spec(cls, fullname, path=None, target=None):
        if fullname.partition(".")[0] not in PACKAGES:
            return None
        spec = super().find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


def main(out, names):
    builtins.__record_receiver__ = record
    sys.meta_path.insert(0, Finder)
    for case in CASES:
        if names and case.name not in names:
            continue
        torch.manual_seed(0)
        model = case.build()
        images, labels = make_batch(case)
        model.eval()
        model(images)
        model.train()
        loss_of(model(images), labels).backward()
    records = [[*places[index], sorted(set(found.values()))] for index, found in seen.items()]
    with open(out, "w") as file:
        json.dump(sorted(records), file)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
