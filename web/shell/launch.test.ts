import { readFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { followLaunches, readLaunch, takeShortcut, type LaunchQueue } from "./launch.ts";

const HOME = "https://home.example/";

describe("launches", () => {
  it("[PW38] knows every shortcut of the manifest", () => {
    const { shortcuts } = JSON.parse(readFileSync("public/manifest.webmanifest", "utf8")) as {
      readonly shortcuts: readonly { readonly url: string }[];
    };
    const views = shortcuts.map(({ url }) => readLaunch(new URL(url, HOME).href).view);
    expect(views).toEqual([
      { screen: "family" },
      { screen: "invite", invite: null, forMember: null },
    ]);
    expect(readLaunch(`${HOME}?open=more`)).toEqual({ invite: null, view: null });
  });

  it("[PW38] takes a shortcut out of the address and leaves the profile in it", () => {
    const replaceState = vi.fn();
    const history = { state: { screen: "chats" }, replaceState };
    const href = `${HOME}?profile=mia&open=family`;
    expect(takeShortcut({ href }, history)).toEqual({ screen: "family" });
    expect(replaceState).toHaveBeenCalledWith(history.state, "", `${HOME}?profile=mia`);
    expect(takeShortcut({ href: HOME }, history)).toBeNull();
    expect(replaceState).toHaveBeenCalledOnce();
  });

  it("[PW38] hands on what is launched while the app is open, and nothing that is no address", () => {
    const consumers: Parameters<LaunchQueue["setConsumer"]>[0][] = [];
    const onLaunch = vi.fn();
    followLaunches({ launchQueue: { setConsumer: (one: never) => consumers.push(one) } }, onLaunch);
    const link = `${HOME}#j1.AbCd`;
    consumers[0]?.({ targetURL: link });
    consumers[0]?.({ targetURL: "nonsense" });
    consumers[0]?.({});
    expect(onLaunch.mock.calls).toEqual([[{ invite: link, view: null }]]);
    followLaunches({}, onLaunch);
  });
});
