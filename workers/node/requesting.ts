/** The page's calls about requests: checks what came and tells how it went. SPEC RQN1, RQN8. Source: workers/api.ts. */
import type { FailureCode, Result } from "../api.ts";
import { utf8Length } from "../core/codec/shape.ts";
import { REQUEST_TEXT_BYTES_MAX } from "../core/gossip/limits.ts";
import type { GoverningPorts } from "./governing.ts";
import type { TinyNode } from "./node.ts";
import type { RequestSent } from "./requests.ts";
import { done, failed } from "./result.ts";

type Requesting = Pick<TinyNode, "askFor" | "takeBackRequest" | "answerRequest">;

const FAILURES = {
  rate: "too-fast",
  clock: "clock-wrong",
  "no-recipient": "not-allowed",
  "too-many": "too-many-devices",
  quota: "too-much",
  refused: "not-allowed",
  unknown: "already-done",
} as const satisfies Record<string, FailureCode>;

export function createRequesting({
  call,
  guarded,
  withFamily,
  changed,
}: GoverningPorts): Requesting {
  return {
    askFor: async (wish) => {
      const text = wish.text.toWellFormed().trim();
      const isLong = utf8Length(text) > REQUEST_TEXT_BYTES_MAX;
      if (isLong) return call(async () => failed("text-too-long"));
      // Nobody can answer a request that says nothing.
      if (text === "" && wish.about === null && wish.thing !== "time") {
        return call(async () => failed("text-empty"));
      }
      const { until } = wish;
      const isTime = until === null || (Number.isSafeInteger(until) && until > 0);
      if (!isTime) return call(async () => failed("not-allowed"));
      return call(async () =>
        withFamily(async (one) => toResult(await one.requests()?.ask({ ...wish, text }))),
      );
    },
    takeBackRequest: async (request) =>
      call(async () =>
        withFamily(async (one) => toResult(await one.requests()?.takeBack(request))),
      ),
    answerRequest: async (request, answer, pin) =>
      guarded(pin, async () =>
        withFamily(async (one) => {
          const fault = (await one.requests()?.answer(request, answer)) ?? null;
          changed();
          return fault === null ? done(null) : failed(fault);
        }),
      ),
  };

  function toResult(sent: RequestSent | undefined): Result<null> {
    changed();
    if (sent === undefined) return failed("not-member");
    return sent.ok ? done(null) : failed(FAILURES[sent.reason]);
  }
}
