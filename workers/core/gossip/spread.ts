/**
 * To how many peers a new entry is pushed at once. √n alone loses 1 to 14 % of messages at family
 * size, so the larger of √n and ln n + 3 counts, at most 12; registers repair the rest.
 * SPEC SP1..SP2. Source: DESIGN §5; Kermarrec, Massoulié and Ganesh 2003 for ln n + c.
 */
const FANOUT_MAX = 12;

/** Peers to push to, of `peers` linked ones, at a distance of `hops` from the author. */
export function fanout(peers: number, hops: number): number {
  if (peers <= 0) return 0;
  const n = peers + 1;
  const k = Math.min(
    peers,
    Math.max(Math.ceil(Math.sqrt(n)), Math.ceil(Math.log(n)) + 3),
    FANOUT_MAX,
  );
  return Math.max(1, k - Math.max(0, hops - 1));
}
