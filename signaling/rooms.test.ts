import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Rooms } from "./rooms.ts";

type Client = { readonly name: string };
const [anna, ben, cleo]: [Client, Client, Client] = [
  { name: "anna" },
  { name: "ben" },
  { name: "cleo" },
];
const WIDE = { topicsPerSocket: 64, socketsPerTopic: 128 };
const publishText = (topic: string) => JSON.stringify({ type: "publish", topic, data: 1 });

describe("Rooms", () => {
  test("[SG3] delivers to everybody on the topic, the sender included, with their number", () => {
    const rooms = new Rooms<Client>(WIDE);
    rooms.subscribe(anna, ["t"]);
    rooms.subscribe(ben, ["t", "u"]);
    const delivery = rooms.publish("t", publishText("t"));
    expect([...(delivery?.receivers ?? [])]).toEqual([anna, ben]);
    expect(JSON.parse(delivery?.text ?? "")).toEqual({
      type: "publish",
      topic: "t",
      data: 1,
      clients: 2,
    });
  });

  test("[SG5] has nothing to deliver where nobody listens", () => {
    const rooms = new Rooms<Client>(WIDE);
    rooms.subscribe(anna, ["t"]);
    expect(rooms.publish("u", publishText("u"))).toBeUndefined();
  });

  test("[SG1] counts a subscription once, however often it is asked for", () => {
    const rooms = new Rooms<Client>(WIDE);
    rooms.subscribe(anna, ["t", "t"]);
    rooms.subscribe(anna, ["t"]);
    expect(rooms.subscriptionCount).toBe(1);
    expect(rooms.publish("t", publishText("t"))?.receivers.size).toBe(1);
  });

  test("[SG2] ignores topics it is not on", () => {
    const rooms = new Rooms<Client>(WIDE);
    rooms.subscribe(anna, ["t"]);
    rooms.unsubscribe(ben, ["t"]);
    rooms.unsubscribe(anna, ["u"]);
    expect(rooms.subscriptionCount).toBe(1);
  });

  test("[SG10] forgets empty topics and subscribers at once, by unsubscribe and by leaving", () => {
    const rooms = new Rooms<Client>(WIDE);
    rooms.subscribe(anna, ["t"]);
    rooms.unsubscribe(anna, ["t"]);
    expect([rooms.topicCount, rooms.subscriberCount, rooms.subscriptionCount]).toEqual([0, 0, 0]);
    rooms.subscribe(anna, ["t", "u"]);
    rooms.leave(anna);
    rooms.leave(anna);
    expect([rooms.topicCount, rooms.subscriberCount, rooms.subscriptionCount]).toEqual([0, 0, 0]);
    rooms.subscribe(anna, []);
    expect(rooms.subscriberCount).toBe(0);
  });

  test("[SG12] refuses what is over a limit and takes the rest in order", () => {
    const rooms = new Rooms<Client>({ topicsPerSocket: 2, socketsPerTopic: 2 });
    rooms.subscribe(anna, ["t"]);
    rooms.subscribe(ben, ["t"]);
    expect(rooms.subscribe(cleo, ["t", "u", "v", "w"])).toEqual({ overTopics: 1, overSockets: 1 });
    expect(rooms.publish("t", publishText("t"))?.receivers.has(cleo)).toBe(false);
    expect(rooms.publish("v", publishText("v"))?.receivers.has(cleo)).toBe(true);
    expect(rooms.publish("w", publishText("w"))).toBeUndefined();
    expect(rooms.subscribe(cleo, ["u", "v"])).toEqual({ overTopics: 0, overSockets: 0 });
  });

  test("[SG14] keeps __proto__ and constructor apart from everything else", () => {
    const rooms = new Rooms<Client>(WIDE);
    expect(rooms.publish("__proto__", publishText("__proto__"))).toBeUndefined();
    expect(rooms.publish("constructor", publishText("constructor"))).toBeUndefined();
    rooms.subscribe(anna, ["__proto__"]);
    expect(rooms.publish("__proto__", publishText("__proto__"))?.receivers.size).toBe(1);
  });

  test("[SG11] behaves as the plain set of pairs does", () => {
    const clients = [anna, ben, cleo];
    const topics = fc.array(fc.constantFrom<string[]>("t", "u", "v", "__proto__"), {
      maxLength: 5,
    });
    const operation = fc.record({
      kind: fc.constantFrom("subscribe", "unsubscribe", "leave"),
      client: fc.constantFrom(...clients),
      topics,
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const limits = { topicsPerSocket: 3, socketsPerTopic: 2 };
        const rooms = new Rooms<Client>(limits);
        let pairs: { client: Client; topic: string }[] = [];
        for (const { kind, client, topics } of operations) {
          if (kind === "leave") {
            rooms.leave(client);
            pairs = pairs.filter((pair) => pair.client !== client);
          } else if (kind === "unsubscribe") {
            rooms.unsubscribe(client, topics);
            pairs = pairs.filter((p) => p.client !== client || !topics.includes(p.topic));
          } else {
            rooms.subscribe(client, topics);
            for (const topic of topics) {
              const isHeld = pairs.some((p) => p.client === client && p.topic === topic);
              const held = pairs.filter((p) => p.client === client).length;
              const crowd = pairs.filter((p) => p.topic === topic).length;
              if (!isHeld && held < 3 && crowd < 2) pairs.push({ client, topic });
            }
          }
        }
        expect(rooms.subscriptionCount).toBe(pairs.length);
        expect(rooms.topicCount).toBe(new Set(pairs.map((p) => p.topic)).size);
        expect(rooms.subscriberCount).toBe(new Set(pairs.map((p) => p.client)).size);
        for (const topic of ["t", "u", "v", "__proto__"]) {
          const expected = pairs.filter((p) => p.topic === topic).map((p) => p.client.name);
          const receivers = [...(rooms.publish(topic, publishText(topic))?.receivers ?? [])];
          expect(receivers.map((c) => c.name).sort()).toEqual(expected.sort());
        }
        for (const client of clients) rooms.leave(client);
        expect([rooms.topicCount, rooms.subscriberCount, rooms.subscriptionCount]).toEqual([
          0, 0, 0,
        ]);
      }),
    );
  });
});
