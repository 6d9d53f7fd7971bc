import { expect, it } from "vitest";
import type { MessageView } from "../../workers/api.ts";
import { findChanges } from "./message-changes.ts";

function say(id: string, part: Partial<MessageView> = {}): MessageView {
  const plain = { author: "0a", authorName: "Mia", isMine: true, at: 1, text: id } as const;
  const more = { hidden: null, isEdited: false, quote: null, reactions: [] } as const;
  return { id, ...plain, ...more, delivery: { type: "queued" }, ...part };
}

it("[UI80] moves what arrives, is delivered or is withdrawn, and nothing else", () => {
  const before = [say("a"), say("b"), say("c"), say("d", { delivery: null })];
  const after = [
    say("a", { delivery: { type: "delivered" } }),
    say("b", { hidden: "withdrawn", text: "" }),
    say("c", { delivery: { type: "held", devices: 1 } }),
    say("d", { delivery: null }),
    say("e"),
  ];
  expect([...findChanges(before, after)]).toEqual([
    ["a", "settled"],
    ["b", "folded"],
    ["e", "arrived"],
  ]);
});

it("[UI80] lets a conversation that is opened, and earlier messages, stand still", () => {
  expect(findChanges(null, [say("a")]).size).toBe(0);
  expect(findChanges([say("c")], [say("a"), say("b"), say("c")]).size).toBe(0);
  expect([...findChanges([], [say("a")])]).toEqual([["a", "arrived"]]);
});
