"""What the parts of a page make a browser fetch."""

import re

# Tags that fetch what an attribute of theirs names.
FETCH = {
    "audio": "src",
    "embed": "src",
    "frame": "src",
    "iframe": "src",
    "img": "src",
    "image": "href",
    "input": "src",
    "object": "data",
    "script": "src",
    "source": "src",
    "track": "src",
    "use": "href",
    "video": "src",
}
FETCHED = {
    "stylesheet",
    "preload",
    "modulepreload",
    "prefetch",
    "preconnect",
    "dns-prefetch",
    "icon",
    "manifest",
    "import",
}


def sources(tag, attributes):
    """What an element makes a browser fetch."""
    if tag == "link" and FETCHED & set(attributes.get("rel", "").split()):
        yield attributes["href"]
    elif tag in FETCH:
        name = FETCH[tag]
        yield from filter(None, (attributes.get(n) for n in (name, f"xlink:{name}")))
    yield from re.findall(r"(\S+)(?: [^,]*)?(?:,|$)", attributes.get("srcset", ""))


def in_css(text):
    """What a style sheet makes a browser fetch."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    yield from re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", text)
