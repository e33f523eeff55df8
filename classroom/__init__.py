"""The teacher's program: hand out homework, grade what comes back.

``python -m classroom release``, ``check`` and ``grade``. From the bottom up:

- ``notebook``: masters and hand-ins as cells; ``slices``: the parts of a test cell;
  ``check`` and ``release`` need no more;
- ``values``: data on the wire; ``sandbox``: a process that can do no harm;
  ``inside``: what runs in a student's; ``outside``: who asks and watches it;
  ``matching``: which cell of a hand-in answers what; ``words``: answers in words;
  ``result``: what became of one; ``grading``: one hand-in, judged;
- ``files``: written wholly or not at all; ``tree``: what lies in a folder or a zip;
  ``exports`` and ``systems``: whose it is; ``choosing`` and ``answers``: which file of
  a student's counts; ``roster``: who the students are; ``hand_ins``: all of that;
  ``course``: a whole class, and what of it is done already; ``reports``: marks and
  feedback.
"""

import sys

# nbformat would have it imported to check addresses of a kind that no notebook holds:
# two seconds of each start.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # says: absent
