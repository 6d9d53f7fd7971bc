/** Every state of every screen on a real engine, over the still worker of web/dev. */

import { afterEach, describe, expect, it } from "vitest";
import { MESSAGE_TEXT_BYTES_MAX } from "../../workers/api.ts";
import { clearScreens, find, seen, seenField, show } from "../testing/show-screen.ts";

afterEach(clearScreens);

function type(field: HTMLTextAreaElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

describe("screens", () => {
  it("[UI66] says who keeps the rules, what that bears, and how this device can help", async () => {
    const words = async (name: string): Promise<string> => {
      const { root } = await show(name);
      return (await seen(root, "#keeping")).parentElement?.textContent.replace(/\s+/g, " ") ?? "";
    };
    const alone = await words("family-alone");
    expect(alone).toContain("Mum's device writes down");
    expect(alone).toContain("If it is lost for good");
    expect(alone).toContain("Let this device help");
    expect(await words("family-ready")).toContain("ready to help");
    const three = await words("family-three");
    expect(three).toContain("Mum, Dad and Rose");
    expect(three).toContain("One of them may be off");
    expect(await words("family-two")).toContain("Two are less safe than one");
    expect(await words("family-five")).toContain("Five bear no more than four");
    const child = await words("family-three-child");
    expect(child).toContain("Mum, Dad and Rose");
    expect(child).toContain("When one of them is off, the others carry on.");
    expect(child).not.toMatch(/lost|help/);
  });

  it("[UI84] says why a browser that may forget does not help yet, and what to do", async () => {
    const words = async (name: string): Promise<string> => {
      const { root } = await show(name);
      return (await seen(root, "#keeping")).parentElement?.textContent.replace(/\s+/g, " ") ?? "";
    };
    const asks = await words("family-may-forget");
    expect(asks).toContain("a helper must not forget");
    expect(asks).toContain("Keep it here");
    expect(asks).not.toContain("Let this device help");
    const install = await words("family-may-forget-install");
    expect(install).toContain("Install the app on this device");
    const keeper = await words("family-keeps-may-forget");
    expect(keeper).toContain("This device helps, but");
    expect(keeper).toContain("Add to Home Screen");
    const only = await words("family-only-may-forget");
    expect(only).toContain("Only this device keeps the rules");
    expect(only).not.toContain("one helper less");
  });

  it("[UI85] asks before a device stops helping, and says what remains", async () => {
    const { root } = await show("family-three");
    const keeping = (await seen(root, "#keeping")).parentElement;
    keeping?.querySelector<HTMLButtonElement>(".button.quiet")?.click();
    const dialog = await seen(document.body, "dialog[open]");
    expect(dialog.textContent).toContain("before you are away for long");
    expect(dialog.textContent).toContain("2 devices keep the rules. Every change needs both");
    [...dialog.querySelectorAll("button")]
      .find((one) => one.textContent.trim() === "Go on helping")
      ?.click();
    await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
    const going = await show("family-stepping-down");
    const card = (await seen(going.root, "#keeping")).parentElement;
    expect(card?.textContent).toContain("stops helping as soon as the others have agreed");
    const alone = (await seen((await show("family")).root, "#keeping")).parentElement;
    expect(alone?.textContent).toContain("It is the only one, so it cannot stop");
  });

  it("[UI87] tells a person whose device has lost its own votes what happened and what to do", async () => {
    const { root } = await show("family-silenced");
    const card = (await seen(root, "#keeping")).parentElement?.textContent ?? "";
    expect(card).toContain("lost part of what it had signed");
    expect(card).toContain("Stop helping on this device");
    expect(card).not.toContain("This device helps to keep them");
    expect((await seen(root, ".banner")).textContent).toContain("Look under Family");
  });

  it("[UI88] tells the family, and the person concerned, of a device that contradicted itself", async () => {
    const words = async (name: string): Promise<string> => {
      const { root } = await show(name);
      return (await seen(root, "#keeping")).parentElement?.textContent.replace(/\s+/g, " ") ?? "";
    };
    const parent = await words("family-convicted");
    expect(parent).toContain("A device of Dad signed two different answers");
    expect(parent).toContain("A parent should take it out now");
    expect(parent).not.toContain("This device signed two");
    const { root } = await show("family-convicted");
    const line = (await seen(root, ".device .tag")).closest("li");
    expect(line?.textContent).toContain("contradicted itself");
    expect(line?.querySelector("button")?.textContent).toContain("Take it out");
    const mine = await words("family-convicted-me");
    expect(mine).toContain("This device signed two different answers");
    expect(mine).toContain("use another device from now on");
    const child = await words("family-convicted-child");
    expect(child).toContain("Something is wrong with a device of Dad. The grown-ups know.");
    expect(child).not.toMatch(/wrong hands|signed/);
  });

  it("[UI92] says what was done with recovery words, by when it begins, and how to say no", async () => {
    const words = async (name: string): Promise<string> => {
      const { root } = await show(name);
      const card = await seen(root, "tw-recovering");
      return card.textContent.replace(/\s+/g, " ");
    };
    const other = await words("family-recovery");
    expect(other).toContain("Mum's 24 words were typed on a device of Dad");
    expect(other).toMatch(/It begins on \w+day,? .{6,30}\d{1,2}:\d\d.{0,3} on this device/);
    expect(other).toContain("Say no");
    const mine = await words("family-recovery-mine");
    expect(mine).toContain("were typed on this device");
    expect(mine).not.toContain("Say no");
    expect(await words("family-recovery-refused")).toContain("Dad said no, so nothing changes");
    expect(await words("family-recovery-due")).toContain("within a minute");
    const two = await words("family-recovery-two");
    expect(two.match(/Go with this one/g)).toHaveLength(2);
    expect(two).toContain("neither begins by itself");
    const child = await words("family-recovery-child");
    expect(child).toContain("You need not do anything");
    expect(child).not.toMatch(/words|device|no,/);
    const { root } = await show("chats-recovery");
    expect((await seen(root, ".note-row")).textContent).toContain("Somebody used recovery words");
  });

  it("[UI92] asks before a no, and says what it means", async () => {
    const { root } = await show("family-recovery");
    (await seen(root, "tw-recovering .button.quiet")).click();
    const dialog = await seen(document.body, "dialog[open]");
    expect(dialog.textContent).toContain("nothing changes on any device that hears of it in time");
    [...dialog.querySelectorAll("button")]
      .find((one) => one.textContent.trim() === "Leave it")
      ?.click();
    await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
  });

  it("[UI93] offers the words where devices are lost, explains first, and asks before it does it", async () => {
    const { root } = await show("family-can-recover");
    const way = await seen(root, "tw-recovering details");
    way.querySelector("summary")?.click();
    expect(way.textContent).toContain("switch them on instead");
    expect(way.textContent).toContain("shown it for three days first");
    const field = way.querySelector("textarea");
    if (field === null) throw new Error("no field");
    field.value = "one two";
    way.querySelector<HTMLButtonElement>("button")?.click();
    await expect.poll(() => way.textContent).toContain("These are not the 24 words");
    field.value = "abandon ".repeat(24);
    way.querySelector<HTMLButtonElement>("button")?.click();
    const dialog = await seen(document.body, "dialog[open]");
    expect(dialog.textContent).toContain("only if the other devices are lost");
    [...dialog.querySelectorAll("button")]
      .find((one) => one.textContent.trim() === "Not yet")
      ?.click();
    await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
    const other = (await show("family")).root;
    await seen(other, "#keeping");
    expect(other.querySelector("tw-recovering details")).toBeNull();
  });

  it("[UI86] offers to take out a device where this person may, and asks first", async () => {
    const { root } = await show("family-stepping-down");
    await seen(root, ".device button");
    const buttons = [...root.querySelectorAll<HTMLButtonElement>(".device button")];
    expect(buttons.map((one) => one.textContent.trim())).toEqual([
      "Take it out of keeping the rules",
    ]);
    buttons[0]?.click();
    const dialog = await seen(document.body, "dialog[open]");
    expect(dialog.textContent).toContain("Take Grandma's device out of keeping the rules?");
    [...dialog.querySelectorAll("button")]
      .find((one) => one.textContent.trim() === "Leave it in")
      ?.click();
    await expect.poll(() => document.querySelector("dialog[open]")).toBeNull();
  });

  it("[UI61] begins each conversation's button with the member's name", async () => {
    const { root } = await show("chats");
    await seen(root, ".rows button");
    const names = [...root.querySelectorAll(".rows button")].map((one) => {
      const copy = one.cloneNode(true) as HTMLElement;
      for (const hidden of copy.querySelectorAll('[aria-hidden="true"]')) hidden.remove();
      return copy.textContent.trim();
    });
    expect(names[0]).toMatch(/^Mia\b/);
    expect(names[1]).toMatch(/^Dad\b/);
  });

  it("[UI80] says where a browser cannot reach other devices, and what to do", async () => {
    const { root } = await show("cannot-link");
    const banner = await seen(root, '[role="alert"] .banner');
    expect(banner.textContent).toContain("cannot reach the family's other devices");
    expect(banner.textContent).toContain("Open TinyWeb in a current Chrome");
  });

  it("[UI30] names each role's radio with the role alone, and explains it", async () => {
    const { root } = await show("invite");
    await seen(root, 'input[name="role"]');
    const radios = [...root.querySelectorAll<HTMLInputElement>('input[name="role"]')];
    const labels = radios.map(({ labels }) => labels?.[0]?.textContent);
    expect(labels).toEqual(["Parent", "Child", "Relative", "Contact"]);
    for (const radio of radios) {
      const hint = document.getElementById(radio.getAttribute("aria-describedby") ?? "");
      expect(hint?.textContent).toMatch(/\.$/);
      const { x, y, width, height } = radio.getBoundingClientRect();
      expect(document.elementFromPoint(x + width / 2, y + height / 2)).toBe(radio);
    }
  });

  it("[UI35] lets nobody approve before the digits are the same", async () => {
    const { root } = await show("invite-comparing");
    await seen(root, ".code");
    const approve = () =>
      [...root.querySelectorAll("button")].find(
        ({ textContent }) => textContent.trim() === "Approve",
      );
    const same = [...root.querySelectorAll("button")].find(({ textContent }) =>
      textContent.includes("They are the same"),
    );
    expect(approve()?.disabled).toBe(true);
    same?.click();
    await expect.poll(() => approve()?.disabled).toBe(false);
  });

  it("[NM4] tells whoever approves that the newcomer's name is taken for a member's", async () => {
    const { root } = await show("invite-look-alike");
    const note = await seen(root, '[role="note"]');
    expect(note.textContent).toContain("MIA is easily taken for Mia");
    const other = await show("invite-compared");
    await seen(other.root, ".code");
    expect(other.root.querySelector('[role="note"]')).toBeNull();
  });

  it("[UI71] keeps the reader's place when messages are added above and below", async () => {
    const { app, root } = await show("talk-long");
    await seen(root, "[data-id='l299']");
    const timeline = find(root, ".timeline");
    const isAtEnd = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 2;
    await expect.poll(isAtEnd).toBe(true);

    timeline.scrollTop = 60;
    await new Promise((resolve) => timeline.addEventListener("scroll", resolve, { once: true }));
    const anchor = find(root, "[data-id='l252']");
    const before = anchor.getBoundingClientRect().top;
    find(root, ".earlier").click();
    await seen(root, "[data-id='l200']");
    expect(Math.abs(anchor.getBoundingClientRect().top - before)).toBeLessThan(2);

    await app.call("sendMessage", "02cc", "from another tab");
    await seen(root, "[data-id='m300']");
    expect(Math.abs(anchor.getBoundingClientRect().top - before)).toBeLessThan(2);
    const below = await seen(root, ".below button");
    below.click();
    await expect.poll(isAtEnd).toBe(true);
  });

  it("[UI73] keeps each conversation's draft", async () => {
    const { app, root } = await show("talk");
    const field = await seenField(root);
    type(field, "half a thought");
    app.open({ screen: "chats", conversation: "03bb" });
    await expect.poll(() => field.value).toBe("");
    app.open({ screen: "chats", conversation: "02cc" });
    await expect.poll(() => field.value).toBe("half a thought");
  });

  it("[UI74] sends with Enter, and gives the text back with the reason when it fails", async () => {
    const { root } = await show("talk-failed");
    const field = await seenField(root);
    type(field, "precious");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", shiftKey: true }));
    expect(field.value).toBe("precious");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", cancelable: true }));
    expect((await seen(root, "tw-composer [role='alert']")).textContent).toContain("full");
    expect(field.value).toBe("precious");
  });

  it("[UI20] says before sending that a text is one byte too long", async () => {
    const { root } = await show("talk");
    const field = await seenField(root);
    const send = find(root, "tw-composer button") as HTMLButtonElement;
    const room = find(root, "#composer-room");
    type(field, "é".repeat(MESSAGE_TEXT_BYTES_MAX / 2));
    await expect.poll(() => room.textContent).toContain("Nearly full");
    expect(send.disabled).toBe(false);
    type(field, `${field.value}a`);
    await expect.poll(() => room.textContent).toContain("Too long by 1 byte");
    expect(send.disabled).toBe(true);
  });

  it("[UI13] shows that the app stopped, over what was on, and starts it again", async () => {
    const { app, root } = await show("died");
    const dialog = await seen(root, "dialog[open]");
    expect(dialog.textContent).toContain("Your messages are safe on this device.");
    expect(root.querySelector("tw-conversation")).not.toBeNull();
    const again = app.startNode();
    await expect.poll(() => root.querySelector("dialog")).toBeNull();
    await again;
  });
});
