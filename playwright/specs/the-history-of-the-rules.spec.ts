import { admit, expect, startFamily, test } from "../fixtures.ts";
import { answerLikeFirefox, FIREFOX_PHONE } from "../promising-browser.ts";
import { lookAt } from "../screens.ts";

test(
  "[E2E94, UI94, UI97, HI5, HI7] everybody reads the same history with the same proofs, a newcomer what was before, a child in easy words",
  { tag: "@long" },
  async ({ newDevice }) => {
    test.slow();
    const mum = await newDevice("Mum");
    const dad = await newDevice("Dad", FIREFOX_PHONE);
    const gran = await newDevice("Gran", FIREFOX_PHONE);
    for (const one of [dad, gran]) await answerLikeFirefox(one, true);
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await admit(mum, gran, "Relative");
    for (const one of [dad, gran]) {
      await one.family.keepHere();
      await one.family.letHelp();
    }
    for (const one of [mum, dad, gran]) await one.family.expectKept("3 devices keep the rules.");

    await mum.history.open();
    await mum.history.showAll();
    await expect(mum.history.sentences).toHaveText([
      /^(Dad's and Gran's|Gran's and Dad's) devices now help to keep the rules\.$/,
      "You let Gran join as a relative.",
      "You made an invite for a relative.",
      "You let Dad join as a parent.",
      "You made an invite for a parent.",
      "You started the family “The Okafors”.",
    ]);
    await dad.history.open();
    await expect(dad.history.sentences.nth(3)).toHaveText("Mum let you join as a parent.");

    // What is new comes to the top of an open history.
    const mia = await newDevice("Mia");
    await mum.openTab("Chats");
    await admit(mum, mia, "Child");
    await expect(dad.history.sentences.first()).toHaveText("Mum let Mia join as a child.");
    const proof = await dad.history.proofOf("Mum let Mia join as a child.");
    await expect(proof).toContainText("as change 7.");
    await expect(proof).toContainText("2 of the 3 devices that kept the rules then signed it:");
    await expect(proof).toContainText("This device has just checked every signature");
    const founding = await dad.history.proofOf("Mum started the family");
    await expect(founding).toContainText(
      "One device kept the rules then and signed it: Mum's device.",
    );
    expect(await lookAt(dad, "27-history-open")).toEqual([]);

    // A child reads first what is about itself.
    await mia.history.open();
    await expect(mia.history.sentences).toHaveText(["Mum let you join as a child."]);
    const easy = await mia.history.proofOf("Mum let you join as a child.");
    await expect(easy).toContainText("Nobody can change it in secret.");
    await expect(easy).toContainText("Your device looked: it is true.");
    expect(await lookAt(mia, "28-history-child")).toEqual([]);
    await mia.history.choose("Everything");
    await mia.history.showAll();
    await expect(mia.history.sentences).toHaveCount(8);
    await expect(mia.history.sentences.nth(2)).toHaveText(
      /devices now help to look after the family's rules\.$/,
    );
    await expect(mia.history.sentences.last()).toHaveText("Mum started the family “The Okafors”.");

    // The same changes under the same fingerprints on every device.
    await mum.history.open();
    await gran.history.open();
    const prints = await dad.history.fingerprints();
    expect(prints).toHaveLength(8);
    expect(new Set(prints).size).toBe(8);
    for (const one of [mum, gran]) {
      await expect.poll(async () => one.history.fingerprints()).toEqual(prints);
    }
  },
);
