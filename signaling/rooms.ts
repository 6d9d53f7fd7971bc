/**
 * Who listens to which topic. Pure: no socket, no clock; a subscriber is any object.
 *
 * Both directions are kept (topic to subscribers, subscriber to topics), so leaving costs only what
 * the one who leaves holds. An empty topic and an empty subscriber are forgotten at once. Publishing
 * needs no subscription, and the publisher hears itself if it subscribed: both as in y-webrtc.
 * Source: y-webrtc 10 server semantics; SPEC SG10 to SG14.
 */
import { addClientCount } from "./protocol.ts";

export type RoomLimits = {
  readonly topicsPerSocket: number;
  readonly socketsPerTopic: number;
};

/** How many topics of one subscribe were taken, and how many not, by cause. */
export type SubscribeResult = {
  readonly overTopics: number;
  readonly overSockets: number;
};

/** One text for every one of `receivers`. The set is the room itself: read it before it changes. */
export type Delivery<Subscriber> = {
  readonly text: string;
  readonly receivers: ReadonlySet<Subscriber>;
};

export class Rooms<Subscriber extends object> {
  readonly #limits: RoomLimits;
  readonly #subscribersOf = new Map<string, Set<Subscriber>>();
  readonly #topicsOf = new Map<Subscriber, Set<string>>();
  #subscriptions = 0;

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** Topics with at least one subscriber. */
  get topicCount(): number {
    return this.#subscribersOf.size;
  }

  /** Subscribers with at least one topic. */
  get subscriberCount(): number {
    return this.#topicsOf.size;
  }

  /** Pairs of subscriber and topic. */
  get subscriptionCount(): number {
    return this.#subscriptions;
  }

  /** Topics of one subscriber. */
  topicCountOf(subscriber: Subscriber): number {
    return this.#topicsOf.get(subscriber)?.size ?? 0;
  }

  /** Takes the topics in order as far as the limits allow; one already held costs nothing. */
  subscribe(subscriber: Subscriber, topics: readonly string[]): SubscribeResult {
    const held = this.#topicsOf.get(subscriber) ?? new Set<string>();
    let overTopics = 0;
    let overSockets = 0;
    for (const topic of topics) {
      if (held.has(topic)) continue;
      const subscribers = this.#subscribersOf.get(topic) ?? new Set<Subscriber>();
      if (held.size >= this.#limits.topicsPerSocket) {
        overTopics += 1;
      } else if (subscribers.size >= this.#limits.socketsPerTopic) {
        overSockets += 1;
      } else {
        held.add(topic);
        subscribers.add(subscriber);
        this.#subscribersOf.set(topic, subscribers);
        this.#subscriptions += 1;
      }
    }
    if (held.size > 0) this.#topicsOf.set(subscriber, held);
    return { overTopics, overSockets };
  }

  unsubscribe(subscriber: Subscriber, topics: readonly string[]): void {
    const held = this.#topicsOf.get(subscriber);
    if (held === undefined) return;
    for (const topic of topics) {
      if (held.delete(topic)) this.#drop(topic, subscriber);
    }
    if (held.size === 0) this.#topicsOf.delete(subscriber);
  }

  /** Takes the subscriber off everything. Called once when its socket closes; harmless again. */
  leave(subscriber: Subscriber): void {
    const held = this.#topicsOf.get(subscriber);
    if (held === undefined) return;
    this.#topicsOf.delete(subscriber);
    for (const topic of held) this.#drop(topic, subscriber);
  }

  /**
   * What a publish sends to whom; undefined where nobody listens.
   * @param text the publish as it came, for which `parseClientFrame` gave `topic`
   */
  publish(topic: string, text: string): Delivery<Subscriber> | undefined {
    const receivers = this.#subscribersOf.get(topic);
    if (receivers === undefined) return undefined;
    return { text: addClientCount(text, receivers.size), receivers };
  }

  #drop(topic: string, subscriber: Subscriber): void {
    const subscribers = this.#subscribersOf.get(topic);
    if (subscribers === undefined || !subscribers.delete(subscriber)) return;
    this.#subscriptions -= 1;
    if (subscribers.size === 0) this.#subscribersOf.delete(topic);
  }
}
