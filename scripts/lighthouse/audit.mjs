/**
 * Looks at the one page of the app that is open in a running Chromium, with Lighthouse's accessibility
 * and best practices. Started by scripts/lighthouse.ts as a process of its own, in plain JavaScript,
 * because Lighthouse is installed in this folder alone. Parameters: debugging port, address of the app,
 * `navigation` (opens the address) or `snapshot` (takes what is on the screen), `phone` or `desktop`.
 * Prints one line of JSON: {accessibility, bestPractices, asked, failed}.
 */
import { navigation, snapshot } from "lighthouse";
import { connect } from "puppeteer-core";

const SCREENS = {
  phone: { mobile: true, width: 390, height: 844, deviceScaleFactor: 2 },
  desktop: { mobile: false, width: 1280, height: 800, deviceScaleFactor: 1 },
};

const [port, url, mode, form] = process.argv.slice(2);
const { mobile, ...size } = SCREENS[form];
const config = {
  extends: "lighthouse:default",
  settings: {
    onlyCategories: ["accessibility", "best-practices"],
    formFactor: mobile ? "mobile" : "desktop",
    screenEmulation: { mobile, ...size },
    throttlingMethod: "provided",
    // The profile has a family in it.
    disableStorageReset: true,
    skipAudits: ["full-page-screenshot"],
  },
};

const browser = await connect({
  browserURL: `http://127.0.0.1:${port}`,
  defaultViewport: null,
});
const pages = await browser.pages();
const page = pages.find((one) => one.url().startsWith(url));
if (page === undefined) throw new Error("the app is not open");
await page.bringToFront();
// A page that becomes mobile is loaded anew, and what was to be looked at is gone.
if (mode === "snapshot") await page.setViewport(size);
const result =
  mode === "navigation"
    ? await navigation(page, url, { config })
    : await snapshot(page, { config });
if (result === undefined) throw new Error("Lighthouse gave no result");
const { categories, audits, runtimeError } = result.lhr;
if (runtimeError !== undefined) throw new Error(runtimeError.message);
const scoreOf = (name) => Math.round((categories[name].score ?? 0) * 100);
const asked = Object.values(categories)
  .flatMap(({ auditRefs }) => auditRefs)
  .filter(({ id, weight }) => weight > 0 && audits[id].score !== null);
const failed = asked
  .filter(({ id }) => audits[id].score < 1)
  .map(({ id }) => ({
    id,
    title: audits[id].title,
    at: (audits[id].details?.items ?? [])
      .slice(0, 5)
      .map((item) => item.node?.snippet ?? item.description ?? item.url ?? JSON.stringify(item)),
  }));
console.log(
  JSON.stringify({
    accessibility: scoreOf("accessibility"),
    bestPractices: scoreOf("best-practices"),
    asked: asked.length,
    failed,
  }),
);
await browser.disconnect();
