import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createReassembler } from "./framing.ts";
import type { Frame } from "./frames.ts";
import { createLinkFlow, isCredit } from "./link-flow.ts";
import {
  BACKLOG_BYTES_MAX,
  CREDIT_BYTES,
  IN_FLIGHT_BYTES_MAX,
  URGENT_BYTES,
} from "./link-limits.ts";
import { createLinkWriter } from "./link-writer.ts";

const creditOf = (bytes: number): Uint8Array => {
  const credit = new Uint8Array(5);
  credit[0] = 8;
  new DataView(credit.buffer).setUint32(1, bytes);
  return credit;
};

describe("what one end counts", () => {
  test("[LK22] what was sent is open until the other side has dealt with it", () => {
    const [mine, theirs] = [createLinkFlow(), createLinkFlow()];
    mine.sent(10_000);
    mine.sent(10_000);
    expect(mine.open()).toBe(20_000);
    theirs.arrived(20_000);
    const credit = theirs.due(0)!;
    expect([...credit]).toEqual([...creditOf(20_000)]);
    expect(isCredit(credit)).toBe(true);
    expect(mine.take(credit)).toBe(true);
    expect(mine.open()).toBe(0);
    expect(theirs.due(0)).toBe(null);
  });

  test("[LK23] says so from 16 KiB on, and nothing while more than 64 KiB wait", () => {
    const flow = createLinkFlow();
    flow.arrived(CREDIT_BYTES - 1);
    expect(flow.due(0)).toBe(null);
    flow.arrived(1);
    expect(flow.due(BACKLOG_BYTES_MAX + 1)).toBe(null);
    flow.arrived(5);
    expect([...flow.due(BACKLOG_BYTES_MAX)!]).toEqual([...creditOf(CREDIT_BYTES + 5)]);
  });

  test("[LK24] a credit for what was not sent, for nothing, or of another form is none", () => {
    const flow = createLinkFlow();
    flow.sent(100);
    const odd = [
      creditOf(0),
      creditOf(101),
      creditOf(2 ** 32 - 1),
      creditOf(50).subarray(0, 4),
      Uint8Array.of(...creditOf(50), 0),
      Uint8Array.of(9, 0, 0, 0, 50),
      new Uint8Array(0),
    ];
    for (const bytes of odd) expect(flow.take(bytes)).toBe(false);
    expect(flow.open()).toBe(100);
    const within = Uint8Array.of(7, ...creditOf(50)).subarray(1);
    expect(flow.take(within)).toBe(true);
    expect(flow.open()).toBe(50);
  });
});

/** A writer, a wire that holds what it is given, and a reader that deals with messages when told to. */
function makeHop() {
  const flow = createLinkFlow();
  const reader = createLinkFlow();
  const reassembler = createReassembler();
  const wire: Uint8Array[] = [];
  const waiting: number[] = [];
  let backlog = 0;
  const writer = createLinkWriter({
    send: (bytes) => {
      flow.sent(bytes.length);
      wire.push(bytes);
    },
    bufferedBytes: () => flow.open(),
    close: () => {
      throw new Error("slow");
    },
  });
  const credit = (): void => {
    const due = reader.due(backlog);
    if (due === null) return;
    if (!flow.take(due)) throw new Error("an honest credit was refused");
    writer.onDrain();
  };
  return {
    flow,
    writer,
    wireBytes: () => wire.reduce((sum, bytes) => sum + bytes.length, 0),
    backlog: () => backlog,
    held: () => reassembler.heldBytes(),
    isEmpty: () => wire.length === 0 && waiting.length === 0,
    arrive: () => {
      const bytes = wire.shift();
      if (bytes === undefined) return;
      reader.arrived(bytes.length);
      const taken = reassembler.take(bytes);
      if (!taken.ok) throw new Error(taken.reason);
      if (taken.message !== null) {
        waiting.push(taken.message.length);
        backlog += taken.message.length;
      }
      credit();
    },
    deal: () => {
      backlog -= waiting.shift() ?? 0;
      credit();
    },
  };
}

const messages: fc.Arbitrary<Frame> = fc.oneof(
  fc
    .integer({ min: 1, max: 60_000 })
    .map((size): Frame => ({ type: "blocks", finalised: [new Uint8Array(size)] })),
  fc
    .integer({ min: 1, max: 3_000 })
    .map((size): Frame => ({ type: "consensus", message: new Uint8Array(size) })),
  fc.constant<Frame>({ type: "ping", token: 1, wall: 0 }),
);
const steps = fc.array(
  fc.oneof(
    { weight: 2, arbitrary: messages },
    { weight: 4, arbitrary: fc.constant("arrive" as const) },
    { weight: 2, arbitrary: fc.constant("deal" as const) },
  ),
  { maxLength: 300 },
);

test("[LK25] whatever the pace of wire and reader, no hop holds more than its bound and nothing sticks", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const hop = makeHop();
      for (const step of script) {
        if (step === "arrive") hop.arrive();
        else if (step === "deal") hop.deal();
        else hop.writer.write(step);
        expect(hop.flow.open()).toBeLessThanOrEqual(IN_FLIGHT_BYTES_MAX + URGENT_BYTES);
        expect(hop.wireBytes()).toBeLessThanOrEqual(hop.flow.open());
        // What had been let in when the bound was passed, and the message that passed it.
        const most = BACKLOG_BYTES_MAX + IN_FLIGHT_BYTES_MAX + URGENT_BYTES + 60_100;
        expect(hop.backlog()).toBeLessThanOrEqual(most);
      }
      // A reader that goes on gets everything.
      for (let left = 0; left < 2_000 && !hop.isEmpty(); left += 1) {
        hop.arrive();
        hop.deal();
      }
      expect([hop.writer.queuedBytes(), hop.backlog(), hop.held()]).toEqual([0, 0, 0]);
      expect(hop.flow.open()).toBeLessThan(CREDIT_BYTES);
    }),
    { numRuns: 300 },
  );
});

test("[LK25] a reader that stops stops the writer: what is produced stays where it is produced", () => {
  const hop = makeHop();
  let produced = 0;
  // As an answer is made: only while there is room.
  while (hop.writer.queuedBytes() === 0) {
    hop.writer.write({ type: "blocks", finalised: [new Uint8Array(10_000)] });
    produced += 10_000;
  }
  for (let count = 0; count < 100; count += 1) hop.arrive();
  expect(produced).toBeLessThan(2 * (IN_FLIGHT_BYTES_MAX + BACKLOG_BYTES_MAX));
  expect(hop.writer.queuedBytes()).toBe(0);
  expect(hop.backlog()).toBeLessThanOrEqual(BACKLOG_BYTES_MAX + 10_100);
});
