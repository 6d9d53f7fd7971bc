/** What the screen makes of the node's answers: days, entries, pages. Pure, and the reader of pages. */

import { describe, expect, it } from "vitest";
import type { HistoryBlock, HistoryPage, HistoryRequest, Result } from "../../workers/api.ts";
import { DAD, HISTORY, MUM } from "../dev/history-fixtures.ts";
import { arrangeHistory } from "./arrange-history.ts";
import { countNew, withNewest, withOlder } from "./history-feed.ts";
import { HistoryPages } from "./history-pages.ts";

const NOON = new Date(2026, 10, 22, 12).getTime();
const HOUR_MS = 3_600_000;
const [sample] = HISTORY.blocks;
const [sampleChange] = sample?.changes ?? [];

function block(height: number, hoursAgo: number, part: { by?: typeof MUM; count?: number } = {}) {
  const { by = MUM, count = 1 } = part;
  if (sample === undefined || sampleChange === undefined) throw new Error("no sample");
  const changes = Array.from({ length: count }, (_, index) => ({
    ...sampleChange,
    id: `${height}-${index}`,
    by,
  }));
  return { ...sample, height, time: NOON - hoursAgo * HOUR_MS, changes };
}
const pageOf = (heights: readonly number[], next: number | null, from = 0): HistoryPage => ({
  blocks: heights.map((height) => block(height, 100 - height)),
  top: heights[0] ?? next ?? 0,
  next,
  from,
});
const heightsOf = ({ blocks }: { blocks: readonly HistoryBlock[] }) =>
  blocks.map(({ height }) => height);

describe("days and entries", () => {
  it("[UI95] are by the reader's calendar, newest first, and count back from today", () => {
    const blocks = [block(9, 1), block(8, 11), block(7, 13), block(6, 40)];
    const days = arrangeHistory(blocks, NOON, ({ id }) => id);
    expect(days.map(({ daysAgo }) => daysAgo)).toEqual([0, 1, 2]);
    expect(days.map(({ entries }) => entries.map(({ key }) => key))).toEqual([
      ["9-0", "8-0"],
      ["7-0"],
      ["6-0"],
    ]);
  });

  it("[UI95] put neighbours that say the same by the same person on one day together, and no others", () => {
    const blocks = [block(9, 1), block(8, 2), block(7, 3, { by: DAD }), block(6, 4), block(5, 13)];
    const [today, yesterday] = arrangeHistory(blocks, NOON, () => "made an invite");
    expect(today?.entries.map(({ items }) => items.map(({ height }) => height))).toEqual([
      [9, 8],
      [7],
      [6],
    ]);
    expect(yesterday?.entries.map(({ items }) => items.length)).toEqual([1]);
    // The key is the oldest's: it stays when a newer one joins.
    const before = arrangeHistory(blocks.slice(1), NOON, () => "made an invite");
    expect(today?.entries[0]?.key).toBe(before[0]?.entries[0]?.key);
    const others = arrangeHistory(blocks.slice(0, 2), NOON, ({ id }) => id);
    expect(others[0]?.entries).toHaveLength(2);
  });

  it("[UI95] of several changes written down in one, the last comes first", () => {
    const days = arrangeHistory([block(3, 1, { count: 3 })], NOON, ({ id }) => id);
    expect(days[0]?.entries.map(({ key }) => key)).toEqual(["3-2", "3-1", "3-0"]);
  });
});

describe("pages", () => {
  it("[UI96] older ones are put below, each height once", () => {
    const feed = withOlder(pageOf([9, 8, 7], 7), pageOf([7, 6, 5], 5));
    expect([heightsOf(feed), feed.next]).toEqual([[9, 8, 7, 6, 5], 5]);
  });

  it("[UI96] what is new comes to the top and what was read stays", () => {
    const feed = withOlder(pageOf([9, 8, 7], 7), pageOf([6, 5], 5));
    const after = withNewest(feed, pageOf([11, 10, 9], 9));
    expect([heightsOf(after), after.next]).toEqual([[11, 10, 9, 8, 7, 6, 5], 5]);
    expect(countNew(feed, after)).toBe(2);
    expect(countNew(after, after)).toBe(0);
  });

  it("[UI96] no gap is left where more came than a page holds", () => {
    const feed = pageOf([3, 2, 1], 1);
    const after = withNewest(feed, pageOf([40, 39, 38], 38));
    expect([heightsOf(after), after.next]).toEqual([[40, 39, 38], 38]);
    const whole = withNewest(feed, pageOf([4, 3, 2, 1, 0], null));
    expect([heightsOf(whole), whole.next]).toEqual([[4, 3, 2, 1, 0], null]);
  });

  it("[UI96] what is about me stays though nothing of a long newest page is", () => {
    const feed = { ...pageOf([3], null), top: 600 };
    const after = withNewest(feed, { ...pageOf([], 90), top: 601 });
    expect([heightsOf(after), after.next, after.top]).toEqual([[3], null, 601]);
    expect(countNew(feed, after)).toBe(0);
    const gap = withNewest(feed, { ...pageOf([], 602), top: 1_113 });
    expect([heightsOf(gap), gap.next]).toEqual([[], 602]);
    // The first one that was not looked at is in the page: nothing lies between.
    const next = withNewest(feed, { ...pageOf([], 601), top: 1_112 });
    expect(heightsOf(next)).toEqual([3]);
  });

  it("[UI96] a list that ended goes on when older ones have come meanwhile", () => {
    const feed = pageOf([99, 98, 97], null, 97);
    const after = withNewest(feed, pageOf([99, 98], 98, 0));
    expect([heightsOf(after), after.next, after.from]).toEqual([[99, 98, 97], 97, 0]);
  });
});

describe("the reader of pages", () => {
  class Host {
    updates = 0;
    readonly updateComplete = Promise.resolve(true);
    addController(): void {}
    removeController(): void {}
    requestUpdate(): void {
      this.updates += 1;
    }
  }
  /** Answers when it is told to. */
  function open() {
    const asked: HistoryRequest[] = [];
    const answers: ((answer: Result<HistoryPage>) => void)[] = [];
    const pages = new HistoryPages(new Host(), async (request) => {
      asked.push(request);
      return new Promise((resolve) => answers.push(resolve));
    });
    const answer = async (page: HistoryPage): Promise<void> => {
      answers.shift()?.({ ok: true, value: page });
      await new Promise((resolve) => setTimeout(resolve));
    };
    return { pages, asked, answers, answer };
  }

  it("[UI96] takes the answer to what was asked last, whatever comes first", async () => {
    const { pages, answers } = open();
    void pages.open(true);
    void pages.open(false);
    const pause = async () => new Promise((resolve) => setTimeout(resolve));
    await pause();
    answers[1]?.({ ok: true, value: pageOf([9], null) });
    await pause();
    answers[0]?.({ ok: true, value: pageOf([3], null) });
    await pause();
    expect(pages.feed?.blocks.map(({ height }) => height)).toEqual([9]);
  });

  it("[UI96] goes on over pages on which nothing is about me, and stops at the first that has something", async () => {
    const { pages, asked, answer } = open();
    void pages.open(true);
    await answer(pageOf([], 500));
    await answer(pageOf([], 300));
    await answer(pageOf([250], 200));
    expect(asked).toEqual([
      { before: null, limit: 25, isAboutMe: true },
      { before: 500, limit: 25, isAboutMe: true },
      { before: 300, limit: 25, isAboutMe: true },
    ]);
    expect(pages.feed?.next).toBe(200);
    void pages.older();
    await answer(pageOf([3], null));
    expect(pages.feed?.blocks.map(({ height }) => height)).toEqual([250, 3]);
    expect(asked).toHaveLength(4);
  });

  it("[UI96] counts what came while it was open, and keeps what it has over a failure", async () => {
    const { pages, answers, answer } = open();
    void pages.open(false);
    await answer(pageOf([2, 1, 0], null));
    void pages.refresh();
    await answer(pageOf([4, 3, 2, 1, 0], null));
    expect(pages.arrived).toBe(2);
    void pages.refresh();
    answers.shift()?.({ ok: false, code: "storage-closed", detail: "" });
    await new Promise((resolve) => setTimeout(resolve));
    expect(pages.failure).toBe("storage-closed");
    expect(pages.feed?.blocks).toHaveLength(5);
    void pages.refresh();
    await answer(pageOf([4, 3, 2, 1, 0], null));
    expect([pages.failure, pages.arrived]).toEqual([null, 2]);
  });

  it("[UI96] reads what changed after the page that is being read, and loses neither", async () => {
    const { pages, asked, answer } = open();
    void pages.open(false);
    await answer(pageOf([9, 8], 8));
    void pages.older();
    void pages.refresh();
    void pages.refresh();
    expect(asked).toHaveLength(2);
    await answer(pageOf([7, 6], null));
    expect(asked.map(({ before }) => before)).toEqual([null, 8, null]);
    await answer(pageOf([10, 9], 9));
    expect(pages.feed?.blocks.map(({ height }) => height)).toEqual([10, 9, 8, 7, 6]);
    expect([pages.feed?.next, pages.arrived, asked.length]).toEqual([null, 1, 3]);
  });

  it("[UI96] asks nothing more once its screen is left", async () => {
    const { pages, answer } = open();
    void pages.open(false);
    pages.hostDisconnected();
    await answer(pageOf([2], null));
    expect(pages.feed).toBeNull();
  });
});
