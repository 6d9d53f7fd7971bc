/**
 * The Web Lock of one profile, held in the worker. Requests have numbers, so that what the browser
 * says of an old one can be told from the newest. A stolen lock, and a refused one, are reported; a
 * dropped one is silent. SPEC TB2, TB7. Source: Web Locks API (stealing rejects the holder's request).
 */
export interface TabLock {
  ask(ticket: number, isSteal: boolean): void;
  /** Gives the lock back, or stops waiting for it. */
  drop(ticket: number): void;
}

export interface TabLockPorts {
  readonly onGranted: (ticket: number) => void;
  readonly onLost: (ticket: number) => void;
  readonly onRefused: (ticket: number, detail: string) => void;
}

export function createTabLock(name: string, ports: TabLockPorts): TabLock {
  // Absent outside secure contexts, whatever the type says.
  const { locks } = (globalThis as { navigator?: { locks?: LockManager } }).navigator ?? {};
  const requests = new Map<number, { readonly abort: AbortController; readonly end: () => void }>();

  async function ask(ticket: number, isSteal: boolean): Promise<void> {
    const abort = new AbortController();
    const ended = new Promise<void>((end) => {
      requests.set(ticket, { abort, end });
    });
    let isHeld = false;
    try {
      if (locks === undefined) throw new Error("no locks");
      // A thief cannot be called off; it does not wait either.
      const options = isSteal ? { steal: true } : { signal: abort.signal };
      await locks.request(name, options, async () => {
        if (!requests.has(ticket)) return;
        isHeld = true;
        ports.onGranted(ticket);
        await ended;
      });
    } catch (error) {
      if (!requests.delete(ticket)) return;
      if (isHeld) ports.onLost(ticket);
      else ports.onRefused(ticket, String(error));
    }
  }

  return {
    ask: (ticket, isSteal) => void ask(ticket, isSteal),
    drop: (ticket) => {
      const request = requests.get(ticket);
      requests.delete(ticket);
      request?.abort.abort();
      request?.end();
    },
  };
}
