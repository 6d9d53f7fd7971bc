/**
 * The y-webrtc signalling protocol: its frames, their schema and the only parsers of them.
 *
 * Both ends use this file, so it knows neither Node nor the DOM. The parsers are total: any text
 * gives a frame or a reason, never an exception. Unknown fields of a publish belong to the clients
 * and stay as they are; the text of a publish is forwarded byte for byte (see `addClientCount`).
 * Source: the y-webrtc 10 wire protocol (JSON text frames); SPEC SG1 to SG9.
 */
import {
  FRAME_BYTES_MAX,
  SERVER_FRAME_BYTES_MAX,
  TOPIC_LENGTH_MAX,
  TOPICS_PER_FRAME_MAX,
} from "./limits.ts";

/** Puts the sender's socket on each topic. No answer; subscribing twice is subscribing once. */
type SubscribeFrame = { readonly type: "subscribe"; readonly topics: readonly string[] };

/** Takes the sender's socket off each topic. Topics that it is not on are no error. */
type UnsubscribeFrame = { readonly type: "unsubscribe"; readonly topics: readonly string[] };

/** Sends the whole object to everybody on the topic, the sender included. */
type PublishFrame = {
  readonly type: "publish";
  readonly topic: string;
  /** Whatever the clients agreed on; the server never looks. Absent when it was not sent. */
  readonly data: unknown;
};

/** A publish as it arrives: with the number of sockets on the topic, if the server counts them. */
export type DeliveredFrame = PublishFrame & { readonly clients: number | undefined };

type PingFrame = { readonly type: "ping" };
type PongFrame = { readonly type: "pong" };

/** What a client may send. */
export type ClientFrame = SubscribeFrame | UnsubscribeFrame | PublishFrame | PingFrame | PongFrame;

/** What a server may send. */
export type ServerFrame = DeliveredFrame | PingFrame | PongFrame;

/** Why a text is no frame. `unknown-type` is well formed and is ignored, as stock servers do. */
type FrameRefusal =
  | "too-big"
  | "not-json"
  | "not-an-object"
  | "unknown-type"
  | "bad-topic"
  | "bad-topics"
  | "bad-clients";

export type Parsed<Frame> =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly reason: FrameRefusal };

const PING: PingFrame = { type: "ping" };
const PONG: PongFrame = { type: "pong" };

/** The answer to `{"type":"ping"}`, ready to send. A lib0 client hangs up after 30 s without it. */
export const PONG_TEXT = JSON.stringify(PONG);

/** Reads what a client sent. `text` of any length and content; never throws. */
export function parseClientFrame(text: string): Parsed<ClientFrame> {
  const parsed = parseObject(text, FRAME_BYTES_MAX);
  if (!parsed.ok) return parsed;
  const fields = parsed.frame;
  const type = fields["type"];
  switch (type) {
    case "subscribe":
    case "unsubscribe": {
      const topics = fields["topics"];
      if (!areTopics(topics)) return refuse("bad-topics");
      return { ok: true, frame: { type, topics } };
    }
    case "publish":
      return parsePublish(fields);
    case "ping":
      return { ok: true, frame: PING };
    case "pong":
      return { ok: true, frame: PONG };
    default:
      return refuse("unknown-type");
  }
}

/** Reads what a server sent, ours or a stock one. `text` of any length and content; never throws. */
export function parseServerFrame(text: string): Parsed<ServerFrame> {
  const parsed = parseObject(text, SERVER_FRAME_BYTES_MAX);
  if (!parsed.ok) return parsed;
  const fields = parsed.frame;
  switch (fields["type"]) {
    case "publish": {
      const published = parsePublish(fields);
      if (!published.ok) return published;
      const clients = fields["clients"];
      if (clients !== undefined && !isCount(clients)) return refuse("bad-clients");
      return { ok: true, frame: { ...published.frame, clients } };
    }
    case "ping":
      return { ok: true, frame: PING };
    case "pong":
      return { ok: true, frame: PONG };
    default:
      return refuse("unknown-type");
  }
}

/**
 * The text of a publish with `clients` set to `count`. The rest stays byte for byte: nothing is
 * written anew, so no number form grows and no depth of nesting overflows the stack. Where the
 * sender had put a `clients` of its own, ours comes later and wins in every JSON.parse.
 * @param publishText text for which `parseClientFrame` gave a publish frame
 */
export function addClientCount(publishText: string, count: number): string {
  const end = publishText.lastIndexOf("}");
  return `${publishText.slice(0, end)},"clients":${count}}`;
}

/** A topic is 1 to 128 UTF-16 units of anything. */
export function isTopic(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= TOPIC_LENGTH_MAX;
}

function areTopics(value: unknown): value is string[] {
  return Array.isArray(value) && value.length <= TOPICS_PER_FRAME_MAX && value.every(isTopic);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function parsePublish(fields: Readonly<Record<string, unknown>>): Parsed<PublishFrame> {
  const topic = fields["topic"];
  if (!isTopic(topic)) return refuse("bad-topic");
  return { ok: true, frame: { type: "publish", topic, data: fields["data"] } };
}

/** The length in UTF-16 units never exceeds the bytes, so it can be checked before any parsing. */
function parseObject(text: string, bytesMax: number): Parsed<Readonly<Record<string, unknown>>> {
  if (text.length > bytesMax) return refuse("too-big");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("not-json");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("not-an-object");
  }
  return { ok: true, frame: value as Record<string, unknown> };
}

function refuse(reason: FrameRefusal): { readonly ok: false; readonly reason: FrameRefusal } {
  return { ok: false, reason };
}
