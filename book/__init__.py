"""What turns the chapters into the site; see ``python -m book --help``."""
