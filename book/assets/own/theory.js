// What infinite width predicts for an activation of the reader's own: Gaussian averages by
// Gauss and Legendre's rule in panels, and from them both signals and two gains.

(self.firstWeights ??= {}).theory = () => {
  // In standard deviations: where panels are as wide as WIDE, what no signal of ours will
  // meet, and the end, beyond which no density is a number. Then what stands for 0.
  const [WIDE, RARE, FAR, LEAST] = [3, 12, 39, 1e-300];

  // Gauss and Legendre's nodes from -1 to 1 and their weights, by Newton's steps.
  function legendre(n) {
    return Array.from({ length: n }, (_, i) => {
      let [x, slope] = [Math.cos((Math.PI * (i + 0.75)) / (n + 0.5)), 1];
      for (let step = 0; step < 8; step++) {
        let [before, now] = [1, x];
        for (let k = 2; k <= n; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k];
        slope = (n * (x * now - before)) / (x * x - 1);
        x -= now / slope;
      }
      return [x, 2 / ((1 - x * x) * slope * slope)];
    });
  }
  const rule = legendre(12);

  // Ends of panels, in standard deviations: ever closer towards 0, where large signals
  // see what phi does near 1; so a panel is half as long as the one beyond it.
  const halves = Array.from({ length: 24 }, (_, k) => (k ? WIDE / 2 ** (23 - k) : 0));
  for (let t = 2 * WIDE; t <= FAR; t += WIDE) halves.push(t);
  const ends = [...halves.map((t) => -t), ...halves.slice(1)];

  // Nodes of a standard normal variable and the roots of their weights, which are numbers
  // where weights are 0; no panel has a kink inside.
  function nodesOf(kinks) {
    const within = kinks.filter((t) => Math.abs(t) < FAR);
    const sorted = Float64Array.from([...new Set([...ends, ...within])]).sort();
    const found = [];
    for (let i = 1; i < sorted.length; i++) {
      const [middle, half] = [(sorted[i] + sorted[i - 1]) / 2, (sorted[i] - sorted[i - 1]) / 2];
      for (const [x, w] of rule) {
        const t = middle + half * x;
        found.push([t, Math.exp((-t * t) / 4) * Math.sqrt((half * w) / Math.sqrt(2 * Math.PI))]);
      }
    }
    return found;
  }

  const plain = nodesOf([]);
  // The averages of phi^2 and of its slope squared over a normal z of mean square q.
  function averages(phi, q) {
    const root = Math.sqrt(Math.max(q, LEAST));
    const { jumps, bends } = kinksOf(phi);
    const inside = [...jumps, ...bends].filter((z) => Math.abs(z) > 1e-12); // 0 is an end
    const nodes = inside.length ? nodesOf(inside.map((z) => z / root)) : plain;
    const { value, slope } = phi(Float64Array.from(nodes, ([t]) => t * root));
    const average = (values) => {
      let [sum, far] = [0, 0];
      nodes.forEach(([t, weight], i) => {
        const part = (weight * values[i]) ** 2;
        if (Math.abs(t) > RARE && Number.isNaN(part)) return;
        sum += part;
        if (Math.abs(t) > FAR - WIDE) far += part;
      });
      return far > 1e-9 * sum ? Infinity : sum; // what goes on beyond has no end
    };
    return { h2: average(value), slope2: average(slope) };
  }

  // Logarithms (base 10) of both signals' sizes at each layer, inputs of mean square 1.
  function curves(phi, { depth, gain }) {
    const [square, forward, factors] = [gain * gain, [], []];
    let q = square;
    for (let l = 0; l < depth; l++) {
      forward.push(Math.log10(q) / 2);
      const { h2, slope2 } = averages(phi, q);
      factors.push(square * slope2);
      q = square * h2;
    }
    const backward = Array(depth).fill(0);
    for (let l = depth - 2; l >= 0; l--) backward[l] = backward[l + 1] + Math.log10(factors[l]) / 2;
    return { forward, backward };
  }

  // The gain that sends mean square 1 on as 1: He et al. (2015), equation 10.
  const unitGain = (phi) => 1 / Math.sqrt(averages(phi, 1).h2);

  // The gain at which a gradient keeps its size where the signal has settled, or NaN.
  // Where it settles is the first q at which phi^2 / slope^2 falls below q, if signals
  // come to it; else it is 0, if smaller ones than some do not grow. Schoenholz et al.
  // (2017).
  function criticalGain(phi) {
    const excess = (q) => {
      const { h2, slope2 } = averages(phi, q);
      return h2 < Infinity && slope2 < Infinity ? h2 / slope2 - q : NaN;
    };
    const ray = (q) => {
      const { h2, slope2 } = averages(phi, q);
      return [h2 / q, slope2];
    };
    const [small, large] = [ray(1e-6), ray(1e4)];
    const alike = ([h2, slope2]) => Math.abs(h2 / slope2 - 1) < 1e-9;
    if (alike(small) && alike(large) && Math.abs(small[0] / large[0] - 1) < 1e-9) return 1 / Math.sqrt(small[0]);
    let before = 1e-6;
    let was = excess(before);
    for (let k = 1; k <= 90; k++) {
      const q = 10 ** (k / 5 - 6);
      const now = excess(q);
      if (was > 0 && now <= 0) {
        let [low, high] = [before, q];
        for (let step = 0; step < 60; step++) {
          const middle = (low + high) / 2;
          if (excess(middle) > 0) low = middle;
          else high = middle;
        }
        const [less, more] = [low / 1.001, low * 1.001].map((size) => averages(phi, size).h2);
        return less > 0 && more < less * 1.001 ** 2 ? 1 / Math.sqrt(averages(phi, low).slope2) : NaN;
      }
      [before, was] = [q, now];
    }
    const atZero = ray(1e-24)[1];
    const stays = (q) => ray(q)[0] / atZero <= 1 + 1e-9;
    return [1e-8, 1e-6, 1e-4].every(stays) ? 1 / Math.sqrt(atZero) : NaN;
  }

  // Places between -8 and 8 where a curve does not go on as it came: of the widest gaps
  // between neighbours on a grid, those that stay where the neighbours are brought close.
  const [COUNT, FROM, TO, WIDEST] = [4000, -8.0013, 8.0007, 8];
  const grid = Float64Array.from({ length: COUNT + 1 }, (_, i) => FROM + ((TO - FROM) * i) / COUNT);
  function gaps(curve) {
    const along = curve(grid);
    const gap = (i) => Math.abs(along[i + 1] - along[i]);
    const wide = [...Array(COUNT).keys()].filter((i) => gap(i) > 1e-3).sort((i, j) => gap(j) - gap(i));
    const found = [];
    for (const i of wide.slice(0, WIDEST)) {
      let [low, high] = [grid[i], grid[i + 1]];
      for (let step = 0; step < 44; step++) {
        const middle = (low + high) / 2;
        const [a, b, c] = curve(Float64Array.of(low, middle, high));
        if (Math.abs(b - a) > Math.abs(c - b)) high = middle;
        else low = middle;
      }
      const [a, b] = curve(Float64Array.of(low, high));
      if (Math.abs(b - a) > gap(i) / 4) found.push((low + high) / 2);
    }
    return found;
  }

  // Where phi jumps, and where its slope does; looked for once.
  const known = new WeakMap();
  function kinksOf(phi) {
    if (!known.has(phi)) known.set(phi, { jumps: gaps((z) => phi(z).value), bends: gaps((z) => phi(z).slope) });
    return known.get(phi);
  }

  // Where phi jumps most, or NaN.
  const jump = (phi) => kinksOf(phi).jumps[0] ?? NaN;
  return { curves, unitGain, criticalGain, jump, averages };
};
