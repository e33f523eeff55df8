// The picture that follows its controls: whenever one moves, it asks for the curves and
// rewrites the `d` of their paths in the SVG that matplotlib drew, the ticks of axes that
// follow, the labels, the arrows. In JupyterLab the kernel answers, in the built book the
// page. helpers/live/contract.py: what they say, and codes; drawing.py draws the same.

const LIMIT = 2 ** 28;
const [ZERO, INFINITE, NOT_A_NUMBER] = [-LIMIT, LIMIT, LIMIT + 1];
const QUIET = 500; // ms without a change before it is spoken
const PATIENCE = 5000; // ms until an unanswered question is asked again
const FAR = 100000; // as far as a line runs beyond its frame
const [LEAST, MARGIN, LINE, LETTERS, TEXT] = [4, 0.15, 13, 34, 9.75];
const HALO = "paint-order: stroke; stroke: var(--fw-paper, #ffffff); stroke-width: 4";
const [INK, GRID] = ["var(--fw-ink, #222222)", "var(--fw-grid, #d9d9d9)"];

const shared = (window.firstWeights ??= {});
shared.figures ??= {};
shared.words ??= {};
let count = 0;

// A sentence in the reader's language, with those of its fields that are known.
const say = (text, fields = {}) =>
  (shared.words[text] ?? text).replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);

const escaped = (text) =>
  text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);

// Scales -------------------------------------------------------------------------------

const round = (v) => Math.round(v * 100) / 100;
const clamp = (v, low, high) => Math.min(Math.max(v, low), high);

// A scale that follows, in whole decades about all that it shows.
function fitted(scale, curves, codes) {
  if (!scale.follows) return scale;
  let [least, most] = [Infinity, -Infinity];
  const see = (v) => ([least, most] = [Math.min(least, v), Math.max(most, v)]);
  scale.levels.forEach(see);
  for (const { name, quantum } of curves)
    for (const code of codes[name]) if (Math.abs(code) < LIMIT) see(code * quantum);
  if (least > most) return scale;
  let [low, high] = [Math.floor(least - MARGIN), Math.ceil(most + MARGIN)];
  if (high - low < LEAST) {
    low -= Math.floor((LEAST - (high - low)) / 2);
    high = low + LEAST;
  }
  return { ...scale, low, high };
}

function decades(low, high, room) {
  const most = Math.max(2, Math.floor(room / (2 * LINE)));
  let step = 1;
  for (let i = 0; (high - low) / step > most; i++) step = Math.floor(step * [2, 2.5, 2][i % 3]);
  const found = [];
  for (let d = Math.ceil(low / step) * step; d <= Math.floor(high); d += step) found.push(d);
  return found;
}

function height(value, [, , top, bottom], { low, high }) {
  return clamp(bottom + (value - low) * ((top - bottom) / (high - low)), top - FAR, bottom + FAR);
}

// Codes to paths -----------------------------------------------------------------------

const rectangle = (left, foot, top, right) => `M${left} ${foot}V${top}H${right}V${foot}Z`;

function pathsOf(codes, curve, place, box, scale, shades) {
  if (curve.mark === "cells") return cellsOf(codes, curve, place, scale, shades);
  const [left, step, width] = place;
  const floor = round(height(scale.log ? scale.low : 0, box, scale));
  let d = "";
  let pen = false;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] === NOT_A_NUMBER) {
      pen = false;
      continue;
    }
    const [x, y] = [left + i * step, round(height(codes[i] * curve.quantum, box, scale))];
    if (curve.mark === "bars") d += rectangle(round(x), floor, y, round(x + width));
    else if (pen && curve.mark === "line") d += `L${round(x)} ${y}`;
    else d += `M${round(x)} ${y}h0`; // h0: a dot, by the round cap
    pen = true;
  }
  return [d];
}

// One path for each colour; the last three: below the scale, above it, not a number.
function cellsOf(codes, { columns, quantum }, [left, wide, , top, row], scale, shades) {
  const last = shades - 4;
  const [low, high] = [scale.low, scale.high].map((end) => Math.round(end / quantum));
  const shade = (code) => {
    if (code === NOT_A_NUMBER) return last + 3;
    if (code > high) return last + 2;
    if (code < low) return last + 1;
    return Math.min(Math.floor(((code - low) / (high - low)) * (last + 1)), last);
  };
  const edges = (start, size, count) =>
    Array.from({ length: count + 1 }, (_, i) => String(round(start + i * size)));
  const xs = edges(left, wide, columns);
  const ys = edges(top, row, codes.length / columns);
  const paths = Array(shades).fill("");
  for (let i = 0; i < codes.length; i++) {
    const [r, c] = [Math.floor(i / columns), i % columns];
    paths[shade(codes[i])] += rectangle(xs[c], ys[r], ys[r + 1], xs[c + 1]);
  }
  return paths;
}

// Ticks, labels, arrows ----------------------------------------------------------------

const written = (text, x, y, anchor, ink, more = "") =>
  `<text x="${round(x)}" y="${round(y)}" style="font-size: ${TEXT}px; text-anchor: ${anchor}; ` +
  `fill: ${ink}${more && `; ${more}`}">${text}</text>`;

function ticks(box, scale) {
  const [left, right, top, bottom] = box;
  return decades(scale.low, scale.high, bottom - top)
    .map((decade) => {
      const y = height(decade, box, scale);
      const power = String(decade).replace("-", "−");
      const raised = `<tspan dy="-4" style="font-size: 7.5px">${power}</tspan>`;
      return (
        `<path d="M${round(left)} ${round(y)}H${round(right)}" ` +
        `style="fill: none; stroke: ${GRID}; stroke-width: 0.6"></path>` +
        written(decade ? `10${raised}` : "1", left - 5, y + 3.5, "end", INK)
      );
    })
    .join("");
}

function labels(box, scale, curves, codes, { inside, places }) {
  const named = new Map();
  for (const curve of curves)
    if (curve.label && !named.has(curve.label)) named.set(curve.label, curve);
  if (inside) return above(named, box);
  const [, right, top, bottom] = box;
  const ends = [];
  for (const [label, { name, colour, quantum }] of named) {
    const last = codes[name].findLastIndex((code) => code !== NOT_A_NUMBER);
    if (last < 0) continue;
    const [x, step, width] = places[name];
    const y = clamp(height(codes[name][last] * quantum, box, scale), top, bottom);
    ends.push({ y, x: Math.min(x + last * step + width, right), label, colour });
  }
  let lowest = -Infinity;
  return ends
    .sort((one, other) => one.y - other.y)
    .map(({ y, x, label, colour }, i) => {
      lowest = Math.max(y, lowest + LINE);
      const at = Math.min(lowest, bottom - (ends.length - 1 - i) * LINE);
      return written(escaped(label), x + 7, at + 3.5, "start", colour, HALO);
    })
    .join("");
}

// The names of curves in their colours, in lines above the frame.
function above(named, [left, , top]) {
  const lines = [];
  for (const label of named.keys()) {
    const taken = lines.at(-1)?.reduce((sum, one) => sum + one.length + 2, 0) ?? Infinity;
    if (taken + label.length <= LETTERS) lines.at(-1).push(label);
    else lines.push([label]);
  }
  return lines
    .map((line, i) => {
      const spans = line.map(
        (label, k) =>
          `<tspan dx="${k ? 10 : 0}" style="fill: ${named.get(label).colour}">` +
          `${escaped(label)}</tspan>`,
      );
      return written(spans.join(""), left, top - 6 - (lines.length - 1 - i) * LINE, "start", INK);
    })
    .join("");
}

// Where a curve leaves its frame on one side, and how far it goes.
function leaves(codes, curve, [left, step, width], scale, sign) {
  const edge = (sign > 0 ? scale.high : scale.low) / curve.quantum;
  const out = Array.from(codes, (c) => c !== NOT_A_NUMBER && (c - edge) * sign > 0.5);
  if (!out.includes(true)) return null;
  const all = [...codes.keys()];
  const inside = all.filter((i) => !out[i] && codes[i] !== NOT_A_NUMBER);
  const hits = all.filter((i) => out[i]);
  const furthest = hits.reduce((most, i) => Math.max(most, codes[i] * sign), -Infinity);
  const ends = hits.filter((i) => codes[i] * sign === furthest);
  const far = inside.length && inside[0] < ends[0] ? ends.at(-1) : ends[0];
  const before = inside.findLast((i) => i < far);
  const [from, way] = before === undefined ? [inside.find((i) => i > far), -1] : [before, 1];
  let at = far;
  if (from !== undefined && curve.mark === "line") {
    // between the last point in the frame and the first one beyond it
    const next = codes[from + way];
    at = from + way * (out[from + way] ? (edge - codes[from]) / (next - codes[from]) : 0);
  } else if (from !== undefined) at = from + way;
  return { x: left + at * step + width / 2, code: codes[far], place: pointName(curve, far) };
}

function beyond(box, scale, curves, codes, { places }) {
  const [left, right, top, bottom] = box;
  let svg = "";
  for (const sign of [-1, 1]) {
    const seen = [];
    for (const curve of curves) {
      const found = leaves(codes[curve.name], curve, places[curve.name], scale, sign);
      if (!found || seen.includes(curve.colour)) continue; // theory and measurement: once
      const tip = sign > 0 ? top : bottom;
      const d = `M${round(found.x - 4)} ${round(tip + 7 * sign)}h8L${round(found.x)} ${round(tip)}Z`;
      svg += `<path d="${d}" style="fill: ${curve.colour}; stroke: none"></path>`;
      seen.push(curve.colour);
      if (!curve.axis) continue; // a colour bar has no room for words
      const value = inWords(number(found.code, curve));
      const text = say("{value} at {place}", { value, place: found.place });
      const y = tip + (sign > 0 ? 10 : -2) + (seen.length - 1) * LINE * sign;
      const [dx, anchor] = found.x > (left + right) / 2 ? [-7, "end"] : [7, "start"];
      svg += written(escaped(text), found.x + dx, y, anchor, curve.colour, HALO);
    }
  }
  return svg;
}

// Numbers and words --------------------------------------------------------------------

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

const pointName = ({ axis, first, step }, i) => `${axis} ${+(first + i * step).toPrecision(3)}`;

// Where a test holds: "from layer 38", "up to layer 12", "everywhere" or "in places".
function where(hits, curve) {
  const name = (i) => pointName(curve, i);
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

  // Presets above the picture, what it says below it. In the book the controls come between.
  el.classList.add("live-figure");
  const bar = make("div", { className: "live-bar" }, { role: "group" });
  const picture = make("div", { className: "fw-picture" });
  picture.innerHTML = model
    .get("svgs")
    .map((svg, i) => svg.replace(/\b(id="|url\(#|href="#)/g, `$1${id}-${i}-`))
    .join("");
  const below = make("div", { className: "live-below" });
  const status = make("p", { className: spec.room }, { "aria-hidden": "true" });
  const spoken = make("p", { className: "live-spoken" }, { role: "status" });
  const actions = make("p", { className: "live-actions" });
  below.append(actions, status, spoken);
  el.replaceChildren(bar, picture, below);
  const layouts = [...picture.querySelectorAll("svg")].map((svg, i) => {
    svg.setAttribute("role", "img");
    svg.setAttribute("class", `fw-figure ${i ? "fw-narrow" : "fw-wide"}`);
    const paths = {};
    for (const { name } of spec.curves) paths[name] = svg.querySelectorAll(`[data-curve="${name}"]`);
    const [parts, levels] = ["part", "level"].map((of) => [...svg.querySelectorAll(`[data-${of}]`)]);
    return { svg, paths, parts, levels, ...spec.layouts[i] };
  });
  const ofScales = (has) => spec.scales.map((scale, k) => spec.curves.filter((c) => has(c, scale, k)));
  const inFrame = ofScales(({ frame }, _, k) => frame === k);
  const inGroup = ofScales(({ frame }, { group }) => spec.scales[frame].group === group);
  // The one that the page shows; style sheets decide.
  const layout = () => layouts.find(({ svg }) => svg.getClientRects().length) ?? layouts[0];

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
      const whole = `${settingInWords()}. ${sentence}`;
      spoken.textContent = whole[0].toUpperCase() + whole.slice(1);
      for (const { svg } of layouts) svg.setAttribute("aria-label", `${spec.alt} ${sentence}`.trim());
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

  // While a slider is held, scales stay as they are, and what leaves them says so.
  let held = false;
  let scales = spec.scales;
  function draw(codes) {
    const shown = layout();
    const { paths, boxes, places } = shown;
    if (!held) scales = scales.map((scale, k) => fitted(scale, inGroup[k], codes));
    for (const curve of spec.curves) {
      const [drawn, { name, frame }] = [paths[curve.name], curve];
      const all = pathsOf(codes[name], curve, places[name], boxes[frame], scales[frame], drawn.length);
      all.forEach((d, i) => drawn[i].setAttribute("d", d));
    }
    for (const group of shown.parts) {
      const { part, frame } = group.dataset;
      const write = { ticks, labels, beyond }[part];
      const made = write(boxes[frame], scales[frame], inFrame[frame], codes, shown);
      if (group.drawn !== made) group.innerHTML = group.drawn = made;
    }
    for (const group of shown.levels) {
      const { level, frame } = group.dataset;
      const [at, first] = [scales, spec.scales].map((all) => height(+level, boxes[frame], all[frame]));
      group.setAttribute("transform", `translate(0 ${round(at - first)})`);
    }
  }

  function show(codes, began, words) {
    draw(codes);
    figure.tick = performance.now() - began;
    figure.codes = codes;
    const said = spec.said.map((name) => spec.curves.find((curve) => curve.name === name));
    const ends = said.map((curve) => {
      const { words, point } = curve.say;
      return `${words}: ${inWords(number(codes[curve.name].at(point), curve))}`;
    });
    const wrong = said.map((curve) => troubles(codes[curve.name], curve, spec.limits));
    const sentences = [ends.join("; "), ...wrong].filter(Boolean);
    const all = sentences.map((text) => `${text[0].toUpperCase()}${text.slice(1)}.`);
    tell([...all, words].join(" ").trim());
    for (const [button, part] of presets) button.setAttribute("aria-pressed", stands(part));
  }

  // One question is under way at a time; meanwhile only the newest is kept.
  let began = 0;
  let waiting = 0;
  let asked = 0;
  const question = () => `${id}/${asked}`; // an answer to an older one comes too late
  function ask(since) {
    if (began && since - began < PATIENCE) {
      waiting = since;
      return;
    }
    [began, waiting] = [since, 0];
    asked += 1;
    model.send({ from: question(), setting: ofEach(place), seed: model.get("seed") });
  }
  function answered(message, buffers) {
    if (message.to !== question()) return;
    for (const { svg } of layouts) svg.classList.toggle("live-stale", "error" in message);
    if (message.error) {
      tell(say("The pale curves are those of before. Sorry: {error}", message));
    } else {
      const { buffer, byteOffset } = buffers[0];
      const codes = {};
      let at = byteOffset;
      for (const [name, size] of message.sizes) {
        codes[name] = new Int32Array(buffer.slice(at, at + 4 * size));
        at += 4 * size;
      }
      show(codes, began, message.words);
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

  const stands = (part) =>
    Object.entries(part).every(([name, [trait, value]]) => controls[name].get(trait) === value);
  function move(part) {
    for (const [name, [trait, value]] of Object.entries(part)) {
      controls[name].set(trait, value);
      controls[name].save_changes();
    }
  }
  function button(place, label, act) {
    const made = make("button", { type: "button", className: "live-button", textContent: label });
    made.addEventListener("click", act);
    place.append(made);
    return made;
  }
  const presets = spec.presets.map(([label, part]) => [button(bar, label, () => move(part)), part]);
  const seed = (value) => {
    model.set("seed", value);
    model.save_changes();
  };
  if (spec.seeds.length > 1)
    button(actions, say("Another draw"), () => {
      const next = spec.seeds.indexOf(model.get("seed")) + 1;
      const beyond = shared.book ? spec.seeds[0] : model.get("seed") + 1;
      seed(next ? (spec.seeds[next] ?? beyond) : beyond);
    });
  button(actions, say("Reset"), () => {
    move(spec.start);
    seed(spec.seeds[0]);
  });

  // Another width, another layout; and a slider that is let go.
  const again = () => figure.tick >= 0 && draw(figure.codes);
  const watch = new ResizeObserver(again);
  watch.observe(picture);
  const home = el.closest(".live-lab, .live-shell") ?? el;
  const hold = ({ target }) => (held = Boolean(target.closest?.("input, .widget-slider")));
  const release = () => {
    if (!held) return;
    held = false;
    again();
  };
  home.addEventListener("pointerdown", hold);
  for (const end of ["pointerup", "pointercancel"]) window.addEventListener(end, release);

  const listeners = [[model, "msg:custom", answered]];
  for (const name of ["seed", "typed"]) listeners.push([model, `change:${name}`, changed]);
  const rename = () => requestAnimationFrame(() => nameSliders(el));
  for (const c of spec.controls) {
    listeners.push([controls[c.name], `change:${trait(c)}`, changed]);
    if (!shared.book) listeners.push([controls[c.name], "change", rename]);
  }
  for (const [source, name, act] of listeners) source.on(name, act);
  const naming = shared.book ? 0 : setInterval(rename, 500);
  signal?.addEventListener("abort", () => {
    for (const [source, name, act] of listeners) source.off(name, act);
    for (const end of ["pointerup", "pointercancel"]) window.removeEventListener(end, release);
    home.removeEventListener("pointerdown", hold);
    watch.disconnect();
    clearTimeout(quiet);
    clearInterval(naming);
  });
  ask(performance.now());
}

export default { render };
