// One expression in z, in Python's syntax, as a function that gives values and slopes; or
// one in numbers that have names, as a number.
// What is typed becomes arithmetic on arrays and nothing else: no name but those below
// means anything, and nothing is run as a script. Slopes come by the chain rule, operation
// by operation, as in forward-mode automatic differentiation.

(self.firstWeights ??= {}).expression = () => {
  const LONGEST = 200;
  const [TOKEN, SPACE] = [/(\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?)|([^\W\d]\w*)|(\*\*|[<>]=|[=!]=|\/\/|[-+*/(),<>])/iuy, /\s*/y];
  const CONSTANTS = { pi: Math.PI, e: Math.E };
  const ROOT_PI = Math.sqrt(Math.PI);

  // What is wrong, as a sentence that the page says in the reader's language.
  const say = (text, fields = {}) => Object.assign(new Error(text), { fields });

  // Abramowitz and Stegun (1964), 7.1.6 and 7.1.14: all terms are positive in both.
  function erf(x) {
    const size = Math.abs(x);
    if (!(size < 6)) return Math.sign(x);
    if (size < 3) {
      let [term, sum] = [x, x];
      for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
        term *= (2 * x * x) / (2 * n + 1);
        sum += term;
      }
      return (2 / ROOT_PI) * Math.exp(-x * x) * sum;
    }
    let fraction = 0;
    for (let n = 60; n; n--) fraction = n / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / ROOT_PI / (size + fraction));
  }
  const sigmoid = (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

  // Each function of one argument and its slope, which may use the value.
  const UNARY = {
    exp: [Math.exp, (x, y) => y],
    expm1: [Math.expm1, (x, y) => y + 1],
    log: [Math.log, (x) => 1 / x],
    log1p: [Math.log1p, (x) => 1 / (1 + x)],
    sqrt: [Math.sqrt, (x, y) => 0.5 / y],
    abs: [Math.abs, Math.sign],
    sign: [Math.sign, () => 0],
    sin: [Math.sin, Math.cos],
    cos: [Math.cos, (x) => -Math.sin(x)],
    sinh: [Math.sinh, Math.cosh],
    cosh: [Math.cosh, Math.sinh],
    tanh: [Math.tanh, (x, y) => 1 - y * y],
    atan: [Math.atan, (x) => 1 / (1 + x * x)],
    erf: [erf, (x) => (2 / ROOT_PI) * Math.exp(-x * x)],
    relu: [(x) => (x > 0 ? x : x - x), (x) => Number(x > 0)],
    sigmoid: [sigmoid, (x, y) => y * sigmoid(-x)],
    softplus: [(x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), sigmoid],
  };
  // Of two arguments, with the slope along each. At a tie each side counts half.
  const half = (x, y) => (x > y ? 1 : x === y ? 0.5 : 0);
  const BINARY = {
    "+": [(x, y) => x + y, () => 1, () => 1],
    "-": [(x, y) => x - y, () => 1, () => -1],
    "*": [(x, y) => x * y, (x, y) => y, (x) => x],
    "/": [(x, y) => x / y, (x, y) => 1 / y, (x, y) => -x / y / y],
    "**": [(x, y) => x ** y, (x, y) => (y === 0 ? 0 : y * x ** (y - 1)), (x, y) => (x === 0 && y >= 0 ? 0 : x ** y * Math.log(x))],
    maximum: [Math.max, half, (x, y) => half(y, x)],
    minimum: [Math.min, (x, y) => half(y, x), half],
  };
  const COMPARED = {
    "<": (x, y) => x < y,
    "<=": (x, y) => x <= y,
    ">": (x, y) => x > y,
    ">=": (x, y) => x >= y,
    "==": (x, y) => x === y,
    "!=": (x, y) => x !== y,
  };

  // A node gives {value, slope} for an array of z; no slope means that it is 0.
  const constant = (c) => ({ of: (z) => ({ value: new Float64Array(z.length).fill(c) }) });
  function unary([f, df], inner) {
    return {
      of(z) {
        const { value: x, slope } = inner.of(z);
        const value = x.map(f);
        return { value, slope: slope?.map((s, i) => s * df(x[i], value[i])) };
      },
    };
  }
  function binary([f, along, across], left, right) {
    return {
      of(z) {
        const [{ value: x, slope: a }, { value: y, slope: b }] = [left.of(z), right.of(z)];
        const value = x.map((v, i) => f(v, y[i]));
        const part = (s, df) => s && ((i) => s[i] * df(x[i], y[i]));
        const parts = [part(a, along), part(b, across)].filter(Boolean);
        return { value, slope: parts.length ? x.map((_, i) => parts.reduce((sum, p) => sum + p(i), 0)) : undefined };
      },
    };
  }
  const compared = (holds, left, right) => ({
    test: true,
    of(z) {
      const [x, y] = [left.of(z).value, right.of(z).value];
      return { value: x.map((v, i) => Number(holds(v, y[i]))) };
    },
  });
  const where = (condition, yes, no) => ({
    of(z) {
      const [{ value: test }, a, b] = [condition, yes, no].map((node) => node.of(z));
      const pick = (x, y) => test.map((t, i) => (t ? (x?.[i] ?? 0) : (y?.[i] ?? 0)));
      return { value: pick(a.value, b.value), slope: a.slope || b.slope ? pick(a.slope, b.slope) : undefined };
    },
  });

  function tokens(text) {
    const found = [];
    let at = 0;
    const skip = () => ((SPACE.lastIndex = at), SPACE.exec(text), (at = SPACE.lastIndex));
    for (skip(); at < text.length; skip()) {
      TOKEN.lastIndex = at;
      const match = TOKEN.exec(text);
      if (!match) throw say("{sign} at place {place} means nothing here.", { sign: [...text.slice(at)][0], place: at + 1 });
      const [whole, number, name] = match;
      found.push({ text: whole, place: at + 1, number: number && Number(number), name });
      at += whole.length;
    }
    return found;
  }

  // The function of an array of z that a text stands for, or of nothing if the numbers
  // that it is about are given by name. Raises an Error in words.
  function compile(text, given) {
    const constants = { ...CONSTANTS, ...given };
    const x = given ? Object.keys(given)[0] : "z"; // what examples are about
    if (!text.trim()) throw given ? say("Type a standard deviation, like gain * sqrt(2 / (n_in + n_out)).") : say("Type an expression in z, like z * sigmoid(1.7 * z).");
    if (text.length > LONGEST) throw say("At most {most} characters, please.", { most: LONGEST });
    const all = tokens(text);
    let at = 0;
    const next = () => all[at]?.text;
    const takes = (...signs) => (signs.includes(next()) ? all[at++].text : undefined);
    const unexpected = () =>
      all[at]
        ? say("{sign} at place {place} is not expected there.", { sign: next(), place: all[at].place })
        : say("Something is missing at the end.");
    function expects(sign) {
      if (!takes(sign)) throw all[at] ? unexpected() : say("A {sign} is missing at the end.", { sign });
    }
    // A comparison is a test: where() asks it, and a number may be multiplied by it.
    function number(node) {
      if (node.test) throw say("A comparison is no number: write where({x} > 0, {x}, 0).", { x });
      return node;
    }

    function comparison() {
      const left = sum();
      const sign = takes(...Object.keys(COMPARED));
      if (!sign) return left;
      const node = compared(COMPARED[sign], number(left), number(sum()));
      if (Object.hasOwn(COMPARED, next() ?? "")) throw say("Two comparisons in one: write where(0 < {x}, where({x} < 1, {x}, 1), 0).", { x });
      return node;
    }
    function sum() {
      let left = product();
      for (let sign; (sign = takes("+", "-")); ) left = binary(BINARY[sign], number(left), number(product()));
      return left;
    }
    function product() {
      let left = signed();
      for (let sign; (sign = takes("*", "/")); ) {
        const right = signed();
        if (sign === "/" || (left.test && right.test)) [left, right].forEach(number);
        left = binary(BINARY[sign], left, right);
      }
      return left;
    }
    function signed() {
      const sign = takes("-", "+");
      if (!sign) return power();
      const node = number(signed());
      return sign === "-" ? binary(BINARY["-"], constant(0), node) : node;
    }
    function power() {
      const base = atom();
      return takes("**") ? binary(BINARY["**"], number(base), number(signed())) : base;
    }
    function atom() {
      const { number: value, name } = all[at] ?? {};
      if (takes("(")) {
        const node = comparison();
        expects(")");
        return node;
      }
      if (value === undefined && !name) throw unexpected();
      at += 1;
      if (value !== undefined) return constant(value);
      if (name === "z" && !given) return { of: (z) => ({ value: z, slope: new Float64Array(z.length).fill(1) }) };
      if (Object.hasOwn(constants, name)) return constant(constants[name]);
      return call(name);
    }
    function call(name) {
      const takesTwo = Object.hasOwn(BINARY, name);
      const known = takesTwo || name === "where" || Object.hasOwn(UNARY, name);
      const names = [...(given ? [] : ["z"]), ...Object.keys(constants), ...Object.keys(UNARY), "maximum", "minimum", "where"].join(", ");
      if (!known) throw say("There is no {name} here; there are {names}.", { name, names });
      if (!takes("(")) throw say("{name} is a function: write {name}({x}).", { name, x });
      const parts = [];
      if (next() !== ")") do parts.push(comparison()); while (takes(","));
      expects(")");
      const count = name === "where" ? 3 : takesTwo ? 2 : 1;
      if (parts.length !== count) throw say("{name} takes {count}, not {given}.", { name, count, given: parts.length });
      if (name !== "where") return takesTwo ? binary(BINARY[name], ...parts.map(number)) : unary(UNARY[name], number(parts[0]));
      if (!parts[0].test) throw say("The first part of where must be a comparison: where({x} > 0, {x}, 0).", { x });
      return where(parts[0], number(parts[1]), number(parts[2]));
    }

    const tree = number(comparison());
    if (at < all.length) throw unexpected();
    return function phi(z) {
      const { value, slope } = tree.of(z);
      return { value, slope: slope ?? new Float64Array(z.length) };
    };
  }

  // The standard deviation of weights that a text stands for. Raises an Error in words.
  function deviation(text, given) {
    const [std] = compile(text, given)(Float64Array.of(0)).value;
    if (Number.isNaN(std)) throw say("This standard deviation is not a number.");
    if (std < 0) throw say("A standard deviation is at least 0; this one is {std}.", { std });
    if (std === Infinity) throw say("This standard deviation is infinite.");
    return std;
  }
  return { compile, deviation };
};
