import { expect, it } from "vitest";
import type { ConversationView } from "../../workers/api.ts";
import { findConversations } from "./find-conversations.ts";

function talk(name: string, text: string | null = null): ConversationView {
  const said = { at: 1, isMine: false, authorName: name, hidden: null, delivery: null };
  const last = text === null ? null : { ...said, text };
  const plain = { members: [], unread: 0, isConnected: false, isClosed: false };
  return { id: name, kind: "member", name, role: "relative", last, ...plain };
}

const ALL = [
  talk("Tante Zoë", "Bis Sonntag!"),
  talk("Leo"),
  talk("זוהר", "Kuchen"),
  talk("Leonie"),
];

function names(query: string): readonly string[] {
  return findConversations(ALL, query).map(({ name }) => name);
}

it("[UI78] finds by the beginning of any word of a name, whatever its accents and case", () => {
  expect(names("zoe")).toEqual(["Tante Zoë"]);
  expect(names("ZOË tan")).toEqual(["Tante Zoë"]);
  expect(names("leo")).toEqual(["Leo", "Leonie"]);
  expect(names("eo")).toEqual([]);
  expect(names("זו")).toEqual(["זוהר"]);
});

it("[UI78] finds by what was written last, and everything for nothing", () => {
  expect(names("sonntag")).toEqual(["Tante Zoë"]);
  expect(names("leo sonntag")).toEqual([]);
  expect(names("  ")).toHaveLength(ALL.length);
});
