import { describe, expect, it } from "vitest";
import { directionTo, formatDistance, metresBetween } from "./distance.ts";

const LONDON = { latitude: 51.5074, longitude: -0.1278 };
const PARIS = { latitude: 48.8566, longitude: 2.3522 };

describe("distance", () => {
  it("[UI154] is that of the round earth, over the date line and the pole too", () => {
    expect(metresBetween(LONDON, PARIS)).toBeCloseTo(343_556, -3);
    expect(metresBetween(PARIS, LONDON)).toBeCloseTo(metresBetween(LONDON, PARIS), 6);
    expect(metresBetween(LONDON, LONDON)).toBe(0);
    const fiji = { latitude: -17, longitude: 179.9 };
    expect(metresBetween(fiji, { ...fiji, longitude: -179.9 })).toBeCloseTo(21_267, -2);
    const far = metresBetween({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 });
    expect(far).toBeCloseTo(20_015_112, -2);
  });

  it("[UI154] the direction is where one has to look, in eight words", () => {
    const from = { latitude: 50, longitude: 10 };
    const to = (north: number, east: number) =>
      directionTo(from, { latitude: 50 + north, longitude: 10 + east });
    expect([to(1, 0), to(1, 1.5), to(0, 1), to(-1, 1.5)]).toEqual(["n", "ne", "e", "se"]);
    expect([to(-1, 0), to(-1, -1.5), to(0, -1), to(1, -1.5)]).toEqual(["s", "sw", "w", "nw"]);
    expect(directionTo(LONDON, PARIS)).toBe("se");
    expect(directionTo({ latitude: 0, longitude: 179 }, { latitude: 0, longitude: -179 })).toBe(
      "e",
    );
  });

  it("[UI154] is as exact as anybody wants it", () => {
    const words = (metres: number) => formatDistance(metres, "en-GB");
    expect(words(3)).toBe("0 metres");
    expect(words(84)).toBe("80 metres");
    expect(words(994)).toBe("990 metres");
    expect(words(995)).toBe("1 kilometre");
    expect(words(1_240)).toBe("1.2 kilometres");
    expect(words(9_960)).toBe("10 kilometres");
    expect(words(343_556)).toBe("344 kilometres");
  });
});
