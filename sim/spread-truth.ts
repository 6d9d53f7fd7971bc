/**
 * What is right, by construction: of every entry whoever made it notes what is wrong with it, so that no
 * verdict of the product is needed to judge the product's verdicts. The ledger's part (mutes and
 * revocations) is kept here as well, in a book of its own. SPEC SI13, SI33.
 */
import { toHex, type Hex } from "../workers/core/codec/ids.ts";
import {
  EMERGENCY_KINDS,
  EMERGENCY_STREAM,
  streamKey,
  type Header,
} from "../workers/core/gossip/header.ts";
import type { Register } from "../workers/core/gossip/register.ts";
import type { RefusalRule } from "../workers/core/gossip/verdict.ts";
import { readJoin } from "../workers/core/gossip/joins.ts";
import { transactionIdOf } from "../workers/core/ledger/transaction.ts";
import type { SpreadFamily } from "./spread-family.ts";
import { OWN_END_SLACK_MS } from "../workers/core/ledger/limits.ts";
import type { NarrowedCuts } from "../workers/core/ledger/rule-book.ts";

/** What its author made wrong about an entry. */
export type Lie = "chain" | "clock" | "height" | "rate" | "quota" | OwnFault;
/** What is wrong with it by itself, whatever came before. */
type OwnFault = "recipients" | "quiet-hours" | "join";

interface Ruling {
  /** `out`: of the group. */
  readonly what: "mute" | "revoke" | "out";
  readonly height: number;
  readonly device: Hex;
  /** The device's member. */
  readonly member: Hex;
  readonly cuts: NarrowedCuts;
  /** Whose device asked for it, and when: its own words count by that. */
  readonly asked?: { readonly by: Hex; readonly time: number };
}

/** What an entry is to be at a height of the ledger. */
export type Expected =
  | Plain
  /** Two stand at that number, or below it: whoever has seen both refuses it. */
  | { readonly type: "forked" }
  /** A register that its author sent contradicts it or one below it: whoever has seen both refuses it. */
  | { readonly type: "dated"; readonly otherwise: Plain };

export type Plain =
  | { readonly type: "accepted" }
  | { readonly type: "refused"; readonly rule: RefusalRule };

export interface Truth {
  readonly note: (id: Hex, lie: Lie) => void;
  /** Two entries stand at that number. */
  readonly fork: (header: Header) => void;
  /** What a liar has written, and said in a register. */
  readonly wrote: (header: Header, id: Hex) => void;
  readonly said: (register: Register) => void;
  readonly rule: (ruling: Ruling) => void;
  /** A block has brought a member into the group, by the change of that id. */
  readonly came: (member: Hex, height: number, change: Hex) => void;
  readonly expect: (id: Hex, header: Header, height: number) => Expected;
  /** The rule that its author broke although it cites a height that has it; null: none. */
  readonly defied: (
    id: Hex,
    header: Header,
    height: number,
  ) => "denied" | "quiet-hours" | "not-in-group" | null;
  /** What it is by itself, whatever comes before it in its stream; null: nothing is wrong. */
  readonly ownFault: (id: Hex, header: Header, height: number) => RefusalRule | null;
}

const ACCEPTED: Plain = { type: "accepted" };

export function createTruth(family: Pick<SpreadFamily, "family" | "people">): Truth {
  const lies = new Map<Hex, Lie>();
  const forks = new Map<string, number>();
  const rulings: Ruling[] = [];
  const arrivals: { readonly member: Hex; readonly height: number; readonly change: Hex }[] = [];
  const written: { readonly header: Header; readonly id: Hex }[] = [];
  const registers: Register[] = [];
  const dated = new Map<string, number>();

  return {
    note: (id, lie) => lies.set(id, lie),
    fork: ({ author, stream, seq }) => {
      const key = streamKey(author, stream);
      forks.set(key, Math.min(seq, forks.get(key) ?? seq));
    },
    wrote: (header, id) => {
      written.push({ header, id });
      for (const one of registers) compare(one, header, id);
    },
    said: (register) => {
      if (registers.includes(register)) return;
      registers.push(register);
      for (const { header, id } of written) compare(register, header, id);
    },
    rule: (ruling) => rulings.push(ruling),
    came: (member, height, change) => arrivals.push({ member, height, change }),
    ownFault,
    defied: (id, header, height) => {
      const lie = lies.get(id);
      if (lie === "quiet-hours") return "quiet-hours";
      if (lie === "join") return "not-in-group";
      const author = toHex(header.author);
      const isMuted = rulings.some(
        (one) =>
          one.what === "mute" &&
          one.device === author &&
          one.height <= Math.min(height, header.height),
      );
      return isMuted ? "denied" : null;
    },
    expect: (id, header, height) => {
      const forkAt = forks.get(streamKey(header.author, header.stream));
      if (forkAt !== undefined && header.seq >= forkAt) return { type: "forked" };
      const otherwise = plain(id, header, height);
      const datedAt = dated.get(streamKey(header.author, header.stream));
      return datedAt !== undefined && header.seq >= datedAt
        ? { type: "dated", otherwise }
        : otherwise;
    },
  };

  function plain(id: Hex, header: Header, height: number): Plain {
    const lie = lies.get(id);
    if (lie !== undefined && !isOwn(lie)) return { type: "refused", rule: lie };
    const fault = ownFault(id, header, height);
    return fault === null ? ACCEPTED : { type: "refused", rule: fault };
  }

  /** Every register against every entry: what was written before it is older, all else later. */
  function compare({ device, clock, heads }: Register, header: Header, id: Hex): void {
    if (toHex(device) !== toHex(header.author) || header.stream === EMERGENCY_STREAM) return;
    const head = heads.find((one) => one.stream === header.stream);
    const isOlder =
      header.clock.ms < clock.ms ||
      (header.clock.ms === clock.ms && header.clock.counter < clock.counter);
    const isEqual = header.clock.ms === clock.ms && header.clock.counter === clock.counter;
    const isWritten = header.seq <= (head?.seq ?? 0);
    const isLast = head !== undefined && header.seq === head.seq;
    if (!isEqual && isWritten === isOlder && (!isLast || toHex(head.id) === id)) return;
    const key = streamKey(header.author, header.stream);
    dated.set(key, Math.min(header.seq, dated.get(key) ?? header.seq));
  }

  /** In the order of the design: by the cited height, then a revocation, then what came later. */
  function ownFault(id: Hex, header: Header, height: number): RefusalRule | null {
    const lie = lies.get(id);
    const author = toHex(header.author);
    const known = rulings.filter((one) => one.height <= height && one.device === author);
    if (known.some((one) => one.what === "revoke" && header.height >= one.height)) return "author";
    if (lie !== undefined && isOwn(lie)) return lie === "join" ? "not-in-group" : lie;
    // No mute holds up a call for help; who was lost calls nobody beyond the cut.
    const isCall = EMERGENCY_KINDS.has(header.kind);
    if (!isCall && known.some((one) => one.what === "mute" && header.height >= one.height))
      return "denied";
    const beyond = known.filter(({ cuts }) => {
      const cut = cuts.find((one) => toHex(one.device) === author && one.stream === header.stream);
      return header.seq > (cut?.seq ?? 0);
    });
    if (beyond.some((one) => one.what === "revoke")) return "revoked";
    if (isCall) return null;
    if (header.audience.type === "group") return groupFault(header, height, author);
    if (beyond.some((one) => one.what === "mute")) return "denied";
    return isCaughtByReader(header, height, author) ? "denied" : null;
  }

  /**
   * What later blocks say, in their order, against what is said in the group beyond their cuts: of its
   * author that it is out or muted by then, of who receives it that it is out.
   */
  function groupFault(header: Header, height: number, author: Hex): RefusalRule | null {
    const readers = header.recipients.map(({ device }) => toHex(device));
    const carried = carriedIn(header);
    const isLater = (one: Ruling): boolean => one.height > header.height && one.height <= height;
    const touching = rulings.filter((one) => {
      if (!isLater(one)) return false;
      const waiting = carried.filter(({ change }) => !isWritten(change, one.height));
      const signed = waiting.some(({ signer }) => signer === one.device);
      if (one.what === "revoke") return signed;
      const brought = signed || waiting.some(({ member }) => member === one.member);
      const isAbout = one.device === author || readers.includes(one.device) || brought;
      return isAbout && isBeyond(one, header, author);
    });
    for (const { height: at } of touching.toSorted((a, b) => a.height - b.height)) {
      if (isOut(author, header.height, at)) return "not-in-group";
      // Who brought somebody was taken out before a block had that.
      const lost = carried.filter(
        ({ change, signer, member }) =>
          !isWritten(change, at) &&
          !arrivals.some((one) => one.member === member && one.height <= at) &&
          rulings.some((one) => one.what === "revoke" && one.device === signer && one.height <= at),
      );
      if (lost.some(({ member }) => memberOf(author) === member)) return "not-in-group";
      const isMuted = rulings.some(
        (one) => one.what === "mute" && one.device === author && one.height <= at,
      );
      if (isMuted) return "denied";
      if (readers.some((one) => isOut(one, header.height, at))) return "not-in-group";
      if (lost.some(({ member }) => readers.some((one) => memberOf(one) === member))) {
        return "not-in-group";
      }
    }
    return null;
  }

  /** Who brought whom into the group by what a message carries. */
  function carriedIn(
    header: Header,
  ): readonly { readonly signer: Hex; readonly member: Hex; readonly change: Hex }[] {
    return header.joins.flatMap((one) => {
      const read = readJoin(one);
      if (read === null) return [];
      const change = toHex(transactionIdOf(family.family, one.transaction));
      const { content, body } = read;
      return [{ signer: toHex(content.author), member: toHex(body.member), change }];
    });
  }

  function isWritten(change: Hex, height: number): boolean {
    return arrivals.some((one) => one.change === change && one.height <= height);
  }

  function memberOf(device: Hex): Hex | null {
    const found = family.people.find((one) => toHex(one.device) === device);
    return found === undefined ? null : toHex(found.member);
  }

  function isBeyond({ cuts, asked }: Ruling, header: Header, author: Hex): boolean {
    if (asked?.by === author) return header.clock.ms > asked.time + OWN_END_SLACK_MS;
    const cut = cuts.find((one) => toHex(one.device) === author && one.stream === header.stream);
    return header.seq > (cut?.seq ?? 0);
  }

  /** Whether the last that blocks between the two did to that device's member was to take it out. */
  function isOut(device: Hex, after: number, until: number): boolean {
    const out = rulings.findLast(
      (one) =>
        one.what === "out" && one.device === device && one.height > after && one.height <= until,
    );
    if (out === undefined) return false;
    return !arrivals.some(
      ({ member, height }) => member === out.member && height > out.height && height <= until,
    );
  }

  /**
   * A mute of the member that is written to is a narrowing like any other: beyond its cut the entry is
   * judged by the rules of its height, in which its author may be muted already (VD13).
   */
  function isCaughtByReader(header: Header, height: number, author: Hex): boolean {
    const { audience } = header;
    const reader = audience.type === "member" ? toHex(audience.member) : null;
    return rulings.some(
      (one) =>
        one.what === "mute" &&
        one.member === reader &&
        one.height <= height &&
        one.height > header.height &&
        isBeyond(one, header, author) &&
        rulings.some(
          (own) => own.what === "mute" && own.device === author && own.height <= one.height,
        ),
    );
  }
}

function isOwn(lie: Lie): lie is OwnFault {
  return lie === "recipients" || lie === "quiet-hours" || lie === "join";
}
