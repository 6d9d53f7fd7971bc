/** Calls for help: the alarm, the cards, and the way to call. */

import { afterEach, expect, test, vi } from "vitest";
import { buttonsNamed, clearScreens, press, seen, show } from "../testing/show-screen.ts";

afterEach(clearScreens);

const wordsOf = (one: Element): string => one.textContent.replace(/\s+/g, " ");

async function heard(name: string) {
  const shown = await show(name);
  const said: unknown[][] = [];
  const call = shown.app.call.bind(shown.app);
  shown.app.call = (method, ...args) => {
    if (["callForHelp", "answerCall", "addPlace"].includes(method)) said.push([method, ...args]);
    return call(method, ...args);
  };
  return { ...shown, said };
}

test("[UI140] help takes two presses, says that it calls nobody outside of the family, and goes at once", async () => {
  const { root, said } = await heard("chats");
  press(root, "Help");
  const sheet = await seen(root, "dialog.help-sheet[open]");
  expect(wordsOf(sheet)).toContain("This does not call an ambulance");
  expect(sheet.querySelector("a")?.getAttribute("href")).toBe("tel:112");
  expect(said).toEqual([]);
  press(sheet, "I do not need help");
  await expect.poll(() => root.querySelector("dialog.help-sheet")).toBeNull();
  expect(said).toEqual([]);
  press(root, "Help");
  const again = await seen(root, "dialog.help-sheet[open]");
  const field = again.querySelector("textarea");
  if (field !== null) field.value = " I fell ";
  press(again, "Call my family for help");
  await expect.poll(() => said).toEqual([["callForHelp", "I fell"]]);
  await expect.poll(() => root.querySelector("dialog.help-sheet")).toBeNull();
});

test("[UI141] its place is asked for only where the person wants it, after the call has gone", async () => {
  const { root, said } = await heard("chats");
  const order: string[] = [];
  const coords = { latitude: 51.5, longitude: -0.1, accuracy: 9 };
  const ask = vi.spyOn(navigator.geolocation, "getCurrentPosition").mockImplementation((found) => {
    order.push(`asked after ${said.length}`);
    found({ coords, timestamp: 0, toJSON: () => ({}) } as GeolocationPosition);
  });
  press(root, "Help");
  press(await seen(root, "dialog.help-sheet[open]"), "Call my family for help");
  await expect.poll(() => said.length).toBe(1);
  expect(ask).not.toHaveBeenCalled();
  await expect.poll(() => root.querySelector("dialog.help-sheet")).toBeNull();
  press(root, "Help");
  const sheet = await seen(root, "dialog.help-sheet[open]");
  sheet.querySelector<HTMLInputElement>("input[name=where]")?.click();
  press(sheet, "Call my family for help");
  await expect.poll(() => said.length).toBe(3);
  expect(order).toEqual(["asked after 2"]);
  expect(said[2]).toEqual(["addPlace", "ca11", coords]);
  ask.mockImplementation((_found, lost) => lost?.({} as GeolocationPositionError));
  press(root, "Help");
  const last = await seen(root, "dialog.help-sheet[open]");
  last.querySelector<HTMLInputElement>("input[name=where]")?.click();
  press(last, "Call my family for help");
  const note = await seen(root, "tw-help [role=alert]");
  expect(wordsOf(note)).toContain("The call went without it");
  ask.mockRestore();
});

test("[UI142] somebody's call stands over everything with who, when and what, and does not go away by itself", async () => {
  const { root, said } = await heard("alarm-place");
  const alarm = await seen(root, "dialog.alarm[open]");
  expect(alarm.getAttribute("role")).toBe("alertdialog");
  const words = wordsOf(alarm);
  for (const part of ["Mia needs help", "Called at", "51.50735, -0.12776", "18 metres"]) {
    expect(words).toContain(part);
  }
  expect(words).toContain("Grandma is on it.");
  alarm.dispatchEvent(new Event("cancel", { cancelable: true }));
  expect(root.querySelector("dialog.alarm[open]")).not.toBeNull();
  // Chromium closes one on the second Escape, whatever the page says.
  if (alarm instanceof HTMLDialogElement) alarm.close();
  await expect.poll(() => root.querySelector("dialog.alarm[open]")).not.toBeNull();
  press(alarm, "I am on it");
  await expect.poll(() => said).toEqual([["answerCall", "ca".repeat(16), "coming"]]);
});

test("[UI143] whoever has answered sees no alarm, nor does who called, nor anybody when it is over", async () => {
  for (const name of ["call-answered", "call-coming", "call-mine-coming", "call-mine-over"]) {
    const { root } = await show(name);
    await seen(root, "tw-calls section");
    expect(root.querySelector("dialog.alarm"), name).toBeNull();
    clearScreens();
  }
  const { root } = await show("chats");
  await seen(root, "tw-help button");
  expect(root.querySelector("tw-calls section")).toBeNull();
});

test("[UI144] who called reads who has it, who has seen it and who comes, and may say that all is well", async () => {
  const card = async (name: string) => {
    const { root, said } = await heard(name);
    return { card: await seen(root, "tw-calls section"), said };
  };
  expect(wordsOf((await card("call-mine-waiting")).card)).toContain("Nobody's device has it yet");
  clearScreens();
  expect(wordsOf((await card("call-mine-held")).card)).toContain("2 devices keep it");
  clearScreens();
  const { card: coming, said } = await card("call-mine-coming");
  const words = wordsOf(coming);
  for (const part of [
    "It is on Dad's and Grandma's devices.",
    "Grandma has seen it.",
    "Dad is on it.",
  ]) {
    expect(words).toContain(part);
  }
  expect(coming.classList).toContain("call-card");
  expect(buttonsNamed(coming, /It is over/)).toEqual([]);
  press(coming, "I am all right");
  await expect.poll(() => said).toEqual([["answerCall", "ca".repeat(16), "fine"]]);
  clearScreens();
  // What is over is no alarm any more.
  const { card: over } = await card("call-mine-over");
  expect(wordsOf(over)).toContain("Dad said that it is over.");
  expect(over.classList).not.toContain("call-card");
});

test("[UI145] the others read who is on it, and may say so later", async () => {
  const { root, said } = await heard("call-answered");
  const card = await seen(root, "tw-calls section");
  expect(wordsOf(card)).toContain("You have seen it.");
  expect(wordsOf(card)).toContain("Nobody has said yet that they are on it.");
  press(card, "I am on it");
  await expect.poll(() => said).toEqual([["answerCall", "ca".repeat(16), "coming"]]);
  clearScreens();
  const coming = await show("call-coming");
  const words = wordsOf(await seen(coming.root, "tw-calls section"));
  expect(words).toContain("You and Dad are on it.");
  expect(words).toContain("Mia says: I am all right.");
});

test("[UI146] a parent ends it, after a question", async () => {
  const { root, said } = await heard("call-coming");
  press(await seen(root, "tw-calls section"), "It is over");
  const question = await seen(document.body, "dialog.dialog[open]");
  press(question, "Not yet");
  expect(said).toEqual([]);
  press(await seen(root, "tw-calls section"), "It is over");
  press(await seen(document.body, "dialog.dialog[open]"), "It is over");
  await expect.poll(() => said).toEqual([["answerCall", "ca".repeat(16), "over"]]);
});

test("[UI147] the alarm says where it could not be heard, is heard by a press, and is quiet as soon as an answer is pressed", async () => {
  const quiet = await heard("alarm-quiet");
  const alarm = await seen(quiet.root, "dialog.alarm[open]");
  const told: string[] = [];
  const bell = quiet.app.browser?.bell;
  if (bell === undefined) throw new Error("no bell");
  vi.spyOn(bell, "hear").mockImplementation(() => told.push("hear"));
  press(alarm, "Tap to hear the alarm");
  expect(told).toEqual(["hear"]);
  clearScreens();
  const { root, app } = await heard("alarm-heard");
  const loud = await seen(root, "dialog.alarm[open]");
  expect(buttonsNamed(loud, /hear/)).toEqual([]);
  expect(app.browser?.bell.state).toBe("sounding");
  press(loud, "I have seen it, and I cannot come");
  expect(app.browser?.bell.state).toBe("quiet");
});

test("[UI148] the page's title says who needs help, and nothing of it where there is no alarm", async () => {
  await show("alarm-place");
  await expect.poll(() => document.title).toBe("Help: Mia");
  clearScreens();
  await show("call-answered");
  await expect.poll(() => document.title).not.toContain("Help");
});

test("[UI149] under More the sound can be tried and notifications allowed by a press, and nothing switches it off", async () => {
  const { root, app } = await show("more-alarm");
  const card = await seen(root, "tw-alarm-card section");
  expect(buttonsNamed(card, /./)).toEqual(["Try the sound", "Allow showing it"]);
  expect(card.querySelectorAll("input, select")).toHaveLength(0);
  expect(wordsOf(card)).toContain("this browser shows who needs help, and nothing of what");
  const bell = app.browser?.bell;
  if (bell === undefined) throw new Error("no bell");
  const tried = vi.spyOn(bell, "tryOut").mockImplementation(() => undefined);
  press(card, "Try the sound");
  expect(tried).toHaveBeenCalledOnce();
  press(card, "Allow showing it");
  await expect.poll(() => wordsOf(card)).toContain("also shown while TinyWeb is in the background");
  clearScreens();
  const said = async (name: string): Promise<string> => {
    const drawn = await show(name);
    const words = wordsOf(await seen(drawn.root, "tw-alarm-card section"));
    clearScreens();
    return words;
  };
  const locked = await said("more-alarm-tried");
  expect(locked).toContain("You should hear it now.");
  expect(locked).toContain("it does not say who");
  const blocked = await said("more-alarm-blocked");
  expect(blocked).toContain("did not let TinyWeb make a sound");
  expect(blocked).toContain("Notifications are blocked");
  const nothing = await said("more-alarm-nothing");
  expect(nothing).toContain("This browser cannot make a sound.");
  expect(nothing).toContain("shows no notifications");
});
