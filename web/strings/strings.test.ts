import { describe, expect, it } from "vitest";
import type { Notice } from "../../workers/api.ts";
import { deliveryWords } from "../elements/message-bubble.ts";
import { noticeWords } from "../elements/notice-banners.ts";
import { en } from "./en.ts";
import { joinNames } from "./en-names.ts";
import { failures, joinFailures } from "./en-failures.ts";

const TECHNICAL =
  /\b(?:nodes?|peers?|blocks?|hash(?:es)?|sync|ledger|worker|websocket|webrtc|signall?ing|crypto\w*|consensus|replicas?|quorum|indexeddb|null|undefined|error)\b/i;
const NOTICES: readonly Notice[] = [
  { type: "storage-full" },
  { type: "storage-closed" },
  { type: "storage-taken" },
  { type: "tab-version" },
  { type: "clock-wrong", byMs: 180_000 },
  { type: "ledger-stopped", height: 3 },
  { type: "votes-lost" },
  { type: "update-needed" },
  { type: "held", by: "Dad", until: 1_900_000_000_000 },
  { type: "held", by: "", until: 1_900_000_000_000 },
];

/** Stands for a name, a number, a list of names, somebody and a change alike. */
const ANY_ARGUMENT: unknown = Object.assign(["Mia"], {
  id: "0a",
  name: "Mia",
  isMe: false,
  type: "family-closed",
});

/** Every text of the tree; what is a function is called. */
function listTexts(value: unknown): string[] {
  if (typeof value === "function") {
    const say = value as (...args: unknown[]) => unknown;
    return listTexts(say(ANY_ARGUMENT, ANY_ARGUMENT, ANY_ARGUMENT));
  }
  if (typeof value === "string") return [value];
  if (Array.isArray(value)) return value.flatMap(listTexts);
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(listTexts);
}

describe("strings", () => {
  it("[UI14] speaks without technical words", () => {
    const texts = [...listTexts(en), ...NOTICES.map(noticeWords)];
    expect(texts.length).toBeGreaterThan(150);
    expect(texts.filter((text) => TECHNICAL.test(text))).toEqual([]);
  });

  it("[UI14] says in every failure what to do, not only what happened", () => {
    const texts = [...Object.values(failures), ...Object.values(joinFailures)];
    for (const text of texts) expect(text).toMatch(/^[A-Z][^.?!]*[.?!:;,] ?[^]+[.]$/);
    expect(new Set(texts).size).toBeGreaterThanOrEqual(Object.keys(failures).length);
  });

  it("[UI14] names by how much a clock is wrong", () => {
    expect(noticeWords({ type: "clock-wrong", byMs: -180_000 })).toContain("3 minutes");
  });

  it("[UI72] says delivery in words", () => {
    const mia = { kind: "member", name: "Mia", isConnected: false } as const;
    expect(deliveryWords({ type: "queued" }, mia)).toBe("queued, waiting for Mia to connect");
    expect(deliveryWords({ type: "held", devices: 1 }, mia)).toMatch(/^held by 1 device,/);
    expect(deliveryWords({ type: "held", devices: 2 }, mia)).toMatch(/^held by 2 devices,/);
    expect(deliveryWords({ type: "delivered" }, mia)).toBe("delivered");
    const refused = { type: "refused", reason: "revoked", height: 4 } as const;
    expect(deliveryWords(refused, mia)).toContain("this device was removed");
    const all = { kind: "group", name: "Us", isConnected: false } as const;
    expect(deliveryWords({ type: "queued" }, all)).toBe("queued, waiting for somebody to connect");
    expect(deliveryWords({ type: "partly", members: 2, of: 3 }, all)).toBe("delivered to 2 of 3");
    expect(deliveryWords({ type: "delivered" }, all)).toBe("delivered to everybody");
  });

  it("[UI14] joins names as people do", () => {
    expect(joinNames([])).toBe("");
    expect(joinNames(["Mum"])).toBe("Mum");
    expect(joinNames(["Mum", "Dad", "Gran"])).toBe("Mum, Dad and Gran");
  });

  it("[UI66] says for one to seven devices exactly what they bear", () => {
    const { bears, bearsSimply } = en.keeping;
    expect(bears).toHaveLength(7);
    expect(bearsSimply).toHaveLength(7);
    const words = ["None", "One", "Two"];
    for (const [index, said] of bears.entries()) {
      // DESIGN §4.1; one and two devices have no spare one.
      const count = index + 1;
      const liars = Math.floor((count - 1) / 3);
      const needed = Math.ceil((count + liars + 1) / 2);
      const spare = count - needed;
      if (spare === 0) expect(said).toContain("the rules stand still until a parent restores");
      else {
        expect(said).toContain(
          `${count} devices keep the rules. ${words[spare] ?? ""} of them may`,
        );
        expect(said).toContain(`a change needs ${needed} of them`);
      }
      const isAny = /even in the wrong hands/.test(said);
      expect([count, isAny]).toEqual([count, liars > 0]);
      if (liars > 0) expect(said.includes("and one of those even")).toBe(liars < spare);
    }
  });
});
