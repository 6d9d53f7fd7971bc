/**
 * A family with a past, made where it is measured: whole nodes on virtual time found it and join it,
 * with the real cryptography; then its devices write through the core, which composes, and the suite,
 * which seals and signs. What the messages go through on their way to a disk is left to who measures.
 */
import { toHex, type FamilyId, type Hex } from "../../workers/core/codec/ids.ts";
import { compose } from "../../workers/core/gossip/composing.ts";
import { step } from "../../workers/core/gossip/gossip.ts";
import {
  associatedData,
  bindBody,
  encodeBody,
  encodeHeader,
  messageIdOf,
} from "../../workers/core/gossip/header.ts";
import { encodePayload } from "../../workers/core/gossip/payload.ts";
import { createGossip, type Gossip, type VerifiedEntry } from "../../workers/core/gossip/state.ts";
import { createCryptoSuite } from "../../workers/crypto/webcrypto-suite.ts";
import { myMember, stateOf, viewOf, type Family } from "../../workers/node/family.ts";
import type { TestDevice } from "../../workers/node/testing/device.ts";
import { createHousehold } from "../../workers/node/testing/household.ts";
import type { DiskContent } from "../../workers/storage/memory-store.ts";

export interface Author {
  readonly name: string;
  readonly family: Family;
  readonly core: Gossip;
  /** Its disk before anybody has written. */
  readonly disk: DiskContent;
}

/** The first founds, the others join as parents; the app is closed everywhere again. */
export async function makeAuthors(
  names: readonly string[],
  startMs: number,
): Promise<readonly Author[]> {
  const house = createHousehold({ startMs, deviceOptions: () => ({ servers: [] }) });
  const [founder = "", ...others] = names;
  const first = await house.found(founder);
  const devices: TestDevice[] = [first];
  for (const [index, name] of others.entries()) {
    // A third parent takes the word of two.
    const newcomer = await house.join(first, name, index === 0 ? "parent" : "relative");
    for (const device of devices) await house.meet(device, newcomer);
    devices.push(newcomer);
  }
  const heights = (): ReadonlySet<number> =>
    new Set(devices.map((one) => stateOf(one.running().family).height));
  await house.until("all know all", () => heights().size === 1);
  const authors = devices.map((device, index): Author => {
    const { family } = device.running();
    const { identity } = family;
    const id = identity.profile.family;
    const { retentionDays } = stateOf(family);
    const core = createGossip(id, identity.device, [index + 1, 2, 3, 4], retentionDays, startMs);
    return { name: device.name, family, core, disk: device.store().snapshot() };
  });
  await house.stop();
  return authors;
}

export function familyOf({ family }: Author): FamilyId {
  return family.identity.profile.family;
}

export function deviceOf({ family }: Author): Hex {
  return toHex(family.identity.device);
}

const suite = createCryptoSuite();

/** A direct message to the other, as `publishing.ts` makes one; the author's core has it afterwards. */
export async function write(
  author: Author,
  to: Author,
  text: string,
  now: number,
): Promise<VerifiedEntry> {
  const view = viewOf(author.family);
  const mine = myMember(author.family);
  const theirs = myMember(to.family);
  if (mine === null || theirs === null) throw new Error("both are members");
  const members = [mine.id, theirs.id].map((one) => toHex(one));
  const devices = stateOf(author.family).devices.filter((one) =>
    members.includes(toHex(one.member)),
  );
  const draft = {
    kind: "direct" as const,
    audience: { type: "member" as const, member: theirs.id },
    recipients: devices.map((one) => ({ device: one.id, keyNumber: 0 })),
    isEphemeral: false,
  };
  const composed = compose(author.core, draft, view, now);
  if (!composed.ok) throw new Error(`not composed: ${composed.reason}`);
  const family = familyOf(author);
  const body = encodeBody(
    await suite.sealBody({
      family,
      plaintext: encodePayload({ type: "text", text, replyTo: null, parents: [] }),
      associatedData: associatedData(composed.header),
      targets: devices.map((one) => ({ device: one.id, keyNumber: 0, key: one.encryptionKey })),
    }),
  );
  const header = bindBody(composed.header, family, body);
  const bytes = encodeHeader(header);
  const signature = await author.family.identity.signer.sign("message", family, bytes);
  const id = messageIdOf(family, bytes);
  const entry = { id, header, entry: { header: bytes, signature, body, hops: 0 } };
  step(author.core, { type: "entry", entry, from: null }, view, now);
  return entry;
}
