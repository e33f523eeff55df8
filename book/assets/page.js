// What every page does beyond its theme.

(() => {
  // What scrolls sideways can be scrolled by keys as well.
  const wide = document.querySelectorAll("div.math, .pst-scrollable-table-container, table");
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const element of wide) watch.observe(element);
})();

// Beside a link to a short entry, on hover or focus: what it says. The page carries the
// entry (book/previews.py). It stays while the pointer is on it, and goes with Escape.
(() => {
  const entries = new Map();
  for (const template of document.querySelectorAll("template[data-preview]"))
    entries.set(template.dataset.preview, template.content);
  if (!entries.size || !HTMLElement.prototype.showPopover) return;

  const box = document.createElement("div");
  box.id = "preview";
  box.role = "tooltip";
  box.popover = "manual";
  document.querySelector("main").append(box);
  let link = null; // whose entry is shown
  let soon; // what is about to happen
  const later = (act, delay) => {
    clearTimeout(soon);
    soon = setTimeout(act, delay);
  };

  const hide = () => {
    clearTimeout(soon);
    link?.removeAttribute("aria-describedby");
    link = null;
    box.hidePopover();
  };
  const show = (next) => {
    hide();
    link = next;
    box.replaceChildren(entries.get(link.getAttribute("href")).cloneNode(true));
    box.showPopover();
    link.setAttribute("aria-describedby", box.id);
    // below the link or above it, where there is more room; never beyond the sides
    const { left, top, bottom } = link.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const beneath = clientHeight - bottom;
    box.style.setProperty("--room", `${Math.max(beneath, top)}px`);
    const { offsetWidth: width, offsetHeight: height } = box;
    const y = height <= beneath || top <= beneath ? bottom : top - height;
    const x = Math.max(0, Math.min(left, clientWidth - width));
    box.style.left = `${scrollX + x}px`;
    box.style.top = `${scrollY + y}px`;
  };

  for (const each of document.querySelectorAll("a.reference.internal")) {
    if (!entries.has(each.getAttribute("href"))) continue;
    each.addEventListener("mouseenter", () => later(() => show(each), 200));
    each.addEventListener("mouseleave", () => later(hide, 200));
    each.addEventListener("focus", () => each.matches(":focus-visible") && show(each));
    each.addEventListener("blur", hide);
  }
  box.addEventListener("mouseenter", () => clearTimeout(soon));
  box.addEventListener("mouseleave", () => later(hide, 200));
  addEventListener("keydown", ({ key }) => key === "Escape" && hide());
})();

// The search is brought by the first use of a field for it (book/site/search.py).
(() => {
  const fields = document.querySelectorAll("form.bd-search input");
  const root = document.documentElement.dataset.content_root;
  let come = false;
  const bring = () => {
    if (come) return;
    come = true;
    const style = document.createElement("link");
    Object.assign(style, { rel: "stylesheet", href: `${root}_static/search/search.css` });
    document.head.append(style);
    for (const file of ["_static/search/minisearch.js", "searchindex.js", "_static/search/search.js"]) {
      const script = document.createElement("script");
      Object.assign(script, { src: root + file, async: false }); // one after the other
      document.head.append(script);
    }
  };
  for (const field of fields) field.addEventListener("focus", bring);
  if (document.getElementById("search-page")) bring();
})();

// A formula is copied as one would type it, 1/√512 or x^2: with the signs that MathML
// draws and does not write, in plain letters, on one line.
(() => {
  const between = { mfrac: "/", msup: "^", msub: "_" };
  const [begin, end, line] = ["\uE000", "\uE001", "\uE002"]; // for a moment
  addEventListener("copy", (event) => {
    const selection = getSelection();
    if (selection.isCollapsed || !event.clipboardData) return;
    const range = selection.getRangeAt(0);
    const all = [...document.querySelectorAll("math, msqrt, mfrac, msup, msub")];
    const parts = all.filter((part) => range.intersectsNode(part));
    if (!parts.length) return;
    const copied = document.createElement("div");
    copied.append(range.cloneContents());

    // They stand there while the selection is read; nothing is painted meanwhile.
    const signs = [];
    const write = (sign, put) => {
      const text = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mtext");
      text.textContent = sign;
      put(text);
      signs.push(text);
    };
    const enclose = (part, before, after) => {
      write(before, (sign) => part.prepend(sign));
      write(after, (sign) => part.append(sign));
    };
    for (const part of parts.reverse()) {
      const children = [...part.children];
      const open = (of) => of.children.length > 1 && !/^\(.*\)$/.test(of.textContent);
      if (part.localName === "math") {
        const edge = part.getAttribute("display") === "block" ? line : "";
        enclose(part, edge + begin, end + edge);
      } else if (part.localName === "msqrt") {
        if (open(part) || children[0].localName === "mfrac") enclose(part, "(", ")");
        write("√", (sign) => part.prepend(sign));
      } else {
        for (const child of children)
          if (child.localName === "mrow" && open(child)) enclose(child, "(", ")");
        write(between[part.localName], (sign) => children[0].after(sign));
      }
    }
    const formula = new RegExp(`\\s*${begin}([^${end}]*)${end}\\n*`, "g");
    const typed = (found, inside) =>
      (/^[ \u00A0]/.test(found) ? " " : "") +
      inside.replace(/\n/g, "").normalize("NFKC");
    const text = selection.toString().replace(formula, typed).replaceAll(line, "\n");
    for (const sign of signs) sign.remove();
    event.clipboardData.setData("text/plain", text);
    event.clipboardData.setData("text/html", copied.innerHTML);
    event.preventDefault();
  });
})();
