// "Your own" in the menu of activations: a field for an expression in z, and what answers
// the figure while one types. The arithmetic runs in a worker, which is stopped after a
// second. widgets.js loads this when the menu asks for it; helpers/live/contract.py says
// what a figure is told.

(() => {
  const shared = window.firstWeights;
  const LIMIT = 2 ** 28; // contract.py: codes of 0, infinity and what is not a number
  const PATIENCE = 1000; // ms
  const EXAMPLES = [
    ["Mish", "z * tanh(softplus(z))"],
    ["squared relu", "relu(z) ** 2"],
    ["snake", "z + sin(z) ** 2"],
    ["step", "where(z > 0, 1, 0)"],
    ["broken", "z * sigmoid(1.7 * z"],
  ];

  const worded = (text, fields = {}) =>
    (shared.words[text] ?? text).replace(/\{(\w+)\}/g, (field, name) => fields[name] ?? field);
  const say = worded; // of a sentence in quotes, which translators get
  const short = (value) => String(+value.toPrecision(4)).replace("-", "−");

  // Runs in the worker, of which it is the whole program, with the three parts below.
  function program(parts) {
    const { compile } = parts.expression();
    const network = parts.network();
    const theory = parts.theory();
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
    self.onmessage = ({ data: { text, setting } }) => {
      try {
        if (text !== known) learn(text);
        const [measured, foretold] = [network.sizes(phi, setting), theory.curves(phi, setting)];
        const { forward, backward } = measured;
        const curves = { forward, backward, forward_theory: foretold.forward, backward_theory: foretold.backward };
        self.postMessage({ curves, facts });
      } catch ({ message, fields }) {
        self.postMessage({ error: message, fields });
      }
    };
  }
  function employ() {
    const parts = ["expression", "network", "theory"].map((name) => `${name}: ${shared[name]}`);
    const source = `(${program})({ ${parts.join(",\n")} });`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const worker = new Worker(address);
    URL.revokeObjectURL(address);
    return worker;
  }

  function code(log, quantum) {
    if (Number.isNaN(log)) return LIMIT + 1;
    if (Math.abs(log) === Infinity) return log > 0 ? LIMIT : -LIMIT;
    return Math.round(log / quantum);
  }

  // What chapter 6 teaches about an activation, and what is wrong with this one.
  function described({ undefined: gap, flat, jump, unit, critical }) {
    const fields = { unit: short(unit), critical: short(critical) };
    const said = [];
    if (gap !== undefined) said.push(say("It is not a number at z = {place}.", { place: short(gap) }));
    else if (!(unit < Infinity)) said.push(say("No gain keeps the size of a signal."));
    else if (!(critical < Infinity)) said.push(say("Unit-variance gain {unit}; no critical gain without biases.", fields));
    else said.push(say("Unit-variance gain {unit}; critical gain {critical}.", fields));
    if (flat) said.push(say("Its slope is 0, so no gradient comes back."));
    if (!Number.isNaN(jump)) said.push(say("It jumps at z = {place}; no slope tells a gradient that.", { place: short(Math.abs(jump) < 1e-9 ? 0 : jump) }));
    return said.join(" ");
  }

  function make(tag, properties, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The field, the examples and the line below them, for one figure; shown while chosen.
  function attach({ figure, menu, row, again }) {
    const { key, curves } = figure.get("spec");
    const id = `live-own-${key}`;
    const field = make("input", { id, type: "text", maxLength: 200, spellcheck: false, autocomplete: "off", autocapitalize: "off", value: shared.typed[key] });
    const examples = make("select", { id: `${id}-examples` }, make("option", { textContent: say("choose") }));
    for (const [name] of EXAMPLES) examples.append(make("option", { textContent: name }));
    const note = make("p", { id: `${id}-note`, className: "live-own-note" });
    field.setAttribute("aria-describedby", note.id);
    const rows = [
      make("div", { className: "live-row live-own" }, make("label", { htmlFor: id, textContent: say("φ(z) =") }), field),
      make("div", { className: "live-row" }, make("label", { htmlFor: examples.id, textContent: say("example") }), examples),
      note,
    ];
    function type(text) {
      shared.typed[key] = text;
      again();
    }
    field.addEventListener("input", () => type(field.value));
    examples.addEventListener("change", () => {
      if (!examples.selectedIndex) return;
      field.value = EXAMPLES[examples.selectedIndex - 1][1];
      examples.selectedIndex = 0;
      type(field.value);
    });
    const show = () => {
      if (menu.get("index") !== figure.own) rows.forEach((one) => one.remove());
      else if (!note.isConnected) row.after(...rows); // moved, the field would lose its focus
    };
    menu.on("change:index", show);
    show();

    let worker;
    const ask = (question) =>
      new Promise((resolve) => {
        worker ??= employ();
        const stop = setTimeout(() => {
          worker.terminate();
          worker = undefined;
          resolve({ error: say("This took more than a second and was stopped.") });
        }, PATIENCE);
        worker.onmessage = ({ data }) => {
          clearTimeout(stop);
          resolve(data);
        };
        worker.postMessage(question);
      });

    // As the kernel would answer: codes of all curves in one buffer, or why there are none.
    return async function answer({ from, setting, seed }) {
      const found = await ask({ text: shared.typed[key], setting: { ...setting, seed } });
      field.setAttribute("aria-invalid", Boolean(found.error));
      if (found.error) {
        const error = worded(found.error, found.fields);
        note.textContent = error;
        return figure.fire("msg:custom", { to: from, error }, []);
      }
      note.textContent = described(found.facts);
      const rows = curves.map(({ name, quantum }) => found.curves[name].map((log) => code(log, quantum)));
      const sizes = curves.map(({ name }, i) => [name, rows[i].length]);
      figure.fire("msg:custom", { to: from, sizes }, [new DataView(Int32Array.from(rows.flat()).buffer)]);
    };
  }
  shared.own = { attach };
})();
