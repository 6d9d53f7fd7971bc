/**
 * Makes an own entry: asks the core for the header, seals the body for every recipient device, signs,
 * and gives it to gossip, which stores it before anything is sent. SPEC PB1 to PB3, BK7. Source: DESIGN §6.
 */
import { compareBytes, toHex } from "../core/codec/ids.ts";
import type { MessageId } from "../core/codec/ids.ts";
import { compose } from "../core/gossip/composing.ts";
import {
  associatedData,
  bindBody,
  compareClock,
  encodeBody,
  encodeHeader,
  EPHEMERAL_KINDS,
  messageIdOf,
  type Audience,
  type Clock,
  type Kind,
} from "../core/gossip/header.ts";
import { RECIPIENTS_MAX } from "../core/gossip/limits.ts";
import { encodePayload, type Payload } from "../core/gossip/payload.ts";
import type { Device } from "../core/ledger/state.ts";
import type { WrapTarget } from "../crypto/suite.ts";
import type { Along } from "./gossip-keeper.ts";
import { familyNow, viewOf, type Family } from "./family.ts";
import { joinsToCarry } from "./joined.ts";

export type Published =
  | { readonly ok: true; readonly id: MessageId; readonly clock: Clock }
  | {
      readonly ok: false;
      readonly reason: "rate" | "clock" | "quota" | "no-recipient" | "too-many";
    };

/** Publishes a payload for these devices of the audience; StoreError where it could not be stored.
 * `along` is stored in the same commit as the message of that id; `ttlSeconds`: for how long it matters. */
export async function publish(
  family: Family,
  kind: Kind,
  audience: Audience,
  recipients: readonly Device[],
  payload: Payload,
  along?: (id: MessageId) => Along,
  ttlSeconds = 0,
): Promise<Published> {
  const { gossip, identity, env } = family;
  if (gossip === null || recipients.length === 0) return { ok: false, reason: "no-recipient" };
  if (recipients.length > RECIPIENTS_MAX) return { ok: false, reason: "too-many" };
  await gossip.ready();
  const targets = recipients
    .toSorted((a, b) => compareBytes(a.id, b.id))
    .map((one) => targetOf(family, one));
  const composed = compose(
    gossip.core(),
    {
      kind,
      audience,
      recipients: targets.map(({ device, keyNumber }) => ({ device, keyNumber })),
      isEphemeral: EPHEMERAL_KINDS.has(kind),
      ttlSeconds,
      joins: joinsToCarry(family, audience, targets),
    },
    viewOf(family),
    familyNow(family),
  );
  if (!composed.ok) return composed;
  const familyId = identity.profile.family;
  const body = await env.crypto.sealBody({
    family: familyId,
    plaintext: encodePayload(payload),
    associatedData: associatedData(composed.header),
    targets,
  });
  const bodyBytes = encodeBody(body);
  const header = bindBody(composed.header, familyId, bodyBytes);
  const headerBytes = encodeHeader(header);
  const signature = await identity.signer.sign("message", familyId, headerBytes);
  const id = messageIdOf(familyId, headerBytes);
  // A register of mine that was signed meanwhile denies it: it is dated anew. They are a second apart.
  const said = gossip.core().registers.get(toHex(identity.device))?.register.clock;
  if (said !== undefined && compareClock(header.clock, said) <= 0) {
    return publish(family, kind, audience, recipients, payload, along, ttlSeconds);
  }
  const entry = { header: headerBytes, signature, body: bodyBytes, hops: 0 };
  await gossip.publish({ id, header, entry }, along?.(id));
  return { ok: true, id, clock: header.clock };
}

/** To the device's newest encryption key that is known here. */
function targetOf({ keys }: Family, device: Device): WrapTarget {
  if (keys === null) throw new Error("invariant: announced keys are read before anything is said");
  const { number, key } = keys.current(device);
  return { device: device.id, keyNumber: number, key };
}
