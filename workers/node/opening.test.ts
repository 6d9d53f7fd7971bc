/** What a recipient is shown of messages that no honest app would seal so. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { compareBytes, type MemberId } from "../core/codec/ids.ts";
import { compose } from "../core/gossip/composing.ts";
import {
  associatedData,
  bindBody,
  encodeBody,
  encodeHeader,
  messageIdOf,
} from "../core/gossip/header.ts";
import { encodePayload, type Payload } from "../core/gossip/payload.ts";
import { findDevice } from "../core/ledger/state.ts";
import type { WrapTarget } from "../crypto/suite.ts";
import { stateOf, viewOf } from "./family.ts";
import { value, type TestDevice } from "./testing/device.ts";
import { createHousehold, memberNamed, type Household } from "./testing/household.ts";

let house: Household;
let mum: TestDevice;
let dad: TestDevice;
beforeEach(async () => {
  house = createHousehold();
  mum = await house.found("Mum");
  dad = await house.join(mum, "Dad", "parent");
});
afterEach(async () => house.stop());

const TEXT: Payload = { type: "text", text: "psst", replyTo: null, parents: [] };

/** A direct message with wraps and content of the sender's own choice, which the app never makes. */
async function publishTo(
  from: TestDevice,
  member: MemberId,
  some: readonly WrapTarget[],
  payload: Payload = TEXT,
): Promise<void> {
  const { family } = from.running();
  const { gossip, identity } = family;
  if (gossip === null) throw new Error("no gossip");
  const targets = some.toSorted((a, b) => compareBytes(a.device, b.device));
  const composed = compose(
    gossip.core(),
    {
      kind: "direct",
      audience: { type: "member", member },
      recipients: targets.map(({ device, keyNumber }) => ({ device, keyNumber })),
      isEphemeral: false,
    },
    viewOf(family),
    from.env().now(),
  );
  if (!composed.ok) throw new Error(composed.reason);
  const familyId = identity.profile.family;
  const body = encodeBody(
    await family.env.crypto.sealBody({
      family: familyId,
      plaintext: encodePayload(payload),
      associatedData: associatedData(composed.header),
      targets,
    }),
  );
  const header = bindBody(composed.header, familyId, body);
  const bytes = encodeHeader(header);
  const signature = await identity.signer.sign("message", familyId, bytes);
  const entry = { header: bytes, signature, body, hops: 0 };
  await gossip.publish({ id: messageIdOf(familyId, bytes), header, entry });
}

test("[OP4] what does not carry what its header says is shown as broken and acted on by nobody", async () => {
  const state = stateOf(mum.running().family);
  const dads = findDevice(state, dad.running().family.identity.device);
  if (dads === null) throw new Error("no device");
  const targets = [{ device: dads.id, keyNumber: 0, key: dads.encryptionKey }];
  const others: readonly Payload[] = [
    { type: "refill", keys: [{ message: new Uint8Array(16), contentKey: new Uint8Array(32) }] },
    { type: "secret", epoch: 1, secret: new Uint8Array(32) },
  ];
  for (const payload of others) await publishTo(mum, dads.member, targets, payload);
  await publishTo(mum, dads.member, targets);
  await house.advance(3_000);
  const page = await value(
    dad.node().listMessages(memberNamed(await dad.snapshot(), "Mum"), { limit: 9 }),
  );
  expect(page.messages.map((one) => [one.text, one.hidden])).toEqual([
    ["", "undecryptable"],
    ["", "undecryptable"],
    ["psst", null],
  ]);
  expect(dad.store().snapshot().get("keys")).toEqual([]);
});

test("[OP3] a wrap under a key that nobody has announced shows no text, whoever else could open it", async () => {
  const { family } = mum.running();
  const state = stateOf(family);
  const dads = findDevice(state, dad.running().family.identity.device);
  const mums = findDevice(state, family.identity.device);
  if (dads === null || mums === null) throw new Error("two devices");
  const unannounced = await family.env.crypto.encryptionKeyOf(new Uint8Array(32).fill(5));
  for (const targets of [
    [
      { device: dads.id, keyNumber: 0, key: dads.encryptionKey },
      { device: mums.id, keyNumber: 7, key: unannounced },
    ],
    [
      { device: dads.id, keyNumber: 7, key: unannounced },
      { device: mums.id, keyNumber: 0, key: mums.encryptionKey },
    ],
  ]) {
    await publishTo(mum, dads.member, targets);
  }
  await house.advance(5_000);
  for (const [reader, other] of [
    [dad, "Mum"],
    [mum, "Dad"],
  ] as const) {
    const page = await value(
      reader.node().listMessages(memberNamed(await reader.snapshot(), other), { limit: 9 }),
    );
    expect(page.messages.map((one) => [one.text, one.hidden])).toEqual([
      ["", "undecryptable"],
      ["", "undecryptable"],
    ]);
  }
});
