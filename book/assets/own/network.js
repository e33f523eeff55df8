// The network of helpers/fan.py with an activation of the reader's own: the inputs, the
// weights and the gradient at the end are the very numbers that PyTorch draws, in float64.

(self.firstWeights ??= {}).network = () => {
  const [WIDTH, BATCH, INPUTS, END] = [64, 16, 1, 0]; // the last two: seeds

  // The Mersenne twister, as seeded by torch.Generator.manual_seed. Matsumoto and
  // Nishimura (1998).
  function twister(seed) {
    const [N, M] = [624, 397];
    const state = new Uint32Array(N);
    state[0] = seed;
    for (let i = 1; i < N; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
    let at = N;
    function twist() {
      for (let i = 0; i < N; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % N] & 0x7fffffff);
        state[i] = state[(i + M) % N] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      at = 0;
    }
    return () => {
      if (at === N) twist();
      let y = state[at++];
      y ^= y >>> 11;
      y ^= (y << 7) & 0x9d2c5680;
      y ^= (y << 15) & 0xefc60000;
      return (y ^ (y >>> 18)) >>> 0;
    };
  }
  const uniform = (bits) => ((bits() & 0x1fffff) * 2 ** 32 + bits()) / 2 ** 53;

  // Normal numbers as torch.randn makes them, in blocks of 16. Box and Muller (1958).
  function normal(bits, count) {
    const drawn = Float64Array.from({ length: count }, () => uniform(bits));
    for (let block = 0; block < count; block += 16)
      for (let i = block; i < block + 8; i++) {
        const length = Math.sqrt(-2 * Math.log(1 - drawn[i]));
        const angle = 2 * Math.PI * drawn[i + 8];
        [drawn[i], drawn[i + 8]] = [length * Math.cos(angle), length * Math.sin(angle)];
      }
    return drawn;
  }

  // Drawn once: the weights of a seed, at standard deviation 1, as many layers as needed.
  const drawn = new Map();
  function weights(seed, depth) {
    if (!drawn.has(seed)) drawn.set(seed, { bits: twister(seed), layers: [] });
    const { bits, layers } = drawn.get(seed);
    while (layers.length < depth) layers.push(normal(bits, WIDTH * WIDTH));
    return layers;
  }
  const inputs = normal(twister(INPUTS), BATCH * WIDTH);
  const end = normal(twister(END), BATCH * WIDTH);

  // h W^T and delta W, with W of shape (fan_out, fan_in), times its standard deviation.
  function onward(h, W, std) {
    const z = new Float64Array(BATCH * WIDTH);
    for (let b = 0; b < BATCH; b++)
      for (let o = 0; o < WIDTH; o++) {
        let sum = 0;
        for (let i = 0; i < WIDTH; i++) sum += h[b * WIDTH + i] * (std * W[o * WIDTH + i]);
        z[b * WIDTH + o] = sum;
      }
    return z;
  }
  function back(delta, W, std) {
    const h = new Float64Array(BATCH * WIDTH);
    for (let b = 0; b < BATCH; b++)
      for (let o = 0; o < WIDTH; o++) {
        const d = delta[b * WIDTH + o] * std;
        for (let i = 0; i < WIDTH; i++) h[b * WIDTH + i] += d * W[o * WIDTH + i];
      }
    return h;
  }

  // Root mean square, of numbers whose squares may be none.
  function rms(values) {
    const most = values.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    if (!(most > 0 && most < Infinity)) return most;
    return most * Math.sqrt(values.reduce((sum, v) => sum + (v / most) ** 2, 0) / values.length);
  }

  // Logarithms (base 10) of the sizes of z and of dLoss/dz at each layer.
  function sizes(phi, { depth, std, seed }) {
    const layers = weights(seed, depth);
    const [forward, slopes] = [[], []];
    let h = inputs;
    for (let l = 0; l < depth; l++) {
      const z = onward(h, layers[l], std);
      forward.push(Math.log10(rms(z)));
      if (l < depth - 1) ({ value: h, slope: slopes[l] } = phi(z));
    }
    const backward = Array(depth);
    let [delta, log] = [end, 0];
    for (let l = depth - 1; l >= 0; l--) {
      if (l < depth - 1) {
        const came = back(delta, layers[l + 1], std);
        delta = slopes[l].map((s, i) => s * came[i]);
      }
      const size = rms(delta);
      backward[l] = log + Math.log10(size);
      if (size > 0 && size < Infinity) {
        // carried at unit scale, so that 1e-400 is still right
        delta = delta.map((d) => d / size);
        log = backward[l];
      }
    }
    return { forward, backward };
  }
  return { sizes, weights, WIDTH };
};
