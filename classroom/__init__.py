"""The teacher's program: hand out homework, grade what comes back.

``python -m classroom release``, ``check`` and ``grade``. From the bottom up:

- ``notebook``: masters and hand-ins as cells; ``slices``: the parts of a test cell;
  ``check`` and ``release`` need no more;
- ``values``: data on the wire; ``sandbox``: a process that can do no harm;
  ``nursery``: where such processes are born; ``student`` and ``judge``: what runs in
  one; ``matching``: which cell of a hand-in answers what; ``grading``: one hand-in;
- ``hand_ins``: what lies in the folder; ``journal``: what is done already;
  ``course``: a whole class; ``reports``: marks and feedback.
"""
