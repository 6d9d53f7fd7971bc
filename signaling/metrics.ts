/**
 * What the server counts, as numbers only: no topic, no address, no member can be read from them.
 * Text in the Prometheus exposition format. SPEC SG33.
 */

/** Totals since the start; each only grows. */
export type Counters = {
  socketsOpened: number;
  socketsRefused: number;
  framesReceived: number;
  framesBad: number;
  framesUnknown: number;
  framesDelivered: number;
  bytesDelivered: number;
  subscriptionsRefused: number;
  readsPaused: number;
  closedForFlood: number;
  closedForBadFrames: number;
  closedForSlowReading: number;
  closedForSilence: number;
};

/** What is there now. */
export type Gauges = {
  readonly sockets: number;
  readonly topics: number;
  readonly subscriptions: number;
  readonly addresses: number;
};

export function createCounters(): Counters {
  return {
    socketsOpened: 0,
    socketsRefused: 0,
    framesReceived: 0,
    framesBad: 0,
    framesUnknown: 0,
    framesDelivered: 0,
    bytesDelivered: 0,
    subscriptionsRefused: 0,
    readsPaused: 0,
    closedForFlood: 0,
    closedForBadFrames: 0,
    closedForSlowReading: 0,
    closedForSilence: 0,
  };
}

/** One line a number: gauges by their name, counters with `_total`. */
export function formatMetrics(gauges: Gauges, counters: Readonly<Counters>): string {
  const lines = [
    ...Object.entries(gauges).map(([name, value]) => formatLine(name, value, "gauge")),
    ...Object.entries(counters).map(([name, value]) =>
      formatLine(`${name}Total`, value, "counter"),
    ),
  ];
  return `${lines.join("\n")}\n`;
}

function formatLine(camelName: string, value: number, kind: "gauge" | "counter"): string {
  const name = `tinyweb_signaling_${camelName.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
  return `# TYPE ${name} ${kind}\n${name} ${value}`;
}
