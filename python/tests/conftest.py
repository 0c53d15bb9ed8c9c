"""What the tests share: where things are, and processes of their own for what ends one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples" / "digits"


@pytest.fixture
def in_process(tmp_path):
    """run(script, **environment): a script in a Python of its own; its output."""

    def run(script, code=0, **environment):
        file = tmp_path / "script.py"
        file.write_text("import clif, numpy as np, os, sys\n" + script)
        result = subprocess.run(
            [sys.executable, str(file)],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,  # of what hangs; nothing here takes as long
        )
        assert result.returncode == code, result.stdout
        return result.stdout

    return run
