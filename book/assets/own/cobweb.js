// The cobweb of chapter 6 for an activation of the reader's own: what a layer makes of the
// mean square q of its pre-activations, where fifty layers lead, and where q stays.

(self.firstWeights ??= {}).cobweb = ({ averages }) => {
  const [LAYERS, LEAST, MOST] = [50, 0.001, 10]; // of the dots, where their words stop
  const KEPT = 1e-6; // a smaller relative change in a layer is none

  // The curves, by name. Their names say from where, their places at which sizes.
  function curves(phi, gain, wanted) {
    const square = gain * gain;
    const next = (q) => square * averages(phi, q).h2;
    const ends = [];
    const found = {};
    for (const { name, first, step, points } of wanted) {
      const sizes = Array.from({ length: points }, (_, i) => first + i * step);
      const start = Number(name.match(/^from ([\d.]+)$/)?.[1] ?? NaN);
      if (Number.isNaN(start)) {
        found[name] ??= sizes.map(next);
        continue;
      }
      const walk = [start];
      while (walk.length <= LAYERS) walk.push(next(walk.at(-1)));
      found[name] = stairs(walk, sizes);
      ends.push(Math.min(Math.max(walk.at(-1), LEAST), MOST));
    }
    found["after 50 layers"] = ends;
    return found;
  }

  // Height of the stairs above each size; where they have passed twice, the later one.
  function stairs(walk, sizes) {
    const heights = sizes.map(() => NaN);
    for (let l = 1; l < walk.length; l++) {
      const [low, high] = [Math.min(walk[l - 1], walk[l]), Math.max(walk[l - 1], walk[l])];
      sizes.forEach((q, i) => {
        if (q >= low * (1 - 1e-12) && q <= high * (1 + 1e-12)) heights[i] = walk[l];
      });
    }
    return heights;
  }

  // ln of what a layer at gain 1 makes of q, relative to q; along the search, once.
  const growth = (phi, q) => Math.log(averages(phi, q).h2 / q);
  // Sizes that are searched for fixed points, closest about 1.
  const decades = (from, to, each) => Array.from({ length: (to - from) * each }, (_, i) => 10 ** (from + i / each));
  const searched = [...decades(-12, -3, 2), ...decades(-3, 3, 10), ...decades(3, 12, 2), 1e12];
  const known = new WeakMap();
  function along(phi) {
    if (!known.has(phi)) known.set(phi, searched.map((q) => growth(phi, q)));
    return known.get(phi);
  }

  // Sizes that a layer keeps: {q, stable} of each, the size up to which it keeps all, and
  // the size from which averages are no numbers. Where the sign of the change turns there
  // is one, if the change is 0 there; it is stable if |slope of the map| is below 1.
  function fixedPoints(phi, gain) {
    const shift = 2 * Math.log(gain);
    const rate = (q) => growth(phi, q) + shift;
    const rates = along(phi).map((r) => r + shift);
    const signs = rates.map((r) => (Math.abs(r) < KEPT ? 0 : Math.sign(r)));
    const points = [];
    const turns = signs.findIndex((sign) => sign !== 0);
    const upTo = turns < 0 ? Infinity : turns > 0 && searched[turns - 1] > 0.01 ? searched[turns - 1] : 0;
    if (!upTo && averages(phi, 0).h2 < 1e-12) points.push({ q: 0, stable: signs[turns] < 0 });
    let last = turns;
    for (let i = turns + 1; turns >= 0 && i < signs.length; i++) {
      if (Number.isNaN(signs[i])) break;
      if (signs[i] === 0) continue;
      if (signs[i] !== signs[last]) {
        const q = crossing(rate, searched[last], searched[i], signs[last]);
        const slope = 1 + (rate(q * 1.001) - rate(q / 1.001)) / (2 * Math.log(1.001));
        if (Math.abs(rate(q)) < KEPT) points.push({ q, stable: Math.abs(slope) < 1 });
      }
      last = i;
    }
    const beyond = rates.findIndex((r) => Number.isNaN(r) || r === Infinity);
    return { points, upTo, beyond: beyond < 0 ? NaN : searched[beyond] };
  }
  function crossing(rate, low, high, before) {
    for (let step = 0; step < 60; step++) {
      const middle = Math.sqrt(low * high);
      if (Math.sign(rate(middle)) === before) low = middle;
      else high = middle;
    }
    return Math.sqrt(low * high);
  }
  return { curves, fixedPoints };
};
