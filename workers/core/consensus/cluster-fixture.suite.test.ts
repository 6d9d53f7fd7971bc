/**
 * Replicas on a network of one process that delivers in any order, twice, or not at all. It signs
 * with filler, keeps each node's log over restarts, and watches two things at every step: nobody
 * asks for two votes of one phase, and nothing is sent that was not recorded before.
 */
import { isSameBytes } from "../codec/cbor.ts";
import { toHex } from "../codec/ids.ts";
import { blockHashOf, certificateFault } from "../ledger/block.ts";
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
import type { ConsensusMessage, VerifiedPrePrepare, VerifiedVote } from "./messages.ts";
import {
  createReplica,
  messagesInFlight,
  step,
  type Finalised,
  type Input,
  type Ready,
  type Recorded,
  type RecordRequest,
  type Replica,
} from "./replica.ts";

export interface ClusterNode {
  readonly actor: Actor;
  replica: Replica;
  /** Durable: own votes of the height in flight. */
  log: Recorded[];
  /** Asked for and not yet durable; a crash forgets them. */
  signing: RecordRequest[];
  readonly finalised: Finalised[];
}

export interface Packet {
  readonly to: number;
  readonly message: ConsensusMessage;
}

export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly packets: Packet[];
  /** Blocks that a PRE-PREPARE may carry, by hash. */
  readonly blocks: Map<string, VerifiedBlock>;
  readonly work: (node: number, pending: readonly VerifiedTransaction[]) => void;
  /** Delivers one packet: the shell's check of signatures is taken as passed. */
  readonly deliver: (packet: Packet) => void;
  /** The oldest record request of the node becomes durable. */
  readonly record: (node: number) => void;
  /** Memory is lost, the log and the head stay. */
  readonly restart: (node: number) => void;
  /** Everything is delivered and recorded, in order, until nothing is left. */
  readonly settle: () => void;
  /** On connect: higher heads are transferred, then everybody gives everybody what is in flight. */
  readonly reconnect: () => void;
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

export const transactionOf = (index: number): VerifiedTransaction =>
  signed(FOUNDER, inviteBody(keyOf(600 + index), "child", NOW + HOUR), { salt: index });

export const signatureOf = (actor: Actor, phase: string): Uint8Array =>
  fill(64, (actor.key[3] ?? 0) * 2 + (phase === "commit" ? 1 : 0));

/** A vote that the actor signed. */
export function voteBy(actor: Actor, vote: Pick<VerifiedVote, "phase" | "body">): VerifiedVote {
  return { ...vote, replica: actor.device, signature: signatureOf(actor, vote.phase) };
}

/** A proposal of the actor for the block. */
export function proposalBy(actor: Actor, verified: VerifiedBlock, view = 0): VerifiedPrePrepare {
  const { epoch, height } = verified.block.header;
  const body = { epoch, height, view, blockHash: verified.hash };
  return { verified, prepare: voteBy(actor, { phase: "prepare", body }) };
}

/** n replicas and one observer on one head. */
export function createCluster(n: number): Cluster {
  const head = headWith(n);
  const nodes: ClusterNode[] = [...REPLICAS.slice(0, n), OBSERVER].map((actor) => ({
    actor,
    replica: createReplica(actor.device, head),
    log: [],
    signing: [],
    finalised: [],
  }));
  const packets: Packet[] = [];
  const blocks = new Map<string, VerifiedBlock>();
  const asked = new Map<string, string>();

  const nodeAt = (index: number): ClusterNode => {
    const node = nodes[index];
    if (node === undefined) throw new Error("no such node");
    return node;
  };

  const feed = (index: number, input: Input): void => {
    const node = nodeAt(index);
    obey(index, step(node.replica, input));
  };

  function obey(index: number, ready: Ready): void {
    const node = nodeAt(index);
    for (const request of ready.record) {
      watchRequest(node, request);
      node.signing.push(request);
      blocks.set(toHex(request.verified.hash), request.verified);
    }
    for (const message of ready.send) {
      watchSend(node, message);
      nodes.forEach((_, to) => {
        if (to !== index) packets.push({ to, message });
      });
    }
    if (ready.finalised !== null) finalise(node, ready.finalised);
  }

  function watchRequest(node: ClusterNode, request: RecordRequest): void {
    const { height, view, epoch } = request.body;
    const key = [toHex(node.actor.device), epoch, height, view, request.phase].join("/");
    const hash = toHex(request.body.blockHash);
    if ((asked.get(key) ?? hash) !== hash) throw new Error(`two votes asked for: ${key}`);
    asked.set(key, hash);
    if (node.log.some((one) => one.request.phase === request.phase)) {
      throw new Error("asked for a vote that is recorded already");
    }
  }

  function watchSend(node: ClusterNode, message: ConsensusMessage): void {
    const isRecorded = node.log.some(
      ({ vote }) =>
        vote.phase === (message.type === "commit" ? "commit" : "prepare") &&
        isSameBytes(vote.signature, message.signature),
    );
    if (!isSameBytes(message.replica, node.actor.device) || !isRecorded) {
      throw new Error("sent what was not recorded");
    }
  }

  function finalise(node: ClusterNode, finalised: Finalised): void {
    const set = nodeAt(0).replica.head.state.replicas;
    if (certificateFault(finalised.certificate, set) !== null) throw new Error("bad certificate");
    node.finalised.push(finalised);
    node.log = [];
    node.signing = [];
  }

  function inputOf(message: ConsensusMessage): Input {
    const { replica, signature } = message;
    if (message.type === "pre-prepare") {
      const hash = blockHashOf(FAMILY, message.block.header);
      const verified = blocks.get(toHex(hash));
      if (verified === undefined) throw new Error("a block from nowhere");
      const { epoch, height } = message.block.header;
      const body = { epoch, height, view: message.view, blockHash: hash };
      const prepare = { phase: "prepare" as const, body, replica, signature };
      return { type: "pre-prepare", message: { verified, prepare }, now: NOW };
    }
    const { epoch, height, view, blockHash } = message;
    const body = { epoch, height, view, blockHash };
    return { type: "vote", vote: { phase: message.type, body, replica, signature } };
  }

  const cluster: Cluster = {
    nodes,
    packets,
    blocks,
    work: (index, pending) => feed(index, { type: "work", pending, now: NOW }),
    deliver: ({ to, message }) => feed(to, inputOf(message)),
    record: (index) => {
      const node = nodeAt(index);
      const request = node.signing.shift();
      if (request === undefined) return;
      const vote = voteBy(node.actor, request);
      node.log.push({ request, vote });
      feed(index, { type: "recorded", request, vote });
    },
    restart: (index) => {
      const node = nodeAt(index);
      node.signing = [];
      node.replica = createReplica(node.actor.device, node.replica.head);
      feed(index, { type: "resumed", log: node.log });
    },
    settle: () => {
      for (let isBusy = true; isBusy;) {
        isBusy = packets.length > 0 || nodes.some((one) => one.signing.length > 0);
        for (const packet of packets.splice(0)) cluster.deliver(packet);
        nodes.forEach((_, index) => cluster.record(index));
      }
    },
    reconnect: () => {
      const ahead = nodes.flatMap((one) => one.finalised).at(0);
      nodes.forEach((node, index) => {
        if (ahead !== undefined && node.finalised.length === 0) {
          feed(index, { type: "advanced", head: ahead.head });
          finalise(node, ahead);
        }
      });
      nodes.forEach((node, from) => {
        for (const message of messagesInFlight(node.replica)) {
          nodes.forEach((_, to) => {
            if (to !== from) packets.push({ to, message });
          });
        }
      });
    },
  };
  return cluster;
}
