/**
 * Links between whole nodes on virtual time with nothing but latency: everything arrives after one
 * delay, in order. Says what passed, by kind, with its bytes. Made for `npm run bench -- consensus`.
 */
import { createReassembler } from "../workers/node/framing.ts";
import { decodeFrame, type Frame } from "../workers/node/frames.ts";
import type { Link } from "../workers/node/link.ts";
import type { TestDevice } from "../workers/node/testing/device.ts";
import type { VirtualTime } from "../workers/node/testing/virtual-time.ts";
import { createWire } from "../workers/node/testing/wire.ts";

/** One frame that left a device. */
export interface Passed {
  readonly from: TestDevice;
  readonly to: TestDevice;
  readonly type: Frame["type"];
  readonly bytes: number;
}

/** Links two devices of a family; `onPassed` hears of every frame as it leaves. */
export function linkSlowly(
  time: VirtualTime,
  [a, b]: readonly [TestDevice, TestDevice],
  delayMs: number,
  onPassed: (passed: Passed) => void,
): void {
  const { links } = createWire([{ type: "family" }, { type: "family" }]);
  a.node().link(delayed(time, links[0], delayMs, watch(a, b)), null);
  b.node().link(delayed(time, links[1], delayMs, watch(b, a)), null);

  function watch(from: TestDevice, to: TestDevice): (bytes: Uint8Array) => void {
    const reassembler = createReassembler();
    return (bytes) => {
      const taken = reassembler.take(bytes);
      const message = taken.ok ? taken.message : null;
      const frame = message === null ? null : decodeFrame(message);
      if (message === null || frame?.ok !== true) return;
      onPassed({ from, to, type: frame.value.type, bytes: message.length });
    };
  }
}

function delayed(
  time: VirtualTime,
  link: Link,
  delayMs: number,
  onSent: (bytes: Uint8Array) => void,
): Link {
  return {
    ...link,
    send: (bytes) => {
      const copy = bytes.slice();
      onSent(copy);
      time.after(delayMs, () => link.send(copy));
    },
  };
}
