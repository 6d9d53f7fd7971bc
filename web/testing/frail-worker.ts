/**
 * A worker for the tests of web/node-client.ts, which fails in the way its name says. The real
 * node cannot be made to fail on demand; everything between page and worker here is real.
 */

import * as Comlink from "comlink";
import type { NodeEvent, NodeSnapshot, Result } from "../../workers/api.ts";

let listener: (event: NodeEvent) => void = () => undefined;
let familyName: string | null = null;
let hasStarted = false;

function snapshot(): NodeSnapshot {
  return {
    phase: "empty",
    build: "test",
    lock: { isSet: false, isNeeded: false, idleMinutes: 0, waitUntil: 0, others: 0 },
    familyName,
    me: null,
    members: [],
    conversations: [],
    groups: [],
    canGather: null,
    sharesReading: false,
    retentionDays: 30,
    invites: [],
    joining: null,
    removal: null,
    refills: [],
    emergencies: [],
    places: null,
    requests: [],
    connection: { linked: 0, others: 0, signalling: "closed" },
    ledger: {
      height: 0,
      head: "",
      pending: 0,
      waitsFor: [],
      keepers: [],
      help: "cannot",
      isSilenced: false,
      canRecover: false,
      recoveries: [],
      proposals: [],
      refused: [],
      split: null,
    },
    notices: [],
  };
}

Comlink.expose({
  setAway(isAway: boolean): void {
    familyName = isAway ? "away" : "back";
    listener({ type: "snapshot", snapshot: snapshot() });
  },
  subscribe(given: (event: NodeEvent) => void): void {
    listener = given;
  },
  attachMesh(port: MessagePort): void {
    familyName = port instanceof MessagePort ? "mesh attached" : null;
  },
  start(): Result<NodeSnapshot> {
    hasStarted = true;
    listener({ type: "snapshot", snapshot: snapshot() });
    if (self.name === "stops") listener({ type: "stopped", detail: "planted invariant" });
    return { ok: true, value: snapshot() };
  },
  recoveryWords(): Result<readonly string[]> | Promise<never> {
    switch (self.name) {
      case "dies":
        setTimeout(() => {
          throw new Error("planted death");
        });
        return new Promise(() => undefined);
      case "hangs":
        for (;;) performance.now();
      case "throws":
        throw new Error("planted throw");
      default:
        if (hasStarted) return { ok: true, value: ["one"] };
        return { ok: false, code: "storage-unavailable", detail: "not started" };
    }
  },
  cancelJoin: () => new Promise(() => undefined),
});
