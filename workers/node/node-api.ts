/**
 * NodeApi on a real browser: one tab of a profile, with the browser's own lock, channel, database
 * and clock. Whoever leads, the page sees the same calls and events. Everything that can be missing
 * in a browser comes back as a code. SPEC NA1 to NA4, TB1 to TB33. Source: workers/api.ts; DESIGN §2.
 */
import type { NodeApi, NodeEvent, NodeSnapshot, Result, StartOptions } from "../api.ts";
import { toHex } from "../core/codec/ids.ts";
import { createBrowserProfiles, type BrowserProfiles } from "./browser-profiles.ts";
import { profileOf } from "./profile-cards.ts";
import { done, failed } from "./result.ts";
import { choosingSnapshot } from "./snapshot.ts";
import type { CallName } from "./tab-arguments.ts";
import { createTabLock } from "./tab-lock.ts";
import { tabChannelName, tabLockName } from "./tab-messages.ts";
import { createSeat, failureOfOpening, type Seat } from "./tab-seat.ts";
import { createTabShell, type TabShell } from "./tab-shell.ts";

interface OpenTab {
  readonly shell: TabShell;
  readonly seat: Seat;
}

/** @param profiles the list of this browser */
export function createNodeApi(profiles = createBrowserProfiles()): NodeApi {
  let tab: OpenTab | null = null;
  let listener: (event: NodeEvent) => void = () => {};
  let mesh: MessagePort | null = null;
  /** A start under way: a second call waits for it. */
  let starting: Promise<Result<NodeSnapshot>> | null = null;

  const ask = async <Name extends CallName>(
    name: Name,
    ...args: Parameters<NodeApi[Name]>
  ): Promise<Awaited<ReturnType<NodeApi[Name]>>> => {
    // What is asked while it starts is for the one that starts.
    if (tab === null) await starting;
    const answer =
      tab === null
        ? failed("storage-unavailable", "not started")
        : await tab.shell.call(name, args);
    return answer as Awaited<ReturnType<NodeApi[Name]>>;
  };

  return {
    start: async (options) => {
      starting ??= start(options).finally(() => {
        starting = null;
      });
      return starting;
    },
    subscribe: async (one) => {
      listener = one;
    },
    attachMesh: async (port) => {
      mesh = port;
      tab?.seat.attachMesh(port);
    },
    setAway: async (isAway) => tab?.shell.setAway(isAway),
    startFamily: async (request) => ask("startFamily", request),
    recoveryWords: async () => ask("recoveryWords"),
    confirmWords: async (words) => ask("confirmWords", words),
    restoreFamily: async (request) => ask("restoreFamily", request),
    createInvite: async (request, pin) => ask("createInvite", request, pin),
    revokeInvite: async (invite, pin) => ask("revokeInvite", invite, pin),
    compareCode: async (invite, isSame) => ask("compareCode", invite, isSame),
    approveJoin: async (invite, pin) => ask("approveJoin", invite, pin),
    dismissInvite: async (invite) => ask("dismissInvite", invite),
    inspectInvite: async (link) => ask("inspectInvite", link),
    askToJoin: async (request) => ask("askToJoin", request),
    rejectCode: async () => ask("rejectCode"),
    cancelJoin: async () => ask("cancelJoin"),
    sendMessage: async (conversation, text, replyTo) =>
      ask("sendMessage", conversation, text, replyTo),
    changeMessage: async (conversation, message, change) =>
      ask("changeMessage", conversation, message, change),
    listReach: async (conversation, message) => ask("listReach", conversation, message),
    listMessages: async (conversation, page) => ask("listMessages", conversation, page),
    markRead: async (conversation) => ask("markRead", conversation),
    shareReading: async (isShared) => ask("shareReading", isShared),
    sharePlace: async (request, place) => ask("sharePlace", request, place),
    notePlace: async (place) => ask("notePlace", place),
    stopPlace: async () => ask("stopPlace"),
    callForHelp: async (text, place) => ask("callForHelp", text, place),
    answerCall: async (id, answer) => ask("answerCall", id, answer),
    addPlace: async (id, place) => ask("addPlace", id, place),
    askFor: async (wish) => ask("askFor", wish),
    takeBackRequest: async (request) => ask("takeBackRequest", request),
    answerRequest: async (request, answer, pin) => ask("answerRequest", request, answer, pin),
    noteTyping: async (conversation) => ask("noteTyping", conversation),
    answerRefill: async (device, isAllowed) => ask("answerRefill", device, isAllowed),
    setHelping: async (isWilling) => ask("setHelping", isWilling),
    takeOut: async (device, pin) => ask("takeOut", device, pin),
    recoverRules: async (words, pin) => ask("recoverRules", words, pin),
    decideRecovery: async (recovery, decision, pin) =>
      ask("decideRecovery", recovery, decision, pin),
    listHistory: async (request) => ask("listHistory", request),
    changeRules: async (request, pin) => ask("changeRules", request, pin),
    holdDevice: async (device, isHeld, pin) => ask("holdDevice", device, isHeld, pin),
    decideProposal: async (proposal, word, pin) => ask("decideProposal", proposal, word, pin),
    noteRefused: async (change) => ask("noteRefused", change),
    noteSplit: async () => ask("noteSplit"),
    setLasting: async (lasting) => ask("setLasting", lasting),
    diagnostics: async () => ask("diagnostics"),
    measureStorage: async (from) => ask("measureStorage", from),
    // The list is the browser's, not a profile's: every tab asks for itself.
    listProfiles: async () => guard(async () => done(await profiles.list())),
    removeProfile: async (request) => guard(async () => profiles.remove(request)),
    unlock: async (pin) => ask("unlock", pin),
    lockNow: async () => ask("lockNow"),
    setLock: async (request) => ask("setLock", request),
    setLockIdle: async (minutes) => ask("setLockIdle", minutes),
    noteUse: async () => ask("noteUse"),
  };

  async function start(options: StartOptions): Promise<Result<NodeSnapshot>> {
    if (tab !== null) return tab.shell.start();
    if (options.asksWho === true) {
      const mine = profileOf(options.database);
      const listed = await guard(async () => done(await profiles.list()));
      if (!listed.ok) return listed;
      const { length } = listed.value.filter(({ profile }) => profile !== mine);
      if (length > 0) return done(await choosingSnapshot(options.build, length));
    }
    tab = openTab(options, profiles, (event) => listener(event));
    if (mesh !== null) tab.seat.attachMesh(mesh);
    return tab.shell.start();
  }
}

/** What needs no node: the environment's failures become codes. */
async function guard<T>(task: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await task();
  } catch (error) {
    return failureOfOpening(error);
  }
}

function openTab(
  options: StartOptions,
  profiles: BrowserProfiles,
  onEvent: (event: NodeEvent) => void,
): OpenTab {
  const { database, build } = options;
  const random = crypto.getRandomValues(new Uint8Array(9));
  const channel = new BroadcastChannel(tabChannelName(database));
  const seat = createSeat(options, profiles, (event) => shell.ownEvent(event));
  const shell: TabShell = createTabShell({
    tab: toHex(random.subarray(0, 8)),
    build,
    patience: (random[8] ?? 0) / 256,
    seat,
    lock: createTabLock(tabLockName(database), {
      onGranted: (ticket) => shell.tell({ type: "granted", ticket }),
      onLost: (ticket) => shell.tell({ type: "lost", ticket }),
      onRefused: (ticket, detail) => shell.tell({ type: "lock-refused", ticket, detail }),
    }),
    post: (message) => channel.postMessage(message),
    onEvent,
  });
  channel.addEventListener("message", ({ data }) => shell.hear(data));
  return { shell, seat };
}
