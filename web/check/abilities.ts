/**
 * What this browser can do, each thing tried and not asked by name: a key is made and used, a lock
 * taken, a channel opened. A probe that fails or does not end says so and harms nothing; none sends
 * anything to anybody, and none asks the person for a permission. SPEC CK1, CK2.
 */

/** `yes` and `no` as tried; `off` where it could be and is not switched on here. */
export type AbilityState = "yes" | "no" | "off";

export interface Ability {
  readonly name: AbilityName;
  readonly state: AbilityState;
  /** What the browser says about it, in its own words: a mode, a permission, the name of an error. */
  readonly detail: string;
}

export const ABILITY_NAMES = [
  "ed25519",
  "x25519",
  "key-storage",
  "strict-writes",
  "persistence",
  "locks",
  "broadcast",
  "webrtc",
  "channel-transfer",
  "service-worker",
  "installed",
  "push",
  "notifications",
  "camera",
  "clipboard",
  "share",
  "trusted-types",
] as const;

export type AbilityName = (typeof ABILITY_NAMES)[number];

interface Found {
  readonly state: AbilityState;
  readonly detail?: string;
}

/** What is tried; tests hand in others. */
export type Probes = Readonly<Record<AbilityName, () => Found | Promise<Found>>>;

/** Longest that one probe may take. */
export const PROBE_MS_MAX = 3000;

/** All abilities, in the order of ABILITY_NAMES; one after the other, so that they do not disturb. */
export async function probeAbilities(probes: Probes): Promise<readonly Ability[]> {
  const found: Ability[] = [];
  for (const name of ABILITY_NAMES) found.push(await probe(name, probes[name]));
  return found;
}

async function probe(name: AbilityName, ask: Probes[AbilityName]): Promise<Ability> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<Found>((resolve) => {
    timer = setTimeout(() => resolve({ state: "no", detail: "no answer" }), PROBE_MS_MAX);
  });
  try {
    const { state, detail = "" } = await Promise.race([ask(), late]);
    return { name, state, detail };
  } catch (error) {
    return { name, state: "no", detail: error instanceof Error ? error.name : "unknown" };
  } finally {
    clearTimeout(timer);
  }
}
