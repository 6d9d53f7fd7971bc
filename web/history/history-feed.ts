/**
 * What the screen has of the history: pages from the newest one down, and what is new at the top when
 * the rules change. Pure; `history-pages.ts` asks the node. SPEC UI96.
 */

import type { HistoryBlock, HistoryPage } from "../../workers/api.ts";

export interface Feed {
  /** Newest first, each height once. */
  readonly blocks: readonly HistoryBlock[];
  /** Newest height that was looked at, whether it had anything to show or not. */
  readonly top: number;
  /** Where the page after these begins; null: there is none. */
  readonly next: number | null;
  /** Oldest height that the node has in one piece. */
  readonly from: number;
}

/** With the page after its last one. */
export function withOlder(feed: Feed, page: HistoryPage): Feed {
  const lowest = feed.blocks.at(-1)?.height ?? Number.POSITIVE_INFINITY;
  const older = page.blocks.filter(({ height }) => height < lowest);
  return { ...page, blocks: [...feed.blocks, ...older], top: feed.top };
}

/** With the newest page, read again. What it leaves a gap to is let go: "Show earlier" fetches it. */
export function withNewest(feed: Feed, page: HistoryPage): Feed {
  const { next } = page;
  if (next === null) return { ...page };
  if (next > feed.top + 1) return { ...page };
  const older = feed.blocks.filter(({ height }) => height < next);
  // What was not there when the list ended may have come since.
  const isLonger = feed.next === null && page.from < feed.from;
  return {
    blocks: [...page.blocks, ...older],
    top: page.top,
    next: isLonger ? feed.from : feed.next,
    from: page.from,
  };
}

/** How many changes of a feed were not in the one before it, at its top. */
export function countNew(before: Feed, after: Feed): number {
  return after.blocks
    .filter(({ height }) => height > before.top)
    .reduce((sum, { changes }) => sum + changes.length, 0);
}
