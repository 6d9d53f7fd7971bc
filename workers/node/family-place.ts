/**
 * Where the family meets today: the channel at the meeting place that its secret and the day give, and
 * whether there is anybody left to look for. Whom to link to above ten devices is the mesh's to say.
 * SPEC RU8, MX11 to MX13. Source: DESIGN §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { deviceIdOf, toHex, type Hex } from "../core/codec/ids.ts";
import { familyChannel } from "./family-channel.ts";
import { familyNow, type Family } from "./family.ts";
import type { MeshKeeper } from "./mesh-keeper.ts";
import { latestSecret } from "./profile.ts";
import type { Channel } from "./rendezvous.ts";

export interface FamilyPlace {
  /** Null where this device has no secret of the family, or is no member yet. */
  readonly channel: () => Channel | null;
  /** Linked, and not silent. */
  readonly isHeard: (device: Hex) => boolean;
}

export function createFamilyPlace(family: Family, mesh: MeshKeeper): FamilyPlace {
  let place: { day: number; epoch: number; channel: ReturnType<typeof familyChannel> } | null =
    null;
  const id = family.identity.profile.family;

  return { channel, isHeard };

  function channel(): Channel | null {
    const secret = latestSecret(family.identity.profile);
    if (secret === null || family.identity.profile.isMember === 0) return null;
    const now = familyNow(family);
    const day = Math.floor(now / 86_400_000);
    if (place === null || place.day !== day || place.epoch !== secret.epoch) {
      const today = familyChannel(family.env.crypto, id, secret.secret, now);
      place = { day, epoch: secret.epoch, channel: today };
    }
    return {
      purpose: { type: "family" },
      topics: place.channel.topics,
      keyFor: place.channel.keyFor,
      admits: () => true,
      isComplete: () => mesh.isQuiet() ?? isComplete(),
      mesh: {
        call: mesh.call,
        answer: mesh.answer,
        takes: (key) => mesh.takes(deviceIdOf(id, key)),
        refused: (key) => mesh.refused(deviceIdOf(id, key)),
      },
    };
  }

  function isHeard(device: Hex): boolean {
    const session = family.sessions.get(device);
    return session !== undefined && !session.isSilent();
  }

  function isComplete(): boolean {
    const devices = family.ledger.head()?.state.devices ?? [];
    return devices.every(
      (one) =>
        one.revoked !== null ||
        isSameBytes(one.id, family.identity.device) ||
        isHeard(toHex(one.id)) ||
        family.holds?.isCutOff(one.id) === true,
    );
  }
}
