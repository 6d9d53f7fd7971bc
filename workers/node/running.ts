/**
 * A family that runs on this device: opens all its parts in the order in which they need each other
 * and wires what one tells the others. Links come in by `link`, frames go where they belong.
 * The node above gives it one task at a time. SPEC RU1, RU8, ND5. Source: DESIGN §2.
 */
import { isSameBytes } from "../core/codec/cbor.ts";
import { deviceIdOf, toHex } from "../core/codec/ids.ts";
import type { DeviceId, Hex, SigningKey } from "../core/codec/ids.ts";
import type { Change } from "../core/gossip/stream.ts";
import type { Lasting } from "../api.ts";
import { correctionOf, correctionWrite, readCorrection } from "./family-clock.ts";
import type { AddedMessage } from "../api.ts";
import { openConversations, type Conversations, type Filed } from "./conversations.ts";
import { StoreError } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import { accuse } from "./accusing.ts";
import { openDeviceKeys, type KeyName } from "./device-keys.ts";
import { createDeciding, type Deciding } from "./deciding.ts";
import { createDoor } from "./door.ts";
import { createEmergencies, type Emergencies } from "./emergencies.ts";
import { createRequests, type Requests } from "./requests.ts";
import { createExchange, type Exchange } from "./exchange.ts";
import { createFamilyPlace } from "./family-place.ts";
import {
  familyNow,
  isHeldBack,
  isHeldPrimarys,
  myMember,
  ownerName,
  removedDevice,
  viewOf,
  type Family,
} from "./family.ts";
import { openGossip } from "./gossip-keeper.ts";
import { openHolds } from "./holds.ts";
import { openInviting, type Inviting } from "./inviting.ts";
import type { SignedTransaction } from "../core/ledger/transaction.ts";
import { joinsIn, joinsOf, openJoins } from "./joined.ts";
import { FORGET_JOINING, readJoining, type Joining } from "./joining.ts";
import { openKeeping, type Keeping } from "./keeping.ts";
import { openLedger } from "./ledger-keeper.ts";
import type { Link } from "./link.ts";
import { PING_TIMEOUT_MS } from "./limits.ts";
import { openMesh } from "./mesh-keeper.ts";
import { createLinkPulse } from "./link-pulse.ts";
import { readClocks } from "./clock-readings.ts";
import { createOpener } from "./opening.ts";
import { createOwnKeys } from "./own-keys.ts";
import { createRewrapping } from "./rewrapping.ts";
import { openPlaces, type Places } from "./places.ts";
import { latestSecret, profileWrite, type Identity } from "./profile.ts";
import type { Channel } from "./rendezvous.ts";
import { openSplits, type Splits } from "./splits.ts";
import { openRefusedChanges, type RefusedChanges } from "./refused-changes.ts";
import type { Session } from "./session.ts";
import { openSharing, type Sharing } from "./sharing.ts";
import { createTimeline } from "./timeline.ts";
import { createViolations } from "./violations.ts";

export interface RunningPorts {
  /** What the page has said of its browser; null while it has not. */
  readonly lasting: () => Lasting | null;
  /** Runs a task in the node's order. */
  readonly post: (task: () => Promise<void>) => void;
  readonly onConversation: (conversation: Hex, added: AddedMessage | null) => void;
  /** Somebody of this name is writing in this conversation. */
  readonly onTyping: (conversation: Hex, name: string) => void;
  readonly onChanged: () => void;
  readonly onStopped: (height: number) => void;
  readonly onNewerRules: () => void;
  /** A doubted link to this device fell silent, or was heard again. */
  readonly onSilence: (deviceKey: SigningKey, isSilent: boolean) => Promise<void>;
}

export interface Running {
  readonly family: Family;
  readonly inviting: Inviting;
  readonly joining: () => Joining | null;
  readonly conversations: () => Conversations | null;
  readonly sharing: () => Sharing | null;
  readonly emergencies: () => Emergencies | null;
  readonly places: () => Places | null;
  readonly requests: () => Requests | null;
  readonly keeping: Keeping;
  readonly deciding: Deciding;
  /** What the person here asked for and what did not happen. */
  readonly refused: RefusedChanges;
  /** Devices of the family that go by another set of rules. */
  readonly splits: Splits;
  /** Others know of a vote of this device that its log does not have: it votes no more. */
  readonly isSilenced: () => boolean;
  /** Takes a link; `expectedKey` is the device that the meeting was with, null where it is open. */
  readonly link: (link: Link, expectedKey: SigningKey | null) => void;
  /** Where this device wants to be met now. */
  readonly channels: () => readonly Channel[];
  readonly isLinkedKey: (key: SigningKey) => boolean;
  readonly tick: () => Promise<void>;
  /** Somebody is to be called who was not before. */
  readonly hasNewCalls: () => boolean;
  /** The page woke up: look at every link now. */
  readonly checkLinks: () => void;
  /** Asks every link for its round trip. */
  readonly measureLinks: () => void;
  /** The link to this device may be dead: look at it. */
  readonly doubt: (key: SigningKey) => void;
  readonly sessions: () => readonly Session[];
  /** How many links were closed for each thing that the other end did wrong. */
  readonly refusals: () => Readonly<Record<string, number>>;
  readonly stop: () => void;
}

export async function startRunning(
  env: Environment,
  identity: Identity,
  fence: number,
  appUrl: string,
  ports: RunningPorts,
): Promise<Running> {
  let exchange: Exchange | null = null;
  let inviting: Inviting | null = null;
  let joining: Joining | null = null;
  let conversations: Conversations | null = null;
  let sharing: Sharing | null = null;
  let emergencies: Emergencies | null = null;
  let places: Places | null = null;
  let requests: Requests | null = null;
  let keeping: Keeping | null = null;
  let refused: RefusedChanges | null = null;
  /** What consensus found out about replicas, by kind. */
  const troubles = new Map<string, number>();
  const pulse = createLinkPulse(env, () => door.sessions());
  /** What follows from the ledger is not all done: a write failed, or the app was killed half way. */
  let isUnsettled = true;
  /** A write failed since the last tick. */
  let isDelayed = false;

  const ledger = await openLedger(
    env,
    identity.profile.family,
    identity.signer,
    identity.device,
    fence,
    identity.profile.pin,
    {
      broadcast: (frame, except) => exchange?.broadcast(frame, except),
      onAdvanced: async () => advanced(),
      refusedWrites: (transaction, reason) => refused?.writesFor(transaction, reason) ?? [],
      onRefused: (transaction, reason) => {
        if (refused?.note(transaction, reason) === true) ports.onChanged();
        ports.post(async () => inviting?.refused(transaction.id));
      },
      onStopped: ports.onStopped,
      onNewerRules: () => {
        exchange?.handOn();
        ports.onNewerRules();
      },
      mayPropose: (transaction) => !isHeldBack(family, transaction),
      mayPrepare: (verified) => !isHeldPrimarys(family, verified),
      onRecovery: ports.onChanged,
      onDelayed: (error) => delayed(error),
      linked,
      inTurn: ports.post,
      onForged: (from) => family.sessions.get(from)?.blame(1),
      onEvidence: (evidence) => {
        count("replica-voted-twice");
        // In its turn: what found it is still at work.
        ports.post(async () => accuse(family, evidence));
      },
      onSilenced: () => {
        count("own-votes-lost");
        ports.onChanged();
      },
    },
  );
  const family: Family = {
    env,
    identity,
    fence,
    ledger,
    gossip: null,
    timeline: createTimeline(),
    holds: null,
    keys: null,
    mesh: null,
    sessions: new Map(),
    correctionMs: await readCorrection(env.store),
    texts: new Map(),
  };
  refused = await openRefusedChanges(family);
  const settledRefused = refused;
  const splits = await openSplits(family, ports.onChanged);
  const mesh = openMesh(family, {
    isOffering: () => keeping?.isWilling() === true && keeping.canHelp(),
  });
  family.mesh = mesh;
  const place = createFamilyPlace(family, mesh);
  exchange = createExchange(family, {
    onMet: async (device) => {
      mesh.met(device);
      correctClock();
      await keeping?.met(device);
      ports.onChanged();
    },
    onReady: async (device, parent, ready) =>
      (await keeping?.takeReady(device, parent, ready)) ?? true,
    onParted: (device) => {
      mesh.parted(device);
      keeping?.parted(device);
      correctClock();
      ports.onChanged();
    },
    onSecretLacking: async (device) => sharing?.shareSecret(device),
    onSecretHeld: async (device) => {
      sharing?.secretHeld(device);
      await inviting?.seen(toHex(device));
    },
    onStatus: async (device, status) => splits.hears(device, status),
    onBlocks: async (device, finalised) => splits.look(device, finalised),
    isElsewhere: splits.isElsewhere,
  });
  keeping = await openKeeping(family, {
    send: (to, frame) => exchange?.send(to, frame),
    onChanged: ports.onChanged,
  });
  const settledKeeping = keeping;
  family.holds = await openHolds(family, {
    broadcast: (frame, except) => exchange?.broadcast(frame, except),
    onChanged: async (begun, ended) => {
      const devices = [...begun, ...ended.map(({ device }) => device)];
      await exchange?.holdsChanged(devices);
      for (const { device, since } of ended) await sharing?.makeUp(device, since);
      rewrapping.due();
      if ((await sharing?.openHanded()) === true) readAgain();
      const touched = conversations?.fileAgain(devices) ?? new Map<Hex, Filed>();
      for (const conversation of touched.keys()) ports.onConversation(conversation, null);
      ports.onChanged();
    },
  });
  family.keys = await openDeviceKeys(family, {
    send: (to, frame) => exchange?.send(to, frame),
    broadcast: (frame, except) => exchange?.broadcast(frame, except),
    onKeys: async (numbers) => keysCame(numbers),
  });
  const ownKeys = createOwnKeys(family);
  const deciding = createDeciding(family);
  const violations = createViolations(family);
  const opener = createOpener(family);
  const rewrapping = createRewrapping(family, opener);
  await openTalk();
  inviting = await openInviting(family, appUrl);
  const settledInviting = inviting;
  joining = await readJoining(family);
  const door = createDoor(family, {
    post: ports.post,
    exchange,
    mesh,
    inviting: settledInviting,
    joining: () => joining,
    admit: async () => {
      correctClock();
      await admit();
    },
    onDelayed: delayed,
    onMeasured: correctClock,
    onSilence: ports.onSilence,
    onChanged: ports.onChanged,
  });
  await ledger.resume();
  await attempt(async () => advanced());

  return {
    family,
    inviting: settledInviting,
    joining: () => joining,
    conversations: () => conversations,
    sharing: () => sharing,
    emergencies: () => emergencies,
    places: () => places,
    requests: () => requests,
    keeping: settledKeeping,
    deciding,
    refused: settledRefused,
    splits,
    isSilenced: () => troubles.has("own-votes-lost") && isReplicaHere(),
    link: door.link,
    channels,
    isLinkedKey: (key) => place.isHeard(toHex(deviceIdOf(identity.profile.family, key))),
    tick,
    hasNewCalls: mesh.hasNewCalls,
    checkLinks: pulse.check,
    measureLinks: pulse.measure,
    doubt: (key) => {
      const device = toHex(deviceIdOf(identity.profile.family, key));
      family.sessions.get(device)?.doubt(PING_TIMEOUT_MS);
    },
    sessions: door.sessions,
    refusals: () => ({ ...door.refusals(), ...Object.fromEntries(troubles) }),
    stop: () => {
      ledger.stop();
      for (const session of door.sessions()) session.close("stopped");
    },
  };

  function isReplicaHere(): boolean {
    const replicas = ledger.head()?.state.replicas ?? [];
    return replicas.some((one) => isSameBytes(one, identity.device));
  }

  function count(trouble: string): void {
    troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
  }

  /** Devices of the family that are linked, and the round trip to the slowest. */
  function linked(): { readonly devices: readonly DeviceId[]; readonly roundTripMs: number } {
    const sessions = exchange === null ? [] : [...family.sessions.values()];
    const devices = sessions.flatMap((one) => one.peer()?.device ?? []);
    const roundTripMs = Math.max(0, ...sessions.map((one) => one.roundTripMs() ?? 0));
    return { devices, roundTripMs };
  }

  /** Messages can be read and written as soon as there are rules. */
  async function openTalk(): Promise<void> {
    if (conversations !== null || ledger.head() === null) return;
    family.gossip ??= await openGossip(
      env,
      identity.profile.family,
      identity.signer,
      identity.device,
      fence,
      () => viewOf(family),
      {
        send: (to, frame) => exchange?.send(to, frame),
        onWriting: ({ id, header, entry }) => opener.prepare(id, header, entry.body),
        onChanges: async (changes) => changed(changes),
        onEphemeral: (entry) => {
          handOver(joinsOf(entry.header));
          ports.post(async () => {
            const conversation = (await conversations?.reading.heard(entry)) ?? null;
            const name = ownerName(family, entry.header.author);
            if (conversation !== null && name !== "") ports.onTyping(conversation, name);
          });
        },
        onPlaces: (news) => {
          handOver(news.flatMap(({ entry }) => (entry === null ? [] : joinsOf(entry.header))));
          ports.post(async () => places?.heard(news));
        },
        onRegister: () => {
          for (const conversation of family.timeline.conversations.keys()) {
            ports.onConversation(conversation, null);
          }
          ports.onChanged();
        },
        onExpired: async (floorDay) => {
          const touched = (await conversations?.expire(floorDay)) ?? [];
          for (const conversation of touched) ports.onConversation(conversation, null);
        },
        needLedger: () => exchange?.pull(),
        now: () => familyNow(family),
        later: (ms, task) => void env.after(ms, () => ports.post(task)),
      },
    );
    const lasting = ports.lasting();
    if (lasting !== null) await family.gossip.keep(lasting);
    sharing ??= await openSharing(family, opener);
    emergencies = createEmergencies(family, opener);
    places = await openPlaces(family, opener, ports.onChanged);
    requests = createRequests(family, opener);
    conversations = await openConversations(family, opener);
    handOver(openJoins(family));
    for (const [peer] of family.sessions) {
      family.keys?.linkUp(peer);
      await family.gossip.linkUp(peer);
    }
  }

  /** They were verified with what carried them: nobody is to blame for what the rules do not take. */
  function handOver(joins: readonly SignedTransaction[]): void {
    if (joins.length === 0) return;
    ports.post(async () => {
      await ledger.takeTransactions(joins, [], toHex(identity.device));
    });
  }

  async function changed(changes: readonly Change[]): Promise<void> {
    handOver(joinsIn(changes));
    const touched = conversations?.file(changes) ?? new Map<Hex, Filed>();
    violations.noted(changes);
    emergencies?.noted(changes);
    requests?.noted(changes);
    let hasKeys = false;
    await attempt(async () => {
      for (const { known } of changes) hasKeys = ((await sharing?.act(known)) ?? false) || hasKeys;
      if (hasKeys) await settle();
    });
    if (hasKeys) exchange?.restate();
    if (hasKeys) readAgain();
    else for (const [conversation, filed] of touched) await tell(conversation, filed);
    ports.onChanged();
  }

  /** Keys have come: what did not open may open now. */
  function readAgain(): void {
    conversations?.retry();
    for (const conversation of family.timeline.conversations.keys()) {
      ports.onConversation(conversation, null);
    }
  }

  async function keysCame(numbers: ReadonlySet<KeyName>): Promise<void> {
    opener.retryAll();
    rewrapping.due();
    await attempt(async () => {
      if ((await sharing?.openAgain(numbers)) !== true) return;
      await settle();
      exchange?.restate();
    });
    readAgain();
    ports.onChanged();
  }

  /** One message more goes with the word of it, so that no screen has to ask. */
  async function tell(conversation: Hex, filed: Filed): Promise<void> {
    let added: AddedMessage | null = null;
    await attempt(async () => {
      if (filed === "added") added = (await conversations?.lastAdded(conversation)) ?? null;
    });
    ports.onConversation(conversation, added);
  }

  async function advanced(): Promise<void> {
    if (ledger.head() === null) return;
    const wasUnsettled = isUnsettled;
    isUnsettled = true;
    await openTalk();
    conversations?.advanced();
    await family.gossip?.ledgerAdvanced();
    await places?.advanced();
    await inviting?.advanced();
    await admit();
    correctClock();
    if (wasUnsettled) await sharing?.catchUp();
    await settle();
    await exchange?.advanced();
    await keeping?.advanced();
    // Taken out: the others have nothing more to say to it, nor it to them.
    if (removedDevice(family) !== null) {
      for (const session of door.sessions()) session.close("removed");
    }
    isUnsettled = false;
    ports.onChanged();
  }

  /** Trouble of the store: told to the node in its turn; the next tick tries again. */
  function delayed(error: StoreError): void {
    isUnsettled = true;
    isDelayed = true;
    ports.post(async () => {
      throw error;
    });
  }

  async function attempt(task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      delayed(error);
    }
  }

  /** Newcomers that the ledger names now, and the inviter that named me, are the family's. */
  async function admit(): Promise<void> {
    const inviter = joining?.admitted() ?? null;
    const admitted = [...(inviting?.admitted() ?? []), ...(inviter === null ? [] : [inviter])];
    for (const session of admitted) {
      const device = session.peer()?.device;
      if (device !== undefined) await exchange?.meet(session, device);
    }
  }

  /** A newcomer is a member once the rules name its device, and done once it can read them. */
  async function settle(): Promise<void> {
    const { profile } = family.identity;
    const { pin } = profile;
    const isPinned = pin === null || (ledger.head()?.state.height ?? -1) >= pin.height;
    if (profile.isMember === 0 && isPinned && myMember(family) !== null) {
      const after = { ...profile, isMember: 1 };
      await env.store.commit([await profileWrite(env, after)], { durability: "strict", fence });
      family.identity = { ...family.identity, profile: after };
    }
    const isDone =
      family.identity.profile.isMember === 1 && latestSecret(family.identity.profile) !== null;
    if (joining !== null && isDone) {
      await env.store.commit([FORGET_JOINING], { durability: "strict", fence });
      joining = null;
    }
  }

  function channels(): readonly Channel[] {
    if (removedDevice(family) !== null) return [];
    const invites = inviting?.channels() ?? [];
    const own = place.channel();
    const mine = own === null ? (joining?.channel() ?? null) : null;
    return [...(own === null ? [] : [own]), ...invites, ...(mine === null ? [] : [mine])];
  }

  /** A part whose write fails does not hold up the others. */
  async function tick(): Promise<void> {
    await attempt(async () => ledger.tick());
    if (isDelayed) await attempt(async () => retry());
    exchange?.tick();
    await attempt(async () => family.gossip?.tick());
    await attempt(async () => sharing?.tick());
    await attempt(async () => rewrapping.tick());
    await attempt(async () => inviting?.tick());
    await attempt(async () => joining?.tick());
    await attempt(async () => keeping?.tick());
    await attempt(async () => deciding.tick());
    await attempt(async () => violations.tick());
    await attempt(async () => emergencies?.tick());
    await attempt(async () => places?.tick());
    await attempt(async () => conversations?.reading.tick());
    await attempt(async () => family.holds?.tick());
    await attempt(async () => family.keys?.tick());
    await attempt(async () => ownKeys.tick());
    await attempt(async () => opener.tick());
    mesh.tick();
    pulse.tick();
  }

  async function retry(): Promise<void> {
    isDelayed = false;
    await advanced();
    exchange?.pull();
  }

  function correctClock(): void {
    const mayBeParent = joining?.view().role === "parent";
    const { amParent, readings } = readClocks(family, door.inviters(), mayBeParent);
    const correction = correctionOf(amParent, readings);
    if (correction === null || correction === family.correctionMs) return;
    family.correctionMs = correction;
    ports.post(async () =>
      env.store.commit([correctionWrite(correction)], { durability: "relaxed", fence }),
    );
    ports.onChanged();
  }
}
