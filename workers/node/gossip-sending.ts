/** What the gossip core says to peers, as frames, in the order of its Ready. SPEC GK3. Source: DESIGN §5. */
import type { DeviceId, Hex } from "../core/codec/ids.ts";
import { packFingerprint } from "../core/gossip/fingerprint-words.ts";
import { markRows, packRows, packWants, type Named } from "../core/gossip/packing.ts";
import type { GossipReady } from "../core/gossip/ready.ts";
import type { Wish } from "../core/gossip/spreading.ts";
import { WISHES_PER_FRAME_MAX, type Frame } from "./frames.ts";
import type { Answers } from "./gossip-answers.ts";

export interface Mouth extends Pick<Answers, "prove" | "give"> {
  readonly send: (to: Hex, frame: Frame) => void;
  /** The devices of my ledger. */
  readonly named: Named;
}

export async function sendReady(
  ready: GossipReady,
  { send, named, prove, give }: Mouth,
): Promise<void> {
  for (const { entry, to } of ready.push) {
    const hops = to.length > 0 ? Math.min(255, entry.entry.hops + 1) : 0;
    for (const peer of to) {
      const entries = [{ ...entry.entry, hops }];
      send(peer, { type: "entries", entries, isAnswer: false, isLast: false });
    }
  }
  for (const { to, wants, by } of ready.want) {
    if (by === null) send(to, { type: "want", packed: packWants(wants, named) });
    else send(to, { type: "lacking", clock: by });
  }
  for (const { to, has } of ready.tell) send(to, { type: "have", packed: packWants(has, named) });
  for (const { to, marks } of ready.lists) {
    send(to, { type: "registers", packed: packRows(marks, named, markRows) });
  }
  for (const { to, authors, isWanted } of grouped(ready.wishes)) {
    send(to, { type: "wishes", authors, isWanted });
  }
  for (const { register, to } of [...ready.registers, ...ready.copies]) {
    for (const peer of to) send(peer, { type: "register", ...register.signed });
  }
  for (const { to, fingerprint } of ready.fingerprints) {
    send(to, { type: "fingerprint", ...packFingerprint(fingerprint, named) });
  }
  for (const proof of ready.proofs) await prove(proof);
  for (const { to, header } of ready.give) await give(header, to);
}

/** One word for each peer and wish, as far as a frame holds. */
function grouped(
  wishes: readonly Wish[],
): readonly { readonly to: Hex; readonly isWanted: boolean; readonly authors: DeviceId[] }[] {
  const groups: { to: Hex; isWanted: boolean; authors: DeviceId[] }[] = [];
  for (const { to, author, isWanted } of wishes) {
    const open = groups.findLast((one) => one.to === to && one.isWanted === isWanted);
    if (open !== undefined && open.authors.length < WISHES_PER_FRAME_MAX) open.authors.push(author);
    else groups.push({ to, isWanted, authors: [author] });
  }
  return groups;
}
