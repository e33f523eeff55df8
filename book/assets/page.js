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

// A formula is copied with the signs that MathML draws and does not write: 1/√512, x^2.
(() => {
  const between = { mfrac: "/", msup: "^", msub: "_" };
  addEventListener("copy", (event) => {
    const selection = getSelection();
    if (selection.isCollapsed || !event.clipboardData) return;
    const range = selection.getRangeAt(0);
    const copied = document.createElement("div");
    copied.append(range.cloneContents());
    const drawn = [...document.querySelectorAll("msqrt, mfrac, msup, msub")].filter(
      (part) => range.intersectsNode(part),
    );
    if (!drawn.length) return;

    // They stand there while the selection is read; nothing is painted meanwhile.
    const signs = [];
    const write = (sign, put) => {
      const text = document.createElementNS("http://www.w3.org/1998/Math/MathML", "mtext");
      text.textContent = sign;
      put(text);
      signs.push(text);
    };
    const enclose = (part) => {
      if (part.children.length < 2 || /^\(.*\)$/.test(part.textContent)) return;
      write("(", (sign) => part.prepend(sign));
      write(")", (sign) => part.append(sign));
    };
    for (const part of drawn) {
      const children = [...part.children];
      if (part.localName === "msqrt") {
        enclose(part);
        write("√", (sign) => part.prepend(sign));
      } else {
        for (const child of children) if (child.localName === "mrow") enclose(child);
        write(between[part.localName], (sign) => children[0].after(sign));
      }
    }
    event.clipboardData.setData("text/plain", selection.toString());
    for (const sign of signs) sign.remove();
    event.clipboardData.setData("text/html", copied.innerHTML);
    event.preventDefault();
  });
})();
