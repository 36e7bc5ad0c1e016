"""Requirements of torch become requirements of Paddle; every other byte of the file stays.

Understood are pip's requirement files, `setup.py`, `setup.cfg`, `pyproject.toml` (also Poetry's tables) and
conda's environment files. What is around torch (torchvision, torchaudio) goes when nothing in the output
imports it any more.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from paconvert.frontend.text import SourceText

FRAMEWORK = "torch"
COMPANIONS = frozenset({"torchvision", "torchaudio"})
PADDLE = "paddlepaddle"
_TORCH = frozenset({FRAMEWORK, "pytorch"})
_CONDA_ONLY = frozenset({"pytorch-cuda", "pytorch-mutex", "cpuonly"})
_PIP = re.compile(
    r"(^|/)(requirements[^/]*|[^/]*[-_.]requirements|requirements/[^/]*|constraints[^/]*)\.(txt|in)$"
)
_CONDA = re.compile(r"(^|/)(environment|conda)[^/]*\.ya?ml$")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WHEEL = re.compile(
    r"(?:\S*/)?(torch|torchvision|torchaudio)-[^/\s]*\.whl$|git\+\S*/(pytorch|vision|audio)(?:\.git)?(?:@\S*)?$"
)
_LINKS = re.compile(
    r"\s*(?:-f|--find-links|-i|--index-url|--extra-index-url)[ =]\s*\S*pytorch\.org\S*\s*(?:#.*)?$"
)
_KEYWORDS = frozenset({"install_requires", "extras_require", "tests_require", "setup_requires", "requires"})
_VARIABLE = re.compile(r"requir|depend|deps|extras", re.IGNORECASE)
_LITERAL = re.compile(r"[rRuU]?(\"\"\"|'''|\"|')(.*)\1$", re.DOTALL)

DROP = ""  # stands for a requirement that goes


def is_requirements(path: str) -> bool:
    """Whether a file of this name may hold requirements."""
    return _rewriter(path) is not None


def rewrite_requirements(path: str, text: str, needed: Collection[str], version: str) -> str:
    """The text with Paddle in place of torch.

    Args:
        path: says by its name how the file is written.
        text: its content.
        needed: packages around torch that the output still imports.
        version: the Paddle release to require.
    """
    rewriter = _rewriter(path)
    if rewriter is None or "torch" not in text.lower():
        return text
    return rewriter(text, _Replacer(frozenset(needed), version))


def _rewriter(path: str) -> Callable[[str, _Replacer], str] | None:
    name = path.rpartition("/")[2]
    named = {"setup.py": _setup_py, "setup.cfg": _setup_cfg, "pyproject.toml": _pyproject}
    if name in named:
        return named[name]
    if _CONDA.search(path):
        return _conda
    return _pip if _PIP.search(path) else None


@dataclass(frozen=True, slots=True)
class _Replacer:
    needed: frozenset[str]
    version: str

    def requirement(self, text: str) -> str:
        """What takes the place of a requirement: `DROP` for nothing, the same text when it stays."""
        found = _NAME.match(text.strip())
        wheel = _WHEEL.match(text.strip())
        if wheel:
            name = {"pytorch": "torch", "vision": "torchvision", "audio": "torchaudio"}.get(
                wheel[2], wheel[1]
            )
            return self._renamed(name, f"{PADDLE}=={self.version}", text)
        if not found:
            return text
        name = found.group().lower().replace("_", "-")
        if name not in _TORCH and name not in COMPANIONS:
            return text
        from packaging.requirements import InvalidRequirement, Requirement

        try:
            parsed = Requirement(text.strip())
        except InvalidRequirement:
            return text
        marker = re.search(r"\s*;.*$", text.rstrip()) if parsed.marker else None
        return self._renamed(
            name, PADDLE + self.specifier(f"@{parsed.url}" if parsed.url else str(parsed.specifier)), text
        ) + (marker.group() if marker and name in _TORCH else "")

    def _renamed(self, name: str, paddle: str, text: str) -> str:
        if name in _TORCH:
            return paddle
        return text if name in self.needed else DROP

    def specifier(self, before: str) -> str:
        """A pinned version stays pinned, anything else becomes a lower bound."""
        return f"{'==' if '==' in before or before.startswith(('@', '=')) else '>='}{self.version}"


# pip


def _pip(text: str, replace: _Replacer) -> str:
    lines: list[str] = []
    has_paddle = re.search(rf"^\s*{PADDLE}", text, re.MULTILINE) is not None
    seen: set[str] = set()
    for line in _logical_lines(text):
        if _LINKS.match(line) and not replace.needed:
            continue
        match = re.match(r"(\s*)([^#\s-](?:(?!\s#|\s--)[^\\\r\n])*?)(\s*(?:\\|--|#|$))", line)
        before = match.group(2) if match else ""
        after = replace.requirement(before) if before else before
        if match is None or after == before:
            lines.append(line)
        elif after != DROP and not has_paddle and after not in seen:
            seen.add(after)
            rest = re.search(r"(\s+#[^\r\n]*)?(\r?\n?)$", line)
            lines.append(match.group(1) + after + (rest.group() if rest else ""))
    return "".join(lines)


def _logical_lines(text: str) -> Iterator[str]:
    """The lines, those joined by a backslash in one piece."""
    whole = ""
    for line in text.splitlines(keepends=True):
        whole += line
        if not line.rstrip("\r\n").endswith("\\"):
            yield whole
            whole = ""
    if whole:
        yield whole


# setup.py


def _setup_py(text: str, replace: _Replacer) -> str:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return text
    source = SourceText(text)
    edits: list[tuple[int, int, str]] = []
    for node, in_list, is_named in _strings(tree, False, False):
        before = str(node.value)
        after = replace.requirement(before)
        if after == before or not (is_named or (in_list and re.search(r"[=<>~]", before))):
            continue
        start = source.offset(node.lineno, node.col_offset)
        end = source.offset(node.end_lineno or node.lineno, node.end_col_offset or 0)
        literal = _LITERAL.match(text[start:end])
        if literal is None or literal.group(2) != before:
            continue
        if after == DROP:
            if in_list:
                edits.append((*_element(text, start, end), ""))
        else:
            edits.append((start + literal.start(2), start + literal.end(2), after))
    return _apply(text, edits)


def _strings(node: ast.AST, in_list: bool, is_named: bool) -> Iterator[tuple[ast.Constant, bool, bool]]:
    """String constants: whether each is a list's element, and whether its place is named for requirements."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node, in_list, is_named
        return
    if isinstance(node, ast.keyword):
        is_named = node.arg in _KEYWORDS
    elif isinstance(node, ast.Assign):
        is_named = any(_VARIABLE.search(name.id) for name in node.targets if isinstance(name, ast.Name))
    elif isinstance(node, ast.Subscript | ast.Compare):
        return
    elif isinstance(node, ast.Call):
        named = _VARIABLE.search(ast.unparse(node.func)) is not None
        for argument in (*node.args, *node.keywords):
            yield from _strings(
                argument, False, named or (is_named and isinstance(argument, ast.List | ast.Tuple))
            )
        return
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            named = isinstance(key, ast.Constant) and key.value in _KEYWORDS
            yield from _strings(value, False, is_named or named)
        return
    in_list = isinstance(node, ast.List | ast.Tuple | ast.Set)
    for child in ast.iter_child_nodes(node):
        yield from _strings(child, in_list, is_named)


# setup.cfg


def _setup_cfg(text: str, replace: _Replacer) -> str:
    lines: list[str] = []
    section = key = ""
    for line in text.splitlines(keepends=True):
        header = re.match(r"\[([^\]]+)\]", line)
        assigned = re.match(r"([\w.-]+)[ \t]*=[ \t]*", line)
        start = 0
        if header:
            section, key = header.group(1).strip(), ""
        elif assigned:
            key, start = assigned.group(1), assigned.end()
        named = section == "options.extras_require" or (section == "options" and key in _KEYWORDS)
        match = re.match(r"(\s*)([^#\s].*?)(\s*)$", line[start:], re.DOTALL)
        if named and not header and match:
            after = replace.requirement(match.group(2))
            if after == DROP and not start:
                continue
            line = line[:start] + match.group(1) + after + match.group(3)
        lines.append(line)
    return "".join(lines)


# pyproject.toml

_TOML = re.compile(
    r"(?P<comment>#[^\n]*)|(?P<string>\"\"\".*?\"\"\"|'''.*?'''|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*')"
    r"|(?P<open>[\[{])|(?P<close>[\]}])|(?P<newline>\n)",
    re.DOTALL,
)
_TOML_LISTS = frozenset(
    {"dependencies", "requires", "dev-dependencies", "extra-dependencies", "constraint-dependencies"}
)
_TOML_GROUPS = re.compile(r"project\.optional-dependencies$|dependency-groups$|tool\.pdm\.dev-dependencies$")
_TOML_TABLES = re.compile(r"tool\.(poetry|pixi)\b.*dependencies$")
_TOML_NAMES = re.compile(r"tool\.poetry\.extras$")


def _pyproject(text: str, replace: _Replacer) -> str:
    edits: list[tuple[int, int, str]] = []
    for section, key, start, end in _toml_values(text):
        if _TOML_TABLES.match(section) or section == "tool.uv.sources":
            edits.extend(_toml_table_edit(text, section, key, start, end, replace))
        elif key in _TOML_LISTS or _TOML_GROUPS.match(section) or _TOML_NAMES.match(section):
            bare = _TOML_NAMES.match(section) is not None
            for match in _TOML.finditer(text, start, end):
                is_inner = text[: match.start()].rstrip().endswith("=")  # of a table in the list
                if match.lastgroup == "string" and not is_inner:
                    before = match.group()[1:-1]
                    after = replace.requirement(before)
                    if after == DROP:
                        edits.append((*_element(text, match.start(), match.end()), ""))
                    elif after != before:
                        edits.append((match.start() + 1, match.end() - 1, PADDLE if bare else after))
    return _apply(text, edits)


def _toml_values(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Section, key, and the span of the value of each assignment outside of brackets."""
    section, position = "", 0
    while position < len(text):
        end = _toml_line_end(text, position)
        line = text[position:end]
        header = re.match(r"\s*\[+\s*([^\]#]+?)\s*\]+", line)
        assigned = re.match(r"\s*([\w.\"'-]+)\s*=\s*", line)
        if assigned:
            yield section, assigned.group(1).strip("\"'"), position + assigned.end(), end
        elif header:
            section = header.group(1)
        position = end


def _toml_line_end(text: str, position: int) -> int:
    depth = 0
    for match in _TOML.finditer(text, position):
        if match.lastgroup == "open":
            depth += 1
        elif match.lastgroup == "close":
            depth -= 1
        elif match.lastgroup == "newline" and depth <= 0:
            return match.end()
    return len(text)


def _toml_table_edit(
    text: str, section: str, key: str, start: int, end: int, replace: _Replacer
) -> Iterator[tuple[int, int, str]]:
    line = text.rfind("\n", 0, start) + 1
    name = key.lower()
    if (name in COMPANIONS and name not in replace.needed) or (
        name in _TORCH and section == "tool.uv.sources"
    ):
        yield line, end, ""
    elif name in _TORCH:
        key_start = text.index(key, line)
        yield key_start, key_start + len(key), PADDLE
        value = re.match(r"[^\n]*?(?=\s*(?:#[^\n]*)?\r?\n?$)", text[start:end], re.DOTALL)
        old = value.group() if value else text[start:end]
        version = re.search(r"version\s*=\s*\"([^\"]*)\"", old)
        pinned = version.group(1) if version else old.strip("\"'")
        specifier = replace.specifier("==" if re.match(r"={0,3}\d", pinned) else "")
        if version and old.startswith("{"):
            kept = re.sub(r",?\s*(?:source|url|git|index)\s*=\s*\"[^\"]*\"", "", old)
            new = re.sub(r"(version\s*=\s*\")[^\"]*", rf"\g<1>{specifier}", kept)
        else:
            new = f'"{specifier}"'
        yield start, start + len(old), new


# conda


def _conda(text: str, replace: _Replacer) -> str:
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    has_pip = re.search(r"^\s*-\s*pip\s*:", text, re.MULTILINE) is not None
    section, pip_indent, moved = "", -1, ""
    out: list[str] = []
    pip_at = -1
    for line in lines:
        top = re.match(r"([\w-]+)\s*:", line)
        item = re.match(r"(\s*)-(\s+)([\"']?)([^#\r\n]*?)\3(\s*(?:#[^\r\n]*)?\r?\n?)$", line)
        if top:
            section, pip_indent = top.group(1), -1
        if item is None or section not in ("dependencies", "channels"):
            out.append(line)
            continue
        indent, _, _, value, _ = item.groups()
        if pip_indent >= 0 and len(indent) <= pip_indent:
            pip_indent = -1
        if section == "channels":
            if value != "pytorch" or replace.needed:
                out.append(line)
        elif re.match(r"pip\s*:", value):
            pip_indent = len(indent)
            out.append(line)
            pip_at = len(out)
        elif pip_indent >= 0:
            after = replace.requirement(value)
            if after != DROP:
                out.append(line[: item.start(4)] + after + line[item.end(4) :])
        else:
            name, specifier = _conda_parts(value)
            if name in _TORCH:
                moved = f"{PADDLE}{replace.specifier(specifier)}"
                if not has_pip:
                    if not re.search(r"^\s*-\s*pip\b", text, re.MULTILINE):
                        out.append(f"{indent}- pip{newline}")
                    out.append(f"{indent}- pip:{newline}{indent}  - {moved}{newline}")
                    has_pip, moved = True, ""
            elif name not in _CONDA_ONLY and (name not in COMPANIONS or name in replace.needed):
                out.append(line)
    if moved and pip_at >= 0 and not any(PADDLE in line for line in out):
        following = re.match(r"\s*", out[pip_at]) if pip_at < len(out) else None
        indent = following.group() if following and following.group().strip("\r\n") else "    "
        out.insert(pip_at, f"{indent}- {moved}{newline}")
    return "".join(out)


def _conda_parts(value: str) -> tuple[str, str]:
    """Name and version of a conda requirement (`pytorch::pytorch=1.7`)."""
    plain = value.rpartition("::")[2].strip()
    name = _NAME.match(plain)
    return (name.group().lower(), plain[name.end() :].strip()) if name else ("", "")


# edits


def _element(text: str, start: int, end: int) -> tuple[int, int]:
    """The span of a list element with its comma, and with its line when nothing else is on it."""
    comma = re.match(r"[ \t]*,", text[end:])
    if comma:
        end += comma.end()
    else:
        before = re.search(r",[ \t]*$", text[:start])
        if before:
            start = before.start()
            return start, end
    line = text.rfind("\n", 0, start) + 1
    rest = re.match(r"[ \t]*(?:#[^\n]*)?\r?\n", text[end:])
    if rest and not text[line:start].strip():
        return line, end + rest.end()
    space = re.match(r"[ \t]+", text[end:])
    return start, end + (space.end() if space and comma else 0)


def _apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
