import { expect, test } from "vitest";
import { NEW_TOUR, noteRefused, noteSent, noteShown, type SentLine } from "./tour.ts";

const LINE: SentLine = { from: "MUM", to: "MIA", text: "hello", wasCut: false, wasAsleep: false };

test("[DM12] a message is seen when the other phone shows it, not before and not elsewhere", () => {
  const sent = noteSent(NEW_TOUR, LINE);
  expect([...sent.done]).toEqual([]);
  expect(noteShown(sent, "ROSE", "MUM", "hello")).toBe(sent);
  expect(noteShown(sent, "MIA", "ZOE", "hello")).toBe(sent);
  expect(noteShown(sent, "MIA", "MUM", "")).toBe(sent);
  const seen = noteShown(sent, "MIA", "MUM", "hello");
  expect([...seen.done]).toEqual(["write"]);
  expect(seen.underWay).toEqual([]);
});

test("[DM12] a text that is only the beginning of a preview is not the message", () => {
  const sent = noteSent(NEW_TOUR, LINE);
  expect(noteShown(sent, "MIA", "MUM", "hello again")).toBe(sent);
  const long = noteSent(NEW_TOUR, { ...LINE, text: "x".repeat(500) });
  expect([...noteShown(long, "MIA", "MUM", "x".repeat(120)).done]).toEqual(["write"]);
});

test("[DM12] sleep and cut are seen when what waited arrives, also behind a later message", () => {
  const asleep = noteSent(NEW_TOUR, { ...LINE, wasAsleep: true });
  const both = noteSent(asleep, { ...LINE, text: "later" });
  expect([...noteShown(both, "MIA", "MUM", "later").done]).toEqual(["write", "sleep"]);
  const cut = noteSent(NEW_TOUR, { ...LINE, wasCut: true });
  expect([...noteShown(cut, "MIA", "MUM", "hello").done]).toEqual(["write", "cut"]);
});

test("[DM12] a refusal is a step of its own", () => {
  expect([...noteRefused(NEW_TOUR).done]).toEqual(["rule"]);
});
