/**
 * The node does one thing at a time: every input (a frame, a call of the page, a timer) is a task in
 * this queue, and the next begins when the one before has settled. A task that fails tells whoever
 * gave it and never stops the queue. SPEC MB1..MB3.
 */
export interface Mailbox {
  /** Runs the task after all earlier ones; resolves or rejects with it. */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** The same for tasks that nobody waits for: a failure goes to `onFault`. */
  post(task: () => Promise<void>): void;
  /** Resolves when nothing is queued or running. */
  idle(): Promise<void>;
}

export function createMailbox(onFault: (error: unknown) => void): Mailbox {
  let last: Promise<unknown> = Promise.resolve();

  const run = async <T>(task: () => Promise<T>): Promise<T> => {
    const result = last.then(task);
    last = result.catch(() => null);
    return result;
  };

  return {
    run,
    post: (task) => {
      run(task).catch(onFault);
    },
    idle: async () => {
      // Tasks may post tasks: look again until the last one seen is the last one there is.
      let seen: Promise<unknown>;
      do {
        seen = last;
        await seen;
      } while (seen !== last);
    },
  };
}
