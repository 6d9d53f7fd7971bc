import { afterEach, expect, test } from "vitest";
import type { LinkPortMessage, MeshCommand, MeshEvent } from "../../workers/api.ts";
import { DemoMesh } from "./demo-mesh.ts";

const SERVER = "wss://demo.invalid";
const PEER = "a1".repeat(16);
type LinkEvent = Extract<MeshEvent, { type: "link" }>;
/** The demo has no data channels: its links are ports. */
type PortLink = LinkEvent & { readonly port: MessagePort };

const opened: { close(): void }[] = [];
afterEach(() => {
  for (const one of opened.splice(0)) one.close();
});

/** A node's side of the mesh, with every event that it was told. */
function attach(mesh: DemoMesh, phone: string, topics: readonly string[] = ["t"]) {
  const { port1, port2 } = new MessageChannel();
  const heard: MeshEvent[] = [];
  port2.addEventListener("message", ({ data }: MessageEvent<MeshEvent>) => heard.push(data));
  port2.start();
  const end = mesh.attach(phone, port1);
  opened.push(port2);
  const command = (one: MeshCommand): void => port2.postMessage(one);
  command({ type: "want", servers: [SERVER], topics: [...topics] });
  const until = async <Type extends MeshEvent["type"]>(
    type: Type,
    holds: (event: Extract<MeshEvent, { type: Type }>) => boolean = () => true,
  ) => {
    const find = () =>
      heard.find(
        (event): event is Extract<MeshEvent, { type: Type }> =>
          event.type === type && holds(event as Extract<MeshEvent, { type: Type }>),
      );
    await expect.poll(find).toBeDefined();
    const found = find();
    if (found === undefined) throw new Error(`no ${type}`);
    return found;
  };
  return { heard, command, until, end };
}

type Phone = ReturnType<typeof attach>;

async function link(a: Phone, b: Phone): Promise<readonly [PortLink, PortLink]> {
  a.command({ type: "connect", peer: PEER, isInitiator: true });
  const { signal } = await a.until("signal");
  b.command({ type: "connect", peer: PEER, isInitiator: false });
  b.command({ type: "signal", peer: PEER, signal });
  const links = [await a.until("link"), await b.until("link")] as unknown as [PortLink, PortLink];
  for (const { port } of links) opened.push(port);
  return links;
}

function listen(port: MessagePort): LinkPortMessage[] {
  const heard: LinkPortMessage[] = [];
  port.addEventListener("message", ({ data }: MessageEvent<LinkPortMessage>) => heard.push(data));
  port.start();
  return heard;
}

test("[DM5] a publication reaches whoever else listens to its topic", async () => {
  const mesh = new DemoMesh();
  const [a, b, c] = [attach(mesh, "A"), attach(mesh, "B"), attach(mesh, "C", ["other"])];
  await Promise.all([a, b, c].map(async (one) => one.until("server")));
  a.command({ type: "publish", topic: "t", data: "AAAA" });
  expect(await b.until("published")).toEqual({ type: "published", topic: "t", data: "AAAA" });
  c.command({ type: "publish", topic: "t", data: "BBBB" });
  await a.until("published");
  expect(a.heard.filter(({ type }) => type === "published")).toHaveLength(1);
  expect(c.heard.some(({ type }) => type === "published")).toBe(false);
});

test("[DM5] both ends of a link know the same two fingerprints, from their own sides", async () => {
  const mesh = new DemoMesh();
  const [a, b] = [attach(mesh, "A"), attach(mesh, "B")];
  const [left, right] = await link(a, b);
  expect([left.isInitiator, right.isInitiator]).toEqual([true, false]);
  expect(left.localFingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(left.localFingerprint).toBe(right.remoteFingerprint);
  expect(left.remoteFingerprint).toBe(right.localFingerprint);
  expect(left.localFingerprint).not.toBe(left.remoteFingerprint);
});

test("[DM5] an attempt that nobody began is closed at once", async () => {
  const mesh = new DemoMesh();
  const b = attach(mesh, "B");
  b.command({ type: "connect", peer: PEER, isInitiator: false });
  expect((await b.until("closed")).peer).toBe(PEER);
});

test("[DM7] frames arrive unchanged in order, and the sender hears that nothing waits", async () => {
  const mesh = new DemoMesh();
  const [left, right] = await link(attach(mesh, "A"), attach(mesh, "B"));
  const atLeft = listen(left.port);
  const atRight = listen(right.port);
  const frames = [1, 2, 3].map((fill) => new Uint8Array(16 * 1024).fill(fill));
  for (const frame of frames) left.port.postMessage(frame.slice().buffer);
  await expect.poll(() => atRight.length).toBe(3);
  expect(atRight.map((one) => new Uint8Array(one as ArrayBuffer)[0])).toEqual([1, 2, 3]);
  await expect.poll(() => atLeft).toEqual([{ type: "buffered", bytes: 0 }]);
});

test("[DM7] when one side closes, both are told", async () => {
  const mesh = new DemoMesh();
  const [a, b] = [attach(mesh, "A"), attach(mesh, "B")];
  const [left, right] = await link(a, b);
  const atRight = listen(right.port);
  left.port.postMessage({ type: "close" });
  await expect.poll(() => atRight).toEqual([{ type: "close" }]);
  expect((await b.until("closed")).peer).toBe(PEER);
  expect((await a.until("closed")).peer).toBe(PEER);
});

test("[DM6] a phone that is cut off loses its links, is told so, and neither speaks nor hears", async () => {
  const mesh = new DemoMesh();
  const [a, b] = [attach(mesh, "A"), attach(mesh, "B")];
  const [left, right] = await link(a, b);
  const [atLeft, atRight] = [listen(left.port), listen(right.port)];
  mesh.setOnline("A", false);
  await a.until("server", ({ state }) => state === "closed");
  await expect.poll(() => [atLeft, atRight]).toEqual([[{ type: "close" }], [{ type: "close" }]]);
  await b.until("closed");
  a.command({ type: "publish", topic: "t", data: "AAAA" });
  b.command({ type: "publish", topic: "t", data: "BBBB" });
  a.command({ type: "connect", peer: "b2".repeat(16), isInitiator: true });
  await a.until("closed", ({ reason }) => reason === "offline");
  expect([...a.heard, ...b.heard].filter(({ type }) => type === "published")).toEqual([]);

  mesh.setOnline("A", true);
  await expect.poll(() => a.heard.at(-1)).toEqual({ type: "server", url: SERVER, state: "open" });
  a.command({ type: "publish", topic: "t", data: "CCCC" });
  expect((await b.until("published")).data).toBe("CCCC");
});

test("[DM6] a phone that stops closes its links to the others", async () => {
  const mesh = new DemoMesh();
  const [a, b] = [attach(mesh, "A"), attach(mesh, "B")];
  await link(a, b);
  a.end.stop();
  expect((await b.until("closed")).reason).toBe("stopped");
});
