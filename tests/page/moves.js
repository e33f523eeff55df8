// Moves the live figures of an open page at random, and tells what they show at the end.
//
// ({ count, seed }): moves in all, and where the sequence of random numbers begins. Some
// moves follow at once, others after a frame; sliders stand on one of their steps at the
// end, as an address says them. After no moves, it tells what is there. An activation of one's own is left to other tests.
async ({ count, seed }) => {
  let state = seed;
  // (Park and Miller, 1988): all whole numbers below 2^31 - 1 but 0, one after another
  const random = (below) => (state = (state * 48271) % 2147483647) % below;
  const pick = (list) => list[random(list.length)];
  const frame = () => new Promise((next) => requestAnimationFrame(next));
  await until(() => document.documentElement.matches(".fw-live"));
  const [keys, figures] = [Object.keys(firstWeights.figures), Object.values(firstWeights.figures)];
  for (const figure of figures) {
    await until(() => isAlive(figure));
    // more of its tables are loaded once a frame has been drawn with it in sight
    for (let i = 0; i < 3; i++) await frame();
  }
  const shells = figures.map((figure) => figure.el.closest(".live-shell"));
  const errors = [];

  for (let i = 0; i < count; i++) {
    const shell = pick(shells);
    const { buttons, menus, sliders } = controls(shell);
    const control = pick([...buttons, ...menus, ...sliders, ...sliders, ...sliders]);
    if (control.tagName === "BUTTON") control.click();
    else put(control, random(places(control)));
    if (random(8) === 0) await frame();
    if (!/\S/.test(shell.querySelector(".live-status").textContent)) errors.push(`${i}: no words`);
  }
  for (const shell of count ? shells : [])
    for (const slider of controls(shell).sliders) put(slider, random(places(slider)));
  for (const figure of figures) await settled(figure);
  await new Promise((later) => setTimeout(later, 1500)); // the address follows at rest

  const seen = {};
  figures.forEach((figure, i) => {
    const status = shells[i].querySelector(".live-status").textContent;
    const paths = [...figure.el.querySelectorAll("[data-curve]")].map((path) => path.getAttribute("d"));
    seen[keys[i]] = { setting: figure.setting(), numbers: figure.numbers(), status, paths };
  });
  const isWord = (value) => typeof value === "number" && !Number.isFinite(value);
  return JSON.stringify({ address: location.href, errors, seen }, (_, value) => (isWord(value) ? String(value) : value));

  function controls(shell) {
    const all = (selector) => [...shell.querySelectorAll(selector)];
    const buttons = all("button").filter(({ textContent }) => textContent !== "Copy link");
    return { buttons, menus: all("select"), sliders: all('input[type="range"]') };
  }
  // How many places a control has.
  function places(control) {
    if (control.tagName === "SELECT") return [...control.options].filter((one) => one.textContent !== "your own").length;
    return Math.round((control.max - control.min) / (control.step || 1)) + 1;
  }
  function put(control, place) {
    if (control.tagName === "SELECT") control.selectedIndex = place;
    else control.value = +control.min + place * (control.step || 1);
    control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
  }
  async function settled(figure) {
    for (let still = 0, codes; still < 20; still = codes === figure.codes ? still + 1 : 0) {
      codes = figure.codes;
      await new Promise((later) => setTimeout(later, 20));
    }
  }
  function isAlive({ el, tick }) {
    const picture = el.querySelector(".fw-picture");
    const { top, bottom } = picture.getBoundingClientRect();
    if (bottom >= 0 && top <= innerHeight) return tick >= 0;
    picture.scrollIntoView();
  }
  async function until(holds) {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const found = holds();
      if (found) return found;
      await new Promise((later) => setTimeout(later, 5));
    }
    throw new Error(`waited a minute for ${holds}`);
  }
}
