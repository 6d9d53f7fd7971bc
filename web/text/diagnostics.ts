/**
 * The details as lines of text, to be copied to whoever looks after the app. Technical words are
 * allowed here and nowhere else. Holds ids, counts and times; no names and no messages. SPEC UI65.
 */

import type { Diagnostics, NodeSnapshot } from "../../workers/api.ts";

const MIB = 1024 * 1024;

export function formatDiagnostics(
  diagnostics: Diagnostics,
  snapshot: NodeSnapshot,
  canLink: boolean,
): string {
  const { build, ledgerHeight, ledgerHead, links, storage, rejected } = diagnostics;
  const { replicas, servers } = diagnostics;
  const { linked, others, signalling } = snapshot.connection;
  const lines = [
    `build ${build}`,
    `phase ${snapshot.phase}`,
    `device ${snapshot.me?.device ?? "none"}`,
    `ledger height ${ledgerHeight}`,
    `ledger head ${ledgerHead === "" ? "none" : ledgerHead}`,
    `ledger pending ${snapshot.ledger.pending}`,
    `replicas ${replicas.count}, quorum ${replicas.quorum}, linked ${replicas.linked}, mine ${replicas.isMine ? "yes" : "no"}`,
    `signalling ${signalling}`,
    `webrtc ${canLink ? "there" : "missing"}`,
    ...servers.map((state, index) => `server ${index + 1} ${state}`),
    `connected ${linked} of ${others}`,
    `waiting conversations ${countWaiting(snapshot)}`,
    ...links.map(describeLink),
    storage === null
      ? "storage unknown"
      : `storage ${toMiB(storage.usedBytes)} of ${toMiB(storage.quotaBytes)} MiB`,
    ...Object.entries(rejected).map(([reason, count]) => `rejected ${reason} ${count}`),
  ];
  return lines.join("\n");
}

/** Conversations whose newest message, mine, has not arrived. */
export function countWaiting({ conversations }: NodeSnapshot): number {
  return conversations.filter(({ last }) => ["queued", "held"].includes(last?.delivery?.type ?? ""))
    .length;
}

function describeLink(link: Diagnostics["links"][number]): string {
  const { device, kind, carrier, roundTripMs, bufferedBytes } = link;
  const roundTrip = roundTripMs === null ? "unknown" : `${Math.round(roundTripMs)} ms`;
  return `link ${device} ${kind} ${carrier}, round trip ${roundTrip}, buffered ${bufferedBytes} bytes`;
}

function toMiB(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
