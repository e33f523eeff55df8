// The picture that follows its controls: whenever one moves, it asks for the curves and
// rewrites the `d` of their paths in the SVG that matplotlib drew. In JupyterLab the kernel
// answers, in the built book the page. helpers/live/contract.py: what they say, and codes.

const LIMIT = 2 ** 28;
const [ZERO, INFINITE, NOT_A_NUMBER] = [-LIMIT, LIMIT, LIMIT + 1];
const QUIET = 500; // ms without a change before it is spoken
const PATIENCE = 5000; // ms until an unanswered question is asked again

const shared = (window.firstWeights ??= {});
shared.figures ??= {};
shared.words ??= {};
let count = 0;

// A sentence in the reader's language, with those of its fields that are known.
const say = (text, fields = {}) =>
  (shared.words[text] ?? text).replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);

// Codes to paths, numbers and words ----------------------------------------------------

const round = (v) => Math.round(v * 100) / 100;

const box = (left, foot, top, right) => `M${left} ${foot}V${top}H${right}V${foot}Z`;

// The paths of a curve, as Python draws them too.
function pathsOf(codes, curve, shades) {
  const { mark, x: [left, step], y: [base, unit], low, high, log, width } = curve;
  if (mark === "cells") return cellsOf(codes, curve, shades);
  const height = (code) => round(base + Math.min(Math.max(code, low), high) * unit);
  const floor = height(log ? low : 0);
  let d = "";
  let pen = false;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === NOT_A_NUMBER) {
      pen = false;
      continue;
    }
    const [x, y] = [left + i * step, height(codes[i])];
    if (mark === "bars") d += box(round(x), floor, y, round(x + width));
    else if (pen && mark === "line") d += `L${round(x)} ${y}`;
    else d += `M${round(x)} ${y}h0`; // h0: a dot, by the round cap
    pen = true;
  }
  return [d];
}

// One path for each colour; the last three: below the scale, above it, not a number.
function cellsOf(codes, { x: [left, wide], y: [base, high], columns, ...curve }, shades) {
  const last = shades - 4;
  const shade = (code) => {
    if (code === NOT_A_NUMBER) return last + 3;
    if (code > curve.high) return last + 2;
    if (code < curve.low) return last + 1;
    const share = (code - curve.low) / (curve.high - curve.low);
    return Math.min(Math.floor(share * (last + 1)), last);
  };
  const edges = (start, size, count) =>
    Array.from({ length: count + 1 }, (_, i) => String(round(start + i * size)));
  const xs = edges(left, wide, columns);
  const ys = edges(base, high, codes.length / columns);
  const paths = Array(shades).fill("");
  for (let i = 0; i < codes.length; i++) {
    const [row, column] = [Math.floor(i / columns), i % columns];
    paths[shade(codes[i])] += box(xs[column], ys[row], ys[row + 1], xs[column + 1]);
  }
  return paths;
}

function number(code, { log, quantum }) {
  if (code === NOT_A_NUMBER) return NaN;
  if (code === ZERO) return 0;
  if (Math.abs(code) >= LIMIT) return code > 0 ? Infinity : -Infinity;
  return log ? 10 ** (code * quantum) : code * quantum;
}

function inWords(value) {
  if (value === 0) return say("exactly 0");
  if (Number.isNaN(value)) return say("not a number");
  if (value === Infinity) return say("infinite");
  if (value === -Infinity) return say("minus infinite");
  const [digits, power] = value.toExponential(1).replace("-", "−").split("e");
  if (Math.abs(value) >= 0.01 && Math.abs(value) < 1000)
    return String(+value.toPrecision(2)).replace("-", "−");
  const raised = [...power].map((c) => ("−-".includes(c) ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c] ?? ""));
  return `${digits} × 10${raised.join("")}`;
}

// Where a test holds: "from layer 38", "up to layer 12", "everywhere" or "in places".
function where(hits, curve) {
  const name = (i) => `${curve.axis} ${+(curve.first + i * curve.step).toPrecision(3)}`;
  const places = [...hits.keys()].filter((i) => hits[i]);
  const [first, last, count, all] = [places[0], places.at(-1), places.length, hits.length];
  const fields = { start: name(first), end: name(last), count, all };
  if (count === all) return say("everywhere");
  if (curve.mark === "cells") return say("in {count} of {all} cells", fields);
  if (count <= last - first) return say("in places");
  if (last === all - 1) return say("from {start}", fields);
  return first ? say("from {start} to {end}", fields) : say("up to {end}", fields);
}

// A sentence about infinity, zero and the number formats; a place is named only once.
function troubles(codes, curve, limits) {
  const { thing } = curve.say;
  if (!thing) return ""; // it has been said
  const found = {};
  const look = (what, test) => {
    const hits = Array.from(codes, test);
    if (hits.includes(true)) found[hits] ??= what.replace("{where}", () => where(hits, curve));
  };
  look(say("infinite {where}"), (code) => code === INFINITE);
  look(say("not a number {where}"), (code) => code === NOT_A_NUMBER);
  if (curve.log) {
    look(say("exactly 0 {where}"), (code) => code === ZERO);
    for (const [format, smallest, largest] of limits) {
      const [low, high] = [smallest, largest].map((v) => Math.log10(v) / curve.quantum);
      look(say("below {format}’s smallest number {where}", { format }), (code) => code < low);
      const above = say("above {format}’s largest number {where}", { format });
      look(above, (code) => code > high && code <= INFINITE);
    }
  }
  const all = Object.values(found).join(", ");
  return all && say("The {thing} is {all}", { thing, all });
}

// The figure ---------------------------------------------------------------------------

function make(tag, properties, attributes = {}) {
  const element = Object.assign(document.createElement(tag), properties);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

// JupyterLab's sliders have no accessible name, and a logarithmic one speaks its exponent.
function nameSliders(el) {
  for (const slider of el.closest(".live-lab")?.querySelectorAll(".widget-slider") ?? []) {
    const [handle, label, readout] = ["[role=slider]", ".widget-label", ".widget-readout"].map(
      (part) => slider.querySelector(part),
    );
    const name = label?.textContent ?? "";
    handle?.setAttribute("aria-label", name);
    handle?.setAttribute("aria-valuetext", readout?.textContent ?? "");
    readout?.setAttribute("role", "textbox");
    readout?.setAttribute("aria-label", say("{label} as a number", { label: name }));
  }
}

async function render({ model, el, signal }) {
  const spec = model.get("spec");
  Object.assign(shared.words, spec.words);
  const id = `live${++count}-${Math.random().toString(36).slice(2, 8)}`;
  const controls = {};
  for (const [name, reference] of Object.entries(model.get("controls")))
    controls[name] = await model.widget_manager.get_model(reference.replace("IPY_MODEL_", ""));

  el.classList.add("live-figure");
  el.innerHTML = model.get("svg").replace(/\b(id="|url\(#|href="#)/g, `$1${id}-`);
  const svg = el.querySelector("svg");
  svg.setAttribute("role", "img");
  const paths = {};
  for (const { name } of spec.curves) paths[name] = svg.querySelectorAll(`[data-curve="${name}"]`);
  const bar = make("div", { className: "live-bar" });
  const status = make("p", { className: spec.room }, { "aria-hidden": "true" });
  const spoken = make("p", { className: "live-spoken" }, { role: "status" });
  el.append(bar, status, spoken);

  const trait = ({ options }) => (options ? "index" : "value");
  const place = (c) => controls[c.name].get(trait(c));
  const valueOf = (c) => (c.options ? c.options[place(c)] : place(c));
  const ofEach = (get) => Object.fromEntries(spec.controls.map((c) => [c.name, get(c)]));
  const setting = () => ({
    ...ofEach(valueOf),
    ...(spec.seeds.length > 1 && { seed: model.get("seed") }),
  });

  // For tests and the curious: firstWeights.figures.<key> in the console.
  const figure = { el, setting, tick: NaN, codes: {} };
  figure.numbers = () =>
    Object.fromEntries(
      spec.curves.map((curve) => [
        curve.name,
        Array.from(figure.codes[curve.name] ?? [], (code) => number(code, curve)),
      ]),
    );
  shared.figures[spec.key] = figure;

  let quiet;
  function tell(sentence) {
    status.textContent = sentence;
    clearTimeout(quiet);
    quiet = setTimeout(() => {
      spoken.textContent = sentence;
      svg.setAttribute("aria-label", `${spec.alt} ${sentence}`.trim());
    }, QUIET);
  }

  function settingInWords() {
    const words = spec.controls.map((c) => {
      const value = valueOf(c);
      return `${c.label} ${typeof value === "number" ? +value.toPrecision(3) : value}`;
    });
    if (spec.seeds.length > 1) words.push(say("draw {seed}", { seed: model.get("seed") }));
    return words.join(", ");
  }

  function show(codes, named, began) {
    for (const curve of spec.curves) {
      const drawn = paths[curve.name];
      const all = pathsOf(codes[curve.name], curve, drawn.length);
      all.forEach((d, i) => drawn[i].setAttribute("d", d));
    }
    figure.tick = performance.now() - began;
    figure.codes = codes;
    const said = spec.said.map((name) => spec.curves.find((curve) => curve.name === name));
    const ends = said.map((curve) => {
      const { words, point } = curve.say;
      return `${words}: ${inWords(number(codes[curve.name].at(point), curve))}`;
    });
    const wrong = said.map((curve) => troubles(codes[curve.name], curve, spec.limits));
    const sentences = [named, ends.join("; "), ...wrong].filter(Boolean);
    tell(sentences.map((text) => `${text[0].toUpperCase()}${text.slice(1)}.`).join(" "));
  }

  // One question is under way at a time; meanwhile only the newest is kept.
  let began = 0;
  let waiting = 0;
  let asked = 0;
  let named = ""; // the setting that the question is about, in words
  const question = () => `${id}/${asked}`; // an answer to an older one comes too late
  function ask(since) {
    if (began && since - began < PATIENCE) {
      waiting = since;
      return;
    }
    [began, waiting] = [since, 0];
    asked += 1;
    named = settingInWords();
    model.send({ from: question(), setting: ofEach(place), seed: model.get("seed") });
  }
  function answered(message, buffers) {
    if (message.to !== question()) return;
    if (message.error) {
      tell(say("Sorry: {error}", message));
    } else {
      const { buffer, byteOffset } = buffers[0];
      const codes = {};
      let at = byteOffset;
      for (const [name, size] of message.sizes) {
        codes[name] = new Int32Array(buffer.slice(at, at + 4 * size));
        at += 4 * size;
      }
      show(codes, named, began);
    }
    began = 0;
    if (waiting) ask(waiting);
  }
  // A preset moves several controls at once, and asks one question.
  let due = false;
  function changed() {
    const since = window.event?.timeStamp ?? performance.now();
    if (!due) queueMicrotask(() => ((due = false), ask(since)));
    due = true;
  }

  function button(label, act) {
    const made = make("button", { type: "button", className: "live-button", textContent: label });
    made.addEventListener("click", act);
    bar.append(made);
  }
  for (const [label, part] of spec.presets)
    button(label, () => {
      for (const [name, [trait, value]] of Object.entries(part)) {
        controls[name].set(trait, value);
        controls[name].save_changes();
      }
    });
  if (spec.seeds.length > 1)
    button(say("Another draw"), () => {
      const next = spec.seeds.indexOf(model.get("seed")) + 1;
      const beyond = shared.book ? spec.seeds[0] : model.get("seed") + 1;
      model.set("seed", next ? (spec.seeds[next] ?? beyond) : beyond);
      model.save_changes();
    });

  const listeners = [[model, "change:seed", changed], [model, "msg:custom", answered]];
  const rename = () => requestAnimationFrame(() => nameSliders(el));
  for (const c of spec.controls) {
    listeners.push([controls[c.name], `change:${trait(c)}`, changed]);
    if (!shared.book) listeners.push([controls[c.name], "change", rename]);
  }
  for (const [source, name, act] of listeners) source.on(name, act);
  const naming = shared.book ? 0 : setInterval(rename, 500);
  signal?.addEventListener("abort", () => {
    for (const [source, name, act] of listeners) source.off(name, act);
    clearTimeout(quiet);
    clearInterval(naming);
  });
  ask(performance.now());
}

export default { render };
