import { expect, test } from "vitest";
import { choosePage, followPress, pageOf } from "./notice-press.ts";

const ORIGIN = "https://home.example";

test("[UI148] a pressed notification names a page of this app, whatever it holds", () => {
  expect(pageOf({ page: `${ORIGIN}/?profile=mum` }, ORIGIN)).toBe(`${ORIGIN}/?profile=mum`);
  expect(pageOf({ page: `${ORIGIN}/?profile=mum#j1.AbCd` }, ORIGIN)).toBe(`${ORIGIN}/?profile=mum`);
  for (const data of [
    null,
    "x",
    {},
    { page: 3 },
    { page: "not an address" },
    { page: "https://elsewhere.example/" },
    { page: "javascript:alert(1)" },
  ]) {
    expect(pageOf(data, ORIGIN)).toBe(`${ORIGIN}/`);
  }
});

test("[UI148] and leads to the open one of that person, no other", () => {
  const [mum, dad] = [{ url: `${ORIGIN}/?profile=mum#x` }, { url: `${ORIGIN}/` }];
  expect(choosePage(`${ORIGIN}/?profile=mum`, [dad, mum])).toBe(mum);
  expect(choosePage(`${ORIGIN}/`, [mum, dad])).toBe(dad);
  expect(choosePage(`${ORIGIN}/?profile=mia`, [mum, dad])).toBeNull();
});

test("[UI148] it goes when it is pressed, and an open page comes to the front or a new one opens", async () => {
  const done: string[] = [];
  const open = [`${ORIGIN}/?profile=mum`].map((url) => ({
    url,
    focus: async () => done.push(`focus ${url}`),
  }));
  const scope = {
    location: { origin: ORIGIN },
    clients: {
      matchAll: async ({ includeUncontrolled }: ClientQueryOptions) =>
        includeUncontrolled === true ? open : [],
      openWindow: async (page: string) => done.push(`open ${page}`),
    },
  } as unknown as Parameters<typeof followPress>[0];
  for (const page of [`${ORIGIN}/?profile=mum`, `${ORIGIN}/`]) {
    const close = (): void => void done.push("close");
    await followPress(scope, { notification: { data: { page }, close } });
  }
  expect(done).toEqual(["close", `focus ${ORIGIN}/?profile=mum`, "close", `open ${ORIGIN}/`]);
});
