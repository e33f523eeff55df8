"""The teacher's program: hand out homework, grade what comes back.

``python -m classroom release``, ``check`` and ``grade``. From the bottom up:

- ``notebook``: masters and hand-ins as cells; ``slices``: the parts of a test cell;
- ``leaks`` and ``asserts``: what is wrong with a cell of a master; ``check``: with all;
- ``linux``, ``root``, ``calls``: what the kernel can do; ``sandbox``: a process that
  can do no harm; ``usage``: what it uses;
- ``values``: data on the wire; ``shell`` and ``inside``: what runs in a student's
  process; ``outside``: who asks and watches it;
- ``forms``, ``judging``, ``rehearsal``: what values are asked for and accepted;
- ``matching``: which cell of a hand-in answers what; ``words``: answers in words;
  ``pace``: how long it may take; ``result``: what became of one; ``referee``: one
  hand-in, judged;
- ``processes`` and ``grading``: who has that done elsewhere; ``trial``: a master's own
  answers; ``release``: the students' version;
- ``files``: written wholly or not at all; ``tree``: what lies in a folder or a zip;
  ``exports`` and ``systems``: whose it is; ``choosing`` and ``answers``: which file of
  a student's counts; ``roster``: who the students are; ``hand_ins``: all of that;
- ``journal``: what is graded already; ``workers``: who grades; ``course``: a whole
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
