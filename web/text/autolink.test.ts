import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitLinks } from "./autolink.ts";

function links(text: string): string[] {
  return splitLinks(text).flatMap((part) => (part.type === "link" ? [part.href] : []));
}

describe("splitLinks", () => {
  it("[UI21] links http, https, mailto and tel, without the sentence around them", () => {
    expect(links("see https://a.example/x_(y), and (http://b.example).")).toEqual([
      "https://a.example/x_(y)",
      "http://b.example/",
    ]);
    expect(links("mailto:gran@a.example or tel:+4420123!")).toEqual([
      "mailto:gran@a.example",
      "tel:+4420123",
    ]);
  });

  it("[UI21] never links another scheme, nor inside a word", () => {
    expect(links("javascript:alert(1) data:text/html,x file:///etc")).toEqual([]);
    expect(links("xhttps://a.example")).toEqual([]);
  });

  it("[UI22] shows the host that opens: punycode, and no link behind a user name", () => {
    const [part] = splitLinks("https://раураl.example/login");
    expect(part).toEqual({
      type: "link",
      text: "https://xn--l-7sba6dbr.example/login",
      href: "https://xn--l-7sba6dbr.example/login",
    });
    expect(links("https://bank.example@evil.example/")).toEqual([]);
  });

  it("[UI22] hides no direction marks in what it shows", () => {
    const [part] = splitLinks("https://a.example/\u202Egnp.exe");
    expect(part?.text).not.toContain("\u202E");
  });

  it("[UI21] keeps every plain character and only ever links the four schemes", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.webUrl(),
      fc.constantFrom("https://", "tel:", "javascript:", "http://[", ")."),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join("");
        const parts = splitLinks(text);
        for (const part of parts) {
          if (part.type === "link") expect(part.href).toMatch(/^(?:https?|mailto|tel):/);
          else expect(text).toContain(part.text);
        }
        if (parts.every((part) => part.type === "text")) {
          expect(parts.map((part) => part.text).join("")).toBe(text);
        }
      }),
    );
  });
});
