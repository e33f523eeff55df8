"""The words of the course: those that it explains, and those that it does without."""

import re

FORBIDDEN_WORDS = ("simply", "obviously", "as we can see", "easy")


def terms(text: str) -> list[tuple[str, str, str]]:
    """The words that a glossary explains, each as its place, itself and its meaning."""
    block = re.search(r"```\{glossary\}\n(.*?)```", text, flags=re.DOTALL)
    words = re.findall(r"^(\S.*)\n((?:  .*\n)*)", block[1] if block else "", flags=re.M)
    return [(f"term-{word.replace(' ', '-')}", word, what) for word, what in words]
