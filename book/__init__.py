"""What turns the chapters into the site; see ``python -m book --help``."""

import sys

# nbformat would have it imported to check addresses of a kind that no notebook holds:
# two seconds of each start.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # says: absent
