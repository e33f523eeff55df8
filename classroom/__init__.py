"""The teacher's program: hand out homework, grade what comes back.

``python -m classroom release``, ``check`` and ``grade``. From the bottom up:

- ``notebook``: masters and hand-ins as cells; ``slices``: the parts of a test cell;
  ``check`` and ``release`` need no more;
- ``values``: data on the wire; ``sandbox``: a process that can do no harm;
  ``inside``: what runs in a student's; ``outside``: who asks and watches it;
  ``matching``: which cell of a hand-in answers what; ``result``: what became of one;
  ``grading``: one hand-in, judged;
- ``files``: written wholly or not at all; ``hand_ins``: what lies in the folder;
  ``journal``: what is graded already; ``workers``: who grades; ``course``: a whole
  class;
- ``by_hand``: what a person wrote, and where it belongs; ``marks``: the table;
  ``pages``: feedback; ``reports``: all of them, as they grow, and with ``progress`` on
  a terminal; ``gradebooks``, ``canvas``, ``moodle``, ``autograders``: what other
  systems read.
"""

import sys

# nbformat would have it imported to check addresses of a kind that no notebook holds:
# two seconds of each start.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # says: absent
