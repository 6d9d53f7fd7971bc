import { afterEach, beforeEach, expect, test } from "vitest";
import { familyIdOf } from "../core/codec/ids.ts";
import { judgeFounding } from "../core/ledger/chain.ts";
import { createCryptoSuite } from "../crypto/webcrypto-suite.ts";
import { openBlob } from "./blobs.ts";
import { prepareFounding, secretCommitmentOf } from "./founding.ts";
import { createHousehold, type Household } from "./testing/household.ts";
import { value } from "./testing/device.ts";
import { verifyBlock } from "./verify.ts";
import { readTyped, wordsFor } from "./words.ts";

let house: Household;
beforeEach(() => {
  house = createHousehold();
});
afterEach(async () => house.stop());

async function founding(epoch: number, entropy: Uint8Array) {
  const device = await house.add("Mum");
  const { recoverySeed } = await wordsFor(entropy);
  return prepareFounding(device.env(), {
    entropy,
    recoverySeed,
    familyName: "The Okafors",
    myName: "Mum",
    servers: [],
    epoch,
    keepWords: epoch === 0,
  });
}

const ENTROPY = new Uint8Array(32).fill(8);

test("[FO1] the founding block verifies, judges and names the founder as parent, replica and member", async () => {
  const made = await founding(0, ENTROPY);
  const { family } = made.identity.profile;
  const verified = await verifyBlock(createCryptoSuite(), family, null, made.verified.block);
  if (verified === null) throw new Error("does not verify");
  const judged = judgeFounding(family, verified);
  expect(judged.ok && judged.head).toEqual(made.head);
  const { state } = made.head;
  expect(state.members.map((one) => one.role)).toEqual(["parent"]);
  expect(state.replicas).toEqual([made.identity.device]);
  expect(state.members[0]?.recoveryKey).not.toBeNull();
});

test("[FO2] the family's id is the recovery key's: the same words are the same family, at any device and time", async () => {
  const one = await founding(0, ENTROPY);
  const two = await founding(1_764_000_000, ENTROPY);
  const other = await founding(0, new Uint8Array(32).fill(9));
  const { recoverySeed } = await wordsFor(ENTROPY);
  const recovery = await createCryptoSuite().createSigner(recoverySeed);
  expect(one.identity.profile.family).toEqual(familyIdOf(recovery.publicKey));
  expect(two.identity.profile.family).toEqual(one.identity.profile.family);
  expect(other.identity.profile.family).not.toEqual(one.identity.profile.family);
  expect(two.identity.device).not.toEqual(one.identity.device);
  expect(two.identity.profile.secrets).not.toEqual(one.identity.profile.secrets);
  expect(two.head.state.epoch).toBe(1_764_000_000);
});

test("[FO3] names are in blobs that the family's secret opens, and the ledger commits to that secret", async () => {
  const { blobs, head, identity } = await founding(0, ENTROPY);
  const [secret] = identity.profile.secrets;
  if (secret === undefined) throw new Error("no secret");
  const open = (bytes: Uint8Array) =>
    openBlob(createCryptoSuite(), identity.profile.family, () => secret.secret, bytes);
  expect(blobs.map((one) => open(one))).toEqual(["The Okafors", "Mum"]);
  expect(head.state.secretCommitment).toEqual(
    secretCommitmentOf(identity.profile.family, secret.epoch, secret.secret),
  );
  const chain = JSON.stringify([...(head.state.familyName ?? [])]);
  expect(chain).not.toContain("Okafor");
});

test("[FO4] words come back as their entropy; what is wrong with typed ones is named by place", async () => {
  const { words } = await wordsFor(ENTROPY);
  expect(words).toHaveLength(24);
  const typed = `  ${words.join("  \n").toUpperCase()} `;
  expect(await readTyped(typed)).toEqual({ ok: true, entropy: ENTROPY });
  expect(await readTyped(words.slice(1).join(" "))).toEqual({ ok: false, detail: "count:23" });
  const unknown = words.map((word, index) => (index === 4 ? "zzzz" : word)).join(" ");
  expect(await readTyped(unknown)).toEqual({ ok: false, detail: "word:5" });
  // Two different words changed places: each is a word, the whole is not.
  const [last] = words.toReversed();
  const swapped = [last, ...words.slice(1, -1), words[0]].join(" ");
  const isSame = last === words[0];
  expect((await readTyped(swapped)).ok).toBe(isSame);
});

test("[FO5] unconfirmed words are shown again after a restart, confirmed ones never", async () => {
  const device = await house.add("Mum");
  await value(device.node().startFamily({ familyName: "x", myName: "Mum" }));
  const words = await value(device.node().recoveryWords());
  await device.restart();
  expect((await device.snapshot()).phase).toBe("words");
  expect(await value(device.node().recoveryWords())).toEqual(words);
  const at = (position: number) => ({ position, word: ` ${words[position - 1] ?? ""} ` });
  for (const wrong of [
    [],
    [at(1), at(2)],
    [at(1), at(1), at(1)],
    [at(1), at(2), { position: 3, word: "zzzz" }],
    [at(1), at(2), { position: 25, word: "" }],
    [at(1), at(2), { position: 0, word: words[0] ?? "" }],
    [at(1), at(2), { position: 1.5, word: words[0] ?? "" }],
  ]) {
    expect(await device.node().confirmWords(wrong)).toMatchObject({ code: "word-mismatch" });
  }
  await value(device.node().confirmWords([at(24), at(12), at(1)]));
  expect((await device.snapshot()).phase).toBe("member");
  expect(await device.node().recoveryWords()).toMatchObject({ code: "wrong-step" });
  expect(await device.node().confirmWords([at(24), at(12), at(1)])).toMatchObject({
    code: "wrong-step",
  });
  await device.restart();
  expect(await device.node().recoveryWords()).toMatchObject({ code: "wrong-step" });
  expect(device.running().family.identity.profile.words).toBeNull();
});
