/** Conversations of several and what is said about messages, on a real engine. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { page } from "vitest/browser";
import { clearScreens, find, seen, show } from "../testing/show-screen.ts";

const PHONE = [390, 844] as const;
const EVERYBODY = "0a".repeat(16);

beforeEach(() => page.viewport(...PHONE));
afterEach(clearScreens);

const words = (element: Element | null): string =>
  (element?.textContent ?? "").replaceAll(/\s+/g, " ").trim();
const bubble = (root: HTMLElement, id: string): HTMLElement => find(root, `[data-id="${id}"]`);

describe("conversations of several", () => {
  it("[UI110] says in the list who said the newest, beside a mark of its own", async () => {
    const { root } = await show("chats-groups");
    const row = await seen(root, `[data-conversation="${EVERYBODY}"]`);
    expect(words(row)).toMatch(/^Everybody Maximiliana…: Averyveryverylongword/);
    expect(row.querySelector(".avatar.is-many svg")).not.toBeNull();
    const mias = await seen(root, '[data-conversation="02cc"]');
    expect(words(mias)).not.toContain("Mia: I have two");
  });

  it("[UI110] begins the bubbles of others with who says it, once for several in a row", async () => {
    const { root } = await show("everybody");
    await seen(root, '[data-id="t11"]');
    expect([...root.querySelectorAll(".said-by")].map(words)).toHaveLength(5);
    expect(words(bubble(root, "t2").querySelector(".said-by"))).toBe("Mia:");
    expect(bubble(root, "t3").querySelector(".said-by")).toBeNull();
    expect(words(bubble(root, "t3"))).toMatch(/^Mia: she likes cake/);
    expect(bubble(root, "t8").querySelector(".said-by")).toBeNull();
  });

  it("[UI111] leads from how many can read it to their names and roles", async () => {
    const { root } = await show("everybody");
    const line = await seen(root, "button.who");
    expect(words(line)).toBe("The whole family can read this: 4 people. Show who");
    line.click();
    const sheet = await seen(root, "dialog[open]");
    const names = [...sheet.querySelectorAll(".readers li")].map((one) => words(one).slice(2));
    expect(names).toEqual(["Mum Parent (you)", "Dad Parent", "Grandma Relative", "Mia Child"]);
  });

  it("[UI111] names whom a rule keeps from what I write, and a closed one has no field", async () => {
    const { root } = await show("group-left-out");
    const note = await seen(root, ".talk-facts .note");
    expect(words(note)).toContain("keeps what you write here from Grandma");
    find(root, "button.who").click();
    const sheet = await seen(root, "dialog[open]");
    expect(words(sheet)).toContain("does not get what you write here");
    clearScreens();
    const { root: closed } = await show("group-closed");
    expect(words(await seen(closed, ".closed"))).toContain("Nothing more can be written here");
    expect(closed.querySelector("tw-composer")).toBeNull();
    expect(words(closed.querySelector("button.who"))).toContain("You read nothing new here");
  });

  it("[UI111] tells how many of the others are connected", async () => {
    const { root } = await show("everybody");
    expect(words(await seen(root, ".talk-head .soft"))).toBe("2 of 3 connected");
  });
});

describe("what is said about a message", () => {
  it("[UI112] shows above an answer what it answers, or why that is not shown", async () => {
    const { root } = await show("everybody");
    await seen(root, '[data-id="t11"]');
    expect(words(bubble(root, "t4").querySelector(".quote"))).toBe("Mia me! and can Zoe come too?");
    expect(words(bubble(root, "t5").querySelector(".quote"))).toBe(
      "Dad A message that was taken back",
    );
    expect(words(bubble(root, "t9").querySelector(".quote"))).toBe("You Who is home?");
  });

  it("[UI113] shows reactions with their number, and reads out who gave them", async () => {
    const { root } = await show("everybody");
    await seen(root, '[data-id="t11"]');
    const [first, second] = bubble(root, "t2").querySelectorAll(".reaction");
    expect(words(first ?? null)).toMatch(/^👍 3 👍 from Dad, Maximiliana.* and you$/);
    expect(first?.classList.contains("is-mine")).toBe(true);
    expect(words(second ?? null)).toMatch(/^❤️ ❤️ from /);
  });

  it("[UI114] says that a message was changed, and by whom one was taken back", async () => {
    const { root } = await show("everybody");
    await seen(root, '[data-id="t11"]');
    expect(words(bubble(root, "t4").querySelector(".meta"))).toMatch(/ · changed$/);
    expect(words(bubble(root, "t2").querySelector(".meta, .visually-hidden"))).not.toContain(
      "changed",
    );
    expect(words(bubble(root, "t6"))).toContain("Dad took this message back.");
    expect(words(bubble(root, "t7"))).toContain("You took this message back.");
  });

  it("[UI72] says of a group's message how many have it", async () => {
    const { root } = await show("everybody");
    await seen(root, '[data-id="t11"]');
    expect(words(bubble(root, "t8").querySelector(".meta"))).toContain("delivered to everybody");
    expect(words(bubble(root, "t9").querySelector(".meta"))).toContain("delivered to 2 of 4");
    expect(words(bubble(root, "t10").querySelector(".meta"))).toContain("held by 3 devices");
    expect(words(bubble(root, "t11").querySelector(".meta"))).toContain("queued");
  });
});
