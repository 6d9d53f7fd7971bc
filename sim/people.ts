/**
 * The people of a family, acting only through what their screens offer: they found, invite, ask,
 * compare the six digits, approve, write, agree to a refill, and try again when something did not
 * work out. They remember what they were told, for the judges. SPEC SI15.
 */
import type { Result, Role } from "../workers/api.ts";
import { fromHex, toHex, type DeviceId } from "../workers/core/codec/ids.ts";
import { EMERGENCY_STREAM } from "../workers/core/gossip/header.ts";
import { ownHead, streamOf } from "../workers/core/gossip/state.ts";
import { permits } from "../workers/core/ledger/permits.ts";
import { devicesOf } from "../workers/core/ledger/state.ts";
import type { Random } from "../workers/core/random.ts";
import { familyNow } from "../workers/node/family.ts";
import { publish } from "../workers/node/publishing.ts";
import type { Running } from "../workers/node/running.ts";
import { StoreError } from "../workers/storage/store.ts";
import type { Device } from "./device.ts";
import type { Violate } from "./judge.ts";

/** A message that a screen accepted. */
export interface Told {
  readonly id: string;
  readonly text: string;
  readonly from: Device;
  /** What the author's clock showed, milliseconds since the epoch. */
  readonly at: number;
  /** Member ids. */
  readonly author: string;
  readonly target: string;
}

/** A joining from the invite to the member. */
export interface JoinStory {
  readonly inviter: Device;
  readonly newcomer: Device;
  readonly role: Role;
  readonly forMember: string | null;
  invite: string | null;
  step: "inviting" | "asking" | "done";
  attempts: number;
  /** The inviter has made as many invites as a day has; there are more tomorrow. */
  isPutOff: boolean;
}

/** What a contact's changed app has sent to somebody whom it may not write to. */
export interface Defiance {
  readonly by: string;
  /** Member id. */
  readonly author: string;
  readonly device: DeviceId;
  readonly seq: number;
  /** By the entry's own clock, milliseconds since the epoch. */
  readonly at: number;
  /** False where its device died or its disk failed meanwhile: it may have said it or not. */
  readonly isSure: boolean;
}

/** A call for help that was sent. */
export interface Called {
  readonly id: string;
  readonly by: Device;
  /** By the entry's own clock, milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
  /** Devices for which it was sealed. */
  readonly to: readonly string[];
}

/** A request that was sent. */
export interface AskedFor {
  readonly id: string;
  readonly by: Device;
  /** By the entry's own clock, milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
  /** Devices for which it was sealed. */
  readonly to: readonly string[];
}

export interface People {
  readonly told: readonly Told[];
  readonly defied: readonly Defiance[];
  readonly called: readonly Called[];
  readonly asked: readonly AskedFor[];
  readonly joins: readonly JoinStory[];
  readonly found: (device: Device) => Promise<void>;
  readonly beginJoin: (
    story: Pick<JoinStory, "inviter" | "newcomer" | "role" | "forMember">,
  ) => void;
  /** Somebody writes to somebody; nothing happens where the app does not offer it. */
  readonly write: (device: Device) => Promise<void>;
  readonly read: (device: Device) => Promise<void>;
  /** Everybody looks at the screen and does what is to be done. */
  readonly look: () => Promise<void>;
  /** Member id of a device's person; null before it is one. */
  readonly memberOf: (device: Device) => string | null;
}

const ROLE_LETTERS = "pcrk";
/** Of so many texts one is sent by a changed app where a contact may not write. */
const DEFIANT_EVERY = 2;
/** Of so many texts one goes with a call for help, up to a number that a day has room for. */
const CALL_EVERY = 7;
const CALLS_MAX = 4;
/** Of so many texts one goes with a request, up to a number that a day has room for. */
const ASK_EVERY = 3;
const ASKS_MAX = 5;
/** Of so many requests the last is taken back by its author, where nobody was quicker. */
const TAKEN_BACK_EVERY = 3;
const DAY_MS = 86_400_000;

export function createPeople(
  devices: () => readonly Device[],
  random: Random,
  violate: Violate,
): People {
  const told: Told[] = [];
  const defied: Defiance[] = [];
  const called: Called[] = [];
  const asked: AskedFor[] = [];
  const joins: JoinStory[] = [];
  const members = new Map<string, string>();
  let messages = 0;

  return { told, defied, called, asked, joins, found, beginJoin, write, read, look, memberOf };

  async function found(device: Device): Promise<void> {
    const node = device.node();
    if (node === null) return;
    expectOk(await node.startFamily({ familyName: "The Okafors", myName: device.name }));
    const words = expectOk(await node.recoveryWords());
    const typed = [2, 9, 20].map((position) => ({ position, word: words[position - 1] ?? "" }));
    expectOk(await node.confirmWords(typed));
  }

  function beginJoin(story: Pick<JoinStory, "inviter" | "newcomer" | "role" | "forMember">): void {
    joins.push({ ...story, invite: null, step: "inviting", attempts: 0, isPutOff: false });
  }

  async function look(): Promise<void> {
    for (const story of joins) if (story.step !== "done") await advance(story);
    for (const device of devices()) {
      await answerCalls(device);
      await dealWithRequests(device);
      await agreeToRefills(device);
      await agreeToProposals(device);
    }
  }

  async function advance(story: JoinStory): Promise<void> {
    const { inviter, newcomer } = story;
    if (memberOf(newcomer) !== null && newcomer.running()?.joining() === null) {
      story.step = "done";
      return;
    }
    if (story.step === "inviting") await invite(story);
    else if (isOver(story)) await startAgain(story);
    else await compare(story);
    if (newcomer.node() === null || inviter.node() === null) return;
  }

  async function invite(story: JoinStory): Promise<void> {
    const inviter = usable(story.inviter);
    const newcomer = usable(story.newcomer);
    if (inviter === null || newcomer === null) return;
    if (!isEmpty(story.newcomer)) {
      // An attempt whose end was not told: the app offers to give it up.
      await newcomer.cancelJoin();
      return;
    }
    const lifetime = random.below(3) === 0 ? "qr" : "link";
    const made = await inviter.createInvite({
      role: story.role,
      lifetime,
      ...(story.forMember === null ? {} : { forMember: story.forMember }),
    });
    story.isPutOff = !made.ok && made.code === "too-many-today";
    if (!made.ok) return;
    story.invite = made.value.invite;
    story.attempts += 1;
    const link = viewsOf(story.inviter).find((one) => one.id === made.value.invite)?.link ?? "";
    const asked = await newcomer.askToJoin({ link, name: story.newcomer.name });
    if (asked.ok) story.step = "asking";
    else await inviter.revokeInvite(made.value.invite);
  }

  async function compare(story: JoinStory): Promise<void> {
    const mine = viewsOf(story.inviter).find((one) => one.id === story.invite);
    const theirs = story.newcomer.running()?.joining()?.view();
    if (mine === undefined || story.invite === null) return;
    const bothShow = mine.code !== null && (theirs?.code ?? null) !== null;
    if (mine.step === "comparing" && bothShow) {
      if (mine.code !== theirs?.code) violate("J1", `codes ${mine.code} and ${theirs?.code}`);
      await usable(story.inviter)?.compareCode(story.invite, mine.code === theirs?.code);
    } else if (mine.step === "compared") {
      await usable(story.inviter)?.approveJoin(story.invite);
    }
  }

  /** Whether this attempt can no longer succeed, as both screens say. */
  function isOver(story: JoinStory): boolean {
    const mine = viewsOf(story.inviter).find((one) => one.id === story.invite);
    const isDead = mine !== undefined && ["burned", "expired", "revoked"].includes(mine.step);
    const running = story.newcomer.running();
    const theirs = running?.joining()?.view().step;
    const isLost = running !== null && theirs === undefined && memberOf(story.newcomer) === null;
    return isDead || isLost || theirs === "failed" || isEmpty(story.newcomer);
  }

  async function startAgain(story: JoinStory): Promise<void> {
    const inviter = usable(story.inviter);
    const newcomer = usable(story.newcomer);
    if (inviter === null || newcomer === null) return;
    if (!isEmpty(story.newcomer)) {
      const ended = await newcomer.cancelJoin();
      if (!ended.ok) return;
    }
    if (story.invite !== null) {
      await inviter.revokeInvite(story.invite);
      await inviter.dismissInvite(story.invite);
    }
    story.step = "inviting";
    story.invite = null;
  }

  async function write(device: Device): Promise<void> {
    const node = usable(device);
    const author = memberOf(device);
    if (node === null || author === null) return;
    const others = [...new Set([...members.values()].filter((one) => one !== author))].sort();
    const target = others[random.below(Math.max(1, others.length))];
    if (target === undefined) return;
    messages += 1;
    const length = random.below(20) === 0 ? 6_000 : random.below(60);
    const text = `message ${messages} of ${device.name} ${"x".repeat(length)}`.trim();
    if (messages % CALL_EVERY === 0 && called.length < CALLS_MAX) await callForHelp(device, text);
    if (messages % ASK_EVERY === 0 && asked.length < ASKS_MAX) await askFor(device, text);
    if (messages % DEFIANT_EVERY === 0) await defy(device, author, target, text);
    const sent = await node.sendMessage(target, text);
    if (sent.ok) {
      const at = device.clock.wall();
      told.push({ id: sent.value.message, text, from: device, at, author, target });
    }
  }

  /**
   * An app that was changed asks no rule. Called while the device is at rest: it goes by no mailbox.
   */
  async function defy(device: Device, author: string, to: string, text: string): Promise<void> {
    const family = device.running()?.family;
    const core = family?.gossip?.core();
    const state = family?.ledger.head()?.state;
    if (family === undefined || core === undefined || state === undefined) return;
    const [me, member] = [fromHex(author), fromHex(to)];
    const answer = permits(state, me, "send", { type: "member", member }, familyNow(family));
    if (answer.ok || answer.rule !== "contacts-meet-who-accepted-them") return;
    const devices = [...devicesOf(state, me), ...devicesOf(state, member)];
    const payload = { type: "text" as const, text, replyTo: null, parents: [] };
    try {
      const said = await publish(family, "direct", { type: "member", member }, devices, payload);
      if (!said.ok) return;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const at = device.clock.wall();
      defied.push({ by: device.name, author, device: core.me, seq: 0, at, isSure: false });
      return;
    }
    const stream = streamOf(core, core.me, core.own.durable);
    const seq = ownHead(core);
    const at = stream.known.get(seq)?.header.clock.ms;
    if (at === undefined) return;
    defied.push({ by: device.name, author, device: core.me, seq, at, isSure: true });
  }

  async function callForHelp(device: Device, text: string): Promise<void> {
    const short = text.slice(0, 60);
    const sent = await usable(device)?.callForHelp(short);
    if (sent?.ok !== true) return;
    const { call } = sent.value;
    const core = device.running()?.family.gossip?.core();
    const stream = core === undefined ? null : streamOf(core, core.me, EMERGENCY_STREAM);
    const entry = [...(stream?.known.values() ?? [])].find(({ id }) => toHex(id) === call);
    if (entry === undefined) return;
    const { clock, recipients } = entry.header;
    const to = recipients.map((one) => toHex(one.device));
    called.push({ id: call, by: device, at: clock.ms, text: short, to });
  }

  /** Whoever is bound by a rule asks those who decide; a parent asks nobody. */
  async function askFor(device: Device, text: string): Promise<void> {
    const short = text.slice(0, 60);
    const node = usable(device);
    if (node === null || device.name.startsWith("p")) return;
    const sent = await node.askFor({ thing: "other", about: null, until: null, text: short });
    if (!sent.ok) return;
    const core = device.running()?.family.gossip?.core();
    const stream = core === undefined ? null : streamOf(core, core.me, core.own.durable);
    const entry = core === undefined ? undefined : stream?.known.get(ownHead(core));
    if (entry?.header.kind !== "request") return;
    const { clock, recipients } = entry.header;
    const to = recipients.map((one) => toHex(one.device));
    asked.push({ id: toHex(entry.id), by: device, at: clock.ms, text: short, to });
  }

  /** Who may answers, no and yes in turn; some authors think again. */
  async function dealWithRequests(device: Device): Promise<void> {
    const node = usable(device);
    const running = device.running();
    if (node === null || running === null || memberOf(device) === null) return;
    for (const { id, by, state, canAnswer } of (await running.requests()?.views()) ?? []) {
      const index = asked.findIndex((one) => one.id === id);
      const thinksAgain = index % TAKEN_BACK_EVERY === TAKEN_BACK_EVERY - 1;
      if (by.isMe && state === "open" && thinksAgain) await node.takeBackRequest(id);
      if (!canAnswer) continue;
      const until = familyNow(running.family) + DAY_MS;
      await node.answerRequest(id, { isYes: index % 2 === 1, until, changesRule: false });
    }
  }

  /** Parents are on their way as soon as they see it. */
  async function answerCalls(device: Device): Promise<void> {
    const node = usable(device);
    if (node === null || memberOf(device) === null) return;
    const calls = (await device.running()?.emergencies()?.views()) ?? [];
    for (const { id, canEnd, mine } of calls) {
      if (canEnd && mine === "none") await node.answerCall(id, "coming");
    }
  }

  async function read(device: Device): Promise<void> {
    const node = usable(device);
    const others = [...members.values()];
    const target = others[random.below(Math.max(1, others.length))];
    if (node === null || target === undefined) return;
    await node.markRead(target);
  }

  async function agreeToRefills(device: Device): Promise<void> {
    const asked = device.running()?.sharing()?.refills() ?? [];
    if (memberOf(device) === null) return;
    for (const one of asked) await usable(device)?.answerRefill(one.device, true);
  }

  async function agreeToProposals(device: Device): Promise<void> {
    const node = usable(device);
    const asked = device.running()?.deciding.views() ?? [];
    if (node === null || memberOf(device) === null) return;
    for (const { id, canAgree } of asked) if (canAgree) await node.decideProposal(id, "agree");
  }

  function memberOf(device: Device): string | null {
    const running = device.running();
    const head = running?.family.ledger.head() ?? null;
    if (running !== null && head !== null) {
      const found = head.state.devices.find(
        (one) => one.id.join() === running.family.identity.device.join(),
      );
      if (found !== undefined) members.set(device.name, Buffer.from(found.member).toString("hex"));
    }
    return members.get(device.name) ?? null;
  }
}

/** The letter of a role in a device's name. */
export function letterOf(role: Role): string {
  return ROLE_LETTERS[["parent", "child", "relative", "contact"].indexOf(role)] ?? "x";
}

type InviteViews = ReturnType<Running["inviting"]["views"]>;

function viewsOf(device: Device): InviteViews {
  return device.running()?.inviting.views() ?? [];
}

function usable(device: Device): ReturnType<Device["node"]> {
  return device.isAwake() ? device.node() : null;
}

function isEmpty(device: Device): boolean {
  return device.node() !== null && device.running() === null;
}

function expectOk<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`invariant: a quiet start works: ${result.code}`);
  return result.value;
}
