/**
 * Replicas on a network of one process that delivers in any order, twice, or not at all. It signs
 * with filler, keeps each node's log over restarts, and watches two things at every step: nobody
 * asks for two votes of one phase and view, and nothing is sent that was not recorded before.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import { blockHashOf, certificateFault, type Block } from "../ledger/block.ts";
import type { Head, VerifiedBlock } from "../ledger/chain.ts";
import {
  actorOf,
  FAMILY,
  fill,
  FOUNDER,
  headOf,
  HOUR,
  inviteBody,
  keyOf,
  NOW,
  signed,
  stateOf,
  type Actor,
} from "../ledger/family-fixture.suite.test.ts";
import type { VerifiedTransaction } from "../ledger/transaction.ts";
import {
  viewChangeOf,
  type ConsensusMessage,
  type PreparedCertificate,
  type VerifiedProposal,
  type VerifiedViewChange,
  type VerifiedVote,
} from "./messages.ts";
import {
  createReplica,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
  type VoteRequest,
} from "./replica-state.ts";
import { messagesInFlight, step } from "./replica.ts";
import type { Evidence } from "./tally.ts";

export interface ClusterNode {
  readonly actor: Actor;
  replica: Replica;
  /** Durable: what this node has signed at the height in flight. */
  log: Recorded[];
  /** Asked for and not yet durable; a crash forgets them. */
  signing: RecordRequest[];
  readonly finalised: Finalised[];
  readonly evidence: Evidence[];
}

export interface Packet {
  readonly to: number;
  readonly message: ConsensusMessage;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly packets: Packet[];
  /** Blocks that a proposal may carry, by hash. */
  readonly blocks: Map<string, VerifiedBlock>;
  readonly work: (node: number, pending: readonly VerifiedTransaction[]) => void;
  /** Time passes at a node that is linked to those. */
  readonly tick: (node: number, elapsedMs: number, linked: readonly number[]) => void;
  /** Delivers one packet: the shell's check of signatures is taken as passed. */
  readonly deliver: (packet: Packet) => void;
  /** The oldest record request of the node becomes durable. */
  readonly record: (node: number) => void;
  /** Memory is lost, the log and the head stay; a STATUS that knows of nothing lets it vote again. */
  readonly restart: (node: number) => void;
  /** Everything among these nodes is delivered and recorded, in order, until nothing is left. */
  readonly settle: (among?: readonly number[]) => void;
  /** On connect: higher heads are transferred, then everybody gives everybody what is in flight. */
  readonly reconnect: (among?: readonly number[]) => void;
}

export const REPLICAS: readonly Actor[] = [FOUNDER, 2, 3, 4, 5, 6, 7].map((one) =>
  typeof one === "number" ? actorOf(keyOf(one)) : one,
);
export const OBSERVER = actorOf(keyOf(40));

/** A head whose replica set is the first n actors, and a parent that is no replica. */
export function headWith(n: number): Head {
  const replicas = REPLICAS.slice(0, n);
  return headOf(
    stateOf([
      ...replicas.map((actor) => ({ actor, role: "parent" as const, isReplica: true })),
      { actor: OBSERVER, role: "parent" as const },
    ]),
  );
}

/** A replica that may vote: somebody has said that nothing is known of its votes. */
export function voterAt(me: Uint8Array, head: Head): Replica {
  const replica = createReplica(me, head);
  letVote(replica);
  return replica;
}

function letVote(replica: Replica): Ready {
  const known = { height: replica.head.state.height, votes: [], viewChanges: [] };
  return step(replica, { type: "status", known });
}

export const transactionOf = (index: number): VerifiedTransaction =>
  signed(FOUNDER, inviteBody(keyOf(600 + index), "child", NOW + HOUR), { salt: index });

const SIGNATURE_OF = { prepare: 0, commit: 1, "view-change": 2 } as const;

const signatureOf = (actor: Actor, phase: RecordRequest["phase"]): Uint8Array =>
  fill(64, (actor.key[3] ?? 0) * 3 + SIGNATURE_OF[phase]);

/** A vote that the actor signed. */
export function voteBy(actor: Actor, vote: Pick<VerifiedVote, "phase" | "body">): VerifiedVote {
  const { phase, body } = vote;
  return { phase, body, replica: actor.device, signature: signatureOf(actor, phase) };
}

/** A vote that is asked for, recorded. */
export function recordedBy(actor: Actor, request: RecordRequest): Recorded {
  if (request.phase !== "view-change") return { request, vote: voteBy(actor, request) };
  const { body, prepared } = request;
  const signature = signatureOf(actor, "view-change");
  return { request, change: { body, prepared, replica: actor.device, signature } };
}

/** A proposal of the actor for the block. */
export function proposalBy(
  actor: Actor,
  verified: VerifiedBlock,
  view = 0,
  viewChanges: readonly VerifiedViewChange[] = [],
): VerifiedProposal {
  const { epoch, height } = verified.block.header;
  const body = { epoch, height, view, blockHash: verified.hash };
  return { verified, prepare: voteBy(actor, { phase: "prepare", body }), viewChanges };
}

/** A prepared certificate of these actors. */
export function certificateBy(
  actors: readonly Actor[],
  verified: VerifiedBlock,
  view: number,
): PreparedCertificate {
  const { epoch, height } = verified.block.header;
  const body = { epoch, height, view, blockHash: verified.hash };
  const prepares = actors.map((one) => voteBy(one, { phase: "prepare", body }));
  return { view, blockHash: verified.hash, prepares };
}

/** The actor's VIEW-CHANGE at the height after `head`. */
export function changeBy(
  actor: Actor,
  head: Head,
  view: number,
  prepared: PreparedCertificate | null = null,
): VerifiedViewChange {
  const { epoch, height } = head.state;
  const claim = prepared === null ? null : { view: prepared.view, blockHash: prepared.blockHash };
  return {
    body: { epoch, height: height + 1, view, prepared: claim },
    prepared,
    replica: actor.device,
    signature: signatureOf(actor, "view-change"),
  };
}

/** n replicas and one observer on one head. */
export function createCluster(n: number): Cluster {
  const head = headWith(n);
  const nodes: ClusterNode[] = [...REPLICAS.slice(0, n), OBSERVER].map((actor) => ({
    actor,
    replica: voterAt(actor.device, head),
    log: [],
    signing: [],
    finalised: [],
    evidence: [],
  }));
  const everybody = nodes.map((_, index) => index);
  const packets: Packet[] = [];
  const blocks = new Map<string, VerifiedBlock>();
  const asked = new Map<string, string>();

  const nodeAt = (index: number): ClusterNode => {
    const node = nodes[index];
    if (node === undefined) throw new Error("no such node");
    return node;
  };

  const feed = (index: number, input: Input): void => {
    obey(index, step(nodeAt(index).replica, input));
  };

  function obey(index: number, ready: Ready): void {
    const node = nodeAt(index);
    for (const request of ready.record) {
      watchRequest(node, request);
      node.signing.push(request);
      if (request.verified !== null) blocks.set(toHex(request.verified.hash), request.verified);
    }
    for (const message of ready.send) {
      watchSend(node, message);
      nodes.forEach((_, to) => {
        if (to !== index) packets.push({ to, message });
      });
    }
    node.evidence.push(...ready.evidence);
    if (ready.isRefused) throw new Error("an honest replica was silenced");
    if (ready.finalised !== null) finalise(node, ready.finalised);
  }

  function watchRequest(node: ClusterNode, request: RecordRequest): void {
    const { height, view, epoch } = request.body;
    const key = [toHex(node.actor.device), epoch, height, view, request.phase].join("/");
    const what = request.phase === "view-change" ? "view" : toHex(request.body.blockHash);
    if ((asked.get(key) ?? what) !== what) throw new Error(`two votes asked for: ${key}`);
    asked.set(key, what);
    const isLogged = node.log.some(
      (one) => one.request.phase === request.phase && one.request.body.view === view,
    );
    if (isLogged) throw new Error("asked for a vote that is recorded already");
    const promised = node.log.some(
      (one) => one.request.phase === "view-change" && one.request.body.view > view,
    );
    if (promised) throw new Error("asked for a vote below a promised view");
  }

  function watchSend(node: ClusterNode, message: ConsensusMessage): void {
    const signature = message.type === "view-change" ? message.change.signature : message.signature;
    const isRecorded = node.log.some((one) =>
      isSameBytes(("vote" in one ? one.vote : one.change).signature, signature),
    );
    if (!isRecorded) throw new Error("sent what was not recorded");
  }

  function finalise(node: ClusterNode, finalised: Finalised): void {
    const fault = certificateFault(finalised.certificate, head.state.replicas);
    if (fault !== null) throw new Error(`bad certificate: ${fault}`);
    node.finalised.push(finalised);
    node.log = [];
    node.signing = [];
  }

  const cluster: Cluster = {
    nodes,
    packets,
    blocks,
    work: (index, pending) => feed(index, { type: "work", pending, now: NOW }),
    tick: (index, elapsedMs, linked) => {
      const devices = linked.map((one) => nodeAt(one).actor.device);
      feed(index, { type: "tick", now: NOW, elapsedMs, linked: devices, roundTripMs: 0 });
    },
    deliver: ({ to, message }) => feed(to, inputOf(message, blocks)),
    record: (index) => {
      const node = nodeAt(index);
      const request = node.signing.shift();
      if (request === undefined) return;
      const recorded = recordedBy(node.actor, request);
      node.log.push(recorded);
      feed(index, { type: "recorded", recorded });
    },
    restart: (index) => {
      const node = nodeAt(index);
      node.signing = [];
      node.replica = createReplica(node.actor.device, node.replica.head);
      feed(index, { type: "resumed", log: node.log, aloneMs: 0 });
      obey(index, letVote(node.replica));
    },
    settle: (among = everybody) => {
      for (let isBusy = true; isBusy;) {
        const mine = packets.filter((one) => among.includes(one.to));
        isBusy = mine.length > 0 || among.some((one) => nodeAt(one).signing.length > 0);
        packets.splice(0, packets.length, ...packets.filter((one) => !among.includes(one.to)));
        for (const packet of mine) cluster.deliver(packet);
        for (const index of among) cluster.record(index);
      }
    },
    reconnect: (among = everybody) => {
      const ahead = among.flatMap((one) => nodeAt(one).finalised).at(0);
      for (const index of among) {
        const node = nodeAt(index);
        if (ahead === undefined || node.finalised.length > 0) continue;
        feed(index, { type: "advanced", head: ahead.head });
        finalise(node, ahead);
      }
      for (const from of among) {
        for (const message of messagesInFlight(nodeAt(from).replica)) {
          for (const to of among) if (to !== from) packets.push({ to, message });
        }
      }
    },
  };
  return cluster;
}

/** What the shell makes of a message once it has checked it. */
export function inputOf(message: ConsensusMessage, blocks: Map<string, VerifiedBlock>): Input {
  const known = (block: Block): VerifiedBlock => {
    const found = blocks.get(toHex(blockHashOf(FAMILY, block.header)));
    if (found === undefined) throw new Error("a block from nowhere");
    return found;
  };
  switch (message.type) {
    case "pre-prepare":
    case "new-view": {
      const verified = known(message.block);
      const { epoch, height } = message.block.header;
      const { view, replica, signature } = message;
      const body = { epoch, height, view, blockHash: verified.hash };
      const prepare = { phase: "prepare" as const, body, replica, signature };
      const changes = message.type === "new-view" ? message.viewChanges : [];
      const viewChanges = changes.map((one) => viewChangeOf(one));
      return { type: "proposal", proposal: { verified, prepare, viewChanges }, now: NOW };
    }
    case "view-change": {
      const verified = message.block === null ? null : known(message.block);
      return { type: "view-change", change: viewChangeOf(message.change), verified };
    }
    case "prepare":
    case "commit": {
      const { epoch, height, view, blockHash, replica, signature } = message;
      const body = { epoch, height, view, blockHash };
      return { type: "vote", vote: { phase: message.type, body, replica, signature } };
    }
  }
}

/** A request that must be for a vote. */
export function voteRequest(request: RecordRequest | undefined): VoteRequest {
  if (request === undefined || request.phase === "view-change") throw new Error("a vote is asked");
  return request;
}
