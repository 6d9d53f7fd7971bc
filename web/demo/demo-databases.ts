/**
 * The databases of the demo, and that none of them stays. Each run has names of its own, held by a
 * Web Lock while the page lives, so that two tabs can look around at once and what a closed tab left
 * behind is known as nobody's. Capitals keep the names apart from every profile's (`?profile=` knows
 * lower case only). SPEC DM1, DM2.
 */

const PREFIX = "tinyweb-demo-";
const NAME = /^(tinyweb-demo-[0-9A-F]{8})-[A-Z]+$/;

/** The name that all databases of one run begin with. */
export function nameRun(random: Uint8Array): string {
  const digits = [...random.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${PREFIX}${digits.join("").toUpperCase()}`;
}

export function nameDatabase(run: string, phone: string): string {
  return `${run}-${phone}`;
}

/** The databases of runs that nobody holds any more; never one of a person's. */
export function findLeftovers(names: readonly string[], held: readonly string[]): string[] {
  return names.filter((name) => {
    const run = NAME.exec(name)?.[1];
    return run !== undefined && !held.includes(run);
  });
}

/** Holds a run's name; resolves, when it is held, with what lets go of it. */
export async function holdRun(run: string): Promise<() => void> {
  const { promise: held, resolve: hold } = Promise.withResolvers<void>();
  const { promise: end, resolve: release } = Promise.withResolvers<void>();
  void navigator.locks.request(run, async () => {
    hold();
    await end;
  });
  await held;
  return release;
}

/** Deletes what runs that ended without a goodbye left behind. */
export async function deleteLeftovers(): Promise<void> {
  const [databases, locks] = await Promise.all([indexedDB.databases(), navigator.locks.query()]);
  const names = databases.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const held = (locks.held ?? []).flatMap(({ name }) => (name === undefined ? [] : [name]));
  await deleteDatabases(findLeftovers(names, held));
}

/** Resolves when they are gone; a worker that was just ended may keep one for a moment. */
export async function deleteDatabases(names: readonly string[]): Promise<void> {
  await Promise.all(
    names.map(
      async (name) =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.deleteDatabase(name);
          request.addEventListener("success", () => resolve());
          request.addEventListener("error", () =>
            reject(request.error ?? new Error("not deleted")),
          );
        }),
    ),
  );
}
