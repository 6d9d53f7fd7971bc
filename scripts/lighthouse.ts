/**
 * `npm run lighthouse`: accessibility and best practices by Lighthouse 12 on the screens that a person
 * sees first and most, served by our own server, as a phone and as a desk; a table, or one JSON object
 * with `--json`. Ends with 1 where a score is below 95. Lighthouse lives in scripts/lighthouse, so that
 * `npm test` installs and runs nothing of it (ADR 2).
 */
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium, expect, type Page } from "@playwright/test";
import { LAUNCH_OPTIONS, PERMISSIONS, PHONE } from "../playwright/browser.ts";
import { Device } from "../playwright/device.ts";
import { startFamily } from "../playwright/family-story.ts";
import buildUnlessFresh from "../playwright/global-setup.ts";
import { Host } from "../playwright/host.ts";
import { launchSleeper } from "../playwright/sleeper.ts";

const SCORE_MIN = 95;
const FOLDER = fileURLToPath(new URL("lighthouse", import.meta.url));
const run = promisify(execFile);
const AUDIT_MS_MAX = 180_000;

/** What the pages complain of is the stories' to watch. */
const NOT_WATCHED = { violations: [], errors: [], strangers: [] };
const PHONE_OF_DAD = { viewport: PHONE, permissions: PERMISSIONS, locale: "en-GB" };

const FORMS = ["phone", "desktop"] as const;
type Form = (typeof FORMS)[number];
/** `navigation` opens the address anew and has more to say; `snapshot` takes what is on the screen. */
type Mode = "navigation" | "snapshot";

interface Scores {
  /** 0 to 100. */
  readonly accessibility: number;
  readonly bestPractices: number;
  /** How many audits said anything at all. */
  readonly asked: number;
  readonly failed: readonly {
    readonly id: string;
    readonly title: string;
    readonly at: string[];
  }[];
}

interface Row extends Scores {
  readonly screen: string;
  readonly form: Form;
  readonly mode: Mode;
}

async function main(): Promise<void> {
  installOnce();
  buildUnlessFresh();
  const rows: Row[] = [];
  const host = await Host.start();
  const browser = await launchSleeper();
  const elsewhere = await chromium.launch(LAUNCH_OPTIONS);
  const look = async (screen: string, mode: Mode): Promise<void> => {
    for (const form of FORMS) {
      process.stderr.write(`${screen}, ${form}\n`);
      const scores = await audit(browser.debugPort, host.url, mode, form);
      rows.push({ screen, form, mode, ...scores });
    }
  };
  try {
    const { context } = browser;
    const mum = new Device("Mum", context, NOT_WATCHED, host);
    await mum.open();
    await mum.welcome.expectFirstRun();
    await look("welcome", "navigation");
    await lookAround(mum.page);
    await look("demo family", "snapshot");
    await mum.close();
    const dad = new Device("Dad", await elsewhere.newContext(PHONE_OF_DAD), NOT_WATCHED, host);
    await startFamily(dad);
    const link = await dad.invite.create("Parent");
    await mum.joining.ask(link);
    await expect(mum.joining.code).toBeVisible();
    await look("joining, six digits", "snapshot");
    await dad.invite.approveAfterComparing();
    await expect(mum.chats.entry("Dad")).toBeVisible();
    await reopen(mum);
    await look("chats", "navigation");
    await mum.chats.openConversation("Dad");
    await mum.conversation.send("Are you home at six?");
    await mum.conversation.expectState("Are you home at six?", "delivered");
    await look("conversation", "snapshot");
    await reopen(mum);
    await mum.invite.create("Child");
    await look("invite, QR code", "snapshot");
    await reopen(mum);
    await mum.openTab("Family");
    await look("family", "snapshot");
    await mum.openTab("More");
    await look("more", "snapshot");
    await mum.people.button("Set a PIN").click();
    await look("lock, set a PIN", "snapshot");
    await mum.people.setPin("493817");
    await mum.people.button("Change the lock").click();
    await mum.people.button("Lock now").click();
    await expect(mum.people.locked("Mum")).toBeVisible();
    await look("locked", "snapshot");
  } finally {
    await elsewhere.close();
    await browser.close();
    await host.stop();
  }
  const isGood = rows.every(
    ({ accessibility, bestPractices }) => Math.min(accessibility, bestPractices) >= SCORE_MIN,
  );
  report(rows, isGood);
  process.exitCode = isGood ? 0 : 1;
}

/** The one page that is looked at, back at the list. */
async function reopen(device: Device): Promise<void> {
  await device.close();
  await device.open();
}

function installOnce(): void {
  if (existsSync(`${FOLDER}/node_modules/lighthouse/package.json`)) return;
  process.stderr.write("Installing Lighthouse (190 MB, this once) …\n");
  const parameters = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
  execFileSync("npm", parameters, { cwd: FOLDER, stdio: ["ignore", "ignore", "inherit"] });
}

/** Of all that happens there, what stays: all four phones show a conversation. */
async function lookAround(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Look around" }).click();
  for (const person of ["Mum", "Mia", "Zoe", "Grandma Rose"]) {
    const phone = page.getByTitle(`${person}'s phone`).contentFrame();
    await phone.getByRole("textbox", { name: "Message" }).waitFor();
  }
}

async function audit(port: number, url: string, mode: Mode, form: Form): Promise<Scores> {
  const parameters = [`${FOLDER}/audit.mjs`, String(port), url, mode, form];
  // Meanwhile the server is this process.
  const { stdout } = await run("node", parameters, { timeout: AUDIT_MS_MAX });
  // The line is this project's own: audit.mjs writes it.
  return JSON.parse(stdout) as Scores;
}

function report(rows: readonly Row[], isGood: boolean): void {
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ scoreMin: SCORE_MIN, isGood, rows }));
    return;
  }
  const line = (cells: readonly (string | number)[]): string =>
    cells.map((cell, index) => String(cell).padEnd([22, 9, 12, 15, 16][index] ?? 0)).join("");
  console.log(line(["screen", "as a", "mode", "accessibility", "best practices", "audits"]));
  for (const one of rows) {
    console.log(
      line([one.screen, one.form, one.mode, one.accessibility, one.bestPractices, one.asked]),
    );
  }
  const found = new Map<string, string[]>();
  for (const one of rows) {
    for (const { id, title, at } of one.failed) found.set(`${id}: ${title}`, at);
  }
  for (const [what, at] of found) console.log([`\n${what}`, ...at].join("\n  "));
  if (!isGood) console.log(`\nBelow ${SCORE_MIN}.`);
}

// So that the browser ends, too.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));
await main();
