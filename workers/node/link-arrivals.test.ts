import { beforeEach, expect, test } from "vitest";
import type { MeshCommand, MeshEvent } from "../api.ts";
import type { Hex } from "../core/codec/ids.ts";
import type { Attempt } from "./attempts.ts";
import type { HeldChannel, HeldChannelPorts } from "./channel-link.ts";
import { createLinkArrivals, type LinkArrivals } from "./link-arrivals.ts";
import type { Link, LinkBinding } from "./link.ts";

const PEER = "ab" as Hex;
const ATTEMPT: Attempt = {
  id: PEER,
  purpose: { type: "family" },
  topic: "t",
  key: new Uint8Array(32),
  deviceKey: new Uint8Array(32),
  session: new Uint8Array(16),
  sessionName: "s",
  deviceName: "d",
  isInitiator: true,
  startedAt: 0,
  hasHeard: true,
};

/** A held channel that writes down what becomes of it. */
class Held implements HeldChannel {
  ends = 0;
  binding: LinkBinding | null = null;
  ports: HeldChannelPorts | null = null;

  link(binding: LinkBinding, ports: HeldChannelPorts): Link {
    this.binding = binding;
    this.ports = ports;
    return {
      binding,
      carrier: "transferred",
      send: () => undefined,
      bufferedBytes: () => 0,
      receive: () => undefined,
      close: () => undefined,
    };
  }

  end(): void {
    this.ends += 1;
  }
}

const commands: MeshCommand[] = [];
let arrivals: LinkArrivals;

beforeEach(() => {
  commands.length = 0;
  arrivals = createLinkArrivals((command) => commands.push(command));
});

function linkEvent(changes: Partial<Extract<MeshEvent, { type: "link" }>> = {}) {
  return {
    type: "link",
    peer: PEER,
    isInitiator: true,
    localFingerprint: "1".repeat(64),
    remoteFingerprint: "2".repeat(64),
    port: null,
    ...changes,
  } as const;
}

test("[RV22] a transferred channel becomes a link only with the page's word and its fingerprints", () => {
  const held = new Held();
  arrivals.hold(PEER, held, ATTEMPT);
  expect(held.binding).toBe(null);
  const link = arrivals.open(linkEvent(), ATTEMPT);
  expect(link?.carrier).toBe("transferred");
  expect(held.binding).toMatchObject({ transport: "rtc", isInitiator: true });
  expect(held.binding?.localFingerprint[0]).toBe(0x11);
  expect(commands).toEqual([]);
});

test("[RV22] a port makes a link of the pumped kind, whatever else was there", () => {
  const { port1, port2 } = new MessageChannel();
  const link = arrivals.open(linkEvent({ port: port2 }), ATTEMPT);
  expect(link?.carrier).toBe("pumped");
  link?.close("done");
  port1.close();
});

test("[RV23] closes a channel of no attempt, a second one, and one whose attempt is over", () => {
  const [nobodys, second, first] = [new Held(), new Held(), new Held()];
  arrivals.hold(PEER, nobodys, undefined);
  arrivals.hold(PEER, first, ATTEMPT);
  arrivals.hold(PEER, second, ATTEMPT);
  expect([nobodys.ends, second.ends, first.ends]).toEqual([1, 1, 0]);
  arrivals.end(PEER);
  arrivals.end(PEER);
  expect(first.ends).toBe(1);
  expect(arrivals.open(linkEvent(), ATTEMPT)).toBe(null);
});

test("[RV23] a word that is none makes no link and closes what came with it", () => {
  const held = new Held();
  arrivals.hold(PEER, held, ATTEMPT);
  const bad = linkEvent({ remoteFingerprint: "1".repeat(64) });
  expect(arrivals.open(bad, ATTEMPT)).toBe(null);
  expect(held.ends).toBe(1);
  expect(arrivals.open(linkEvent({ isInitiator: false }), ATTEMPT)).toBe(null);
  expect(arrivals.open(linkEvent(), undefined)).toBe(null);
});

test("[RV24] asks the page to pump where a channel was lost on the way or never opens", () => {
  expect(arrivals.open(linkEvent(), ATTEMPT)).toBe(null);
  expect(commands).toEqual([{ type: "pump" }]);
  const held = new Held();
  arrivals.hold(PEER, held, ATTEMPT);
  arrivals.open(linkEvent(), ATTEMPT);
  held.ports?.onDead();
  expect(commands).toEqual([{ type: "pump" }, { type: "pump" }]);
});

test("[RV24] tells the page when a channel has closed", () => {
  const held = new Held();
  arrivals.hold(PEER, held, ATTEMPT);
  arrivals.open(linkEvent(), ATTEMPT);
  held.ports?.onClosed();
  expect(commands).toEqual([{ type: "disconnect", peer: PEER }]);
});
