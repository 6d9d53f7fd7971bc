/**
 * What is enumerated instead of drawn: the explorer to the views that it can complete, and twins in
 * every sequence of partitions; at three a twin must break I1, which shows that it would be seen.
 * SPEC SI26, SI27.
 */
import { explore, type Exploration } from "./explore.ts";
import { enumerateTwins, type TwinsReport } from "./twins.ts";

export interface ExhaustiveReport {
  readonly explored: readonly (Exploration & Bound)[];
  readonly twins: readonly TwinsReport[];
  readonly isClean: boolean;
}

interface Bound {
  readonly size: number;
  readonly liar: number;
  readonly viewMost: number;
}

const BOUNDS: readonly Bound[] = [
  { size: 3, liar: -1, viewMost: 2 },
  ...[0, 1, 2, 3].map((liar) => ({ size: 4, liar, viewMost: 1 })),
];

const STATES_MOST = 5_000_000;
const CONTROL_ROUNDS = 3;

/** `rounds`: how long the scenarios of twins are; 0: none. */
export function enumerateAll(hasExplorer: boolean, rounds: number): ExhaustiveReport {
  const explored = (hasExplorer ? BOUNDS : []).map((bound) => ({
    ...bound,
    ...explore({ ...bound, statesMost: STATES_MOST }),
  }));
  const places = [
    { size: 3, twin: -1, rounds },
    ...[0, 1, 2, 3].map((twin) => ({ size: 4, twin, rounds })),
    { size: 3, twin: 0, rounds: Math.min(rounds, CONTROL_ROUNDS) },
  ];
  const twins = (rounds === 0 ? [] : places).map((one) => enumerateTwins(one));
  const isClean =
    explored.every((one) => one.isComplete && one.broken === null) &&
    twins.every((one) => (isControl(one) ? one.broken.includes("I1") : one.broken.length === 0));
  return { explored, twins, isClean };
}

/**
 * Four to view 2, each of them lying, as far as so many states each. Clean is what broke nothing,
 * complete or not.
 */
export function exploreFour(
  statesMost: number,
  say: (line: string) => void = () => {},
): ExhaustiveReport {
  const explored = [0, 1, 2, 3].map((liar) => {
    const bound = { size: 4, liar, viewMost: 2 };
    const progress = (walked: number, known: number): void =>
      say(`liar ${liar}: ${walked} of ${known} known states walked`);
    return { ...bound, ...explore({ ...bound, statesMost, progress }) };
  });
  return { explored, twins: [], isClean: explored.every((one) => one.broken === null) };
}

export function describeExhaustive({ explored, twins, isClean }: ExhaustiveReport): string {
  const lines = [
    ...explored.map(
      ({ size, liar, viewMost, ...one }) =>
        `n = ${size}, ${liar < 0 ? "no liar" : `liar ${liar}`}, views 0 to ${viewMost}: ` +
        `${one.states} states, ${one.transitions} transitions, ` +
        `${one.isComplete ? "complete" : "NOT COMPLETE"}, ${seconds(one.wallMs)}` +
        (one.broken === null ? "" : `, BROKEN ${one.broken.rule}: ${one.broken.said.join(" ")}`),
    ),
    ...twins.map(
      (one) =>
        `n = ${one.size}, ${one.twin < 0 ? "no twin" : `twin ${one.twin}`}, ${one.rounds} rounds: ` +
        `${one.scenarios} scenarios, ${one.played} rounds played, ${one.decided} decided, ` +
        `to view ${one.highestView}, ${seconds(one.wallMs)}` +
        (one.broken.length === 0
          ? ""
          : `, broken ${one.broken.join(", ")}${isControl(one) ? " as it must be" : ""}`),
    ),
    isClean ? "clean" : "NOT CLEAN",
  ];
  return `${lines.join("\n")}\n`;
}

function isControl({ size, twin }: TwinsReport): boolean {
  return size < 4 && twin >= 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
