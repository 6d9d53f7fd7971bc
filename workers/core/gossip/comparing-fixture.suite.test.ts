/** Two cores that hear each other: registers, fingerprints, entries and proofs go to and fro until it is quiet. */
import { NOW, type Actor } from "../ledger/family-fixture.suite.test.ts";
import type { Fingerprint } from "./comparing.ts";
import { feed, gossipOf, peerOf, receive, VIEW } from "./gossip-fixture.suite.test.ts";
import type { GossipReady } from "./ready.ts";
import { lookUp } from "./stream.ts";
import { streamOf, type Gossip, type VerifiedEntry } from "./state.ts";

export interface Side {
  readonly actor: Actor;
  readonly core: Gossip;
  /** All that it was given, by id: what its store has. */
  readonly store: VerifiedEntry[];
}

export interface Talk {
  /** What was said of fingerprints, and the entries that were given, in their order. */
  readonly words: Fingerprint[];
  readonly given: VerifiedEntry[];
}

export function sideOf(actor: Actor, entries: readonly VerifiedEntry[], now = NOW): Side {
  const side: Side = { actor, core: gossipOf(actor, now), store: [] };
  for (const entry of entries) take(side, entry, null, now);
  return side;
}

/** As the shell takes one: what is here is not asked for again. */
export function take(
  { actor, core, store }: Side,
  entry: VerifiedEntry,
  from: Actor | null,
  now = NOW,
): GossipReady | null {
  const { header, id } = entry;
  if (lookUp(streamOf(core, header.author, header.stream), header.seq, id) === "same") return null;
  store.push(entry);
  // What a disk brings is not the device's own, but comes from nobody.
  return receive(core, entry, from ?? (actor === undefined ? null : { ...actor }), VIEW, now);
}

const bare = (entry: VerifiedEntry): VerifiedEntry => ({
  ...entry,
  entry: { ...entry.entry, body: new Uint8Array(0) },
});

/** Links the two and lets them speak; `alter` is what becomes of the second one's words. */
export function meet(
  one: Side,
  two: Side,
  now = NOW,
  alter: (word: Fingerprint) => readonly Fingerprint[] = (word) => [word],
): Talk {
  const talk: Talk = { words: [], given: [] };
  const queue: (() => void)[] = [];
  const obey = (side: Side, ready: GossipReady): void => {
    const other = side === one ? two : one;
    const from = peerOf(side.actor);
    for (const { register, to } of [...ready.registers, ...ready.copies]) {
      if (!to.includes(peerOf(other.actor))) continue;
      queue.push(() =>
        obey(other, feed(other.core, { type: "register", register, from }, VIEW, now)),
      );
    }
    const words = ready.fingerprints.map(({ fingerprint }) => fingerprint);
    for (const fingerprint of side === two ? words.flatMap(alter) : words) {
      talk.words.push(fingerprint);
      queue.push(() =>
        obey(other, feed(other.core, { type: "fingerprint", from, fingerprint }, VIEW, now)),
      );
    }
    const given = [
      ...ready.proofs.flatMap((proof) => [
        ...side.store.filter((entry) => entry.header === proof.kept),
        ...("other" in proof ? [proof.other as VerifiedEntry] : []),
      ]),
      ...ready.give.flatMap(({ header }) => side.store.filter((entry) => entry.header === header)),
    ].map((entry) => bare(entry));
    for (const entry of given) {
      talk.given.push(entry);
      queue.push(() => {
        const taken = take(other, entry, side.actor, now);
        if (taken !== null) obey(other, taken);
      });
    }
    if (ready.sign !== null) {
      const signed = { bytes: Uint8Array.of(1), signature: new Uint8Array(64) };
      const register = { register: ready.sign, signed };
      obey(side, feed(side.core, { type: "register", register, from: null }, VIEW, now));
    }
  };
  for (const [side, other] of [
    [one, two],
    [two, one],
  ] as const) {
    queue.push(() =>
      obey(side, feed(side.core, { type: "link-up", peer: peerOf(other.actor) }, VIEW, now)),
    );
  }
  for (let turns = 0; queue.length > 0; turns += 1) {
    if (turns > 1_000) throw new Error("it does not end");
    queue.shift()?.();
  }
  return talk;
}

export const kindsOf = ({ words }: Talk): readonly string[] => words.map(({ what }) => what.type);
