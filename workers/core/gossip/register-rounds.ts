/**
 * To whom my register goes when: at once to those whose entries it newly covers, since they wait for
 * a word of delivery; to everybody at most every few seconds. Between many devices that talk, registers
 * would else be most of all frames. SPEC SD10. Source: DESIGN §5.
 */
import { compareBytes, toHex, type DeviceId, type Hex } from "../codec/ids.ts";
import { streamKey } from "./header.ts";
import { REGISTER_ALL_MS } from "./limits.ts";
import type { Register } from "./register.ts";
import type { Gossip } from "./state.ts";

/** Peers that get my new register now; `before` is my last one. */
export function registerTargets(
  gossip: Gossip,
  before: Register | null,
  next: Register,
  now: number,
): readonly Hex[] {
  const peers = [...gossip.peers.keys()].sort();
  const authors = before === null ? null : authorsOfNews(before, next);
  const others = (authors ?? []).filter((one) => one !== toHex(gossip.me));
  const isForAll =
    before === null ||
    before.lasting !== next.lasting ||
    isRoundDue(gossip, now) ||
    others.some((one) => !gossip.peers.has(one));
  if (isForAll) {
    gossip.roundAt = now;
    gossip.isRoundOwed = false;
    return peers;
  }
  gossip.isRoundOwed = true;
  return peers.filter((one) => others.includes(one));
}

/** Whether everybody is to get the register that only some got. */
export function takeRound(gossip: Gossip, now: number): boolean {
  if (!gossip.isRoundOwed || !isRoundDue(gossip, now)) return false;
  gossip.isRoundOwed = false;
  gossip.roundAt = now;
  return true;
}

function isRoundDue({ roundAt }: Gossip, now: number): boolean {
  return Math.abs(now - roundAt) >= REGISTER_ALL_MS;
}

/** Authors, in hex, of whose entries the two registers say something else. */
function authorsOfNews(before: Register, next: Register): readonly Hex[] {
  const lines = (register: Register): ReadonlyMap<string, DeviceId> =>
    new Map([
      ...register.vector.map(({ author, stream, first, had }): [string, DeviceId] => [
        `${streamKey(author, stream)} ${first} ${had.map(({ from, to }) => `${from}-${to}`).join()}`,
        author,
      ]),
      ...register.exceptions.map(({ author, stream, seq, what, height }): [string, DeviceId] => [
        `${streamKey(author, stream)}/${seq} ${what} ${height}`,
        author,
      ]),
    ]);
  const [old, now] = [lines(before), lines(next)];
  const changed = [
    ...[...now].filter(([line]) => !old.has(line)),
    ...[...old].filter(([line]) => !now.has(line)),
  ].map(([, author]) => author);
  return changed.toSorted(compareBytes).map((one) => toHex(one));
}
