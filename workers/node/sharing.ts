/**
 * Gives a device what it needs to read: the family secret to one that lacks it, and, after a person
 * on this device agreed, the content keys of earlier messages to a participant's new device (refill).
 * Nothing old is ever opened without that consent. SPEC SH1..SH7, KA15. Source: DESIGN §3, §7.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { fromHex, toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, MessageId } from "../core/codec/ids.ts";
import type { Audience, Header } from "../core/gossip/header.ts";
import { REFILL_KEYS_MAX, type Payload } from "../core/gossip/payload.ts";
import { DAY_MS } from "../core/gossip/limits.ts";
import type { Known } from "../core/gossip/stream.ts";
import { activeDevice, findDevice, findMember, type Device } from "../core/ledger/state.ts";
import type { RefillRequestView } from "../api.ts";
import { prefixRange, type Write } from "../storage/store.ts";
import { keyNameOf, type KeyName } from "./device-keys.ts";
import { secretCommitmentOf } from "./founding.ts";
import { holdOf, myMember, nameOf, stateOf, type Family } from "./family.ts";
import { contentKeyWrite, type Opener } from "./opening.ts";
import { latestSecret, profileWrite, secretOf, type Profile } from "./profile.ts";
import { publish } from "./publishing.ts";
import type { TimelineItem } from "./timeline.ts";

export interface Sharing {
  /** Wraps the family secret for a device, once an epoch. */
  readonly shareSecret: (device: DeviceId) => Promise<void>;
  /** It has it now. */
  readonly secretHeld: (device: DeviceId) => void;
  /** Acts on what an accepted entry carries for this device; true if secrets or keys have come. */
  readonly act: (known: Known) => Promise<boolean>;
  /** Acts again on what is stored: the app may have been killed between an entry and its effect. */
  readonly catchUp: () => Promise<void>;
  /** The same of what did not open and whose author has handed its key over again; true if there is any. */
  readonly openHanded: () => Promise<boolean>;
  /** The same of what did not open and is sealed to one of these; true if secrets or keys have come. */
  readonly openAgain: (numbers: ReadonlySet<KeyName>) => Promise<boolean>;
  /** Shares that could not be written, because of the clock, the rate or the store, are tried again. */
  readonly tick: () => Promise<void>;
  readonly refills: () => readonly RefillRequestView[];
  readonly answerRefill: (device: Hex, isAllowed: boolean) => Promise<boolean>;
  /** Gives a device that was held what this one wrote for its member since then. */
  readonly makeUp: (device: DeviceId, since: number) => Promise<void>;
}

const LACKING_LOOK_MS = 60_000;

export async function openSharing(family: Family, opener: Opener): Promise<Sharing> {
  /** Devices whose share could not be written, or that were held when they lacked it. */
  const owed = new Map<Hex, DeviceId>();
  /** Devices that said that they lack it and not since that they have it, each looked at each minute. */
  const lacking = new Map<Hex, { readonly device: DeviceId; lookedAt: number }>();
  const answers = new Set<Hex>();
  for (const row of await family.env.store.list("meta", prefixRange(["refill"]))) {
    const [, device] = row.key;
    if (typeof device === "string") answers.add(device);
  }

  return {
    shareSecret,
    secretHeld: (device) => void lacking.delete(toHex(device)),
    act,
    catchUp,
    openHanded,
    openAgain,
    tick,
    refills,
    answerRefill,
    makeUp,
  };

  async function catchUp(): Promise<void> {
    const hasSecret = secretOf(family.identity.profile, stateOf(family).secretEpoch) !== null;
    for (const stream of family.gossip?.core().streams.values() ?? []) {
      for (const known of stream.known.values()) {
        const { kind } = known.header;
        const isKeys = kind === "refill" || kind === "rewrap";
        if ((kind === "secret-share" && !hasSecret) || isKeys) await act(known);
      }
    }
    await tick();
  }

  /** Whatever somebody says of keys, each message is opened again once for each that it names. */
  async function openAgain(numbers: ReadonlySet<KeyName>): Promise<boolean> {
    let hasKeys = false;
    for (const known of unopened()) {
      const isNamed = known.header.recipients.some((one) =>
        numbers.has(keyNameOf(one.device, one.keyNumber)),
      );
      if (isNamed) hasKeys = (await act(known)) || hasKeys;
    }
    return hasKeys;
  }

  async function openHanded(): Promise<boolean> {
    const handed = unopened().filter(({ id, header }) => opener.handed.by(id, header) !== null);
    for (const known of handed) {
      opener.retry(known.id);
      await act(known);
    }
    return handed.length > 0;
  }

  function unopened(): readonly Known[] {
    const core = family.gossip?.core();
    return [...(core?.undecryptable ?? [])].flatMap((name) => {
      const at = name.lastIndexOf("/");
      return core?.streams.get(name.slice(0, at))?.known.get(Number(name.slice(at + 1))) ?? [];
    });
  }

  async function tick(): Promise<void> {
    for (const device of owed.values()) await give(device);
    const now = family.env.monotonic();
    for (const [name, one] of lacking) {
      if (findDevice(stateOf(family), one.device)?.revoked !== null) lacking.delete(name);
      else if (now - one.lookedAt >= LACKING_LOOK_MS) {
        one.lookedAt = now;
        await give(one.device);
      }
    }
  }

  /** Where its share is let go by retention before it was read, it is given another. */
  async function shareSecret(device: DeviceId): Promise<void> {
    lacking.set(toHex(device), { device, lookedAt: family.env.monotonic() });
    await give(device);
  }

  async function give(id: DeviceId): Promise<void> {
    const secret = latestSecret(family.identity.profile);
    const device = findDevice(stateOf(family), id);
    if (secret === null || device === null || device.revoked !== null) {
      owed.delete(toHex(id));
      return;
    }
    if (holdOf(family, id) !== null) {
      // It asked while it was held: it is given the secret when that has ended.
      owed.set(toHex(id), id);
      return;
    }
    if (isSharedAlready(id)) return;
    const payload: Payload = { type: "secret", epoch: secret.epoch, secret: secret.secret };
    owed.set(toHex(id), id);
    const published = await publish(family, "secret-share", toOwner(device), [device], payload);
    if (!published.ok) return;
    owed.delete(toHex(id));
  }

  /** A share of mine that retention will not let go of within a day is on its way already. */
  function isSharedAlready(id: DeviceId): boolean {
    const core = family.gossip?.core();
    if (core === undefined) return false;
    const floor = (core.floorDay + 1) * DAY_MS;
    return [...core.streams.values()].some((stream) =>
      [...stream.known.values()].some(
        ({ header }) =>
          header.kind === "secret-share" &&
          header.clock.ms >= floor &&
          header.recipients.some((one) => isSameBytes(one.device, id)) &&
          isSameBytes(header.author, family.identity.device),
      ),
    );
  }

  async function act(known: Known): Promise<boolean> {
    const { header } = known;
    if (known.verdict.type !== "accepted") return false;
    const isForMe = header.recipients.some((one) =>
      isSameBytes(one.device, family.identity.device),
    );
    // Of its own it acts on what it has wrapped again, so as not to do that twice.
    const isMine = isSameBytes(header.author, family.identity.device);
    if (!isForMe || (isMine && header.kind !== "rewrap")) return false;
    const reading = await opener.read(known.id, header);
    if (!isMine) await family.gossip?.opened(header, reading.ok || reading.reason === "gone");
    if (!reading.ok) return false;
    switch (reading.payload.type) {
      case "secret":
        return takeSecret(reading.payload);
      case "refill":
        return header.kind === "rewrap"
          ? takeHanded(known, reading.payload)
          : takeKeys(known, reading.payload);
      default:
        return false;
    }
  }

  async function takeSecret(payload: Extract<Payload, { type: "secret" }>): Promise<boolean> {
    const { profile } = family.identity;
    const state = stateOf(family);
    const { epoch, secret } = payload;
    const commitment = secretCommitmentOf(profile.family, epoch, secret);
    const isTrue = epoch === state.secretEpoch && isSameBytes(commitment, state.secretCommitment);
    if (!isTrue || secretOf(profile, epoch) !== null) return false;
    const after: Profile = { ...profile, secrets: [...profile.secrets, { epoch, secret }] };
    await family.env.store.commit([await profileWrite(family.env, after)], {
      durability: "strict",
      fence: family.fence,
    });
    family.identity = { ...family.identity, profile: after };
    return true;
  }

  /** What did not open for the keys that it was sealed to may open now. */
  async function takeHanded(
    { header }: Known,
    payload: Extract<Payload, { type: "refill" }>,
  ): Promise<boolean> {
    const named = new Set(opener.handed.take(header, payload.keys).map((one) => toHex(one)));
    const isAuthors = ({ author }: Header): boolean => isSameBytes(author, header.author);
    const messages = keptEntries().filter(
      (one) => named.has(toHex(one.id)) && isAuthors(one.header),
    );
    for (const one of messages) {
      opener.retry(one.id);
      await act(one);
    }
    return messages.length > 0;
  }

  /**
   * Keys for messages that do not open yet. A key is kept unseen while its message is not here; one
   * that does not open its message never takes the place of one that does.
   */
  async function takeKeys(
    known: Known,
    payload: Extract<Payload, { type: "refill" }>,
  ): Promise<boolean> {
    const here = keptHeaders();
    const writes: Write[] = [];
    const missing: Uint8Array[] = [];
    for (const { message, contentKey } of payload.keys) {
      const header = here.get(toHex(message));
      if (header !== undefined && !(await isNews(message, header, contentKey))) continue;
      writes.push(await contentKeyWrite(family, message, contentKey));
      missing.push(message);
    }
    if (writes.length === 0) return false;
    await family.env.store.commit(writes, { durability: "strict", fence: family.fence });
    for (const message of missing) opener.retry(message);
    opener.retry(known.id);
    return true;
  }

  async function isNews(id: MessageId, header: Header, contentKey: Uint8Array): Promise<boolean> {
    if ((await opener.read(id, header)).ok) return false;
    return opener.opensWith(header, contentKey);
  }

  function keptHeaders(): ReadonlyMap<Hex, Header> {
    return new Map(keptEntries().map((one): [Hex, Header] => [toHex(one.id), one.header]));
  }

  function keptEntries(): readonly Known[] {
    const streams = [...(family.gossip?.core().streams.values() ?? [])];
    return streams.flatMap((stream) => [...stream.known.values()]);
  }

  function refills(): readonly RefillRequestView[] {
    return newDevices().flatMap((device) => {
      const messages = readableBefore(device, false).length;
      if (messages === 0) return [];
      return [{ device: toHex(device.id), memberName: nameOf(family, device.member), messages }];
    });
  }

  /** Further devices of members, not this one, about which nobody here has decided. */
  function newDevices(): readonly Device[] {
    const head = family.ledger.head();
    if (head === null) return [];
    return head.state.devices.filter((device) => {
      if (device.revoked !== null || isSameBytes(device.id, family.identity.device)) return false;
      if (holdOf(family, device.id) !== null) return false;
      const member = findMember(head.state, device.member);
      const isFurther = member !== null && device.registeredAt > member.registeredAt;
      return isFurther && !answers.has(toHex(device.id));
    });
  }

  /** What the device's member and I both have of our conversations, and the device was not given. */
  function readableBefore(device: Device, withMarks: boolean): readonly TimelineItem[] {
    const me = myMember(family);
    if (me === null) return [];
    const isMine = isSameBytes(device.member, me.id);
    const owned = stateOf(family).devices.filter((one) => isSameBytes(one.member, device.member));
    const isTheirs = (id: DeviceId): boolean => owned.some((one) => isSameBytes(one.id, id));
    const isShared = ({ header }: TimelineItem): boolean =>
      header.audience.type !== "member" &&
      (isTheirs(header.author) || header.recipients.some((one) => isTheirs(one.device)));
    const theirs = toHex(device.member);
    const given = (item: TimelineItem): boolean =>
      item.header.recipients.some((one) => isSameBytes(one.device, device.id));
    return [...family.timeline.conversations].flatMap(([id, items]) => {
      const all = withMarks
        ? [...items, ...(family.timeline.marks.get(id)?.values() ?? [])]
        : items;
      return all.filter((one) => (isMine || id === theirs || isShared(one)) && !given(one));
    });
  }

  async function answerRefill(name: Hex, isAllowed: boolean): Promise<boolean> {
    const device = findDevice(stateOf(family), fromHex(name));
    if (device === null || device.revoked !== null) return false;
    if (isAllowed && !(await refill(device))) return false;
    await family.env.store.commit(
      [{ type: "put", table: "meta", key: ["refill", name], value: isAllowed }],
      { durability: "strict", fence: family.fence },
    );
    answers.add(name);
    return true;
  }

  /** What this device wrote to a device's member while that was held: it may read it after all. */
  async function makeUp(id: DeviceId, since: number): Promise<void> {
    const device = activeDevice(stateOf(family), id);
    if (device === null || isSameBytes(id, family.identity.device)) return;
    const missed = readableBefore(device, true).filter(
      ({ header }) => header.clock.ms > since && isSameBytes(header.author, family.identity.device),
    );
    if (missed.length > 0) await refill(device, missed);
  }

  async function refill(
    device: Device,
    items: readonly TimelineItem[] = readableBefore(device, true),
  ): Promise<boolean> {
    const keys: { message: Uint8Array; contentKey: Uint8Array }[] = [];
    for (const item of items) {
      const contentKey = await opener.keyOf(item.id, item.header);
      if (contentKey !== null) keys.push({ message: item.id, contentKey });
    }
    for (let start = 0; start < keys.length; start += REFILL_KEYS_MAX) {
      const payload: Payload = { type: "refill", keys: keys.slice(start, start + REFILL_KEYS_MAX) };
      const published = await publish(family, "refill", toOwner(device), [device], payload);
      if (!published.ok) return false;
    }
    return true;
  }
}

function toOwner({ member }: Device): Audience {
  return { type: "member", member };
}
