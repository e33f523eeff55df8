// "Your own" in the menu of activations: a field for an expression in z, and what answers
// the figure while one types. The arithmetic runs in a worker, which is stopped after a
// second without a sign of life, or more on a slow machine. widgets.js loads this when the
// menu asks for it; helpers/live/contract.py says what a figure is told.

(() => {
  const shared = window.firstWeights;
  const LIMIT = 2 ** 28; // contract.py: codes of 0, infinity and what is not a number
  const PATIENCE = 1000; // ms
  const SLOW = 50; // or as many times what learning z takes here: a desktop needs 20 ms
  const PARTS = ["expression", "network", "theory", "cobweb"];
  const EXAMPLES = [
    ["Mish", "z * tanh(softplus(z))"],
    ["squared relu", "relu(z) ** 2"],
    ["snake", "z + sin(z) ** 2"],
    ["step", "where(z > 0, 1, 0)"],
    ["broken", "z * sigmoid(1.7 * z"],
  ];

  const short = (value) => String(+value.toPrecision(4)).replace("-", "−");
  const worded = (text, fields = {}) =>
    (shared.words[text] ?? text).replace(/\{(\w+)\}/g, (field, name) => {
      const value = fields[name] ?? field;
      return typeof value === "number" ? short(value) : value;
    });
  const say = worded; // of a sentence in quotes, which translators get

  // Runs in the worker, of which it is the whole program, with the parts below.
  function program(parts) {
    const { compile, deviation } = parts.expression();
    const network = parts.network();
    const theory = parts.theory();
    const cobweb = parts.cobweb(theory);
    const { WIDTH } = network;
    let [known, phi, facts] = [null, null, null];
    const far = Float64Array.from({ length: 401 }, (_, i) => (i - 200) / 20);
    function learn(text) {
      known = null;
      phi = compile(text);
      const { value, slope } = phi(far);
      facts = {
        undefined: far.find((_, i) => Number.isNaN(value[i])),
        flat: slope.every((s) => s === 0),
        jump: theory.jump(phi),
        unit: theory.unitGain(phi),
        critical: theory.criticalGain(phi),
      };
      known = text;
    }
    // Both signals of a network; what is wrong with the scheme is no fault of the other.
    function fan({ gain, depth, seed }, scheme) {
      let std;
      try {
        std = deviation(scheme, { n_in: WIDTH, n_out: WIDTH, gain });
      } catch (error) {
        throw Object.assign(error, { field: "scheme" });
      }
      const { forward, backward } = network.sizes(phi, { depth, std, seed });
      const foretold = theory.curves(phi, { depth, gain: std * Math.sqrt(WIDTH) });
      const curves = { forward, backward, forward_theory: foretold.forward, backward_theory: foretold.backward };
      return { curves, std, width: WIDTH };
    }
    function web({ gain }, wanted) {
      const curves = cobweb.curves(phi, gain, wanted);
      self.postMessage("alive");
      return { curves, fixed: cobweb.fixedPoints(phi, gain) };
    }
    self.onmessage = ({ data: { text, scheme, setting, wanted } }) => {
      try {
        if (text !== known) learn(text);
        self.postMessage("alive");
        self.postMessage({ facts, ...(scheme === undefined ? web(setting, wanted) : fan(setting, scheme)) });
      } catch ({ message, fields, field }) {
        self.postMessage({ error: message, fields, field });
      }
    };
    const begun = performance.now();
    learn("z");
    self.postMessage({ pace: performance.now() - begun });
  }
  function employ() {
    const parts = PARTS.map((name) => `${name}: ${shared[name]}`);
    const source = `(${program})({ ${parts.join(",\n")} });`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    return new Promise((ready) => {
      worker.onmessage = ({ data: { pace } }) => ready({ worker, patience: Math.max(PATIENCE, SLOW * pace) });
    });
  }

  // A number of a curve: a logarithm to base 10 where the scale has one, else as it is.
  function code(value, quantum) {
    if (Number.isNaN(value)) return LIMIT + 1;
    const whole = Math.round(value / quantum);
    return Math.abs(whole) < LIMIT ? whole : Math.sign(whole) * LIMIT;
  }

  // What chapter 6 teaches about an activation, and what is wrong with this one.
  function described({ undefined: gap, flat, jump, unit, critical }) {
    const said = [];
    if (gap !== undefined) said.push(say("It is not a number at z = {place}.", { place: gap }));
    else if (!(unit > 0 && unit < Infinity)) said.push(say("No gain keeps the size of a signal."));
    else if (!(critical < Infinity)) said.push(say("Unit-variance gain {unit}; no critical gain without biases.", { unit }));
    else said.push(say("Unit-variance gain {unit}; critical gain {critical}.", { unit, critical }));
    if (flat) said.push(say("Its slope is 0, so no gradient comes back."));
    if (!Number.isNaN(jump)) said.push(say("It jumps at z = {place}; no slope tells a gradient that.", { place: Math.abs(jump) < 1e-9 ? 0 : jump }));
    return said;
  }
  // Where a size stays, and whether signals come there.
  function settled({ points, upTo, beyond }) {
    const said = points.map(({ q, stable }) =>
      stable
        ? say("Fixed point at q = {q}, stable: sizes near it come to it.", { q })
        : say("Fixed point at q = {q}, unstable: sizes near it leave it.", { q }));
    if (upTo === Infinity) said.push(say("Every size is a fixed point: it stays as it is."));
    else if (upTo) said.push(say("Every size up to q = {q} is a fixed point: it stays as it is.", { q: upTo }));
    else if (!points.length) said.push(say("There is no fixed point."));
    if (!Number.isNaN(beyond)) said.push(say("From q = {q} on it gives no numbers.", { q: beyond }));
    return said;
  }

  // The Python that computes the same, for a cell of a notebook of the course.
  function cellOf(text, { gain, depth, seed }, std) {
    const activation = JSON.stringify(text);
    if (std === undefined)
      return `import torch

from helpers.activations import unit_variance_gain
from helpers.meanfield import q_map, q_star

activation = ${activation}
print("unit-variance gain:", unit_variance_gain(activation))
print("q that q = 1 becomes:", q_star(activation, ${gain}))
print(q_map(activation, ${gain}, q=torch.linspace(0, 3, 7)))`;
    return `import torch

from helpers.fan import sizes

torch.set_default_dtype(torch.float64)
std = ${std}  # of the weights, with 64 inputs and outputs
curves = sizes(${depth}, std * 64**0.5, ${activation}, seed=${seed})
print("signal at the last layer:", curves["forward"][-1].item())
print("gradient at the first layer:", curves["backward"][0].item())`;
  }

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }
  function input(id, value, note) {
    const field = make("input", { id, value, type: "text", maxLength: 200, spellcheck: false, autocomplete: "off", autocapitalize: "off" });
    field.setAttribute("aria-describedby", note.id);
    return field;
  }
  const labelled = (text, control, kind = "") =>
    make("div", { className: `live-row ${kind}` }, make("label", { htmlFor: control.id, textContent: text }), control);

  // The Python in a fold, and a button that copies it.
  function notebookCell() {
    const python = make("code");
    const copy = make("button", { type: "button", className: "live-button", textContent: say("Copy") });
    copy.addEventListener("click", async () => {
      const done = await navigator.clipboard?.writeText(python.textContent).then(() => true, () => false);
      if (!done) getSelection().selectAllChildren(python);
      copy.textContent = done ? say("Copied") : say("Selected");
      setTimeout(() => (copy.textContent = say("Copy")), 2000);
    });
    const text = make("pre", { tabIndex: 0 }, python);
    const fold = make("details", { className: "live-own-cell" }, make("summary", { textContent: say("As a notebook cell") }), text, copy);
    return { fold, python };
  }

  // The fields, the examples and the line below them, for one figure; shown while chosen.
  function attach({ figure, menu, row }) {
    const { key, curves } = figure.get("spec");
    const id = `live-own-${key}`;
    const note = make("p", { id: `${id}-note`, className: "live-own-note" });
    const field = input(id, figure.get("typed"), note);
    const scheme = figure.get("scheme") === undefined ? undefined : input(`${id}-scheme`, figure.get("scheme"), note);
    const examples = make("select", { id: `${id}-examples` }, make("option", { textContent: say("choose") }));
    for (const [name] of EXAMPLES) examples.append(make("option", { textContent: name }));
    const { fold, python } = notebookCell();
    const rows = [labelled(say("φ(z) ="), field, "live-own"), labelled(say("example"), examples), note, fold];
    if (scheme) rows.splice(1, 0, labelled(say("weights’ std ="), scheme, "live-own"));
    field.addEventListener("input", () => figure.set("typed", field.value));
    scheme?.addEventListener("input", () => {
      figure.set("scheme", scheme.value);
      figure.fire("change:typed"); // the figure asks anew
    });
    examples.addEventListener("change", () => {
      if (!examples.selectedIndex) return;
      field.value = EXAMPLES[examples.selectedIndex - 1][1];
      examples.selectedIndex = 0;
      figure.set("typed", field.value);
    });
    const show = () => {
      if (menu.get("index") !== figure.own) rows.forEach((one) => one.remove());
      else if (!note.isConnected) row.after(...rows); // moved, the field would lose its focus
    };
    menu.on("change:index", show);
    show();

    let employed;
    const ask = async (question) => {
      const { worker, patience } = await (employed ??= employ());
      return new Promise((resolve) => {
        const stop = () => {
          worker.terminate();
          employed = undefined;
          resolve({ error: say("This took too long and was stopped.") });
        };
        let waiting = setTimeout(stop, patience);
        worker.onmessage = ({ data }) => {
          clearTimeout(waiting);
          if (data === "alive") waiting = setTimeout(stop, patience);
          else resolve(data);
        };
        worker.postMessage(question);
      });
    };

    // As the kernel would answer: codes of all curves in one buffer, or why there are none.
    return async function answer({ from, setting, seed }) {
      const text = figure.get("typed");
      const wanted = curves.map(({ name, first, step, points }) => ({ name, first, step, points }));
      const found = await ask({ text, scheme: figure.get("scheme"), setting: { ...setting, seed }, wanted });
      const wrong = found.error && (found.field === "scheme" ? scheme : field);
      for (const one of [field, scheme]) one?.setAttribute("aria-invalid", one === wrong);
      fold.hidden = Boolean(found.error);
      if (found.error) {
        const error = (note.textContent = worded(found.error, found.fields));
        return figure.fire("msg:custom", { to: from, error }, []);
      }
      const { facts, fixed, std, width } = found;
      note.textContent = scheme ? say("The weights’ standard deviation is {std}: n_in and n_out are {width}.", { std, width }) : "";
      python.textContent = cellOf(text, { ...setting, seed }, std);
      const codes = curves.map(({ name, quantum }) => found.curves[name].map((value) => code(value, quantum)));
      const sizes = curves.map(({ name }, i) => [name, codes[i].length]);
      const words = [...(fixed ? settled(fixed) : []), ...described(facts)].join(" ");
      figure.fire("msg:custom", { to: from, sizes, words }, [new DataView(Int32Array.from(codes.flat()).buffer)]);
    };
  }
  shared.own = { attach };
})();
