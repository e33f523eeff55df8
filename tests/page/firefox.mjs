// node firefox.mjs FIREFOX < plan.json: what Firefox shows of pages, as JSON lines.
//
// The plan is a list of {url, figures, width, height}; walk.js goes through each figure.
import { readFileSync } from "node:fs";
import { launch } from "puppeteer-core";

const walk = readFileSync(new URL("walk.js", import.meta.url), "utf8");
const plan = JSON.parse(readFileSync(0, "utf8"));
const browser = await launch({ browser: "firefox", executablePath: process.argv[2], headless: true });

// How wide the page is, the roots that do not hold what they are of, and the fonts.
const LOOK = `(() => {
  const far = [...document.querySelectorAll("msqrt")].filter((root) => {
    const [outer, inner] = [root, root.firstElementChild].map((e) => e?.getBoundingClientRect());
    return inner?.height && (outer.bottom - inner.bottom > 4 || inner.top < outer.top);
  });
  return {
    width: document.documentElement.scrollWidth,
    roots: far.map((root) => root.textContent),
    faces: [...document.fonts].filter((face) => face.status === "loaded").map((face) => face.family),
  };
})()`;

try {
  for (const { url, figures, width, height } of plan) {
    const page = await browser.newPage();
    await page.setViewport({ width, height });
    const complaints = [], requests = [];
    page.on("console", (said) => {
      if (["error", "warn", "warning"].includes(said.type())) complaints.push(said.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => requests.push(request.url()));
    await page.goto(url, { waitUntil: "load" });
    const walks = {};
    for (const key of figures) walks[key] = JSON.parse(await page.evaluate(`(${walk})(${JSON.stringify(key)})`));
    const seen = await page.evaluate(LOOK);
    console.log(JSON.stringify({ url, walks, complaints, requests, ...seen }));
    await page.close();
  }
} finally {
  await browser.close();
}
