/** Requests on the Family screen: asking, what became of each, and answering. */

import { afterEach, expect, test } from "vitest";
import {
  buttonsNamed,
  clearScreens,
  find,
  press,
  seen,
  show,
  writeInto,
} from "../testing/show-screen.ts";
import { endOf } from "../text/until.ts";

afterEach(clearScreens);

const wordsOf = (one: Element): string => one.textContent.replace(/\s+/g, " ");

async function heard(name: string) {
  const shown = await show(name);
  const said: unknown[][] = [];
  const call = shown.app.call.bind(shown.app);
  shown.app.call = (method, ...args) => {
    if (["askFor", "takeBackRequest", "answerRequest"].includes(method))
      said.push([method, ...args]);
    return call(method, ...args);
  };
  return { ...shown, said };
}
/** The cards of a section, by its heading. */
const cards = (root: HTMLElement): readonly HTMLElement[] => [
  ...root.querySelectorAll<HTMLElement>("tw-requests article"),
];
const cardAt = async (root: HTMLElement, index: number): Promise<HTMLElement> => {
  await seen(root, "tw-requests article");
  const found = cards(root)[index];
  if (found === undefined) throw new Error(`no card ${index}`);
  return found;
};
function choose(root: HTMLElement, selector: string, value: string): void {
  const field = find(root, selector) as HTMLSelectElement;
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

test("[UI165] a child asks: what it is about, in its words, and reads before who will read it", async () => {
  const { root, said } = await heard("ask-first");
  press(await seen(root, "tw-ask section"), "Ask");
  const sheet = await seen(root, "tw-ask dialog[open]");
  expect(wordsOf(sheet)).toContain("Your parents read this, and nobody else.");
  expect([...sheet.querySelectorAll("option")].map((one) => one.textContent.trim())).toEqual([
    "More time",
    "Writing to somebody",
    "A group",
    "Going somewhere",
    "Something else",
  ]);
  expect(sheet.querySelector("#ask-whom")).toBeNull();
  press(sheet, "Not now");
  await expect.poll(() => root.querySelector("tw-ask dialog")).toBeNull();
  expect(said).toEqual([]);
  press(find(root, "tw-ask section"), "Ask");
  const again = await seen(root, "tw-ask dialog[open]");
  writeInto(again, "#ask-words", "until ten?");
  press(again, "Ask");
  const wish = { thing: "time", about: null, until: null, text: "until ten?" };
  await expect.poll(() => said).toEqual([["askFor", wish]]);
  await expect.poll(() => root.querySelector("tw-ask dialog")).toBeNull();
});

test("[UI165] whom it wants to write to is chosen by name, or told in words where that one is not here", async () => {
  const { root, said } = await heard("ask-first");
  press(await seen(root, "tw-ask section"), "Ask");
  const sheet = await seen(root, "tw-ask dialog[open]");
  choose(sheet, "#ask-thing", "contact");
  const names = await seen(sheet, "#ask-whom");
  const offered = [...names.querySelectorAll("option")].map((one) => one.textContent.trim());
  expect(offered).not.toContain("Mia");
  expect(offered.at(-1)).toBe("Somebody who is not here");
  choose(sheet, "#ask-whom", "01dd");
  press(sheet, "Ask");
  const about = { type: "member", id: "01dd" };
  await expect
    .poll(() => said)
    .toEqual([["askFor", { thing: "contact", about, until: null, text: "" }]]);
});

test("[UI165] what cannot go says why, and stays in the field; parents are not offered to ask", async () => {
  const { root } = await heard("ask-fails");
  press(await seen(root, "tw-ask section"), "Ask");
  const sheet = await seen(root, "tw-ask dialog[open]");
  writeInto(sheet, "#ask-words", "  ");
  press(sheet, "Ask");
  await seen(sheet, "[role=alert]");
  expect(sheet.hasAttribute("open")).toBe(true);
  clearScreens();
  const parent = await show("requests-asked");
  await seen(parent.root, "tw-requests article");
  expect(parent.root.querySelector("tw-ask")).toBeNull();
});

test("[UI166] who asked reads of each to whom it went, whose devices have it, and every way that it can end", async () => {
  const { root } = await heard("ask-own");
  await seen(root, "tw-requests article");
  const words = cards(root).map(wordsOf);
  expect(words).toHaveLength(8);
  const parts = [
    "For Dad and Mum. It is on its way",
    "Dad can see it. Mum will see it later.",
    "You asked to write to Zoe",
    "Mum said yes, until",
    "Dad said no.",
    "It counts as soon as the devices that keep the rules have written it down.",
    "You took it back.",
    "Nobody answered in seven days. You can ask again.",
  ];
  parts.forEach((part, index) => expect(words[index]).toContain(part));
  expect(words[2]).toContain("Dad and Mum can see it.");
});

test("[UI167] it is taken back by one press while it is open, and not any more after that", async () => {
  const { root, said } = await heard("ask-own");
  press(await cardAt(root, 1), "Take it back");
  await expect.poll(() => said).toEqual([["takeBackRequest", "1".repeat(32)]]);
  const offers = cards(root).map((one) => buttonsNamed(one, /Take it back/).length);
  expect(offers).toEqual([1, 1, 1, 0, 0, 0, 0, 0]);
});

test("[UI168] who decides reads who asks what in which words; a yes says until when, a no is asked about", async () => {
  const { root, said } = await heard("requests-asked");
  const card = await cardAt(root, 0);
  expect(wordsOf(card)).toContain("Mia asks to stay up or play for longer");
  expect(wordsOf(card)).toContain("Can I stay up until ten?");
  press(card, "Yes…");
  const sheet = await seen(root, "tw-say-yes dialog[open]");
  const before = Date.now();
  expect(wordsOf(sheet)).toContain("This is your word.");
  expect(sheet.querySelector("input[name=rule]")).toBeNull();
  press(sheet, "Not yet");
  await expect.poll(() => root.querySelector("tw-say-yes")).toBeNull();
  expect(said).toEqual([]);
  press(card, "Yes…");
  const again = await seen(root, "tw-say-yes dialog[open]");
  find(again, "input[value=week]").click();
  press(again, "Say yes");
  await expect.poll(() => said.length).toBe(1);
  expect(said[0]).toEqual([
    "answerRequest",
    "0".repeat(32),
    { isYes: true, until: endOf("week", before), changesRule: false },
    undefined,
  ]);
  await expect.poll(() => root.querySelector("tw-say-yes")).toBeNull();
  press(card, "No");
  const question = await seen(document.body, "dialog.dialog[open]");
  expect(wordsOf(question)).toContain("It cannot be changed");
  press(question, "Not yet");
  expect(said).toHaveLength(1);
  press(card, "No");
  press(await seen(document.body, "dialog.dialog[open]"), "Say no");
  await expect.poll(() => said.length).toBe(2);
  expect(said[1]?.[2]).toMatchObject({ isYes: false, changesRule: false });
});

test("[UI169] what the rules can do at once is said with the yes, and can be left out", async () => {
  const { root, said } = await heard("requests-asked");
  const card = await cardAt(root, 1);
  press(card, "Yes…");
  const sheet = await seen(root, "tw-say-yes dialog[open]");
  expect(wordsOf(sheet)).toContain("Also let Mia and Zoe write to each other until then");
  expect(wordsOf(sheet)).toContain("it changes no rule of the family");
  press(sheet, "Say yes");
  await expect.poll(() => said[0]?.[2]).toMatchObject({ isYes: true, changesRule: true });
  await expect.poll(() => root.querySelector("tw-say-yes")).toBeNull();
  press(card, "Yes…");
  const again = await seen(root, "tw-say-yes dialog[open]");
  find(again, "input[name=rule]").click();
  press(again, "Say yes");
  await expect.poll(() => said[1]?.[2]).toMatchObject({ isYes: true, changesRule: false });
});

test("[UI170] what the other one said is told, and nothing more is asked", async () => {
  const { root } = await heard("requests-said");
  await seen(root, "tw-requests article");
  const words = cards(root).map(wordsOf);
  const parts = [
    "Dad said yes, until",
    "You said no.",
    "You said yes, until",
    "Mia took it back.",
    "Nobody answered in seven days.",
    "Dad said yes. It was until",
  ];
  parts.forEach((part, index) => expect(words[index]).toContain(part));
  expect(words[2]).toContain("It counts as soon as");
  expect(cards(root).flatMap((one) => buttonsNamed(one, /./))).toEqual([]);
});

test("[UI171] what waits for a person stands on the tab, in words too, and above the conversations", async () => {
  const { root, app } = await heard("requests-note");
  const tab = [...root.querySelectorAll<HTMLElement>("nav button")].find((one) =>
    wordsOf(one).includes("Family"),
  );
  expect(wordsOf(tab ?? root)).toContain(", 1 waits for you");
  expect(tab?.querySelector(".badge")?.textContent).toBe("1");
  const note = await seen(root, ".note-row");
  expect(wordsOf(note)).toContain("Somebody asks you something.");
  press(note, "Look");
  await expect.poll(() => app.shown.screen).toBe("family");
  clearScreens();
  const other = await show("requests-said");
  await seen(other.root, "tw-requests article");
  expect(other.root.querySelector("nav .badge")).toBeNull();
});

test("[UI172] a device that is too new says so, and a failed answer says why", async () => {
  const { root } = await heard("requests-too-new");
  const card = await cardAt(root, 0);
  expect(wordsOf(card)).toContain("This device is new.");
  expect(buttonsNamed(card, /./)).toEqual([]);
  clearScreens();
  const failing = await heard("requests-fails");
  press(await cardAt(failing.root, 0), "Yes…");
  const sheet = await seen(failing.root, "tw-say-yes dialog[open]");
  press(sheet, "Say yes");
  await seen(sheet, "[role=alert]");
  expect(sheet.hasAttribute("open")).toBe(true);
});
