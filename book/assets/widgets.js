// Brings the live figures of a page to life, without a kernel: draws the saved widgets
// with the browser's own controls, runs the figures' front end (live.js) as JupyterLab
// would, and answers it from the tables as the kernel would. helpers/live/contract.py
// says how all of these look.

(() => {
  const STATE = 'script[type="application/vnd.jupyter.widget-state+json"]';
  const shared = (window.firstWeights ??= {});
  shared.book = true;
  shared.tables ??= {};
  shared.words ??= {};
  const HERE = document.currentScript?.src;
  const say = (text) => shared.words[text] ?? text;

  // Models: as much of Jupyter's protocol as the widgets here need ---------------------

  class Model {
    constructor(id, { model_name, state }, all) {
      Object.assign(this, { id, kind: model_name.replace(/Model$/, ""), state, all });
      this.listeners = new Map();
      this.widget_manager = { get_model: async (other) => all.get(other) };
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      if (Object.is(this.state[name], value)) return;
      this.state[name] = value;
      this.fire(`change:${name}`, this, value);
      this.fire("change", this);
    }
    save_changes() {}
    on(event, act) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event).add(act);
    }
    off(event, act) {
      this.listeners.get(event)?.delete(act);
    }
    fire(event, ...details) {
      for (const act of [...(this.listeners.get(event) ?? [])]) act(...details);
    }
    send(question) {
      answer(this, question);
    }
    refer(reference) {
      return this.all.get(reference.replace("IPY_MODEL_", ""));
    }
  }

  function link({ kind, state, refer }, all) {
    const ends = [state.source, state.target].map(([ref, name]) => [refer.call({ all }, ref), name]);
    const follow = ([from, x], [to, y]) => {
      from.on(`change:${x}`, () => to.set(y, from.get(x)));
    };
    follow(ends[0], ends[1]);
    if (kind === "Link") follow(ends[1], ends[0]);
    ends[1][0].set(ends[1][1], ends[0][0].get(ends[0][1]));
  }

  // Positions: a control's value as an index, and back -----------------------------------

  const scales = {
    IntSlider: [Number, (v) => v],
    FloatSlider: [Number, (v) => v],
    FloatLogSlider: [(v, base) => Math.log(v) / Math.log(base), (v, base) => base ** v],
  };
  const slides = (model) => model.kind in scales;

  // What a slider can stand at: its figure knows. One that no figure has leads to such a one,
  // and takes its own steps.
  function stops(model) {
    if (!model.stops) {
      const [min, max, step, base] = ["min", "max", "step", "base"].map((name) => model.get(name));
      const last = Math.floor((max - min) / step + 1e-6);
      model.stops = Array.from({ length: last + 1 }, (_, i) =>
        scales[model.kind][1](Number((min + i * step).toFixed(12)), base));
    }
    return model.stops;
  }
  function positionOf(model, value = model.get("value")) {
    const far = ([to], there) => Math.abs(to(there, 10) - to(value, 10));
    const all = stops(model).map((stop) => far(scales[model.kind], stop));
    return all.indexOf(Math.min(...all));
  }
  const valueAt = (model, place) => stops(model)[place];

  // Tables: the curves of all slider positions, one table for each choice of the menus ---

  // What is outside of the page is a script: unlike other files it loads from file://.
  function fetched(src) {
    return new Promise((resolve, reject) => {
      const script = Object.assign(document.createElement("script"), { src });
      script.onload = resolve;
      script.onerror = () => reject(new Error(say("these curves could not be loaded.")));
      document.head.append(script);
    });
  }
  async function load({ name, src }) {
    if (!shared.tables[name]) await fetched(src);
    return shared.tables[name];
  }
  async function inflate(text) {
    const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // Unpacks a table: for each curve, its rows one after another.
  function decode(bytes, spec) {
    let at = 0;
    const varint = () => {
      let [unsigned, shift, byte] = [0, 0, 0];
      do {
        byte = bytes[at++];
        unsigned |= (byte & 127) << shift;
        shift += 7;
      } while (byte > 127);
      return (unsigned >>> 1) ^ -(unsigned & 1);
    };
    const sliders = spec.controls.filter((c) => !c.options);
    sliders.sort((a, b) => (a.name === "depth") - (b.name === "depth"));
    return spec.curves.map((curve) => {
      const kept = bytes[at++];
      const twice = bytes[at++];
      const axes = sliders.filter((_, i) => (kept >> i) & 1);
      const last = axes.at(-1);
      const width = last?.values.length ?? 1;
      const rows = axes.reduce((product, axis) => product * axis.values.length, 1);
      const ragged = curve.layered && last?.name === "depth";
      const sizes = Array.from({ length: rows }, (_, r) =>
        ragged ? last.values[r % width] : curve.points,
      );
      const starts = [0];
      for (const size of sizes) starts.push(starts.at(-1) + size);
      const codes = new Int32Array(starts.at(-1));
      for (let i = 0; i < codes.length; i++) codes[i] = varint();
      for (let r = width; twice && r < rows; r++) {
        if (Math.floor(r / width) % axes.at(-2).values.length === 0) continue;
        for (let i = 0; i < sizes[r]; i++) codes[starts[r] + i] += codes[starts[r - width] + i];
      }
      for (let r = 0; r < rows; r++) {
        if (r % width === 0) continue;
        const [now, before, n, m] = [starts[r], starts[r - 1], sizes[r], sizes[r - 1]];
        for (let i = 0; m > 1 && i < n - 1; i++) codes[now + i] += codes[before + Math.min(i, m - 2)];
        codes[now + n - 1] += codes[before + m - 1];
      }
      for (let r = 0; r < rows; r++)
        for (let i = starts[r + 1] - 2; i >= starts[r]; i--) codes[i] += codes[i + 1];
      return { curve, axes, starts, codes };
    });
  }

  // Until a figure comes near the window, its picture and its controls are enough.
  const comesNear = (shell) =>
    new Promise((resolve) => {
      const watch = new IntersectionObserver(
        (all) => all.some(({ isIntersecting }) => isIntersecting) && resolve(watch.disconnect()),
        { rootMargin: "150% 0px" },
      );
      watch.observe(shell.closest(".fw-card") ?? shell); // in a card it has no box
    });

  const tablesOf = new WeakMap();
  // The table of a choice of menus and seed; at first only the promise of it.
  function tableOf(figure, menus, seed) {
    const spec = figure.get("spec");
    const choice = spec.controls.filter((c) => c.options).map((c) => menus[c.name]);
    if (spec.seeds.length > 1) choice.push(spec.seeds.indexOf(seed));
    const key = choice.join("-");
    if (!tablesOf.has(figure)) tablesOf.set(figure, new Map());
    const tables = tablesOf.get(figure);
    if (!tables.has(key)) {
      const stored = figure.get("tables")[key];
      const text = typeof stored === "string" ? stored : figure.near.then(() => load(stored));
      const coming = Promise.resolve(text).then(inflate).then((bytes) => {
        tables.set(key, decode(bytes, spec));
        return tables.get(key);
      });
      tables.set(key, coming);
      coming.catch(() => tables.delete(key)); // so that the next question tries again
    }
    return tables.get(key);
  }

  function answer(figure, { from, setting, seed }) {
    const { controls } = figure.get("spec");
    const place = { ...setting };
    for (const [name, reference] of Object.entries(figure.get("controls"))) {
      const control = figure.refer(reference);
      if (slides(control)) place[name] = positionOf(control, setting[name]);
    }
    const reply = (table) => {
      const depth = controls.find((c) => c.name === "depth");
      const sizes = [];
      const rows = table.map(({ curve, axes, starts, codes }) => {
        const row = axes.reduce((sum, axis) => sum * axis.values.length + place[axis.name], 0);
        const size = curve.layered ? depth.values[place.depth] : curve.points;
        sizes.push([curve.name, size]);
        return codes.subarray(starts[row], starts[row] + size);
      });
      const all = new Int32Array(rows.reduce((sum, row) => sum + row.length, 0));
      let at = 0;
      for (const row of rows) {
        all.set(row, at);
        at += row.length;
      }
      figure.fire("msg:custom", { to: from, sizes }, [new DataView(all.buffer)]);
    };
    const refuse = (error) => figure.fire("msg:custom", { to: from, error: error.message }, []);
    if (figure.own && setting.activation === figure.own)
      return ownAnswers(figure).then((reply) => reply({ from, setting, seed })).catch(refuse);
    const table = tableOf(figure, place, seed);
    if (table instanceof Promise) table.then(reply).catch(refuse);
    else reply(table);
  }

  // An activation of the reader's own: computed in the page, by own/own.js --------------

  const PARTS = ["expression", "network", "theory", "cobweb", "own"];
  // By the controls and curves of a figure: what it has at first beside an activation.
  const FIRST = {
    "activation,depth,gain: backward,backward_theory,forward,forward_theory": { scheme: "gain * sqrt(2 / (n_in + n_out))" },
    "activation,gain: after 50 layers,from 0.4,from 1,from 1.6,one layer": {},
  };
  // Its place in the menu, if this figure shows what that can compute.
  function offerOwn(figure) {
    const spec = figure.get("spec");
    const [controls, curves] = [spec.controls, spec.curves].map((all) => all.map(({ name }) => name).sort());
    const first = FIRST[`${controls}: ${curves}`];
    if (!HERE || !first) return;
    const menu = figure.refer(figure.get("controls").activation);
    const control = spec.controls.find(({ name }) => name === "activation");
    figure.own = control.options.length;
    control.options = [...control.options, say("your own")];
    menu.state._options_labels = [...menu.get("_options_labels"), say("your own")];
    const words = new URLSearchParams(location.search);
    figure.state.typed = words.get(`${spec.key}.own`) ?? "z * sigmoid(1.7 * z)";
    if (first.scheme) figure.state.scheme = words.get(`${spec.key}.scheme`) ?? first.scheme;
  }
  const answering = new WeakMap();
  function ownAnswers(figure) {
    if (!answering.has(figure)) {
      const coming = attached(figure);
      answering.set(figure, coming);
      coming.catch(() => answering.delete(figure)); // so that the next question tries again
    }
    return answering.get(figure);
  }
  async function attached(figure) {
    await Promise.all(PARTS.map((name) => shared[name] ?? fetched(new URL(`own/${name}.js`, HERE))));
    const menu = figure.refer(figure.get("controls").activation);
    return shared.own.attach({ figure, menu, row: menu.row });
  }

  // Views: native controls ---------------------------------------------------------------

  let count = 0;
  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }
  function row(model, input, ...more) {
    input.id = `live-control-${++count}`;
    const label = make("label", { htmlFor: input.id, textContent: model.get("description") });
    return make("div", { className: "live-row" }, label, input, ...more);
  }

  function slider(model) {
    const input = make("input", { type: "range", min: 0, max: stops(model).length - 1, step: 1 });
    const output = make("output", { ariaHidden: "true" }); // the slider itself speaks it
    const show = () => {
      input.value = positionOf(model);
      output.value = String(+model.get("value").toPrecision(4));
      input.setAttribute("aria-valuetext", output.value);
    };
    input.addEventListener("input", () => model.set("value", valueAt(model, input.valueAsNumber)));
    // A thumb that turns out to scroll the page has moved nothing.
    let before;
    input.addEventListener("pointerdown", () => (before = model.get("value")));
    input.addEventListener("pointercancel", () => model.set("value", before));
    model.on("change:value", show);
    const made = row(model, input, output);
    output.htmlFor = input.id;
    show();
    return made;
  }
  function menu(model) {
    const options = model.get("_options_labels").map((text) => make("option", { textContent: text }));
    const select = make("select", {}, ...options);
    const show = () => (select.selectedIndex = model.get("index"));
    select.addEventListener("change", () => model.set("index", select.selectedIndex));
    model.on("change:index", show);
    show();
    model.row = row(model, select);
    return model.row;
  }
  async function box(model) {
    const children = await Promise.all(model.get("children").map((child) => view(model.refer(child))));
    const figure = children.find((child) => child.matches(".live-figure"));
    if (figure) {
      // between the picture and what it says
      const rows = children.filter((child) => child.matches(".live-row"));
      const [below, actions] = [".live-below", ".live-actions"].map((part) => figure.querySelector(part));
      below.before(make("div", { className: "live-controls" }, ...rows, actions));
    }
    const classes = [`live-${model.kind.toLowerCase()}`, ...(model.get("_dom_classes") ?? [])];
    const rest = children.filter((child) => !figure?.contains(child) || child === figure);
    return make("div", { className: classes.join(" ") }, ...rest);
  }

  const fronts = new Map(); // one module for all widgets of a class
  async function front(model) {
    const source = [...model.all.values()].find(
      (other) => other.get("_esm") && other.get("_anywidget_id") === model.get("_anywidget_id"),
    );
    if (!fronts.has(source)) {
      const url = URL.createObjectURL(new Blob([source.get("_esm")], { type: "text/javascript" }));
      fronts.set(source, import(url));
    }
    const el = make("div");
    await (await fronts.get(source)).default.render({ model, el });
    return el;
  }

  const views = {
    IntSlider: slider,
    FloatSlider: slider,
    FloatLogSlider: slider,
    Dropdown: menu,
    VBox: box,
    HBox: box,
    Any: front,
  };
  const view = async (model) => views[model.kind](model);

  // The address: a link reproduces a setting ---------------------------------------------

  function recall(figure) {
    const words = new URLSearchParams(location.search);
    const { key, seeds } = figure.get("spec");
    for (const [name, reference] of Object.entries(figure.get("controls"))) {
      const control = figure.refer(reference);
      const word = words.get(`${key}.${name}`)?.trim();
      if (!word) continue;
      if (slides(control)) {
        const number = scales[control.kind][0](Number(word), 10);
        if (Number.isFinite(number)) control.set("value", valueAt(control, positionOf(control, Number(word))));
      } else {
        const index = control.get("_options_labels").indexOf(word);
        if (index >= 0) control.set("index", index);
      }
    }
    const seed = Number(words.get(`${key}.seed`) ?? NaN);
    if (seeds.includes(seed)) figure.set("seed", seed);
  }
  function addressOf(shown, figure) {
    const { key } = figure.get("spec");
    const url = new URL(location.href);
    for (const [name, value] of Object.entries(shown.setting()))
      url.searchParams.set(`${key}.${name}`, typeof value === "number" ? +value.toPrecision(6) : value);
    const own = figure.own && shown.setting().activation === say("your own");
    for (const [name, trait] of [["own", "typed"], ["scheme", "scheme"]]) {
      const text = own ? figure.get(trait) : undefined;
      if (text === undefined) url.searchParams.delete(`${key}.${name}`);
      else url.searchParams.set(`${key}.${name}`, text);
    }
    try {
      history.replaceState(history.state, "", url);
    } catch {
      // some browsers leave the address of a file as it is
    }
    // whoever opens it sees the figure first
    url.hash = shown.el.closest("[id]")?.id ?? "";
    return url.href;
  }
  function offerLink(figure) {
    const { key } = figure.get("spec");
    const shown = shared.figures[key];
    const button = make("button", { type: "button", className: "live-button", textContent: say("Copy link") });
    button.addEventListener("click", async () => {
      const address = addressOf(shown, figure);
      const copied = await navigator.clipboard?.writeText(address).then(() => true, () => false);
      button.textContent = copied ? say("Link copied") : say("See address bar");
      setTimeout(() => (button.textContent = say("Copy link")), 2000);
    });
    shown.el.querySelector(".live-actions").append(button);
    let quiet;
    const later = () => {
      clearTimeout(quiet);
      quiet = setTimeout(addressOf, 600, shown, figure);
    };
    figure.on("change", later);
    for (const reference of Object.values(figure.get("controls"))) figure.refer(reference).on("change", later);
  }

  // Start ----------------------------------------------------------------------------------

  async function bring(shell, model) {
    const pictures = [...shell.querySelectorAll(".fw-picture > svg")];
    const figures = [...model.all.values()].filter(
      (other) => other.kind === "Any" && model.get("children")?.includes(`IPY_MODEL_${other.id}`),
    );
    for (const figure of figures) {
      if (pictures.length) figure.state.svgs = pictures.map((picture) => picture.outerHTML);
      for (const { name, values } of figure.get("spec").controls)
        if (values) figure.refer(figure.get("controls")[name]).stops = values;
      figure.near = comesNear(shell);
      offerOwn(figure);
      recall(figure);
      const menus = Object.entries(figure.get("controls")).map(([name, reference]) =>
        [name, figure.refer(reference).get("index")]);
      const first = Object.fromEntries(menus);
      if (!figure.own || first.activation !== figure.own)
        tableOf(figure, first, figure.get("seed")); // while the rest loads
    }
    const alive = await view(model);
    shell.replaceChildren(alive);
    shell.classList.add("live-on");
    figures.forEach(offerLink);
  }

  // Whoever has scrolled is not taken elsewhere.
  let scrolled = false;
  for (const sign of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(sign, () => (scrolled = true), { once: true, passive: true });

  // One after another: each is on the screen before the next one begins.
  async function bringAll(shells, all) {
    for (const shell of shells) {
      await bring(shell, all.get(shell.dataset.model)).catch((error) => console.error(error));
      await new Promise((shown) => requestAnimationFrame(() => setTimeout(shown)));
    }
    document.documentElement.classList.add("fw-live"); // widgets.css: lay out the rest
    // what the address leads to may have moved meanwhile
    if (location.hash && !scrolled) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
  function start() {
    const saved = document.querySelector(STATE);
    if (!saved || !("DecompressionStream" in window)) return;
    const all = new Map();
    const { state, words } = JSON.parse(saved.textContent);
    Object.assign(shared.words, words);
    for (const [id, widget] of Object.entries(state))
      all.set(id, new Model(id, widget, all));
    for (const model of all.values()) if (/^(Directional)?Link$/.test(model.kind)) link(model, all);
    bringAll(document.querySelectorAll(".live-shell"), all);
  }

  // Before DOMContentLoaded, which waits for all the deferred scripts of the theme.
  if (document.readyState === "loading")
    document.addEventListener("readystatechange", start, { once: true });
  else start();
})();
