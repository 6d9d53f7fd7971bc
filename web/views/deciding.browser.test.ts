/** What takes the word of others, one member's page, and a device that was taken out. */

import { afterEach, expect, test } from "vitest";
import { buttonsNamed, clearScreens, press, seen, show } from "../testing/show-screen.ts";

afterEach(clearScreens);

async function wordsOf(name: string, selector: string): Promise<string> {
  const { root } = await show(name);
  return (await seen(root, selector)).textContent.replace(/\s+/g, " ");
}

test("[UI100] says who asks for what, who agreed, who has to, and what happens by when", async () => {
  const { root } = await show("family-deciding");
  await seen(root, "#decisions");
  const cards = [...root.querySelectorAll("tw-decisions article")].map((one) =>
    one.textContent.replace(/\s+/g, " "),
  );
  expect(cards[0]).toContain("Dad asks to make Grandma a parent");
  expect(cards[0]).toContain("Agreed: Dad.");
  expect(cards[0]).toContain("You have to agree.");
  expect(cards[0]).toMatch(/If that does not happen by \w+day/);
  expect(cards[1]).toContain("You asked to remove Dad's device: it was lost");
  expect(cards[1]).toMatch(/If nobody says anything more, it happens on \w+day/);
  expect(cards[1]).toContain("With Dad's word it happens at once");
  expect(cards[2]).toContain("Not agreed: Dad.");
  expect(cards[2]).toContain("It does not happen by itself any more");
  expect(buttonsNamed(root, /^Agree$/)).toHaveLength(1);
  expect(buttonsNamed(root, /^I do not agree$/)).toHaveLength(1);
  expect(buttonsNamed(root, /^Take it back$/)).toHaveLength(2);
});

test("[UI100] agreeing asks once more, and says that it happens at once", async () => {
  const { root, app } = await show("family-deciding");
  await seen(root, "#decisions");
  const said: unknown[] = [];
  const call = app.call.bind(app);
  app.call = (name, ...args) => {
    if (name === "decideProposal") said.push(args);
    return call(name, ...args);
  };
  press(root, "Agree");
  const dialog = await seen(document.body, "dialog[open]");
  expect(dialog.textContent).toContain("Make Grandma a parent?");
  expect(dialog.textContent).toContain("it happens at once");
  press(dialog, "Not yet");
  await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
  expect(said).toEqual([]);
  press(root, "Agree");
  press(await seen(document.body, "dialog[open]"), "Agree");
  await expect.poll(() => said.length).toBe(1);
  press(root, "I do not agree");
  await expect.poll(() => said.length).toBe(2);
  expect(said.map((one) => (one as string[])[1])).toEqual(["agree", "object"]);
});

test("[UI100] what is said, due, or not for this device to say has no button for it", async () => {
  expect(await wordsOf("family-said", "tw-decisions")).toContain(
    "You agreed. It counts as soon as",
  );
  expect(await wordsOf("family-due", "tw-decisions")).toContain("The time is over.");
  expect(await wordsOf("family-too-new", "tw-decisions")).toContain("answer on your other device");
  for (const name of ["family-said", "family-too-new"]) {
    const { root } = await show(name);
    await seen(root, "#decisions");
    expect(buttonsNamed(root, /^(Agree|I do not agree)$/)).toEqual([]);
  }
});

test("[UI100] a child sees what is about it and nothing else", async () => {
  const { root } = await show("family-deciding-child");
  const cards = (await seen(root, "#decisions")).parentElement?.querySelectorAll("article");
  expect(cards).toHaveLength(1);
});

test("[UI101] Chats leads to what waits for my word", async () => {
  const { root, app } = await show("chats-deciding");
  const note = await seen(root, ".note-row");
  expect(note.textContent).toContain("Something waits for your word.");
  press(note, "Look");
  expect(app.shown.screen).toBe("family");
});

test("[UI102] a parent sees devices, role and going of another; everybody its own devices and leaving", async () => {
  const { root } = await show("person-parent");
  expect((await seen(root, "h1")).textContent).toBe("Dad");
  expect(buttonsNamed(root, /./)).toEqual(
    expect.arrayContaining([
      "Take it out of the family",
      "Add a new device for Dad",
      "Make a relative",
      "Make a contact",
      "Remove Dad from the family",
    ]),
  );
  const child = await show("person-as-child");
  await seen(child.root, "#person-leave");
  expect(buttonsNamed(child.root, /take it out|make|remove|new device/i)).toEqual([]);
  expect(buttonsNamed(child.root, /leave the family/i)).toHaveLength(1);
  const other = await show("person-child");
  await seen(other.root, "#person-leave");
  expect(other.root.querySelector("#person-role")).toBeNull();
});

test("[UI125] each device says when its keys last changed, but one that is out of the family", async () => {
  const lines = async (name: string, selector: string): Promise<readonly string[]> => {
    const { root } = await show(name);
    await seen(root, selector);
    return [...root.querySelectorAll(`${selector} .keys-line`)].map((one) =>
      one.textContent.replace(/\s+/g, " ").trim(),
    );
  };
  const changed = /^Its keys last changed on (3 March|March 3)\b.*\.$/;
  const first = /^Its keys are the ones it joined with, on .+\.$/;
  // Dad's third device is out of the family.
  expect(await lines("person-parent", "#person-devices + .devices")).toEqual([
    expect.stringMatching(changed),
    expect.stringMatching(first),
  ]);
  expect(await lines("person-me", "#person-devices + .devices")).toEqual([
    expect.stringMatching(changed),
  ]);
});

test("[UI102] says whether it happened, or what stood in the way", async () => {
  const { root } = await show("person-child");
  await seen(root, "#person-leave");
  press(root, "Remove Mia from the family");
  press(await seen(document.body, "dialog[open]"), "Remove");
  expect((await seen(root, '.note[role="status"]')).textContent).toContain("Done.");
  const failed = await show("person-failed");
  await seen(failed.root, "#person-leave");
  press(failed.root, "Remove Grandma from the family");
  press(await seen(document.body, "dialog[open]"), "Remove");
  expect((await seen(failed.root, ".problem")).textContent).toContain("A family needs a parent");
});

test("[UI103] asks what happened to the device, and what it takes for another parent's", async () => {
  const { root, app } = await show("person-parent");
  await seen(root, "#person-devices");
  expect((await seen(root, "#person-devices + .devices .device .tag")).textContent).toBe(
    "asked to be taken out",
  );
  const asked: unknown[] = [];
  const call = app.call.bind(app);
  app.call = (name, ...args) => {
    if (name === "changeRules") asked.push(args[0]);
    return call(name, ...args);
  };
  press(root, "Take it out of the family");
  const dialog = await seen(root, "dialog[open]");
  expect(dialog.textContent).toContain("a second parent has to agree, or three days pass");
  press(dialog, "Leave it");
  await expect.poll(() => root.querySelector("tw-device-out")).toBeNull();
  expect(asked).toEqual([]);
  press(root, "Take it out of the family");
  const again = await seen(root, "dialog[open]");
  again.querySelector<HTMLInputElement>("#reason-compromised")?.click();
  press(again, "Take it out");
  await expect
    .poll(() => asked)
    .toEqual([{ type: "revoke-device", device: "d2", reason: "compromised" }]);
});

test("[UI104] a device that was taken out says so and why, and leads to the people of this browser only", async () => {
  const { root, app } = await show("removed");
  expect((await seen(root, "h1")).textContent).toBe("This device is not in The Okafors any more");
  expect(root.textContent).toContain("thought lost or stolen");
  expect(root.querySelector("nav")).toBeNull();
  app.open({ screen: "family" });
  expect(app.shown.screen).toBe("removed");
  press(root, "Remove it from this browser");
  expect(app.shown.screen).toBe("people");
});

test("[UI104] who has left reads that, and not why a device was taken out", async () => {
  const words = await wordsOf("removed-member", "main");
  expect(words).toContain("You are no longer a member");
  expect(words).not.toContain("A parent took it out");
});

test("[IN25, UI102] the invite of a third parent says who has to agree, before and after the approval", async () => {
  expect(await wordsOf("invite-needs", "main")).toContain("Dad has to agree too");
  expect(await wordsOf("invite-asked", "main")).toContain("Leo is in as soon as Dad agrees too");
});

test("[UI105] asks before a device is put on hold, says by whom and until when, and ends it at a press", async () => {
  const { root, app } = await show("person-child");
  await seen(root, "#person-devices");
  const said: unknown[] = [];
  const call = app.call.bind(app);
  app.call = (name, ...args) => {
    if (name === "holdDevice") said.push(args.slice(0, 2));
    return call(name, ...args);
  };
  press(root, "Put it on hold");
  const dialog = await seen(document.body, "dialog[open]");
  expect(dialog.textContent).toContain("At once, and for three days");
  expect(dialog.textContent).not.toContain("still has its word");
  press(dialog, "Not now");
  await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
  press(root, "Put it on hold");
  press(await seen(document.body, "dialog[open]"), "Put on hold");
  await expect.poll(() => said).toEqual([["d4", true]]);
  const held = await show("person-held");
  expect((await seen(held.root, ".device-block > .tag")).textContent).toMatch(
    /^on hold by Dad until \w+day/,
  );
  expect(buttonsNamed(held.root, /end the hold/i)).toHaveLength(1);
  const list = await show("family-held");
  const tags = [...(await seen(list.root, ".members")).querySelectorAll(".device .tag")];
  expect(tags.filter((one) => one.textContent === "on hold")).toHaveLength(1);
  const own = await show("held");
  expect((await seen(own.root, ".banner")).textContent).toContain(
    "Dad has put this device on hold",
  );
});
