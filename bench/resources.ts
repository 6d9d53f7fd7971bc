/**
 * What a browser takes of the machine, all its processes together: processor time, and memory as its
 * proportional set size (shared pages counted once, divided by who shares them). The memory is read
 * from Linux; elsewhere it is not known.
 */
import { existsSync, readFileSync } from "node:fs";
import type { Browser } from "@playwright/test";

export interface Resources {
  /** Processor time since the browser was started, seconds. */
  readonly cpuSeconds: number;
  /** Bytes; null where the system does not say. */
  readonly memoryBytes: number | null;
}

export async function readResources(browser: Browser): Promise<Resources> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const sizes = processInfo.map(({ id }) => proportionalBytes(id));
  return {
    cpuSeconds: processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0),
    memoryBytes: sizes.reduce<number | null>(
      (sum, bytes) => (sum === null || bytes === null ? null : sum + bytes),
      0,
    ),
  };
}

function proportionalBytes(process: number): number | null {
  const path = `/proc/${process}/smaps_rollup`;
  if (!existsSync(path)) return null;
  const [, kilobytes] = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(path, "utf8")) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
