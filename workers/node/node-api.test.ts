import { expect, test } from "vitest";
import type { StartOptions } from "../api.ts";
import { createBrowserProfiles } from "./browser-profiles.ts";
import { createNodeApi } from "./node-api.ts";

const OPTIONS: StartOptions = {
  database: "tinyweb-test",
  servers: [],
  appUrl: "https://app.test/",
  build: "test",
};

test("[NA1] before the start every call answers with a code", async () => {
  const api = createNodeApi();
  const id = "00".repeat(16);
  const results = await Promise.all([
    api.startFamily({ familyName: "x", myName: "y" }),
    api.recoveryWords(),
    api.confirmWords([]),
    api.restoreFamily({ words: "", familyName: "x", myName: "y" }),
    api.createInvite({ role: "child", lifetime: "qr" }),
    api.revokeInvite(id),
    api.compareCode(id, true),
    api.approveJoin(id),
    api.dismissInvite(id),
    api.inspectInvite("x"),
    api.askToJoin({ link: "x", name: "y" }),
    api.rejectCode(),
    api.cancelJoin(),
    api.sendMessage(id, "x"),
    api.listMessages(id, { limit: 1 }),
    api.listHistory({ before: null, limit: 1, isAboutMe: false }),
    api.markRead(id),
    api.answerRefill(id, true),
    api.setHelping(true),
    api.takeOut(id),
    api.diagnostics(),
    api.unlock("1"),
    api.lockNow(),
    api.setLock({ next: null }),
    api.setLockIdle(1),
    api.noteUse(),
  ]);
  for (const result of results) {
    expect(result).toMatchObject({ ok: false, code: "storage-unavailable" });
  }
});

test("[NA2] a browser without a database says so, each time it is asked", async () => {
  const api = createNodeApi();
  await api.subscribe(() => {});
  for (let index = 0; index < 2; index += 1) {
    expect(await api.start(OPTIONS)).toMatchObject({ ok: false, code: "storage-unavailable" });
  }
});

test("[NA5] what is asked while it starts waits for the start", async () => {
  const later = new Promise<readonly never[]>((resolve) => setTimeout(resolve, 10, []));
  const profiles = { ...createBrowserProfiles(), list: async () => later };
  const api = createNodeApi(profiles);
  const started = api.start({ ...OPTIONS, asksWho: true });
  const asked = api.recoveryWords();
  // There is no database here: the start fails, and what was asked waits for another tab to lead.
  expect(await Promise.race([asked, started.then(() => "started")])).toBe("started");
});

test("[NA3] two starts at once are one", async () => {
  const api = createNodeApi();
  const [one, two] = await Promise.all([api.start(OPTIONS), api.start(OPTIONS)]);
  expect(one).toBe(two);
});

test("[NA4] a mesh that is attached before the start is kept, and its events wait", async () => {
  const api = createNodeApi();
  const { port1, port2 } = new MessageChannel();
  await api.attachMesh(port1);
  port2.postMessage({ type: "resumed" });
  expect(await api.start(OPTIONS)).toMatchObject({ ok: false });
  port1.close();
  port2.close();
});
