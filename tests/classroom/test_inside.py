"""What runs inside a student's process."""

from nbformat.v4 import new_code_cell

from tests.shared.grading import graded
from tests.shared.homework import FULL, as_bytes, solved


def test_what_jupyter_does_works_without_a_kernel():
    notebook = solved()
    cells = {
        "matplotlib": "%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nplt.show()\nprint('drawn')",
        "time": "%%time\nprint('timed')",
        "shell": "!echo from the shell",
        "pip": "%pip install nothing-at-all\n!pip install nothing-at-all",
        "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited')",
        "display": "from IPython.display import display\ndisplay(torch.ones(1))",
        "widgets": "from ipywidgets import interact\n"
        "interact(lambda n: print('moved', n), n=(0, 10))",
        "workers": "from torch.utils.data import DataLoader, TensorDataset\n"
        "data = DataLoader(TensorDataset(torch.arange(4.0)), 2, num_workers=1)\n"
        "print(sum(x.sum().item() for (x,) in data))",
        "input": "name = input('Who? ')",
        "file": "with open('a.txt', 'w') as f:\n    f.write('kept')\n"
        "print(open('a.txt').read())",
        "helpers": "from helpers.training import digits\nprint(digits(0, 16).x.shape)",
    }
    for name, source in cells.items():
        notebook.cells.insert(-1, new_code_cell(source, id=name))
    result = graded(as_bytes(notebook))
    said, errors = result.outputs, result.errors
    assert errors.keys() == {"input"} and errors["input"].startswith("EOFError")
    assert (result.status, result.total) == ("graded", FULL)
    for name, words in {
        "matplotlib": "drawn",
        "time": "Wall time",
        "shell": "from the shell",
        "pip": "nothing is installed",
        "await": "awaited",
        "display": "tensor([1.])",
        "workers": "6.0",
        "file": "kept",
        "helpers": "Size",
    }.items():
        assert words in said[name], (name, said[name])
