"""What the server does once, and every process that it makes then has done already.

An IPython shell that has run a cell is a tenth of a second of each hand-in.
"""

import tempfile

from classroom.root import visible
from classroom.shell import new_shell

visible()
with tempfile.TemporaryDirectory(
    prefix="ipython-"
) as folder:  # not in the teacher's home
    new_shell(folder).run_cell("0", store_history=False, silent=True)
