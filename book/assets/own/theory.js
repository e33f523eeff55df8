// What infinite width predicts for an activation of the reader's own: Gaussian averages by
// quadrature, as in helpers/activations.py, and from them both signals and two gains.

(self.firstWeights ??= {}).theory = () => {
  const [FAR, STEEP, LEAST] = [12, 8e6, 1e-300]; // in standard deviations; stands for 0

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

  // For z > 0, crowded towards 0, where large signals see what phi does near 1.
  const length = Math.asinh(STEEP);
  const nodes = legendre(Math.ceil(9 * length)).map(([x, w]) => {
    const s = (length * (x + 1)) / 2;
    const t = (FAR * Math.sinh(s)) / STEEP;
    return [t, w * Math.cosh(s) * Math.exp((-t * t) / 2)];
  });
  const total = 2 * nodes.reduce((sum, [, w]) => sum + w, 0);

  // The averages of phi^2 and of its slope squared over a normal z of mean square q.
  function averages(phi, q) {
    const root = Math.sqrt(Math.max(q, LEAST));
    const z = Float64Array.from(nodes.flatMap(([t]) => [t * root, -t * root]));
    const { value, slope } = phi(z);
    let [h2, slope2] = [0, 0];
    for (let i = 0; i < z.length; i++) {
      const weight = nodes[i >> 1][1] / total;
      h2 += weight * value[i] ** 2;
      slope2 += weight * slope[i] ** 2;
    }
    return { h2, slope2 };
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
  // Where it settles is the first q at which phi^2 / slope^2 falls below q; else it is 0,
  // if smaller signals than some do not grow. Schoenholz et al. (2017).
  function criticalGain(phi) {
    const excess = (q) => {
      const { h2, slope2 } = averages(phi, q);
      return h2 / slope2 - q;
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
    for (let k = 1; k <= 180; k++) {
      const q = 10 ** (k / 10 - 6);
      const now = excess(q);
      if (was > 0 && now <= 0) {
        let [low, high] = [before, q];
        for (let step = 0; step < 60; step++) {
          const middle = (low + high) / 2;
          if (excess(middle) > 0) low = middle;
          else high = middle;
        }
        return 1 / Math.sqrt(averages(phi, low).slope2);
      }
      [before, was] = [q, now];
    }
    const atZero = ray(1e-24)[1];
    const stays = (q) => ray(q)[0] / atZero <= 1 + 1e-9;
    return [1e-8, 1e-6, 1e-4].every(stays) ? 1 / Math.sqrt(atZero) : NaN;
  }

  // Where phi jumps, between -8 and 8, or NaN: an interval whose ends stay apart.
  function jump(phi) {
    const [count, from, to] = [4000, -8.0013, 8.0007];
    const z = Float64Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count);
    const { value } = phi(z);
    const rise = (i) => Math.abs(value[i + 1] - value[i]);
    const steep = [...Array(count).keys()].filter((i) => rise(i) > 1e-3).sort((i, j) => rise(j) - rise(i));
    for (const i of steep.slice(0, 4)) {
      let [low, high] = [z[i], z[i + 1]];
      for (let step = 0; step < 40; step++) {
        const middle = (low + high) / 2;
        const [a, b, c] = phi(Float64Array.of(low, middle, high)).value;
        if (Math.abs(b - a) > Math.abs(c - b)) high = middle;
        else low = middle;
      }
      const [a, b] = phi(Float64Array.of(low, high)).value;
      if (Math.abs(b - a) > rise(i) / 4) return (low + high) / 2;
    }
    return NaN;
  }
  return { curves, unitGain, criticalGain, jump, averages };
};
