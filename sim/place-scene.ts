/**
 * A place while two groups do not hear each other: it is over before they meet, and nobody asks for it;
 * afterwards everybody sees the latest of whoever shares one, also where an older one comes after it, and
 * a stop that its author is not there to say is handed on by the others. SPEC SI42.
 */
import { encodeRegister } from "../workers/core/gossip/register.ts";
import { toHex } from "../workers/core/codec/ids.ts";
import type { VerifiedEntry } from "../workers/core/gossip/state.ts";
import type { Stage } from "./gossip-scenes.ts";
import { watchPlaces } from "./spread-places.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const EVERYBODY = [0, 1, 2, 3, 4];
/** Above what one place of a device takes until its turn. */
const TURN_MS = 8 * SECOND_MS;
/** A number grows by a byte now and then; a gap costs several. */
const GROWTH_BYTES_MAX = 40;

export function placeInPartition({ spread, truth, ...stage }: Stage): {
  readonly stuck: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
} {
  const { mote, write, pass, link } = stage;
  const places = watchPlaces(spread, truth);
  const [sharer, other] = [mote(1), mote(2)];
  const stuck: string[] = [];
  let asked = 0;
  spread.watches.push({
    sent: (_from, _to, frame) => {
      if (frame.type === "want" && frame.wants.some((one) => one.stream % 2 === 1)) asked += 1;
    },
  });
  const bytes = (): number => {
    const own = mote(0).core.registers.get(mote(0).name)?.register;
    return own === undefined ? 0 : encodeRegister(own, spread.family.view.head.devices).length;
  };
  const all = (what: string, of: typeof sharer, expected: string | null, at = EVERYBODY): void => {
    for (const index of at) {
      const is = places.shownAt(mote(index), of);
      if (is !== expected) stuck.push(`${what}: ${index} shows ${is ?? "nothing"}`);
    }
  };
  const idOf = (entry: VerifiedEntry | null): string | null =>
    entry === null ? null : toHex(entry.id);
  const talk = (): void => {
    for (const index of EVERYBODY) write(index, (index + 1) % 5);
    pass(2 * SECOND_MS);
  };

  link(EVERYBODY);
  talk();
  const first = idOf(places.say(sharer));
  const theirs = idOf(places.say(other));
  pass(TURN_MS);
  all("at first", sharer, first);
  all("at first", other, theirs);
  pass(60 * SECOND_MS);
  const baseline = bytes();

  link([0, 1], [2, 3, 4]);
  spread.setLoss(0.5);
  let parted = 0;
  for (let round = 0; round < 5; round += 1) {
    talk();
    parted = Math.max(parted, bytes());
  }
  spread.setLoss(0);
  const moved = places.say(sharer, false, 60);
  pass(TURN_MS);
  all("parted", sharer, idOf(moved), [0, 1]);
  all("parted", sharer, first, [2, 3, 4]);
  spread.jump(HOUR_MS);
  pass(2 * SECOND_MS);
  link(EVERYBODY);
  pass(60 * SECOND_MS);
  // Over before they met: nobody is given it.
  all("over", sharer, first, [2, 3, 4]);
  const healed = bytes();

  const latest = places.say(sharer);
  pass(TURN_MS);
  all("again", sharer, idOf(latest));

  // One is away; what it then hears comes in the wrong order.
  link([0, 1, 2, 3]);
  const older = places.say(sharer);
  pass(TURN_MS);
  const newer = places.say(sharer);
  pass(TURN_MS);
  for (const entry of [newer, older]) {
    if (entry !== null) spread.feed(mote(4), { type: "entry", entry, from: mote(3).name });
    pass(TURN_MS);
  }
  all("in the wrong order", sharer, idOf(newer));

  // It stops, and is gone before the last one is there.
  places.say(sharer, true);
  pass(TURN_MS);
  link([3, 4]);
  pass(TURN_MS);
  all("after the stop", sharer, "stopped");
  link(EVERYBODY);
  pass(60 * SECOND_MS);
  all("in the end", sharer, "stopped");
  stuck.push(
    ...(healed <= baseline + GROWTH_BYTES_MAX ? [] : [`${healed} bytes, ${baseline} before`]),
    ...(asked === 0 ? [] : [`${asked} questions for what is ephemeral`]),
  );
  return { stuck, figures: { baseline, parted, healed } };
}
