import { describe, expect, it } from "vitest";
import { chooseAnswer } from "./answers.ts";

const ORIGIN = "https://home.example";
const KEPT: readonly string[] = [`${ORIGIN}/favicon.svg`, `${ORIGIN}/assets/a-12345678.js`];

function choose(path: string, mode = "cors", method = "GET") {
  const url = new URL(path, ORIGIN).href;
  return chooseAnswer({ method, mode, url }, ORIGIN, (one) => KEPT.includes(one));
}

describe("chooseAnswer", () => {
  it("[PW1] gives every address that is a page the kept page", () => {
    for (const path of ["/", "/index.html", "/?profile=mia", "/anything/below", "/?open=family"]) {
      expect(choose(path, "navigate")).toBe("page");
    }
  });

  it("[PW1] gives kept files, and files named by their content of any build", () => {
    expect(choose("/favicon.svg")).toBe("file");
    expect(choose("/assets/a-12345678.js")).toBe("file");
    expect(choose("/assets/of-an-older-build-87654321.js", "same-origin")).toBe("file");
  });

  it("[PW2] leaves to the server what only the server knows", () => {
    for (const path of [
      "/config.json",
      "/healthz",
      "/metrics",
      "/service-worker.js",
      "/other.png",
    ]) {
      expect(choose(path)).toBe("network");
      expect(choose(path, "navigate")).toBe("network");
    }
    expect(choose("/", "navigate", "POST")).toBe("network");
    expect(choose("/favicon.svg", "cors", "HEAD")).toBe("network");
    expect(choose("https://elsewhere.example/assets/a-12345678.js")).toBe("network");
    expect(choose("https://elsewhere.example/", "navigate")).toBe("network");
  });
});
