// What a reader has read and opened. It is kept in this browser, under one key, and is
// sent nowhere; a button forgets it. Where storage is refused, as some browsers do for
// files, it lasts as long as the page.

(() => {
  const KEY = "first-weights";
  const VERSION = 1; // of what is kept; what another version has kept is not read
  const CHAPTER = /(^|\/)\d\d_[^/]+$/;
  const words = window.firstWeights?.words ?? {};
  const say = (message, fields = {}) =>
    (words[message] ?? message).replace(/\{(\w+)\}/g, (_, name) => fields[name]);

  // Keeping --------------------------------------------------------------------------

  const nothing = () => ({ version: VERSION, read: [], answers: {}, folds: false });
  let kept = nothing();
  const load = () => {
    try {
      const found = JSON.parse(localStorage.getItem(KEY));
      kept = found?.version === VERSION ? { ...nothing(), ...found } : nothing();
    } catch {} // refused, or not ours: what this page knows stays
  };
  // Another tab may have kept something since.
  const change = (act) => {
    load();
    act(kept);
    try {
      localStorage.setItem(KEY, JSON.stringify(kept));
    } catch {}
  };
  const isEmpty = () =>
    !kept.read.length && !Object.keys(kept.answers).length && !kept.folds;

  // Pages by their place in the book -------------------------------------------------

  const root = new URL(document.documentElement.dataset.content_root ?? "./", location);
  const nameOf = (address) =>
    new URL(address, location).pathname.slice(root.pathname.length).replace(/\.html$/, "");
  const here = nameOf(location.href);
  const links = [...document.querySelectorAll("nav.bd-links a, .cards a")].filter(
    ({ href }) => CHAPTER.test(nameOf(href)),
  );
  const chapters = new Set(links.map(({ href }) => nameOf(href)));

  const element = (tag, kind, text = "") => {
    const made = document.createElement(tag);
    made.className = kind;
    made.textContent = text;
    if (tag === "button") made.type = "button";
    return made;
  };
  const tick = () => {
    const mark = element("span", "read-mark");
    const sign = element("span", "", " \u2713");
    sign.ariaHidden = "true";
    mark.append(sign, element("span", "unseen", ` ${say("read")}`));
    return mark;
  };

  // Chapters that were read ----------------------------------------------------------

  const line = document.querySelector(".about-chapter"); // under the title of a chapter
  const state = element("span", "");
  state.role = "status"; // it is said when the end of a chapter is reached
  line?.append(state);

  const notes = []; // how far one is, and the button that forgets it
  const note = (before) => {
    const told = element("p", "progress-note");
    const count = element("span", "");
    count.tabIndex = -1; // who has pressed the button, which is gone then, is here
    const button = element("button", "quiet-button", say("Forget it"));
    button.title = say("It is kept in this browser only.");
    button.addEventListener("click", () => {
      change((all) => Object.assign(all, nothing()));
      show();
      count.textContent = say("Forgotten: this browser keeps nothing of it.");
      told.hidden = false;
      count.focus();
    });
    told.append(count, " ", button);
    before.after(told);
    notes.push({ told, count, button });
  };
  const sidebar = document.querySelector("nav.bd-links");
  if (sidebar) note(sidebar);
  const last = [...document.querySelectorAll(".cards")].pop();
  if (last) note(last);

  const show = () => {
    for (const link of links) {
      link.querySelector(".read-mark")?.remove();
      if (kept.read.includes(nameOf(link.href))) link.append(tick());
    }
    state.replaceChildren(...(kept.read.includes(here) ? [tick()] : []));
    const count = kept.read.filter((name) => chapters.has(name)).length;
    for (const { told, count: text, button } of notes) {
      told.hidden = button.hidden = isEmpty();
      text.textContent = say("{count} of {all} chapters read.", {
        count,
        all: chapters.size,
      });
    }
  };

  load();
  show();
  addEventListener("storage", ({ key }) => {
    if (key !== KEY && key !== null) return;
    load();
    show();
  });

  // A chapter is read when its end has been on the screen.
  const end = document.querySelector(".prev-next-area");
  if (end && CHAPTER.test(here)) {
    const watch = new IntersectionObserver(([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      watch.disconnect();
      if (kept.read.includes(here)) return;
      change(({ read }) => read.push(here));
      show();
    });
    watch.observe(end);
  }

  // Answers of the quiz that were opened ---------------------------------------------

  const answers = [...document.querySelectorAll("details.answer")];
  const before = kept.answers[here];
  if (before?.of === answers.length) // else the quiz is another one by now
    for (const place of before.open) if (answers[place]) answers[place].open = true;
  for (const answer of answers)
    answer.addEventListener("toggle", () => {
      const open = [...answers.keys()].filter((place) => answers[place].open);
      change((all) => {
        if (open.length) all.answers[here] = { of: answers.length, open };
        else delete all.answers[here];
      });
      show();
    });

  // One switch for all proofs and the code of figures --------------------------------

  const folds = [...document.querySelectorAll("details.fold:not(.solution)")];
  if (line && folds.length) {
    const all = element("button", "quiet-button fold-switch", say("Show all tests and code"));
    const tell = () => {
      all.ariaPressed = String(folds.every(({ open }) => open));
    };
    const open = (whether) => {
      for (const fold of folds) fold.open = whether;
      tell();
    };
    all.addEventListener("click", () => {
      const whether = all.ariaPressed === "false";
      open(whether);
      change((everything) => (everything.folds = whether));
      show();
    });
    for (const fold of folds) fold.addEventListener("toggle", tell);
    line.append(all);
    if (kept.folds) open(true);
    else tell();
  }
})();
