"""What the documents show runs."""

import re
import subprocess
import sys

import pytest

from conftest import ROOT


def test_first_steps():
    script = ROOT / "examples" / "python" / "first_steps.py"
    said = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert said.returncode == 0
    assert "spikes at steps 21 43 65 87\n" in said.stdout
    assert "351 of 360 digits are told\n" in said.stdout


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_programs_in(document, monkeypatch):
    monkeypatch.chdir(ROOT)
    programs = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    assert programs
    for program in programs:
        names = {}
        exec(program, names)
        assert names["spikes"].shape == (50, 10, 100) and names["spikes"].dtype == bool


def test_the_package_is_python_3_9():
    import ast

    files = sorted((ROOT / "python").rglob("*.py"))
    assert len(files) > 15
    for file in files:
        source = file.read_text()
        ast.parse(source, feature_version=(3, 9))
        assert max(map(len, source.splitlines())) <= 100, file
