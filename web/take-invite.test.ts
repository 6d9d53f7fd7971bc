import { describe, expect, it } from "vitest";
import { type AddressBar, isInviteShaped, takeInvite } from "./take-invite.ts";

function openAt(href: string): AddressBar & { address: string } {
  const bar = {
    address: href,
    location: {
      get href() {
        return bar.address;
      },
      get hash() {
        return new URL(bar.address).hash;
      },
    },
    history: {
      state: { view: 1 } as unknown,
      replaceState(data: unknown, _unused: string, url: string) {
        bar.history.state = data;
        bar.address = url;
      },
    },
  };
  return bar;
}

describe("takeInvite", () => {
  it("[UI1] takes the link and leaves no fragment in the address", () => {
    const bar = openAt("https://home.example/?profile=mia#j1.c2VjcmV0");
    expect(takeInvite(bar)).toBe("https://home.example/?profile=mia#j1.c2VjcmV0");
    expect(bar.address).toBe("https://home.example/?profile=mia");
    expect(bar.history.state).toEqual({ view: 1 });
  });

  it("[UI1] takes a damaged or newer link too, so that it can be named as that", () => {
    for (const fragment of ["#j1.cut off", "#j1", "#j2.Zm9v"]) {
      const bar = openAt(`https://home.example/${fragment}`);
      expect(takeInvite(bar)).not.toBeNull();
      expect(bar.address).toBe("https://home.example/");
    }
  });

  it("[UI1] leaves other fragments alone", () => {
    const bar = openAt("https://home.example/#other");
    expect(takeInvite(bar)).toBeNull();
    expect(bar.address).toBe("https://home.example/#other");
  });

  it("[UI1] tells a pasted invite from other text", () => {
    expect(isInviteShaped(" https://home.example/#j1.Ab-_9 ")).toBe(true);
    expect(isInviteShaped("Join us: https://home.example/#j1.Ab-_9 (ends tonight)")).toBe(true);
    expect(isInviteShaped("https://home.example/#j1.")).toBe(false);
    expect(isInviteShaped("hello")).toBe(false);
  });
});
