/** Being seen reading and writing, on a real engine. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { page, userEvent } from "vitest/browser";
import { clearScreens, find, seen, seenField, show } from "../testing/show-screen.ts";
import { TALKING } from "../dev/talk-states.ts";

beforeEach(() => page.viewport(390, 844));
afterEach(clearScreens);

const EVERYBODY = "0a".repeat(16);
const head = (root: HTMLElement): string => find(root, ".talk-head .soft").textContent.trim();

it("[UI123] lets others see it by a press under More, off until then", async () => {
  const { app, root } = await show("more");
  const box = (await seen(root, ".check-line input")) as HTMLInputElement;
  expect(box.checked).toBe(false);
  box.click();
  await expect.poll(() => app.snapshot?.sharesReading).toBe(true);
  expect(box.checked).toBe(true);
});

it("[UI123] tells of writing only where the person lets, and now and then", async () => {
  const { app, root } = await show("everybody");
  let notes = 0;
  const ask = app.call.bind(app);
  app.call = (name, ...parameters) => {
    if (name === "noteTyping") notes += 1;
    return ask(name, ...parameters);
  };
  const field = await seenField(root);
  field.focus();
  await userEvent.keyboard("hello");
  expect(notes).toBe(0);
  await app.call("shareReading", true);
  await expect.poll(() => app.snapshot?.sharesReading).toBe(true);
  await userEvent.keyboard("hello again");
  expect(notes).toBe(1);
});

it("[UI124] shows who is writing in the open conversation, until the message has come", async () => {
  const { app, root } = await show("everybody");
  await seen(root, '[data-id="t11"]');
  app.hear({ type: "typing", id: "02cc", name: "Mia" });
  app.hear({ type: "typing", id: EVERYBODY, name: "Mia" });
  await expect.poll(() => head(root)).toBe("Mia is writing…");
  app.hear({ type: "typing", id: EVERYBODY, name: "Dad" });
  await expect.poll(() => head(root)).toBe("Mia and Dad are writing…");
  const last = TALKING.at(-1);
  const said = TALKING.find(({ id }) => id === "t2");
  if (last === undefined || said === undefined) throw new Error("the state has messages");
  const message = { ...said, id: "t12", at: Date.now() };
  app.hear({ type: "conversation", id: EVERYBODY, added: { message, after: last.id } });
  await expect.poll(() => head(root)).toBe("Dad is writing…");
  await expect.poll(() => head(root), { timeout: 8_000 }).toBe("2 of 3 connected");
}, 15_000);
