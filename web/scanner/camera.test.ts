import { describe, expect, it, vi } from "vitest";
import { judgeFault, openCamera } from "./camera.ts";

describe("openCamera", () => {
  it("[PW41] says why there is no picture", async () => {
    const names = {
      NotAllowedError: "denied",
      SecurityError: "denied",
      NotFoundError: "missing",
      OverconstrainedError: "missing",
      NotReadableError: "busy",
      AbortError: "busy",
      TypeError: "missing",
    } as const;
    for (const [name, fault] of Object.entries(names)) {
      expect(judgeFault(name)).toBe(fault);
      const getUserMedia = vi.fn(async () => Promise.reject(new DOMException("no", name)));
      expect(await openCamera({ getUserMedia })).toEqual({ ok: false, fault });
    }
    expect(await openCamera(undefined)).toEqual({ ok: false, fault: "missing" });
  });
});
