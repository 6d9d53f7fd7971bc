/**
 * `npm test` on a fresh machine: installs what is missing, brings the browsers, and runs
 * every test: format, lint, types, dead code, unit and property tests, the tests on a real
 * browser's engine, the simulation, the stories. Runs all of them whatever fails, and ends with the
 * line `N passed, N failed`. Plain Node without dependencies of its own.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { buildIfNeeded, checkNode, installIfNeeded, Problem, ROOT } from "./prepare.mjs";

const CHROMIUM = "/usr/bin/chromium";
const REPORTS = join(ROOT, "test-results", "reports");

/** Steps that are one check each: they pass or fail as a whole. */
const CHECKS = [
  ["format", ["npx", "oxfmt", "--check", "."]],
  ["lint", ["npx", "oxlint", "--type-aware", "--deny-warnings"]],
  ["types", ["npx", "tsc", "-b"]],
  ["dead code", ["npx", "knip"]],
  ["page budget", ["npm", "run", "--silent", "size"]],
  ["simulation", seeds("gossip", 20)],
  ["ledger seeds", seeds("ledger", 100)],
];

/** Waits more than it works: runs beside the checks. */
const ENGINE = ["engine", [...vitest("browser"), ...vitestReport("engine")], countVitest];

/** Suites that count their own tests, with the report that they write. */
const SUITES = [
  ["unit", [...vitest("node"), "--maxWorkers", "2", ...vitestReport("unit")], countVitest],
  ["stories", ["npx", "playwright", "test", "--reporter=list,json"], countPlaywright],
];

/** Which of the further engines a suite runs in as well. */
const MORE_ENGINES = {
  engine: (projects) => projects.filter((one) => one.endsWith("firefox")),
  stories: (projects) => ["--project=chromium", ...projects],
};

/** What needs one more browser: the project of playwright.config.ts, packages, where each part may be. */
const ENGINES = [
  {
    project: "firefox",
    name: "Firefox",
    packages: ["firefox-esr"],
    // `playwright/firefox.ts` looks in the same places.
    parts: [[process.env.FIREFOX_BINARY ?? "", "/usr/bin/firefox-esr"]],
  },
  {
    project: "webkit",
    name: "WebKit",
    packages: ["webkit2gtk-driver", "xvfb"],
    parts: [["/usr/bin/WebKitWebDriver"], ["/usr/bin/Xvfb"]],
  },
];

try {
  checkNode();
  installIfNeeded();
  bringBrowsers();
  buildIfNeeded();
  process.exitCode = (await runAll()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}

async function runAll() {
  rmSync(REPORTS, { recursive: true, force: true });
  mkdirSync(REPORTS, { recursive: true });
  let passed = 0;
  let failed = 0;
  const broken = [];
  const names = [];
  const engines = ENGINES.filter(isHere).map(({ project }) => `--project=${project}`);
  const inAll = ([name, command]) => [...command, ...(MORE_ENGINES[name]?.(engines) ?? [])];
  const note = ([name, , count], isPassed) => {
    const counted = count(join(REPORTS, `${name}.json`));
    passed += counted.passed;
    names.push(...counted.names.map((one) => `${name}: ${one}`));
    // A suite that dies without counting a failure has failed all the same.
    failed += isPassed ? counted.failed : Math.max(1, counted.failed);
    if (!isPassed) broken.push(name);
  };
  const beside = runBeside(ENGINE[0], inAll(ENGINE));
  for (const [name, command] of CHECKS) {
    const isPassed = await runBeside(name, command);
    if (isPassed) passed += 1;
    else broken.push(name);
    failed += isPassed ? 0 : 1;
  }
  note(ENGINE, await beside);
  for (const suite of SUITES) note(suite, run(suite[0], inAll(suite)));
  if (broken.length > 0) console.log(`\nFailed: ${broken.join(", ")}`);
  // Again at the end: whoever keeps only the last lines has to see which.
  for (const name of names) console.log(`  ${name}`);
  for (const { name, packages } of ENGINES.filter(isMissing)) {
    const wanted = packages.join(" and ");
    console.log(
      `NOT RUN: every test in ${name}, because Debian's ${wanted} could not be installed.`,
    );
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}

function run(name, [program, ...parameters]) {
  console.log(`\n── ${name}`);
  const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: join(REPORTS, `${name}.json`) };
  const began = Date.now();
  const result = spawnSync(program, parameters, { cwd: ROOT, stdio: "inherit", env });
  console.log(`── ${name}: ${result.status === 0 ? "ok" : "FAILED"}, ${seconds(began)} s`);
  return result.status === 0;
}

/** The same beside something else: what it says is held back until it has ended. */
function runBeside(name, [program, ...parameters]) {
  const began = Date.now();
  const said = [];
  const child = spawn(program, parameters, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.on("data", (bytes) => said.push(bytes));
  child.stderr.on("data", (bytes) => said.push(bytes));
  return new Promise((resolve) => {
    child.on("error", (error) => said.push(Buffer.from(`${error.message}\n`)));
    child.on("close", (status) => {
      console.log(`\n── ${name}`);
      process.stdout.write(Buffer.concat(said));
      console.log(`── ${name}: ${status === 0 ? "ok" : "FAILED"}, ${seconds(began)} s`);
      resolve(status === 0);
    });
  });
}

/** Debian's packages from apt as root; without apt Playwright's own Chromium, and no other engine. */
function bringBrowsers() {
  const packages = ENGINES.filter(isMissing).flatMap((engine) => engine.packages);
  if (!existsSync(CHROMIUM)) packages.push("chromium", "fonts-noto-color-emoji");
  if (packages.length > 0 && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    console.log(`Installing for the browser tests: ${packages.join(", ")} …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const quiet = { env, stdio: ["ignore", "ignore", "inherit"] };
    spawnSync("apt-get", ["update"], quiet);
    // One by one: a package that this system does not have keeps none of the others away.
    for (const name of packages) {
      spawnSync("apt-get", ["install", "-y", "--no-install-recommends", name], quiet);
    }
  }
  if (!existsSync(CHROMIUM)) bringPlaywrightsChromium();
}

function bringPlaywrightsChromium() {
  console.log("Installing Playwright's Chromium for the browser tests …");
  const own = spawnSync("npx", ["playwright", "install", "chromium"], {
    cwd: ROOT,
    stdio: "inherit",
  });
  if (own.status === 0) return;
  throw new Problem(
    "No browser could be installed for the tests: install Debian's package chromium and try again.",
  );
}

function isHere({ parts }) {
  return parts.every((places) => places.some((path) => existsSync(path)));
}

function isMissing(engine) {
  return !isHere(engine);
}

/** Without what `npm run test:long` runs. */
function vitest(project) {
  return ["npx", "vitest", "run", "--project", project, "--tagsFilter", "!long"];
}

/** One process: the other core has the engine's tests. */
function seeds(layer, count) {
  const options = ["--layer", layer, "--seeds", String(count), "--processes", "1"];
  return ["npm", "run", "--silent", "sim", "--", ...options];
}

function vitestReport(name) {
  return [
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${join(REPORTS, `${name}.json`)}`,
  ];
}

function countVitest(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, names: [] };
  const report = JSON.parse(readFileSync(file, "utf8"));
  const names = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests, names };
}

function countPlaywright(file) {
  if (!existsSync(file)) return { passed: 0, failed: 0, names: [] };
  const { stats, suites } = JSON.parse(readFileSync(file, "utf8"));
  const names = suites.flatMap(specsOf).flatMap(namesOfFailed);
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, names };
}

function namesOfFailed({ title, tests }) {
  const isFailed = tests.some(({ status }) => status === "unexpected" || status === "flaky");
  return isFailed ? [title] : [];
}

function specsOf({ specs = [], suites = [] }) {
  return [...specs, ...suites.flatMap(specsOf)];
}

function seconds(began) {
  return Math.round((Date.now() - began) / 100) / 10;
}
