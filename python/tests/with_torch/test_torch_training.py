"""examples/python/train_digits.py: a network learns, and its file computes the same elsewhere."""

import os
import re
import subprocess
import sys

import pytest

pytest.importorskip("torch", reason="PyTorch is not installed (package python3-torch)")

from conftest import DIGITS, ROOT  # noqa: E402


def output_of(*command):
    done = subprocess.run(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,  # of what hangs
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def right_of(text):
    """The samples that were told, from the line `accuracy 0.981 (353/360)`."""
    found = re.search(r"^accuracy \S+ \((\d+)/360\)$", text, re.MULTILINE)
    assert found, text
    return int(found.group(1))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The file and what was printed, by the example with fewer epochs than it has by default."""
    file = tmp_path_factory.mktemp("trained") / "trained.nir"
    script = ROOT / "examples" / "python" / "train_digits.py"
    return file, output_of(sys.executable, script, "--epochs", 40, "--out", file)


def test_the_example_learns_the_digits(trained):
    _file, said = trained
    assert len(re.findall(r"^epoch ", said, re.MULTILINE)) == 40
    assert right_of(said) >= 0.97 * 360


def test_the_program_computes_the_same_from_the_file(trained):
    file, said = trained
    program = os.environ.get("CLIF_PROGRAM")
    if not program:
        pytest.skip("CLIF_PROGRAM does not say where the program clif is")
    labels = ["--labels", DIGITS / "labels.npy"]
    ran = output_of(program, "run", file, DIGITS / "input_spikes.npy", "--dt", "1e-3", *labels)
    assert right_of(ran) == right_of(said)
