"""The declarations in clif's public headers, as cffi reads them.

The headers are the only copy of every constant, struct and function. What cffi does not know is
taken out or worked out here, by a preprocessor for what these headers use and no more.
"""

import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Set

_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_CPLUSPLUS = re.compile(r"^#ifdef __cplusplus\n.*?^#endif\n", re.DOTALL | re.MULTILINE)
_INCLUDE = re.compile(r'#include "(\w+\.h)"')
_NUMBER = re.compile(r"#define (\w+) (\d+)$")
_MACRO = re.compile(r"#define (\w+)\((.*?)\)\s+(.*)")
_ATTRIBUTE = re.compile(r"\bCLIF_(?:NODISCARD|API)\b")
_ARGUMENTS = r'\(((?:"[^"]*"|[^()"])*)\)'
_ARGUMENT = re.compile(r'(?:"[^"]*"|[^,"])+')


class _Macro(NamedTuple):
    """A macro with arguments: the table of statuses, and what is made of its rows."""

    name: str
    parameters: List[str]
    body: str

    def expand_in(self, text: str) -> str:
        return re.sub(rf"\b{self.name}{_ARGUMENTS}", self._expand, text)

    def _expand(self, call: "re.Match[str]") -> str:
        arguments = [a.strip() for a in _ARGUMENT.findall(call.group(1))]
        values = dict(zip(self.parameters, arguments))
        names = rf"\b(?:{'|'.join(self.parameters)})\b"
        body = re.sub(r"\s*##\s*", "##", self.body)
        body = re.sub(names, lambda name: values[name.group()], body)
        return body.replace("##", "")


class Headers:
    """What clif.h and all that it includes declare.

    `text` is for cffi's cdef(); `numbers` has the macros that are plain numbers.
    """

    def __init__(self, folder: Path) -> None:
        self.numbers: Dict[str, int] = {}
        self._folder = folder
        self._macros: List[_Macro] = []
        self._seen: Set[str] = set()
        self._lines: List[str] = []
        self._read("clif.h")
        self.text = _ATTRIBUTE.sub("", "\n".join(self._lines))

    def _read(self, name: str) -> None:
        if name in self._seen:
            return
        self._seen.add(name)
        source = (self._folder / name).read_text(encoding="utf-8").replace("\\\n", " ")
        for line in _CPLUSPLUS.sub("", _COMMENT.sub(" ", source)).splitlines():
            if line.startswith("#"):
                self._obey(line.rstrip())
            elif line.strip():
                self._lines.append(self._expand(line))

    def _obey(self, line: str) -> None:
        """Of the conditions none but include guards and compilers' attributes are left by now."""
        include, number, macro = (p.match(line) for p in (_INCLUDE, _NUMBER, _MACRO))
        if include:
            self._read(include.group(1))
        elif number:
            self.numbers[number.group(1)] = int(number.group(2))
        elif macro:
            parameters = [name.strip() for name in macro.group(2).split(",")]
            self._macros.append(_Macro(macro.group(1), parameters, macro.group(3)))

    def _expand(self, line: str) -> str:
        for macro in self._macros:
            line = macro.expand_in(line)
        return line
