/**
 * The node: one member's device in one browser profile. Takes calls of the page and events of the
 * mesh one at a time, and tells the page what changed. Empty until a family is founded, restored or
 * joined. The same code runs in the worker, in tests and in the simulator; env gives it time, chance
 * and storage. SPEC ND1..ND12, LC9..LC14. Source: DESIGN §2.
 */
import { fromHex } from "../core/codec/ids.ts";
import type { SigningKey } from "../core/codec/ids.ts";
import type {
  Diagnostics,
  FailureCode,
  HistoryPage,
  HistoryRequest,
  Lasting,
  MeshCommand,
  MessageChange,
  MessageView,
  NodeEvent,
  NodeSnapshot,
  Notice,
  ReachView,
  Result,
  Role,
  StorageCursor,
  StorageSlice,
} from "../api.ts";
import type { ChangeOutcome, ChangeRequest, DecisionWord } from "../api.ts";
import type {
  EmergencyAnswer,
  PLACE_MINUTES,
  PlaceView,
  RequestAnswer,
  RequestWish,
} from "../api.ts";
import { LOCK_COST, type LockCost } from "../crypto/lock-key.ts";
import { StoreError } from "../storage/store.ts";
import type { Environment } from "./environment.ts";
import { createBeginning } from "./beginning.ts";
import type { ArrivedEvent } from "./channel-link.ts";
import { listHistory } from "./history.ts";
import { removedDevice } from "./family.ts";
import { parseInviteLink } from "./invite-link.ts";
import { MESH_SERVERS_MAX } from "./limits.ts";
import type { Link } from "./link.ts";
import { createLocking } from "./locking.ts";
import { createMailbox } from "./mailbox.ts";
import { openIdentity, readProfile, type Identity } from "./profile.ts";
import { createRendezvous, type Rendezvous } from "./rendezvous.ts";
import { createGoverning } from "./governing.ts";
import { done, failed } from "./result.ts";
import { startRunning, type Running } from "./running.ts";
import { measureSlice } from "./measuring.ts";
import { createCalling } from "./calling.ts";
import { createPlacing } from "./placing.ts";
import { createRequesting } from "./requesting.ts";
import { createTalking } from "./talking.ts";
import { buildSnapshot, linkDiagnostics, ownHold } from "./snapshot.ts";
import { failureOf, noticeOf } from "./store-failures.ts";

export interface NodeOptions {
  readonly appUrl: string;
  readonly servers: readonly string[];
  readonly onEvent: (event: NodeEvent) => void;
  readonly onMeshCommand: (command: MeshCommand) => void;
  /** The store's fence, where it was taken for this node already. */
  readonly fence?: number;
  /** Other profiles on this browser; without it there are none. */
  readonly countOthers?: () => Promise<number>;
  /** What a guess at the PIN costs; the real price without it. */
  readonly lockCost?: LockCost;
}

export interface TinyNode {
  start(): Promise<Result<NodeSnapshot>>;
  startFamily(request: {
    readonly familyName: string;
    readonly myName: string;
  }): Promise<Result<null>>;
  recoveryWords(): Promise<Result<readonly string[]>>;
  confirmWords(
    words: readonly { readonly position: number; readonly word: string }[],
  ): Promise<Result<null>>;
  restoreFamily(request: {
    readonly words: string;
    readonly familyName: string;
    readonly myName: string;
  }): Promise<Result<null>>;
  createInvite(
    request: {
      readonly role: Role;
      readonly lifetime: "qr" | "link";
      readonly forMember?: string;
    },
    pin?: string,
  ): Promise<Result<{ readonly invite: string }>>;
  revokeInvite(invite: string, pin?: string): Promise<Result<null>>;
  compareCode(invite: string, isSame: boolean): Promise<Result<null>>;
  approveJoin(invite: string, pin?: string): Promise<Result<null>>;
  dismissInvite(invite: string): Promise<Result<null>>;
  inspectInvite(link: string): Promise<Result<{ readonly expiresAt: number }>>;
  askToJoin(request: { readonly link: string; readonly name: string }): Promise<Result<null>>;
  rejectCode(): Promise<Result<null>>;
  cancelJoin(): Promise<Result<null>>;
  /** `request` names the attempt of another tab: repeated, it answers with the same message. */
  sendMessage(
    conversation: string,
    text: string,
    replyTo?: string | null,
    request?: string | null,
  ): Promise<Result<{ readonly message: string }>>;
  changeMessage(
    conversation: string,
    message: string,
    change: MessageChange,
  ): Promise<Result<null>>;
  listReach(conversation: string, message: string): Promise<Result<readonly ReachView[]>>;
  listMessages(
    conversation: string,
    page: { readonly before?: string; readonly limit: number },
  ): Promise<Result<{ readonly messages: readonly MessageView[]; readonly hasMore: boolean }>>;
  markRead(conversation: string): Promise<Result<null>>;
  shareReading(isShared: boolean): Promise<Result<null>>;
  noteTyping(conversation: string): Promise<Result<null>>;
  callForHelp(text: string, place?: PlaceView): Promise<Result<{ readonly call: string }>>;
  answerCall(id: string, answer: EmergencyAnswer): Promise<Result<null>>;
  addPlace(id: string, place: PlaceView): Promise<Result<null>>;
  sharePlace(
    request: { readonly conversation: string; readonly minutes: (typeof PLACE_MINUTES)[number] },
    place: PlaceView,
  ): Promise<Result<null>>;
  notePlace(place: PlaceView): Promise<Result<null>>;
  stopPlace(): Promise<Result<null>>;
  askFor(wish: RequestWish): Promise<Result<null>>;
  takeBackRequest(request: string): Promise<Result<null>>;
  answerRequest(request: string, answer: RequestAnswer, pin?: string): Promise<Result<null>>;
  answerRefill(device: string, isAllowed: boolean): Promise<Result<null>>;
  setHelping(isWilling: boolean): Promise<Result<null>>;
  takeOut(device: string, pin?: string): Promise<Result<null>>;
  recoverRules(words: string, pin?: string): Promise<Result<null>>;
  decideRecovery(
    recovery: string,
    decision: "object" | "choose",
    pin?: string,
  ): Promise<Result<null>>;
  listHistory(request: HistoryRequest): Promise<Result<HistoryPage>>;
  changeRules(request: ChangeRequest, pin?: string): Promise<Result<ChangeOutcome>>;
  holdDevice(device: string, isHeld: boolean, pin?: string): Promise<Result<null>>;
  decideProposal(proposal: string, word: DecisionWord, pin?: string): Promise<Result<null>>;
  noteRefused(change: string): Promise<Result<null>>;
  noteSplit(): Promise<Result<null>>;
  setLasting(lasting: Lasting): Promise<Result<null>>;
  diagnostics(): Promise<Result<Diagnostics>>;
  measureStorage(from: StorageCursor): Promise<Result<StorageSlice>>;
  unlock(pin: string): Promise<Result<null>>;
  lockNow(): Promise<Result<null>>;
  setLock(request: { readonly pin?: string; readonly next: string | null }): Promise<Result<null>>;
  setLockIdle(minutes: number): Promise<Result<null>>;
  noteUse(): Promise<Result<null>>;
  /** Profiles have come or gone on this browser. */
  profilesChanged(): void;
  /** What the page's mesh reports. */
  meshEvent(event: ArrivedEvent): void;
  /** A mesh has just been attached: it is told all that is wanted. */
  remeet(): void;
  /** A link that was met without the mesh: tests, the simulator, the demo. */
  link(link: Link, expectedKey: SigningKey | null): void;
  /** The parts, for tests and the simulator; null while there is no family. */
  running(): Running | null;
  /** Resolves when nothing is queued. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

const TICK_MS = 1_000;
/** From a change to the snapshot that tells it: what changes together is told together. */
const SNAPSHOT_DELAY_MS = 20;
/** Between two snapshots: many changes in a row are one drawing of the page each, not many. */
const SNAPSHOT_INTERVAL_MS = 200;
const HEX_ID = /^[0-9a-f]{32}$/;

export function createNode(given: Environment, options: NodeOptions): TinyNode {
  let running: Running | null = null;
  let rendezvous: Rendezvous | null = null;
  let fence = 0;
  let met = "";
  let lasting: Lasting | null = null;
  let isStarted = false;
  let isStopped = false;
  let cancelTick = (): void => {};
  let toldAt = -SNAPSHOT_INTERVAL_MS;
  let cancelSnapshot: (() => void) | null = null;
  const notices = new Map<Notice["type"], Notice>();
  const mailbox = createMailbox((error) => fault(error));
  const post = (task: () => Promise<void>): void => {
    if (!isStopped) mailbox.post(task);
  };
  const locking = createLocking(given, {
    fence: () => fence,
    running: () => running,
    countOthers: options.countOthers ?? (async () => 0),
    cost: options.lockCost ?? LOCK_COST,
    call,
    openProfile,
    close,
    tell,
    changed,
    failure: (error) => failed(fault(error), error instanceof Error ? error.message : "unknown"),
  });
  const { env } = locking;
  const beginning = createBeginning(env, {
    servers: options.servers,
    fence: () => fence,
    phase,
    running: () => running,
    open,
    close,
    changed,
  });

  const governing = createGoverning({ call, guarded, withFamily, changed });
  const talking = createTalking({ call, withFamily, changed });
  const requesting = createRequesting({ call, guarded, withFamily, changed });
  const calling = createCalling({ call, withFamily, changed });
  const placing = createPlacing({ call, withFamily, changed });

  return {
    start: async () => call(start, true),
    startFamily: async (request) => call(async () => beginning.startFamily(request)),
    recoveryWords: async () => call(beginning.recoveryWords),
    confirmWords: async (words) => call(async () => beginning.confirmWords(words)),
    restoreFamily: async (request) => call(async () => beginning.restoreFamily(request)),
    createInvite: async (request, pin) =>
      guarded(pin, async () =>
        withFamily(async (one) => {
          const { role, lifetime, forMember } = request;
          const member =
            forMember !== undefined && HEX_ID.test(forMember) ? fromHex(forMember) : null;
          if (forMember !== undefined && member === null) return failed("unknown-conversation");
          const made = await one.inviting.create({ role, lifetime, forMember: member });
          // The page opens the invite at once, and not every invite moves the ledger: tell it now.
          meet();
          await tell();
          return made.ok ? done({ invite: made.invite }) : failed(made.code);
        }),
      ),
    revokeInvite: async (invite, pin) =>
      guarded(pin, async () => inviteTask((one) => one.inviting.revoke(invite))),
    compareCode: async (invite, isSame) =>
      call(async () => inviteTask((one) => one.inviting.compare(invite, isSame))),
    approveJoin: async (invite, pin) =>
      guarded(pin, async () => inviteTask((one) => one.inviting.approve(invite))),
    dismissInvite: async (invite) =>
      call(async () => inviteTask((one) => one.inviting.dismiss(invite))),
    inspectInvite: async (link) => {
      const parsed = parseInviteLink(link);
      return parsed.ok
        ? done({ expiresAt: parsed.invite.expiresAt })
        : failed("bad-link", parsed.reason);
    },
    askToJoin: async (request) => call(async () => beginning.askToJoin(request)),
    rejectCode: async () => call(async () => beginning.endJoining("differ")),
    cancelJoin: async () => call(async () => beginning.endJoining("cancelled")),
    listHistory: async (request) =>
      call(async () => withFamily(async ({ family }) => listHistory(family, request))),
    ...governing,
    ...talking,
    ...calling,
    ...placing,
    ...requesting,
    setLasting: async (next) => call(async () => setLasting(next)),
    diagnostics: async () => call(diagnostics, true),
    measureStorage: async (from) =>
      call(async () => done(await measureSlice(env.store, from)), true),
    unlock: locking.unlock,
    lockNow: locking.lockNow,
    setLock: locking.setLock,
    setLockIdle: locking.setLockIdle,
    noteUse: async () => {
      locking.noteUse();
      return done(null);
    },
    profilesChanged: () => post(locking.profilesChanged),
    meshEvent: (event) => post(async () => onMeshEvent(event)),
    remeet: () => post(async () => meet(true)),
    link: (link, expectedKey) =>
      post(async () => {
        if (running === null) link.close("no family");
        else running.link(link, expectedKey);
      }),
    running: () => running,
    idle: async () => mailbox.idle(),
    stop: async () => {
      isStopped = true;
      cancelTick();
      cancelSnapshot?.();
      running?.stop();
      await mailbox.idle();
      await env.store.close();
    },
  };

  async function start(): Promise<Result<NodeSnapshot>> {
    if (isStarted) return done(await snapshot());
    fence = options.fence ?? (await env.store.takeFence());
    await locking.read();
    if (locking.isOpen()) await openProfile();
    isStarted = true;
    scheduleTick();
    return done(await snapshot());
  }

  async function openProfile(): Promise<void> {
    const profile = await readProfile(env);
    if (profile !== null) await open(await openIdentity(env, profile));
  }

  /** Opens the family of an identity and starts meeting its devices. */
  async function open(identity: Identity): Promise<void> {
    running?.stop();
    running = await startRunning(env, identity, fence, options.appUrl, {
      post,
      lasting: () => lasting,
      onConversation: (id, added) =>
        options.onEvent({ type: "conversation", id, ...(added === null ? {} : { added }) }),
      onTyping: (id, name) => options.onEvent({ type: "typing", id, name }),
      onChanged: changed,
      onStopped: (height) => {
        notices.set("ledger-stopped", { type: "ledger-stopped", height });
        changed();
      },
      onNewerRules: () => {
        notices.set("update-needed", { type: "update-needed" });
        changed();
      },
      onSilence: async (key, isSilent) => rendezvous?.silence(key, isSilent),
    });
    rendezvous = createRendezvous(
      { family: identity.profile.family, signer: identity.signer },
      env.crypto,
      {
        command: options.onMeshCommand,
        randomBytes: (length) => env.crypto.randomBytes(length),
        now: () => env.now(),
        isLinked: (key) => running?.isLinkedKey(key) ?? false,
        doubt: (key) => running?.doubt(key),
        onLink: (link, expectedKey) => running?.link(link, expectedKey),
      },
    );
    meet();
    changed();
  }

  /** An empty browser again. */
  function close(): void {
    running?.stop();
    running = null;
    rendezvous?.setChannels([], []);
    rendezvous = null;
    met = "";
  }

  /** Tells the mesh where to meet, when that has changed or is to be said again. */
  function meet(isAgain = false): void {
    if (running === null || rendezvous === null) return;
    const { servers } = running.family.identity.profile;
    const topics = running.channels().flatMap((one) => one.topics);
    const all = [...new Set([...options.servers, ...servers])].slice(0, MESH_SERVERS_MAX);
    const wanted = [...topics, ...all].join(" ");
    if (wanted === met && !isAgain) return;
    met = wanted;
    rendezvous.setChannels([...running.channels()], all);
  }

  /** Remembered until there is a family to tell. */
  async function setLasting(next: Lasting): Promise<Result<null>> {
    if (next === lasting) return done(null);
    lasting = next;
    await running?.family.gossip?.keep(next);
    await running?.keeping.lastingChanged();
    changed();
    return done(null);
  }

  async function diagnostics(): Promise<Result<Diagnostics>> {
    // Measured now, so that the next look has it.
    running?.measureLinks();
    return done({
      ...linkDiagnostics(env.build, running?.family ?? null, running?.sessions() ?? []),
      servers: rendezvous?.state().servers ?? [],
      storage: await env.store.estimate(),
      rejected: { ...rendezvous?.refusals(), ...running?.refusals() },
    });
  }

  async function onMeshEvent(event: ArrivedEvent): Promise<void> {
    if (event.type === "resumed") {
      await locking.tick();
      running?.checkLinks();
    }
    await rendezvous?.handle(event);
    if (event.type === "server") changed();
  }

  function scheduleTick(): void {
    cancelTick = env.after(TICK_MS, () => {
      post(async () => {
        await locking.tick();
        await running?.tick();
        if (running?.hasNewCalls() === true) await rendezvous?.resumed();
        meet();
        await rendezvous?.tick();
      });
      if (!isStopped) scheduleTick();
    });
  }

  function phase(): NodeSnapshot["phase"] {
    if (!isStarted && running === null) return "starting";
    if (!locking.isOpen()) return "locked";
    if (running === null) return "empty";
    const { profile } = running.family.identity;
    if (removedDevice(running.family) !== null) return "removed";
    if (running.joining() !== null || profile.isMember === 0) return "joining";
    if (running.family.ledger.head() === null) return "empty";
    return profile.words === null ? "member" : "words";
  }

  async function snapshot(): Promise<NodeSnapshot> {
    return buildSnapshot({
      build: env.build,
      phase: phase(),
      lock: locking.view(),
      family: running?.family ?? null,
      inviting: running?.inviting ?? null,
      joining: running?.joining() ?? null,
      conversations: running?.conversations() ?? null,
      sharing: running?.sharing() ?? null,
      keeping: running?.keeping ?? null,
      deciding: running?.deciding ?? null,
      refused: running?.refused ?? null,
      emergencies: running?.emergencies() ?? null,
      places: running?.places() ?? null,
      requests: running?.requests() ?? null,
      splits: running?.splits ?? null,
      isSilenced: running?.isSilenced() ?? false,
      signalling: rendezvous?.state().signalling ?? "closed",
      notices: [...notices.values(), ...ownNotices()],
    });
  }

  /** What is wrong on this device as long as it is. */
  function ownNotices(): readonly Notice[] {
    const byMs = running?.family.correctionMs ?? 0;
    const clock: readonly Notice[] = byMs === 0 ? [] : [{ type: "clock-wrong", byMs: -byMs }];
    const silenced: readonly Notice[] =
      running?.isSilenced() === true ? [{ type: "votes-lost" }] : [];
    const hold = running === null ? null : ownHold(running.family);
    const held: readonly Notice[] = hold === null ? [] : [{ type: "held", ...hold }];
    return [...held, ...clock, ...silenced];
  }

  /** Tells the page soon, once for many changes. */
  function changed(): void {
    if (cancelSnapshot !== null || isStopped) return;
    const soonest = toldAt + SNAPSHOT_INTERVAL_MS - env.monotonic();
    cancelSnapshot = env.after(Math.max(SNAPSHOT_DELAY_MS, soonest), () => {
      cancelSnapshot = null;
      toldAt = env.monotonic();
      post(tell);
    });
  }

  async function tell(): Promise<void> {
    options.onEvent({ type: "snapshot", snapshot: await snapshot() });
  }

  async function withFamily<T>(task: (one: Running) => Promise<Result<T>>): Promise<Result<T>> {
    return running === null ? failed("not-member") : task(running);
  }

  async function inviteTask(
    task: (
      one: Running,
    ) => Promise<{ readonly ok: true } | { readonly ok: false; readonly code: FailureCode }>,
  ): Promise<Result<null>> {
    return withFamily(async (one) => {
      const outcome = await task(one);
      meet();
      changed();
      return outcome.ok ? done(null) : failed(outcome.code);
    });
  }

  /** A call that the lock guards: inviting, approving, revoking. */
  async function guarded<T>(pin: unknown, task: () => Promise<Result<T>>): Promise<Result<T>> {
    const passed = await locking.pass(pin);
    return passed.ok ? call(task) : passed;
  }

  /** One call of the page: in order, and whatever goes wrong becomes a code. */
  async function call<T>(task: () => Promise<Result<T>>, isForLocked = false): Promise<Result<T>> {
    if (isStopped) return failed("internal", "stopped");
    try {
      const result = await mailbox.run(async () =>
        isForLocked || locking.isOpen() ? task() : failed("locked"),
      );
      if (result.ok && notices.delete("storage-full")) changed();
      return result;
    } catch (error) {
      return failed(fault(error), error instanceof Error ? error.message : "unknown");
    }
  }

  /** Trouble of the environment is shown and retried; a broken invariant stops the node. */
  function fault(error: unknown): FailureCode {
    if (error instanceof StoreError) {
      const notice = noticeOf(error.code);
      if (notice !== null) notices.set(notice, { type: notice });
      changed();
      return failureOf(error.code);
    }
    isStopped = true;
    cancelTick();
    const detail =
      error instanceof Error ? `${error.message}\n${error.stack ?? ""}` : String(error);
    options.onEvent({ type: "stopped", detail });
    return "internal";
  }
}
