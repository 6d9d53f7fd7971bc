/**
 * What a benchmark opens and must close again, whatever happens: servers, browsers, folders. It says
 * on stderr how far it is, and closes everything once, the last opened first, also when somebody
 * presses Ctrl-C. Measures nothing.
 */
export interface Stage {
  /** Gives the thing back; `close` is called when the stage closes. */
  readonly own: <T>(thing: T, close: (thing: T) => unknown) => T;
  /** How far it is, in words. */
  readonly say: (words: string) => void;
  readonly close: () => Promise<void>;
}

export function createStage(): Stage {
  const closers: (() => unknown)[] = [];
  let closing: Promise<void> | null = null;

  const closeAll = async (): Promise<void> => {
    for (let next = closers.pop(); next !== undefined; next = closers.pop()) {
      try {
        await next();
      } catch (error) {
        // What does not close must not keep the rest open.
        process.stderr.write(`could not close: ${String(error)}\n`);
      }
    }
  };
  return {
    own: (thing, close) => {
      if (closing === null) {
        closers.push(() => close(thing));
        return thing;
      }
      void close(thing);
      throw new Error("cancelled");
    },
    say: (words) => {
      if (closing === null) process.stderr.write(`${words}\n`);
    },
    close: async () => {
      closing ??= closeAll();
      await closing;
    },
  };
}

/**
 * Closes the stage at Ctrl-C or a polite kill, then ends with the code that shells expect; gives that
 * code, null where nobody cancelled.
 */
export function closeOnSignal(stage: Stage): () => number | null {
  let cancelled: number | null = null;
  for (const [signal, code] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const) {
    process.once(signal, () => {
      cancelled = code;
      process.stderr.write("\ncancelled: closing what was opened\n");
      void stage.close().then(() => process.exit(code));
    });
  }
  return () => cancelled;
}
