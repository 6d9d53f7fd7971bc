/**
 * Measures what is stored, slice by slice through the node, for one screen: the person sees it grow,
 * may stop it, and leaving the screen stops it too. SPEC CK3.
 */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { FailureCode, Result, StorageCursor, StorageSlice } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";

const BEGINNING: StorageCursor = { table: "", after: [] };

export interface TableSize {
  readonly rows: number;
  readonly bytes: number;
}

type Host = ReactiveControllerHost & { readonly app: Pick<AppModel, "call"> };

export class StorageMeasure implements ReactiveController {
  /** By table, as far as it is counted. */
  sizes: ReadonlyMap<string, TableSize> = new Map();
  /** Tables that are counted to their end, of how many; null before the first slice. */
  progress: { readonly done: number; readonly of: number } | null = null;
  isRunning = false;
  failure: FailureCode | null = null;
  readonly #host: Host;
  /** The run that is on; another one, or none, makes it stop. */
  #run = 0;

  constructor(host: Host) {
    this.#host = host;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  get isWhole(): boolean {
    return this.progress !== null && this.progress.done === this.progress.of;
  }

  stop(): void {
    this.#run += 1;
    this.isRunning = false;
    this.#host.requestUpdate();
  }

  async start(): Promise<void> {
    this.#run += 1;
    const run = this.#run;
    this.sizes = new Map();
    this.progress = null;
    this.failure = null;
    this.isRunning = true;
    let next: StorageCursor | null = BEGINNING;
    while (next !== null) {
      this.#host.requestUpdate();
      const answer: Result<StorageSlice> = await this.#host.app.call("measureStorage", next);
      if (run !== this.#run) return;
      if (!answer.ok) {
        this.failure = answer.code;
        break;
      }
      const { table, rows, bytes, done, tables } = answer.value;
      const before = this.sizes.get(table) ?? { rows: 0, bytes: 0 };
      const size = { rows: before.rows + rows, bytes: before.bytes + bytes };
      this.sizes = new Map([...this.sizes, [table, size]]);
      this.progress = { done, of: tables };
      next = answer.value.next;
    }
    this.isRunning = false;
    this.#host.requestUpdate();
  }
}
