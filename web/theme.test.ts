import { expect, it } from "vitest";
import { chooseTheme, readTheme } from "./theme.ts";

function keeperWith(kept: string | null) {
  const values = new Map<string, string>();
  if (kept !== null) values.set("tinyweb theme", kept);
  const keeper = {
    getItem: (name: string) => values.get(name) ?? null,
    setItem: (name: string, value: string) => void values.set(name, value),
    removeItem: (name: string) => void values.delete(name),
  };
  return { values, keeper: () => keeper };
}

function refuse(): never {
  throw new DOMException("no", "SecurityError");
}

function rootElement(): HTMLElement {
  return { dataset: {} } as HTMLElement;
}

it("[UI82] follows the device until something else is chosen, and keeps the choice", () => {
  const { keeper, values } = keeperWith(null);
  const root = rootElement();
  expect(readTheme(keeper)).toBe("device");
  chooseTheme("dark", root, keeper);
  expect(root.dataset["theme"]).toBe("dark");
  expect(readTheme(keeper)).toBe("dark");
  chooseTheme("device", root, keeper);
  expect(root.dataset["theme"]).toBeUndefined();
  expect(values.size).toBe(0);
});

it("[UI82] takes anything strange, and a browser that keeps nothing, for no choice", () => {
  expect(readTheme(keeperWith("<svg>").keeper)).toBe("device");
  expect(readTheme(refuse)).toBe("device");
  const root = rootElement();
  chooseTheme("light", root, refuse);
  expect(root.dataset["theme"]).toBe("light");
});
