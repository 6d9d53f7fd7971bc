/**
 * Judges votes on the wire, across crashes: I3 a key never votes for two blocks in one height, view
 * and phase; V1 no vote leaves its own device before it is in the log, strictly. SPEC SI16.
 */
import { toHex } from "../../workers/core/codec/ids.ts";
import { decodeConsensus } from "../../workers/core/consensus/messages.ts";
import { decodeFrame } from "../../workers/node/frames.ts";
import { voteIn } from "../../workers/node/verify.ts";
import type { Judge, Violate } from "../judge.ts";

/** Tag of consensus frames: workers/node/frames.ts. */
const CONSENSUS_TAG = 8;

export function createVoteJudge(violate: Violate): Judge {
  const votes = new Map<string, string>();
  const signed = new Map<string, Uint8Array[]>();
  const durable = new Set<string>();

  return {
    onSigned: (device, domain, _message, signature) => {
      if (domain !== "prepare" && domain !== "commit") return;
      signed.set(device.name, [...(signed.get(device.name) ?? []).slice(-7), signature]);
    },
    onCommitted: (device, writes, { durability }) => {
      for (const write of writes) {
        const isVote = write.type === "put" && (write.table === "log" || write.table === "blocks");
        if (!isVote || durability !== "strict" || !(write.value instanceof Uint8Array)) continue;
        const bytes = Buffer.from(write.value);
        for (const one of signed.get(device.name) ?? []) {
          if (bytes.includes(Buffer.from(one))) durable.add(toHex(one));
        }
      }
    },
    onMessage: (from, _to, message) => {
      if (message[1] !== CONSENSUS_TAG) return;
      const frame = decodeFrame(message);
      const identity = from.running()?.family.identity;
      if (!frame.ok || frame.value.type !== "consensus" || identity === undefined) return;
      const decoded = decodeConsensus(frame.value.message);
      if (!decoded.ok) return;
      const vote = voteIn(identity.profile.family, decoded.value);
      if (vote === null || toHex(vote.replica) !== toHex(identity.device)) return;
      const { epoch, height, view, blockHash } = vote.body;
      const place = `${toHex(vote.replica)}/${epoch}/${height}/${view}/${vote.phase}`;
      const earlier = votes.get(place);
      if (earlier !== undefined && earlier !== toHex(blockHash)) violate("I3", place);
      votes.set(place, toHex(blockHash));
      if (!durable.has(toHex(vote.signature))) violate("V1", place);
    },
  };
}
