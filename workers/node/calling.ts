/** The page's calls about calls for help: checks what came and tells how it went. SPEC EM6. Source: workers/api.ts. */
import type { EmergencyAnswer, FailureCode, PlaceView, Result } from "../api.ts";
import { utf8Length } from "../core/codec/shape.ts";
import { EMERGENCY_TEXT_BYTES_MAX } from "../core/gossip/limits.ts";
import { toHex } from "../core/codec/ids.ts";
import type { TinyNode } from "./node.ts";
import { isPlace } from "./place-units.ts";
import type { Published } from "./publishing.ts";
import { done, failed } from "./result.ts";
import type { TalkingPorts } from "./talking.ts";

type Calling = Pick<TinyNode, "callForHelp" | "answerCall" | "addPlace">;

const FAILURES = {
  rate: "too-fast",
  quota: "too-much",
  clock: "clock-wrong",
  "no-recipient": "not-member",
  "too-many": "too-many-devices",
} as const satisfies Record<string, FailureCode>;

export function createCalling({ call, withFamily, changed }: TalkingPorts): Calling {
  return {
    callForHelp: async (text, place) => {
      const clean = text.toWellFormed();
      const isLong = utf8Length(clean) > EMERGENCY_TEXT_BYTES_MAX;
      if (isLong) return call(async () => failed("text-too-long"));
      // A place that is none holds up nothing.
      const where = place !== undefined && isPlace(place) ? place : null;
      return call(async () =>
        withFamily(async (one) => {
          const sent = await one.emergencies()?.call(clean, where);
          changed();
          if (sent === undefined) return failed("not-member");
          return sent.ok ? done({ call: toHex(sent.id) }) : failed(FAILURES[sent.reason]);
        }),
      );
    },
    answerCall: async (id, answer) => said(id, answer, null),
    addPlace: async (id, place) =>
      isPlace(place) ? said(id, "place", place) : call(async () => failed("not-allowed")),
  };

  async function said(
    id: string,
    answer: EmergencyAnswer | "place",
    place: PlaceView | null,
  ): Promise<Result<null>> {
    return call(async () =>
      withFamily(async (one) => {
        const sent: Published | "unknown" | undefined = await one
          .emergencies()
          ?.answer(id, answer, place);
        changed();
        if (sent === undefined || sent === "unknown") return failed("not-allowed");
        return sent.ok ? done(null) : failed(FAILURES[sent.reason]);
      }),
    );
  }
}
