import * as fc from "fast-check";
import { expect, test } from "vitest";
import { NAMED_MAX } from "../core/gossip/mesh-limits.ts";
import { formatCall, readCall } from "./mesh-call.ts";

const ME = "0123456789abcdef0123456789abcdef";
const OTHER = "fedcba9876543210fedcba9876543210";
const PLAIN = { links: 0, isOffering: false, named: null };

test("[MX11] a call comes out as it was said, to whom it names and to others", () => {
  const call = { links: 5, isOffering: true, named: [OTHER, ME] };
  expect(readCall(formatCall(call), ME)).toEqual({ ...call, named: [ME] });
  expect(readCall(formatCall({ ...call, named: [OTHER] }), ME)).toEqual({ ...call, named: [] });
  expect(readCall(formatCall({ ...call, named: null }), ME)).toEqual({ ...call, named: null });
});

test("[MX11] it says as many names and links as it may, and that is read", () => {
  const named = Array.from({ length: 40 }, (_, index) => index.toString(16).padStart(32, "0"));
  const text = formatCall({ links: 9_999, isOffering: false, named: [ME, ...named] });
  expect(text.split(",")).toHaveLength(NAMED_MAX);
  expect(readCall(text, ME)).toEqual({ links: 255, isOffering: false, named: [ME] });
});

test("[MX11] nothing, and anything else, calls anybody and claims no link", () => {
  const nearly = [
    "",
    "1 5 0",
    "1 5 0 ",
    "2 5 0 *",
    "1 -1 0 *",
    "1 5 2 *",
    "1 5 0 0123",
    "1 5 0 *,*",
  ];
  for (const text of nearly) expect(readCall(text, ME)).toEqual(PLAIN);
  expect(readCall(`1 5 0 ${Array(99).fill("01234567").join()}`, ME)).toEqual(PLAIN);
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(readCall(text, ME)).toEqual(PLAIN);
    }),
  );
});
