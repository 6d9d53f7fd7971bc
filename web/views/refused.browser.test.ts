/** What did not happen, and a family whose devices go by two sets of rules. */

import { afterEach, expect, test } from "vitest";
import { buttonsNamed, clearScreens, press, seen, show } from "../testing/show-screen.ts";

afterEach(clearScreens);

test("[UI120] says what was asked for, why it did not happen and what to do, above the rest", async () => {
  const { root, app } = await show("family-refused");
  const card = await seen(root, "tw-refused section");
  const cards = [...root.querySelectorAll("tw-refused section")].map((one) =>
    one.textContent.replace(/\s+/g, " "),
  );
  expect(cards[0]).toContain("This did not happen");
  expect(cards[0]).toContain("You wanted to make Grandma a contact.");
  expect(cards[0]).toContain("Somebody else's change came first");
  expect(cards[0]).toContain("If you still want it, do it once more.");
  expect(cards[1]).toContain("You agreed to what somebody had asked for.");
  expect(cards[1]).toContain("It waited too long");
  const members = root.querySelector(".members");
  expect(card.compareDocumentPosition(members ?? card)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  const said: unknown[] = [];
  const call = app.call.bind(app);
  app.call = (name, ...args) => {
    if (name === "noteRefused") said.push(args[0]);
    return call(name, ...args);
  };
  expect(buttonsNamed(root, /^All right$/)).toHaveLength(2);
  press(card, "All right");
  await expect.poll(() => said).toEqual(["0d".repeat(32)]);
});

test("[UI120] Chats leads there", async () => {
  const { root, app } = await show("chats-refused");
  const note = await seen(root, ".note-row");
  expect(note.textContent).toContain("Something that you asked for did not happen.");
  press(note, "Look");
  expect(app.shown.screen).toBe("family");
});

test("[UI121] tells both sides what happened, that nothing is lost here, and what to do", async () => {
  const old = await show("family-split");
  const card = await seen(old.root, "tw-split section");
  const text = card.textContent.replace(/\s+/g, " ");
  expect(text).toContain("The family goes by two sets of rules");
  expect(text).toContain("Dad and Grandma");
  expect(text).toContain("Recovery words were used");
  expect(text).toContain("Nothing is lost on this device");
  expect(text).toContain("agree");
  const said: unknown[] = [];
  const call = old.app.call.bind(old.app);
  old.app.call = (name, ...args) => {
    if (name === "noteSplit") said.push(name);
    return call(name, ...args);
  };
  press(card, "I have read this");
  await expect.poll(() => said).toEqual(["noteSplit"]);
  const fresh = await show("family-split-other");
  const other = (await seen(fresh.root, "tw-split section")).textContent.replace(/\s+/g, " ");
  expect(other).toContain("had not heard of it");
});

test("[UI121] once it was read, one line stays", async () => {
  const { root } = await show("family-split-read");
  const line = await seen(root, "tw-split");
  expect(line.querySelector("section")).toBeNull();
  expect(line.textContent).toContain("go by other rules");
  expect(buttonsNamed(root, /I have read this/)).toEqual([]);
});

test("[UI121] Chats leads there, until it was read", async () => {
  const { root, app } = await show("chats-split");
  const note = await seen(root, ".note-row");
  expect(note.textContent).toContain("two sets of rules");
  press(note, "Look");
  expect(app.shown.screen).toBe("family");
});

test("[UI122] a child's only device waits for another parent or a day, before and after the approval", async () => {
  const before = await show("invite-child-device");
  await seen(before.root, "main");
  expect(before.root.textContent.replace(/\s+/g, " ")).toContain(
    "As soon as you have approved, Dad has to agree too, or a day passes.",
  );
  const after = await show("invite-child-device-asked");
  await seen(after.root, "main");
  expect(after.root.textContent).toContain("is in after a day.");
});
