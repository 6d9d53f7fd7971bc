/**
 * A naive model of the store: an unsorted list of rows, and an order of keys written a second time
 * from the specification. Random histories must look the same in both. Holds no tests of its own.
 */
import * as fc from "fast-check";
import { expect } from "vitest";
import { type Key, type KeyBound, prefixRange, type Store, type Write } from "./store.ts";

type Part = KeyBound[number];

/** Numbers, strings, bytes, the ceiling: each as text that sorts as the specification says. */
function spell(part: Part): string {
  if (typeof part === "number") return `0${String(part + 100).padStart(5, "0")}`;
  if (typeof part === "string") return `1${part}`;
  return part instanceof Uint8Array
    ? `2${Array.from(part, (b) => (b === 0 ? "a" : "b")).join("")}`
    : "3";
}

function sortsBefore(left: KeyBound, right: KeyBound): boolean {
  for (const [index, part] of left.entries()) {
    const other = right[index];
    if (other === undefined) return false;
    if (spell(part) !== spell(other)) return spell(part) < spell(other);
  }
  return left.length < right.length;
}

const isSame = (left: KeyBound, right: KeyBound): boolean =>
  !sortsBefore(left, right) && !sortsBefore(right, left);

type ModelRow = { key: Key; value: number };
type ModelTable = "entries" | "log";

function applyToModel(rows: ModelRow[], write: Write): ModelRow[] {
  if (write.type === "delete-range") {
    const { from, to } = write.range;
    return rows.filter((row) => sortsBefore(row.key, from) || !sortsBefore(row.key, to));
  }
  const others = rows.filter((row) => !isSame(row.key, write.key));
  return write.type === "put"
    ? [...others, { key: write.key, value: write.value as number }]
    : others;
}

const part = fc.oneof(
  fc.integer({ min: -2, max: 2 }),
  fc.constantFrom("", "a", "aa", "b"),
  fc.array(fc.integer({ min: 0, max: 1 }), { maxLength: 2 }).map((list) => new Uint8Array(list)),
);
const key: fc.Arbitrary<Key> = fc.array(part, { maxLength: 3 });
const bound: fc.Arbitrary<KeyBound> = fc.oneof(
  { weight: 3, arbitrary: key },
  { weight: 1, arbitrary: key.map((prefix) => prefixRange(prefix).to) },
);
const range = fc.record({ from: bound, to: bound });
const table = fc.constantFrom<ModelTable>("entries", "log");
const write: fc.Arbitrary<Write> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ type: fc.constant("put" as const), table, key, value: fc.nat() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("delete" as const), table, key }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("delete-range" as const), table, range }) },
);
const step = fc.record({
  writes: fc.array(write, { maxLength: 8 }),
  isStrict: fc.boolean(),
  table,
  range,
  probe: key,
  listing: fc.record({ limit: fc.nat(5), reverse: fc.boolean() }, { requiredKeys: [] }),
});

/** Runs `runs` random histories; every history starts on emptied tables of `store`. */
export async function runModel(store: Store, runs: number, seed: number): Promise<void> {
  const everything = prefixRange([]);
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 6 }),
    async (steps) => {
      const model: Record<ModelTable, ModelRow[]> = { entries: [], log: [] };
      const wipe = (["entries", "log"] as const).map(
        (each) => ({ type: "delete-range", table: each, range: everything }) as const,
      );
      await store.commit(wipe, { durability: "relaxed" });
      for (const { writes, isStrict, table: listed, range: asked, probe, listing } of steps) {
        for (const each of writes) {
          const target = each.table as ModelTable;
          model[target] = applyToModel(model[target], each);
        }
        await store.commit(writes, { durability: isStrict ? "strict" : "relaxed" });
        const sorted = model[listed].toSorted((a, b) => (sortsBefore(a.key, b.key) ? -1 : 1));
        const inside = sorted.filter(
          (row) => !sortsBefore(row.key, asked.from) && sortsBefore(row.key, asked.to),
        );
        if (listing.reverse === true) inside.reverse();
        expect(await store.list(listed, asked, listing)).toEqual(inside.slice(0, listing.limit));
        expect(await store.list(listed, everything)).toEqual(sorted);
        const found = model[listed].find((row) => isSame(row.key, probe));
        expect(await store.get(listed, probe)).toEqual(found?.value ?? null);
      }
    },
  );
  await fc.assert(property, { numRuns: runs, seed });
}
