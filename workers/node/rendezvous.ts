/**
 * Decides with whom to connect, over servers that it does not trust: announces this session, answers
 * the announces of admitted devices, and carries one attempt's signals under the attempt's id. The
 * lower session id initiates; a device that hears a lower one asks it to. It opens no socket and no
 * connection (the mesh does, by command) and believes no link: the handshake does that.
 * A lying server can drop, delay, repeat and reorder; none of it makes a second link of one session.
 * SPEC RV5 to RV26. Source: DESIGN §6 (signalling); yjs/y-webrtc#39 (glare).
 */
import type { MeshCommand, MeshEvent, ServerState } from "../api.ts";
import type { ArrivedEvent } from "./channel-link.ts";
import { isSameBytes } from "../core/codec/cbor.ts";
import {
  compareBytes,
  fromHex,
  toHex,
  type FamilyId,
  type Hex,
  type SigningKey,
} from "../core/codec/ids.ts";
import { utf8Length } from "../core/codec/shape.ts";
import type { CryptoSuite, Signer } from "../crypto/suite.ts";
import { createAnnounceSchedule, type AnnounceSchedule } from "./announcer.ts";
import { createAttempts, type Attempt } from "./attempts.ts";
import { createLinkArrivals } from "./link-arrivals.ts";
import { ENDED_ATTEMPTS_MAX, SEEN_ENVELOPES_MAX, SIGNAL_BYTES_MAX } from "./link-limits.ts";
import type { Link, LinkPurpose } from "./link.ts";
import { createRecent } from "./recent.ts";
import { createSessionMemory } from "./session-memory.ts";
import { openSignal, sealSignal, SESSION_BYTES, type SignalMessage } from "./signal-envelope.ts";

export { familyChannel } from "./family-channel.ts";

export interface Channel {
  readonly purpose: LinkPurpose;
  /** All that are listened on; announces go to the middle one (of a family: today's). */
  readonly topics: readonly string[];
  /** The 32-byte key of one of the topics. */
  readonly keyFor: (topic: string) => Uint8Array;
  /** Whether I may connect to, or answer, this device key. */
  readonly admits: (deviceKey: SigningKey) => boolean;
  /** Whether everybody admitted is linked, so that nobody need be called. Absent: never known. */
  readonly isComplete?: () => boolean;
  /** Where not everybody is to be linked with everybody. */
  readonly mesh?: ChannelMesh;
}

/** Whom announces call, and who has a place (mesh-keeper.ts). */
export interface ChannelMesh {
  /** The text of an announce; `to` is the one device that it is for. */
  readonly call: (to: SigningKey | null) => string;
  readonly answer: (from: SigningKey, text: string) => "yes" | "no" | "full";
  readonly takes: (device: SigningKey) => boolean;
  /** It said that it has no place for me. */
  readonly refused: (device: SigningKey) => void;
}

export interface RendezvousPorts {
  command(command: MeshCommand): void;
  randomBytes(length: number): Uint8Array;
  /** Milliseconds; may jump. */
  now(): number;
  isLinked(deviceKey: SigningKey, purpose: LinkPurpose): boolean;
  /** The link to this device may be dead: look, and tell by `silence`. */
  doubt(deviceKey: SigningKey): void;
  /**
   * A channel opened, not yet trusted: run the handshake and demand `expectedKey`. It can come while
   * an older link to the device stands (the device started again): the newer, once proved, replaces it.
   */
  onLink(link: Link, expectedKey: SigningKey): void;
}

export interface Rendezvous {
  /** All places and servers wanted from now on; announces follow with the next tick. */
  setChannels(channels: readonly Channel[], servers: readonly string[]): void;
  /** Takes events one at a time, in order, whether or not anybody waits. */
  handle(event: ArrivedEvent): Promise<void>;
  /** To be called about once a second. */
  tick(): Promise<void>;
  /** The device woke up: call everybody now. */
  resumed(): Promise<void>;
  /** A doubted link fell silent: its device is met anew beside it; or was heard again. */
  silence(deviceKey: SigningKey, isSilent: boolean): Promise<void>;
  /** Connections being made. */
  attempts(): number;
  /** The best state of all servers, and each one's. */
  state(): { readonly signalling: ServerState; readonly servers: readonly ServerState[] };
  /** How often each kind of bad input was refused. */
  refusals(): Readonly<Record<string, number>>;
}

/** A verified message of an admitted device, and where it was heard. */
interface Heard {
  readonly message: SignalMessage;
  readonly channel: Channel;
  readonly topic: string;
  readonly sessionName: string;
  readonly deviceName: string;
}

export function createRendezvous(
  identity: { readonly family: FamilyId; readonly signer: Signer },
  crypto: CryptoSuite,
  ports: RendezvousPorts,
): Rendezvous {
  const { family, signer } = identity;
  const session = ports.randomBytes(SESSION_BYTES);
  const attempts = createAttempts();
  const servers = new Map<string, ServerState>();
  const refused = new Map<string, number>();
  const seen = createRecent<true>(SEEN_ENVELOPES_MAX);
  const ended = createRecent<true>(ENDED_ATTEMPTS_MAX);
  const sessions = createSessionMemory();
  const arrivals = createLinkArrivals((command) => ports.command(command));
  let channels: readonly Channel[] = [];
  let schedules = new Map<string, AnnounceSchedule>();

  const refuse = (reason: string): void => {
    refused.set(reason, (refused.get(reason) ?? 0) + 1);
  };
  const signalling = (): ServerState => {
    const states = [...servers.values()];
    return states.find((state) => state === "open") ?? states.find(isConnecting) ?? "closed";
  };
  const channelOf = (topic: string): Channel | undefined =>
    channels.find((channel) => channel.topics.includes(topic));

  const publish = async (
    place: { readonly topic: string; readonly key: Uint8Array },
    message: Omit<SignalMessage, "deviceKey" | "from">,
  ): Promise<void> => {
    const { topic, key } = place;
    const full = { ...message, from: session };
    const data = await sealSignal(crypto, signer, { family, topic, key }, full);
    // A server returns it to its sender.
    seen.set(markOf(topic, data), true);
    ports.command({ type: "publish", topic, data });
  };

  const announce = async (channel: Channel, topic: string, to: Heard | null): Promise<void> => {
    const payload = channel.mesh?.call(to?.message.deviceKey ?? null) ?? "";
    const session = to?.message.from ?? null;
    const place = { topic, key: channel.keyFor(topic) };
    await publish(place, { to: session, kind: "announce", attempt: NO_ATTEMPT, payload });
  };

  /** Instead of a connection that would be closed at once. */
  const sayFull = async ({ channel, topic, message }: Heard): Promise<void> => {
    const { from: to, attempt } = message;
    const place = { topic, key: channel.keyFor(topic) };
    await publish(place, { to, kind: "bye", attempt, payload: FULL });
  };

  const announceWhereDue = async (): Promise<void> => {
    for (const channel of channels) {
      const topic = homeOf(channel);
      const schedule = topic === undefined ? undefined : schedules.get(topic);
      if (topic === undefined || schedule === undefined) continue;
      if (signalling() !== "open" || channel.isComplete?.() === true) continue;
      if (!schedule.isDue(ports.now())) continue;
      schedule.said(ports.now(), (ports.randomBytes(1)[0] ?? 0) / 256);
      await announce(channel, topic, null);
    }
  };
  const hurry = (): void => {
    for (const schedule of schedules.values()) schedule.hurry(ports.now());
  };

  const forget = (attempt: Attempt): void => {
    attempts.remove(attempt.id);
    ended.set(attempt.id, true);
  };
  const drop = (attempt: Attempt): void => {
    forget(attempt);
    arrivals.end(attempt.id);
    ports.command({ type: "disconnect", peer: attempt.id });
  };
  const sayBye = async (attempt: Attempt): Promise<void> => {
    if (channelOf(attempt.topic) === undefined) return;
    const id = fromHex(attempt.id);
    await publish(attempt, { to: attempt.session, kind: "bye", attempt: id, payload: "" });
  };

  const begin = (heard: Heard, idBytes: Uint8Array, isInitiator: boolean): Attempt | null => {
    const obstacle = attempts.obstacle(heard.deviceName, heard.channel.purpose);
    if (obstacle === "full") {
      refuse("too-many-attempts");
      return null;
    }
    if (obstacle !== null) drop(obstacle);
    const { channel, topic, message, sessionName, deviceName } = heard;
    const attempt: Attempt = {
      id: toHex(idBytes),
      purpose: channel.purpose,
      topic,
      key: channel.keyFor(topic),
      deviceKey: message.deviceKey,
      session: message.from,
      sessionName,
      deviceName,
      isInitiator,
      startedAt: ports.now(),
      hasHeard: false,
    };
    attempts.add(attempt);
    ports.command({ type: "connect", peer: attempt.id, isInitiator });
    return attempt;
  };

  const takeAnnounce = async (heard: Heard): Promise<void> => {
    const { message, channel, topic, sessionName } = heard;
    const answer = channel.mesh?.answer(message.deviceKey, message.payload) ?? "yes";
    if (answer === "full" && sessions.mayAnswer(sessionName, ports.now())) await sayFull(heard);
    if (answer !== "yes") return;
    // Who is linked and calls may have lost the link that I still believe in.
    if (sessions.stands(sessionName)) ports.doubt(message.deviceKey);
    const isLinked = ports.isLinked(message.deviceKey, channel.purpose);
    if (!sessions.isWanted(toHex(message.deviceKey), sessionName, isLinked)) return;
    if (attempts.ofSession(sessionName) !== undefined) return;
    const isInitiator = compareBytes(session, message.from) < 0;
    // Who is asked though it is higher was asked by a device that breaks the rule.
    if (!isInitiator && message.to !== null) return refuse("wrong-side");
    if (!sessions.mayAnswer(sessionName, ports.now())) return;
    if (isInitiator) begin(heard, ports.randomBytes(SESSION_BYTES), true);
    else await announce(channel, topic, heard);
  };

  const takeSignal = async (heard: Heard): Promise<void> => {
    const { message, channel, sessionName } = heard;
    const id = toHex(message.attempt);
    let attempt: Attempt | null | undefined = attempts.get(id);
    if (attempt === undefined) {
      if (ended.has(id)) return;
      if (message.kind === "bye") {
        if (message.payload === FULL) channel.mesh?.refused(message.deviceKey);
        if (!isSameBytes(message.attempt, NO_ATTEMPT)) ended.set(id, true);
        return;
      }
      if (compareBytes(message.from, session) >= 0) return refuse("wrong-side");
      if (channel.mesh?.takes(message.deviceKey) === false) {
        ended.set(id, true);
        return sayFull(heard);
      }
      const previous = attempts.ofSession(sessionName);
      if (previous !== undefined) drop(previous);
      attempt = begin(heard, message.attempt, false);
      if (attempt === null) return;
    } else if (attempt.sessionName !== sessionName) {
      return refuse("foreign-attempt");
    }
    attempt.hasHeard = true;
    if (message.kind === "bye") {
      if (message.payload === FULL) channel.mesh?.refused(message.deviceKey);
      return drop(attempt);
    }
    ports.command({ type: "signal", peer: id, signal: message.payload });
  };

  const takePublished = async (topic: string, data: string): Promise<void> => {
    const before = channelOf(topic);
    if (before === undefined) return refuse("unknown-topic");
    const mark = markOf(topic, data);
    if (seen.has(mark)) return;
    const opened = await openSignal(crypto, { family, topic, key: before.keyFor(topic) }, data);
    if (!opened.ok) return refuse(opened.reason);
    seen.set(mark, true);
    const { message } = opened;
    const isMine =
      isSameBytes(message.from, session) || isSameBytes(message.deviceKey, signer.publicKey);
    if (isMine || (message.to !== null && !isSameBytes(message.to, session))) return;
    // The channels may have changed while the signature was verified.
    const channel = channelOf(topic);
    if (channel === undefined || !channel.admits(message.deviceKey)) return refuse("not-admitted");
    const deviceName = nameOf(channel.purpose, message.deviceKey);
    // Wherever it is met: who joined by an invite's link is the family's on that link.
    const sessionName = `${toHex(message.deviceKey)}/${toHex(message.from)}`;
    const heard = { message, channel, topic, sessionName, deviceName };
    if (message.kind === "announce") return takeAnnounce(heard);
    if (message.to === null) return refuse("undirected");
    await takeSignal(heard);
  };

  const takeLocalSignal = async (peer: Hex, signal: string): Promise<void> => {
    const attempt = attempts.get(peer);
    if (attempt === undefined || channelOf(attempt.topic) === undefined) return;
    if (!signal.isWellFormed() || utf8Length(signal) > SIGNAL_BYTES_MAX) {
      refuse("own-signal-too-big");
      return drop(attempt);
    }
    const id = fromHex(attempt.id);
    const message = { to: attempt.session, kind: "signal", attempt: id, payload: signal } as const;
    await publish(attempt, message);
  };

  const takeLink = (event: Extract<MeshEvent, { type: "link" }>): void => {
    const attempt = attempts.get(event.peer);
    const link = arrivals.open(event, attempt);
    if (attempt === undefined || link === null) {
      refuse("bad-link");
      if (attempt !== undefined) return drop(attempt);
      return ports.command({ type: "disconnect", peer: event.peer });
    }
    forget(attempt);
    sessions.opened(attempt.id, toHex(attempt.deviceKey), attempt.sessionName);
    ports.onLink(link, attempt.deviceKey);
  };

  const takeClosed = async (peer: Hex): Promise<void> => {
    arrivals.end(peer);
    const attempt = attempts.get(peer);
    if (attempt !== undefined) {
      forget(attempt);
      return sayBye(attempt);
    }
    // Somebody left or got lost: call now. What never became a link keeps its back-off.
    if (!sessions.closed(peer)) return;
    hurry();
    await announceWhereDue();
  };

  const takeServer = async (url: string, state: ServerState): Promise<void> => {
    if (!servers.has(url)) return;
    servers.set(url, state);
    if (state !== "open") return;
    hurry();
    await announceWhereDue();
  };

  const silence = async (deviceKey: SigningKey, isSilent: boolean): Promise<void> => {
    sessions.setSilent(toHex(deviceKey), isSilent);
    if (!isSilent) return;
    hurry();
    await announceWhereDue();
  };

  const takeShaken = (peer: Hex): void => {
    const device = sessions.deviceOf(peer);
    if (device !== null) ports.doubt(fromHex(device));
  };

  const resumed = async (): Promise<void> => {
    hurry();
    await announceWhereDue();
  };

  const take = (event: ArrivedEvent): Promise<void> | void => {
    switch (event.type) {
      case "server":
        return takeServer(event.url, event.state);
      case "published":
        return takePublished(event.topic, event.data);
      case "signal":
        return takeLocalSignal(event.peer, event.signal);
      case "channel":
        return arrivals.hold(event.peer, event.channel, attempts.get(event.peer));
      case "link":
        return takeLink(event);
      case "closed":
        return takeClosed(event.peer);
      case "shaken":
        return takeShaken(event.peer);
      case "resumed":
        return resumed();
    }
  };

  const tick = async (): Promise<void> => {
    for (const attempt of attempts.expired(ports.now())) {
      drop(attempt);
      await sayBye(attempt);
    }
    await announceWhereDue();
  };

  const setChannels = (wanted: readonly Channel[], urls: readonly string[]): void => {
    channels = wanted;
    const homes = channels.map(homeOf).filter((topic) => topic !== undefined);
    schedules = new Map(
      homes.map((topic) => [topic, schedules.get(topic) ?? createAnnounceSchedule()]),
    );
    for (const url of servers.keys()) if (!urls.includes(url)) servers.delete(url);
    for (const url of urls) if (!servers.has(url)) servers.set(url, "connecting");
    for (const attempt of attempts.all()) {
      if (channelOf(attempt.topic)?.admits(attempt.deviceKey) !== true) drop(attempt);
    }
    const topics = [...new Set(channels.flatMap((channel) => channel.topics))];
    ports.command({ type: "want", servers: [...urls], topics });
  };

  /** One thing at a time, in order; a failure is its caller's and does not stop what follows. */
  let last: Promise<void> = Promise.resolve();
  const inOrder = (run: () => Promise<void> | void): Promise<void> => {
    last = last.then(run, run);
    return last;
  };
  return {
    setChannels,
    handle: (event) => inOrder(() => take(event)),
    tick: () => inOrder(tick),
    resumed: () => inOrder(resumed),
    silence: (deviceKey, isSilent) => inOrder(() => silence(deviceKey, isSilent)),
    attempts: () => attempts.all().length,
    state: () => ({ signalling: signalling(), servers: [...servers.values()] }),
    refusals: () => Object.fromEntries(refused),
  };
}

/** What a bye says where there is no place for the link. */
const FULL = "full";
const NO_ATTEMPT = new Uint8Array(SESSION_BYTES);

/** Where a channel's announces go: the middle topic. */
function homeOf(channel: Channel): string | undefined {
  return channel.topics[Math.floor(channel.topics.length / 2)];
}

function isConnecting(state: ServerState): boolean {
  return state === "connecting";
}

function nameOf(purpose: LinkPurpose, deviceKey: SigningKey): string {
  const place = purpose.type === "family" ? "family" : `invite/${purpose.invite}`;
  return `${place}/${toHex(deviceKey)}`;
}

/** Nonce and tag of an envelope: whatever shares both with an opened one is a copy or a forgery. */
function markOf(topic: string, data: string): string {
  return `${topic}/${data.slice(0, 32)}${data.slice(-24)}`;
}
