// Goes through one live figure of an open page and tells what it shows after each move:
// each preset, then each slider at both of its ends and each choice of each menu.
//
// The same in every browser: it presses what is in the page, by script. The place that
// evaluates it gives the figure's key, and gets JSON, which has no word for nan.
async (key) => {
  const figure = await until(() => window.firstWeights?.figures?.[key]);
  const shell = figure.el.closest(".live-shell");
  await until(() => isAlive());
  const seen = [look("at first")];

  for (const button of shell.querySelectorAll("button[aria-pressed]"))
    if (button.getAttribute("aria-pressed") === "false")
      await move(button.textContent, () => button.click());
  for (const slider of shell.querySelectorAll('input[type="range"]'))
    for (const end of [slider.min, slider.max]) await put(slider, end);
  for (const menu of shell.querySelectorAll("select"))
    for (const { value } of [...menu.options]) await put(menu, value);
  const isWord = (value) => typeof value === "number" && !Number.isFinite(value);
  return JSON.stringify(seen, (_, value) => (isWord(value) ? String(value) : value));

  // Its curves are loaded when it comes near. What is above it is as high as guessed
  // until it is seen, so the first jump may lead elsewhere.
  function isAlive() {
    const picture = figure.el.querySelector(".fw-picture");
    const { top, bottom } = picture.getBoundingClientRect();
    if (bottom < 0 || top > innerHeight) picture.scrollIntoView();
    return figure.tick >= 0;
  }

  async function until(holds) {
    for (const end = performance.now() + 60_000; performance.now() < end; ) {
      const found = holds();
      if (found) return found;
      await new Promise((later) => setTimeout(later, 5));
    }
    throw new Error(`${key}: waited a minute for ${holds}`);
  }

  async function put(control, value) {
    if (control.value === value) return;
    const label = control.getAttribute("aria-label") ?? control.labels[0].textContent;
    await move(`${label} ${value}`, () => {
      control.value = value;
      control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input"));
    });
  }

  async function move(name, act) {
    const { codes } = figure;
    act();
    await until(() => figure.codes !== codes);
    seen.push(look(name));
  }

  function look(move) {
    const status = shell.querySelector(".live-status").textContent;
    const drawn = [...figure.el.querySelectorAll("[data-curve]")];
    const paths = drawn.map((path) => path.getAttribute("d"));
    return { move, setting: figure.setting(), numbers: figure.numbers(), status, paths };
  }
}
