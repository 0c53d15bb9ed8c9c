"""What cffi has read from the headers is what a C compiler reads."""

import re
import shutil
import subprocess

import pytest

import clif
from clif._headers import Headers
from clif._library import constants, ffi, lib

NAMES = [name for name in ffi.list_types()[0] if name.startswith("clif_")]


def structs():
    for name in NAMES:
        ctype = ffi.typeof(name)
        if ctype.kind == "struct" and ctype.fields is not None:
            yield name, [field for field, _ in ctype.fields]


def c_program():
    lines = ["#include <clif/clif.h>", "#include <stdio.h>", "int main(void) {"]
    show = '  printf("%s %lld\\n", "{0}", (long long)({1}));'.replace("%s", "%s")
    for name, fields in structs():
        lines.append(show.format(f"sizeof {name}", f"sizeof({name})"))
        for field in fields:
            lines.append(show.format(f"{name}.{field}", f"offsetof({name}, {field})"))
    for name in constant_names():
        lines.append(show.format(name, name))
    return "\n".join(lines + ["  return 0;", "}"])


def constant_names():
    for header in (clif._library._find_headers()).glob("*.h"):
        yield from re.findall(r"^\s*(CLIF_[A-Z0-9_]+) *= *\n? *\d+", header.read_text(), re.M)
    for name in ffi.typeof("clif_status").elements.values():
        yield name


def test_structs_and_constants_are_those_of_the_compiler(tmp_path):
    cc = shutil.which("cc") or shutil.which("gcc") or pytest.skip("no C compiler")
    (tmp_path / "p.c").write_text(c_program())
    program = str(tmp_path / "p")
    subprocess.run([cc, f"-I{clif.include_dir}", "p.c", "-o", program], cwd=tmp_path, check=True)
    lines = subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout
    seen = 0
    for line in lines.splitlines():
        what, value = line.rsplit(" ", 1)
        if what.startswith("sizeof "):
            ours = ffi.sizeof(what[7:])
        elif "." in what:
            ours = ffi.offsetof(*what.split("."))
        else:
            ours = getattr(lib, what)
        assert ours == int(value), what
        seen += 1
    assert seen > 200


def test_every_function_is_in_the_library():
    names = [name for name in dir(lib) if name.startswith("clif_")]
    assert len(names) > 60
    for name in names:
        assert getattr(lib, name)


def test_statuses_are_the_headers():
    assert clif.Status.OK == 0
    assert clif.Status.CANCELLED == 14
    for status in clif.Status:
        assert ffi.string(lib.clif_status_name(status)).decode() == f"CLIF_{status.name}"


def test_short_names_of_constants():
    assert constants("clif_reset", "CLIF_RESET_") == {"value": 0, "subtract": 1, "none": 2}


def test_a_new_header_is_found_through_clif_h(tmp_path):
    (tmp_path / "clif.h").write_text('#include "new.h"\n#include "new.h"\n')
    (tmp_path / "new.h").write_text(
        "/* a comment, // with another */\n"
        "#ifndef NEW_H\n#define NEW_H\n#define CLIF_NEW 7\n"
        '#define TABLE(X) \\\n  X(ONE, 1, "a, (b)") \\\n  X(TWO, 2, "c")\n'
        "typedef enum e {\n#define ROW(name, value, text) A_##name = value,\n  TABLE(ROW)\n"
        '#undef ROW\n} e;\n#ifdef __cplusplus\nextern "C" {\n#endif\n'
        "CLIF_NODISCARD CLIF_API int f(void);\n#ifdef __cplusplus\n}\n#endif\n#endif\n"
    )
    headers = Headers(tmp_path)
    assert headers.numbers == {"CLIF_NEW": 7}
    assert "A_ONE = 1, A_TWO = 2," in " ".join(headers.text.split())
    assert headers.text.count("int f(void);") == 1
    for word in ("#", "CLIF_API", "extern", "comment"):
        assert word not in headers.text


def test_the_library_is_of_the_headers_version():
    assert clif.__version__ == ffi.string(lib.clif_version()).decode()


def test_another_version_is_refused(tmp_path, in_process):
    cc = shutil.which("cc") or shutil.which("gcc") or pytest.skip("no C compiler")
    (tmp_path / "o.c").write_text('const char *clif_version(void) { return "9.9.9"; }')
    subprocess.run([cc, "-shared", "-fPIC", "o.c", "-o", "libo.so"], cwd=tmp_path, check=True)
    said = in_process("", code=1, CLIF_LIBRARY=str(tmp_path / "libo.so"))
    assert "ImportError: clif: " in said
    assert f"is version 9.9.9, but this package is {clif.__version__}" in said


def test_a_library_that_is_not_there_is_named(in_process):
    said = in_process("", code=1, CLIF_LIBRARY="/nowhere/libclif.so")
    assert "ImportError: clif: no library could be opened" in said
    assert "/nowhere/libclif.so (the environment variable CLIF_LIBRARY)" in said


def test_import_brings_no_torch(in_process):
    assert in_process("print('torch' in sys.modules)") == "False\n"
