/**
 * What a change of the rules costs, in latency alone: whole nodes on virtual time, four that keep the rules and one that
 * does not, every link one delay long and nothing else. Commit delay in one-way delays, messages,
 * bytes and signature checks a commit, a dead primary with and without a week before it, and the
 * size of the ledger after a year, from real encodings.
 */
import { toHex } from "../workers/core/codec/ids.ts";
import { decodeFinalised } from "../workers/core/ledger/block.ts";
import { myMember } from "../workers/node/family.ts";
import { value, type TestDevice } from "../workers/node/testing/device.ts";
import { createHousehold, memberNamed, type Household } from "../workers/node/testing/household.ts";
import type { Figures } from "./figures.ts";
import { linkSlowly, type Passed } from "./slow-links.ts";

const DELAY_MS = 20;
const RUNS = 5;
const WEEK_MS = 7 * 24 * 3_600_000;
const DAYS_A_YEAR = 365;
const TRANSACTIONS_A_DAY = 20;
/** A family of five that talks: forty texts each. */
const MESSAGES_A_DAY = 200;
const KEEPERS = 4;

interface Stand {
  readonly house: Household;
  readonly keepers: readonly TestDevice[];
  readonly observer: TestDevice;
  readonly passed: Passed[];
  readonly checks: Map<TestDevice, number>;
}

/** The first half of `npm run bench -- consensus`. */
export async function measureNodes(figures: Figures): Promise<void> {
  const stand = await makeStand();
  for (let run = 0; run < RUNS; run += 1) {
    await measureCommit(stand, figures, true);
    await measureCommit(stand, figures, false);
  }
  await measureLedger(stand, figures);
  await stand.house.stop();
  for (const isAfterAWeek of [false, true]) await measureDeadPrimary(figures, isAfterAWeek);
}

/** Four grown-ups whose devices keep the rules, and a child's that only follows. */
async function makeStand(): Promise<Stand> {
  const house = createHousehold();
  const mum = await house.found("Mum");
  const devices = [mum];
  for (const [name, role] of [
    ["Dad", "parent"],
    ["Gran", "relative"],
    ["Ben", "relative"],
    ["Mia", "child"],
  ] as const) {
    const newcomer = await house.join(mum, name, role);
    for (const one of devices.slice(1)) await house.meet(one, newcomer);
    devices.push(newcomer);
  }
  const keepers = devices.slice(0, KEEPERS);
  const observer = devices[KEEPERS];
  if (observer === undefined) throw new Error("five devices");
  for (const one of keepers) {
    await value(one.node().setLasting("persistent"));
    if (one !== mum) await one.running().keeping.setWilling(true);
  }
  await house.until("four keep the rules", () =>
    devices.every((one) => headOf(one).state.replicas.length === KEEPERS),
  );
  await house.advance(5_000);
  const stand = { house, keepers, observer, passed: [], checks: countChecks(devices) };
  await separate(devices, house);
  await linkAll(stand, devices);
  return stand;
}

async function separate(devices: readonly TestDevice[], house: Household): Promise<void> {
  for (const one of devices) {
    for (const session of one.running().sessions()) session.close("away");
  }
  await house.settle();
}

async function linkAll(
  { house, passed }: Pick<Stand, "house" | "passed">,
  devices: readonly TestDevice[],
): Promise<void> {
  for (const [index, one] of devices.entries()) {
    for (const other of devices.slice(index + 1)) {
      linkSlowly(house.time, [one, other], DELAY_MS, (frame) => passed.push(frame));
    }
  }
  // Handshakes, registers and what they ask for.
  await house.advance(3_000);
}

/** Signatures that a device checks for blocks and votes from now on. */
function countChecks(devices: readonly TestDevice[]): Map<TestDevice, number> {
  const counts = new Map<TestDevice, number>();
  for (const device of devices) {
    const { crypto } = device.env();
    const verify = crypto.verify.bind(crypto);
    Object.assign(crypto, {
      verify: async (...one: Parameters<typeof verify>) => {
        const isOfLedger = ["transaction", "prepare", "commit", "view-change"].includes(one[1]);
        if (isOfLedger) counts.set(device, (counts.get(device) ?? 0) + 1);
        return verify(...one);
      },
    });
  }
  return counts;
}

/** A change by the primary's own person, or by the other parent. */
async function measureCommit(stand: Stand, figures: Figures, isByPrimary: boolean): Promise<void> {
  const { house, keepers, observer, passed, checks } = stand;
  const by = keepers.find((one) => isParent(one) && isPrimary(one) === isByPrimary);
  if (by === undefined) throw new Error("no author");
  passed.length = 0;
  checks.clear();
  const { took, invite } = await timeCommit(house, by, [...keepers, observer]);
  const who = isByPrimary ? "the primary's change" : "another's change";
  const inDelays = (devices: readonly TestDevice[]): number =>
    Math.max(...devices.map((one) => took.get(one) ?? Number.NaN)) / DELAY_MS;
  figures.keep(who, "at the last replica", "delays", inDelays(keepers));
  figures.keep(who, "at an observer", "delays", inDelays([observer]));
  // What was left to say about it.
  await house.advance(2_000);
  const isKeeper = (one: TestDevice): boolean => keepers.includes(one);
  const said = passed.filter(({ type }) => type === "consensus");
  const among = said.filter(({ from, to }) => isKeeper(from) && isKeeper(to));
  const bytes = among.reduce((sum, one) => sum + one.bytes, 0);
  figures.keep(who, "messages among four replicas", "", among.length);
  figures.keep(who, "their bytes", "B", bytes);
  figures.keep(who, "messages to an observer", "", said.filter(({ to }) => to === observer).length);
  const most = Math.max(...keepers.map((one) => checks.get(one) ?? 0));
  figures.keep(who, "signatures checked by a replica, at most", "", most);
  figures.keep(who, "signatures checked by an observer", "", checks.get(observer) ?? 0);
  await value(by.node().revokeInvite(invite));
  await house.advance(2_000);
}

/** Milliseconds from an invite to the block at each device. */
async function timeCommit(
  house: Household,
  author: TestDevice,
  devices: readonly TestDevice[],
): Promise<{ readonly took: ReadonlyMap<TestDevice, number>; readonly invite: string }> {
  const height = headOf(author).state.height + 1;
  const since = house.time.now();
  const took = new Map<TestDevice, number>();
  const made = await value(author.node().createInvite({ role: "child", lifetime: "qr" }));
  for (let waited = 0; took.size < devices.length && waited < 60_000; waited += 1) {
    for (const one of devices) {
      const isHere = headOf(one).state.height >= height;
      if (isHere && !took.has(one)) took.set(one, house.time.now() - since);
    }
    if (took.size < devices.length) await house.advance(1);
  }
  return { took, invite: made.invite };
}

/** The primary is off: how long until the others have a block, alone or after a week apart. */
async function measureDeadPrimary(figures: Figures, isAfterAWeek: boolean): Promise<void> {
  const stand = await makeStand();
  const { house, keepers } = stand;
  const primary = keepers.find((one) => isPrimary(one));
  const others = keepers.filter((one) => one !== primary);
  const author = others.find((one) => isParent(one));
  if (primary === undefined || author === undefined) throw new Error("no primary");
  await primary.stop();
  await house.advance(2_000);
  const subject = isAfterAWeek ? "dead primary, after a week apart" : "dead primary";
  if (!isAfterAWeek) {
    const { took } = await timeCommit(house, author, others);
    figures.keep(subject, "until the others decide", "ms", Math.max(...took.values()));
    await house.stop();
    return;
  }
  await separate(others, house);
  const height = headOf(author).state.height + 1;
  await value(author.node().createInvite({ role: "child", lifetime: "link" }));
  for (let day = 0; day < WEEK_MS / (24 * 3_600_000); day += 1) {
    await house.sleepUntil(house.time.now() + 24 * 3_600_000);
    await house.advance(60_000);
  }
  const before = headOf(author).state.height;
  await value(author.node().createInvite({ role: "child", lifetime: "link" }));
  const linkedAt = house.time.now();
  for (const [index, one] of others.entries()) {
    for (const other of others.slice(index + 1)) {
      linkSlowly(house.time, [one, other], DELAY_MS, () => {});
    }
  }
  let handshakeMs = 0;
  let tookMs = 0;
  for (; tookMs < 60_000; tookMs += 1) {
    const isLinked = others.every(
      (one) => one.running().family.sessions.size === others.length - 1,
    );
    if (isLinked && handshakeMs === 0) handshakeMs = house.time.now() - linkedAt;
    if (others.every((one) => headOf(one).state.height >= Math.max(height, before + 1))) break;
    await house.advance(1);
  }
  figures.keep(subject, "from the first hello until they decide", "ms", tookMs);
  figures.keep(subject, "of it until all are linked", "ms", handshakeMs);
  await house.stop();
}

/** Bytes of blocks with one transaction each, and of a message that would be one. */
async function measureLedger({ house, keepers }: Stand, figures: Figures): Promise<void> {
  const [mum, dad] = keepers;
  if (mum === undefined || dad === undefined) throw new Error("two devices");
  const { ledger } = mum.running().family;
  const sizes: number[] = [];
  const beside: number[] = [];
  const height = headOf(mum).state.height;
  for (let from = 0; from <= height; from += 16) {
    for (const bytes of await ledger.blocksFrom(from, 16)) {
      const block = decodeFinalised(bytes);
      if (!block.ok || block.value.certificate.commits.length !== KEEPERS - 1) continue;
      const [only, ...others] = block.value.block.transactions;
      if (only === undefined || others.length > 0) continue;
      sizes.push(bytes.length);
      beside.push(bytes.length - only.bytes.length);
    }
  }
  const mean = (all: readonly number[]): number =>
    all.reduce((sum, one) => sum + one, 0) / all.length;
  const subject = "ledger, four keep the rules";
  figures.keep(subject, "a block with one change", "B", mean(sizes));
  figures.keep(subject, "of it header, certificate and signature", "B", mean(beside));
  const yearBytes = mean(sizes) * TRANSACTIONS_A_DAY * DAYS_A_YEAR;
  figures.keep(subject, `a year at ${TRANSACTIONS_A_DAY} changes a day`, "kB", yearBytes / 1000);
  const message = await messageBytes(house, mum, dad);
  figures.keep("messages", "a text of 80 characters to one other", "B", message);
  const perMessage = message + mean(beside);
  const onChain = yearBytes + perMessage * MESSAGES_A_DAY * DAYS_A_YEAR;
  const name = `with ${MESSAGES_A_DAY} messages a day on it`;
  figures.keep(subject, name, "kB", onChain / 1000);
  figures.keep(subject, "less without them", "%", 100 * (1 - yearBytes / onChain));
}

/** Bytes of the entry that a text makes: header, signature and sealed body. */
async function messageBytes(house: Household, from: TestDevice, to: TestDevice): Promise<number> {
  const gossip = from.running().family.gossip;
  if (gossip === null) throw new Error("no gossip");
  const size = async (): Promise<number> => {
    const rows = [
      ...(await from.store().list("entries", { from: [], to: [[]] })),
      ...(await from.store().list("bodies", { from: [], to: [[]] })),
    ];
    return rows.reduce((sum, one) => sum + bytesIn(one.value), 0);
  };
  const before = await size();
  const text = "x".repeat(80);
  await value(from.node().sendMessage(memberNamed(await from.snapshot(), to.name), text));
  await house.settle();
  return (await size()) - before;
}

/** Bytes in a stored value: a body, or header and signature. */
function bytesIn(stored: unknown): number {
  if (stored instanceof Uint8Array) return stored.length;
  return Array.isArray(stored) ? stored.reduce((sum: number, one) => sum + bytesIn(one), 0) : 0;
}

function isParent(device: TestDevice): boolean {
  return myMember(device.running().family)?.role === "parent";
}

function isPrimary(device: TestDevice): boolean {
  return toHex(headOf(device).primary) === toHex(device.running().family.identity.device);
}

function headOf(device: TestDevice) {
  const head = device.running().family.ledger.head();
  if (head === null) throw new Error("no head");
  return head;
}
