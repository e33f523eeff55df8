"""How the tests look at a page: the windows of readers, and axe-core's rules."""

# Else a fold that fades in is looked at while it is pale.
STILL = {"reduced_motion": "reduce"}
WIDE = {**STILL, "viewport": {"width": 1280, "height": 800}}
VIEWS = {
    "light": {**WIDE, "color_scheme": "light"},
    "dark": {**WIDE, "color_scheme": "dark"},
    "phone": {**STILL, "viewport": {"width": 390, "height": 844}, "has_touch": True},
}
RULES = """["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]"""
ASK = f"""() => axe
  .run({{ runOnly: {RULES}, resultTypes: ["violations"] }})
  .then(({{ violations }}) => violations.flatMap(({{ id, nodes }}) =>
    nodes.map((node) => `${{id}}: ${{node.target}} ${{node.failureSummary}}`)))"""


def violations(opened, axe):
    """What axe-core finds wrong on an open page, in words."""
    opened.evaluate(axe)
    return opened.evaluate(ASK)
