/** Two clients and the project's own server, over real sockets. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { type RunningServer, startServer } from "../../signaling/server.ts";
import { SignallingClient } from "./signalling-client.ts";
import type { SocketEnvironment, SocketLike } from "./signalling-socket.ts";

const ENVIRONMENT: SocketEnvironment = {
  createSocket: (url) => new WebSocket(url) as unknown as SocketLike,
  now: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  random: () => 0,
};

let server: RunningServer;
const clients: SignallingClient[] = [];

beforeEach(async () => {
  server = await startServer({ port: 0, host: "127.0.0.1" });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.stop();
  await server.close();
});

function makeClient() {
  const states: string[] = [];
  const published: [string, string][] = [];
  const dropped: string[] = [];
  const client = new SignallingClient(ENVIRONMENT, {
    onState: (_url, state) => states.push(state),
    onPublished: (topic, data) => published.push([topic, data]),
    onDropped: (reason) => dropped.push(reason),
  });
  clients.push(client);
  return { client, states, published, dropped };
}

const urlOf = (running: RunningServer): string => `ws://127.0.0.1:${running.port}`;

test("[MS36] carries a publish through the real server to the wanted topic and no other", async () => {
  const [a, b, stranger] = [makeClient(), makeClient(), makeClient()];
  a.client.want([urlOf(server)], ["family"]);
  b.client.want([urlOf(server)], ["family"]);
  stranger.client.want([urlOf(server)], ["other"]);
  await vi.waitFor(() => {
    for (const each of [a, b, stranger]) expect(each.states).toEqual(["connecting", "open"]);
    expect(server.readGauges().topics).toBe(2);
  });
  a.client.publish("family", "AAEC");
  a.client.publish("other", "BBBB");
  await vi.waitFor(() => {
    expect(b.published).toEqual([["family", "AAEC"]]);
    expect(stranger.published).toEqual([["other", "BBBB"]]);
  });
  // The sender's own copy comes back too: the node tells it apart.
  expect(a.published).toEqual([["family", "AAEC"]]);
  expect([...a.dropped, ...b.dropped, ...stranger.dropped]).toEqual([]);
});

test("[MS36] comes back to its topics after the server was gone", async () => {
  const { client, states, published } = makeClient();
  client.want([urlOf(server)], ["family"]);
  await vi.waitFor(() => expect(states.at(-1)).toBe("open"));
  const { port } = server;
  await server.close();
  await vi.waitFor(() => expect(states.at(-1)).toBe("closed"));
  client.publish("family", "AAEC");
  server = await startServer({ port, host: "127.0.0.1" });
  client.resume();
  await vi.waitFor(() => expect(published).toEqual([["family", "AAEC"]]));
});
