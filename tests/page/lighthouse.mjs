// node lighthouse.mjs CHROME FORM URL...: Lighthouse's scores of pages, as JSON lines.
//
// FORM is "desktop" or "mobile", each with Lighthouse's own idea of network and speed.
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

const [chromePath, form, ...urls] = process.argv.slice(2);
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-proxy-server"];
const chrome = await launch({ chromePath, chromeFlags: flags, logLevel: "silent" });
try {
  for (const url of urls) {
    const config = form === "desktop" ? desktopConfig : undefined;
    const { lhr } = await lighthouse(url, { port: chrome.port, logLevel: "silent" }, config);
    const scores = Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]);
    const failed = Object.values(lhr.categories).flatMap(({ id, auditRefs }) =>
      auditRefs
        .filter((ref) => ref.weight > 0 && lhr.audits[ref.id].score !== null && lhr.audits[ref.id].score < 1)
        .map((ref) => `${id}: ${ref.id}: ${lhr.audits[ref.id].displayValue ?? lhr.audits[ref.id].title}`),
    );
    const shift = lhr.audits["cumulative-layout-shift"].numericValue;
    console.log(JSON.stringify({ url, form, scores: Object.fromEntries(scores), failed, shift }));
  }
} finally {
  await chrome.kill();
}
