/** The page's calls about places: checks what came and tells how it went. SPEC PN1, PN9. Source: workers/api.ts. */
import { PLACE_MINUTES, type Result } from "../api.ts";
import type { TinyNode } from "./node.ts";
import type { SharedPlace } from "./own-place.ts";
import { isPlace } from "./place-units.ts";
import type { Places } from "./places.ts";
import { done, failed } from "./result.ts";
import type { TalkingPorts } from "./talking.ts";

type Placing = Pick<TinyNode, "sharePlace" | "notePlace" | "stopPlace">;

export function createPlacing({ call, withFamily, changed }: TalkingPorts): Placing {
  return {
    sharePlace: async ({ conversation, minutes }, place) =>
      isPlace(place) && PLACE_MINUTES.includes(minutes)
        ? asked(async (one) => one.share(conversation, minutes, place))
        : call(async () => failed("not-allowed")),
    notePlace: async (place) =>
      asked(async (one) => {
        if (isPlace(place)) await one.note(place);
        return { ok: true };
      }),
    stopPlace: async () => asked(async (one) => one.stop()),
  };

  async function asked(task: (places: Places) => Promise<SharedPlace>): Promise<Result<null>> {
    return call(async () =>
      withFamily(async (one) => {
        const places = one.places();
        const outcome = places === null ? null : await task(places);
        changed();
        if (outcome === null) return failed("not-member");
        return outcome.ok ? done(null) : failed(outcome.code);
      }),
    );
  }
}
