/**
 * What happened, as one hash: every event, every frame that a node sent, every commit of a store.
 * Two runs of a seed that differ anywhere differ here. SPEC SI2.
 */
import { createHash } from "node:crypto";

export interface Trace {
  note(what: string, bytes?: Uint8Array): void;
  /** 32 hex digits over everything noted; nothing can be noted after it. */
  digest(): string;
}

/** `print` gets every line as well, with its virtual time. */
export function createTrace(now: () => number, print: ((line: string) => void) | null): Trace {
  const hash = createHash("sha256");
  return {
    note: (what, bytes) => {
      const line = `${now().toFixed(3)} ${what}`;
      hash.update(line);
      if (bytes !== undefined) hash.update(bytes);
      print?.(bytes === undefined ? line : `${line} (${bytes.length} bytes)`);
    },
    digest: () => hash.digest("hex").slice(0, 32),
  };
}
