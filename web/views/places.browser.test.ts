/** Places: who shares with me, my own sharing, and what the browser says or does not say. */

import { afterEach, describe, expect, test, vi } from "vitest";
import type { SharingView } from "../../workers/api.ts";
import { followPlace } from "../controllers/follow-place.ts";
import { geoAddress, webAddress } from "../elements/place-row.ts";
import { buttonsNamed, clearScreens, press, seen, show } from "../testing/show-screen.ts";

afterEach(() => {
  clearScreens();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const HERE = { latitude: 51.5, longitude: -0.1, accuracy: 9 };
const wordsOf = (one: Element): string => one.textContent.replace(/\s+/g, " ");
const position = (coords = HERE): GeolocationPosition =>
  ({ coords, timestamp: 0, toJSON: () => ({}) }) as unknown as GeolocationPosition;
const fault = (code: number): GeolocationPositionError =>
  ({ code, message: "" }) as GeolocationPositionError;

/** The browser says this, or fails with that code. */
function browserSays(answer: GeolocationPosition | number) {
  return vi.spyOn(navigator.geolocation, "getCurrentPosition").mockImplementation((found, lost) => {
    if (typeof answer === "number") lost?.(fault(answer));
    else found(answer);
  });
}

/** The form, after the press that leads there. */
async function chosen(root: HTMLElement): Promise<HTMLElement> {
  await seen(root, "#my-place");
  press(root, "Share my place");
  return seen(root, "tw-places form");
}

async function heard(name: string) {
  const shown = await show(name);
  const said: unknown[][] = [];
  const call = shown.app.call.bind(shown.app);
  shown.app.call = (method, ...args) => {
    if (["sharePlace", "notePlace", "stopPlace"].includes(method)) said.push([method, ...args]);
    return call(method, ...args);
  };
  return { ...shown, said };
}

describe("reaching it", () => {
  test("[UI150] a tab leads there, for everybody but contacts", async () => {
    const { root } = await show("chats");
    await seen(root, ".nav");
    press(root, "Places");
    expect(wordsOf(await seen(root, "tw-places h1"))).toBe("Places");
    expect((await seen(root, ".tab[aria-current]")).textContent.trim()).toBe("Places");
    clearScreens();
    const { root: others, app } = await show("places");
    await seen(others, "tw-places h1");
    const { snapshot } = app;
    if (snapshot !== null) app.hear({ type: "snapshot", snapshot: { ...snapshot, places: null } });
    await seen(others, "tw-chats h1");
    expect(buttonsNamed(others, /^Places$/)).toEqual([]);
  });
});

describe("my own sharing", () => {
  test("[UI151] while it is on every screen says so, with whom and until when, and stops it", async () => {
    for (const name of ["places-sharing", "places-sharing-chats", "places-trouble-family"]) {
      const { root, said } = await heard(name);
      const strip = await seen(root, ".sharing-strip");
      expect(strip.closest(".top")).not.toBeNull();
      if (name === "places-sharing-chats") {
        expect(wordsOf(strip)).toContain("You share your place with everybody, until you stop.");
      }
      press(strip, "Stop");
      await expect.poll(() => said).toEqual([["stopPlace"]]);
      clearScreens();
    }
    for (const name of ["places-empty", "places-over", "chats"]) {
      const { root } = await show(name);
      await seen(root, "main h1");
      expect(root.querySelector(".sharing-strip"), name).toBeNull();
      clearScreens();
    }
  });

  test("[UI150] [UI152] it asks the browser after the press, and shares with whom and for how long was chosen", async () => {
    const { root, said } = await heard("places-empty");
    const ask = browserSays(position());
    const form = await chosen(root);
    expect(wordsOf(form)).toContain("Dad, Mia and Grandma can see it.");
    expect(ask).not.toHaveBeenCalled();
    form.querySelector<HTMLInputElement>("input[value='02cc']")?.click();
    form.querySelector<HTMLInputElement>("input[value='null']")?.click();
    press(form, "Share my place");
    await expect
      .poll(() => said)
      .toEqual([["sharePlace", { conversation: "02cc", minutes: null }, HERE]]);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  test("[UI153] what the browser does not say has a reason and something to do, and nothing is shared", async () => {
    for (const [code, words] of [
      [1, "allow the location for this page"],
      [2, "Switch its location on"],
      [3, "Switch its location on"],
    ] as const) {
      const { root, said } = await heard("places-empty");
      browserSays(code);
      press(await chosen(root), "Share my place");
      expect(wordsOf(await seen(root, "tw-places form .note[role=alert]"))).toContain(words);
      expect(said).toEqual([]);
      clearScreens();
      vi.restoreAllMocks();
    }
    const { root } = await show("places-trouble");
    expect(wordsOf(await seen(root, "tw-places .note[role=alert]"))).toContain(
      "allow the location",
    );
    expect(wordsOf(await seen(root, ".sharing-strip"))).toContain("does not say where you are");
  });

  test("[UI151] its card says who can see it, when it was said, and on whose devices it is", async () => {
    const card = async (name: string): Promise<string> => {
      const { root } = await show(name);
      return wordsOf((await seen(root, "#my-place")).closest("section") ?? root);
    };
    const sharing = await card("places-sharing");
    for (const part of [
      "You share it with everybody.",
      "Dad, Grandma and Mia can see it.",
      "Said 1 minute ago.",
      "It is on Dad's and Grandma's devices.",
      "Stop sharing my place",
    ]) {
      expect(sharing).toContain(part);
    }
    clearScreens();
    const nobody = await card("places-sharing-nobody");
    expect(nobody).toContain("You share it with Mia. Until you stop.");
    expect(nobody).toContain("It is on nobody's device yet.");
    clearScreens();
    expect(await card("places-waiting")).toContain("Waiting for this browser");
    clearScreens();
    const over = await card("places-over");
    expect(over).toContain("Your last place stays on Dad's and Grandma's devices until");
    expect(over).toContain("Take it away now");
  });

  test("[UI156] a child whose place is its guardians' reads that before it shares", async () => {
    const { root } = await show("places-child");
    expect(wordsOf(await seen(root, "tw-places section"))).toContain("only Mum and Dad");
    const words = wordsOf(await chosen(root));
    expect(words).toContain("only Mum and Dad may see where you are");
    expect(words.indexOf("only Mum and Dad")).toBeLessThan(words.indexOf("With whom?"));
    expect(words).not.toMatch(/Grandma|Everybody/);
    clearScreens();
    const free = await show("places-empty");
    expect(wordsOf(await chosen(free.root))).not.toContain("A rule of your family");
  });
});

describe("the others", () => {
  test("[UI154] each row says who, how long ago, how exact, and until when", async () => {
    const { root } = await show("places");
    await seen(root, ".place-row");
    const rows = [...root.querySelectorAll(".place-row")].map(wordsOf);
    expect(rows[0]).toMatch(/Mia 2 minutes ago give or take 20 met(re|er)s Shared until/);
    expect(rows[1]).toMatch(/Dad.*3 hours ago.*1.4 kilomet(re|er)s.*Shared until they stop/);
    expect(rows[2]).toMatch(/Grandma.*this is the last place. It goes from here at/);
  });

  test("[UI154] how far they are is told to who asks, and its own place goes nowhere", async () => {
    const { root, said } = await heard("places");
    const row = await seen(root, ".place-row");
    expect(wordsOf(row)).not.toContain("of you");
    browserSays(position({ ...HERE, latitude: 51.497_351, longitude: -0.127_758 }));
    press(root, "How far are they from me?");
    await expect.poll(() => wordsOf(row)).toMatch(/1.1 kilomet(re|er)s north of you/);
    expect(said).toEqual([]);
    expect(buttonsNamed(root, /How far/)).toEqual([]);
  });

  test("[UI155] two ways lead to a map, by a press, and one says that it leaves the family's network", async () => {
    const { root } = await show("places");
    const row = await seen(root, ".place-row");
    const [app, web] = [...row.querySelectorAll("a")];
    expect(app?.getAttribute("href")).toBe("geo:51.50735,-0.12776?q=51.50735,-0.12776");
    expect(web?.getAttribute("href")).toBe(
      "https://www.openstreetmap.org/?mlat=51.50735&mlon=-0.12776#map=16/51.50735/-0.12776",
    );
    expect(web?.rel).toContain("noreferrer");
    expect(web?.ariaLabel).toContain("outside of your family's network");
    expect(wordsOf(root)).toContain("whoever runs it learns the place that you look at");
    expect(geoAddress({ latitude: 1e-7, longitude: -1e-7, accuracy: 1 })).toBe(
      "geo:0.00000,0.00000?q=0.00000,0.00000",
    );
    expect(webAddress({ latitude: -90, longitude: 180, accuracy: 1 })).toContain("mlat=-90.00000");
  });

  test("[UI157] where nobody shares one, the screen says what would be here", async () => {
    const { root } = await show("places-empty");
    expect(wordsOf(await seen(root, ".empty"))).toContain("Nobody shares a place with you");
    clearScreens();
    const alone = await show("places-alone");
    expect(wordsOf(await seen(alone.root, "#my-place ~ p"))).toContain("nobody yet");
  });
});

describe("following it", () => {
  const isOn = async (mine: Partial<SharingView> | null) => {
    const { app, root } = await heard("places-sharing");
    const { snapshot } = app;
    const places = snapshot?.places;
    if (snapshot === null || places === undefined || places === null || places.mine === null) {
      throw new Error("no places");
    }
    const next = mine === null ? null : { ...places.mine, ...mine };
    const tell = (one: SharingView | null): void =>
      app.hear({ type: "snapshot", snapshot: { ...snapshot, places: { ...places, mine: one } } });
    return { app, root, tell, next, sharing: places.mine };
  };

  test("[UI152] the browser is followed while it is shared and the page is seen, and not longer", async () => {
    const { app, tell, sharing } = await isOn({});
    const said: unknown[] = [];
    app.call = ((method: string, place: unknown) => {
      if (method === "notePlace") said.push(place);
      return Promise.resolve({ ok: true, value: null });
    }) as typeof app.call;
    const watches: PositionCallback[] = [];
    let ended = 0;
    vi.spyOn(navigator.geolocation, "watchPosition").mockImplementation((found) => {
      watches.push(found);
      return watches.length;
    });
    vi.spyOn(navigator.geolocation, "clearWatch").mockImplementation(() => {
      ended += 1;
    });
    let seenAs: DocumentVisibilityState = "visible";
    vi.spyOn(document, "visibilityState", "get").mockImplementation(() => seenAs);
    const change = (to: DocumentVisibilityState): void => {
      seenAs = to;
      document.dispatchEvent(new Event("visibilitychange"));
    };
    followPlace(window, app);
    tell(sharing);
    tell(sharing);
    expect(watches).toHaveLength(1);
    watches[0]?.(position());
    expect(said).toEqual([HERE]);
    change("hidden");
    expect(ended).toBe(1);
    tell(sharing);
    expect(watches).toHaveLength(1);
    change("visible");
    expect(watches).toHaveLength(2);
    tell({ ...sharing, isOver: true });
    expect(ended).toBe(2);
    tell(null);
    expect(watches).toHaveLength(2);
  });

  test("[UI152] a device that lies still is asked again in each interval", async () => {
    const { app, tell, sharing } = await isOn({});
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const said: unknown[] = [];
    app.call = ((method: string, place: unknown) => {
      if (method === "notePlace") said.push(place);
      return Promise.resolve({ ok: true, value: null });
    }) as typeof app.call;
    vi.spyOn(navigator.geolocation, "watchPosition").mockReturnValue(1);
    vi.spyOn(navigator.geolocation, "clearWatch").mockImplementation(() => undefined);
    browserSays(position());
    followPlace(window, app);
    tell(sharing);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(59_000);
    expect(said).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(said).toEqual([HERE]);
    tell(null);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(said).toEqual([HERE]);
  });

  test("[UI153] what goes wrong while it is followed stands above every screen until it goes right", async () => {
    const { app, root, tell, sharing } = await isOn({});
    app.call = (async () => ({ ok: true, value: null })) as unknown as typeof app.call;
    const asked: [PositionCallback, PositionErrorCallback | null | undefined][] = [];
    vi.spyOn(navigator.geolocation, "watchPosition").mockImplementation((...given) => {
      asked.push([given[0], given[1]]);
      return 1;
    });
    const find = (): void => asked[0]?.[0](position());
    const lose = (code: number): void => asked[0]?.[1]?.(fault(code));
    vi.spyOn(navigator.geolocation, "clearWatch").mockImplementation(() => undefined);
    followPlace(window, app);
    tell(sharing);
    lose(1);
    expect(app.placeTrouble).toBe("refused");
    await expect
      .poll(() => wordsOf(root.querySelector(".sharing-strip") ?? root))
      .toContain("does not say where you are");
    find();
    expect(app.placeTrouble).toBeNull();
    lose(2);
    tell(null);
    expect(app.placeTrouble).toBeNull();
  });
});
