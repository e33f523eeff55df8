// node firefox.mjs FIREFOX < plan.json: what Firefox shows of pages, as JSON lines.
//
// The plan is a list of {url, figures, width, height}; walk.js goes through each figure,
// roots.js measures root signs.
import { readFileSync } from "node:fs";
import { launch } from "puppeteer-core";

const [walk, roots] = ["walk.js", "roots.js"].map((name) =>
  readFileSync(new URL(name, import.meta.url), "utf8").trim(),
);
const plan = JSON.parse(readFileSync(0, "utf8"));
const browser = await launch({ browser: "firefox", executablePath: process.argv[2], headless: true });

// What was never seen is laid out too, to be measured.
const SEEN = "section section { content-visibility: visible !important }";
const SIZES = [14, 15, 16, 18, 22];
const LOOK = `({
  width: document.documentElement.scrollWidth,
  roots: (${roots})(),
  faces: [...document.fonts].filter(({ status }) => status === "loaded").map(({ family }) => family),
})`;

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
    await page.addStyleTag({ content: SEEN });
    const seen = await page.evaluate(LOOK), scaled = {};
    for (const size of SIZES) {
      await page.addStyleTag({ content: `.bd-article math { font-size: ${size}px !important }` });
      scaled[size] = await page.evaluate(`(${roots})()`);
    }
    console.log(JSON.stringify({ url, walks, complaints, requests, scaled, ...seen }));
    await page.close();
  }
} finally {
  await browser.close();
}
