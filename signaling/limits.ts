/**
 * Every limit of the signalling server, each with its unit, its reason and its neighbours.
 *
 * The three wire limits are constants, because the web page checks the same frames. The others are
 * one record, so that a test can run the same server with small numbers. Nothing here knows Node.
 * Source: DESIGN §10; load figures of a stock server on 2 cores (about 80,000 deliveries a second,
 * 10 to 15 kB of memory a socket); SPEC SG20 to SG29.
 */

/**
 * Bytes of one frame, both as sent by a client and as UTF-8. A session description with its
 * candidates is 1 to 3 kB and a relayed link frame 16 KiB before base64; 64 KiB leaves room for both.
 */
export const FRAME_BYTES_MAX = 65_536;

/** Bytes of one frame from the server: a client's frame and `,"clients":N` for any safe integer N. */
export const SERVER_FRAME_BYTES_MAX = FRAME_BYTES_MAX + 64;

/** UTF-16 units of one topic. Ours are 22; stock y-webrtc rooms are names that people chose. */
export const TOPIC_LENGTH_MAX = 128;

/** Topics in one subscribe or unsubscribe frame: as many as a socket may hold, never more. */
export const TOPICS_PER_FRAME_MAX = 64;

/** What the server allows. Times in milliseconds, rates in units a second. */
export type ServerLimits = {
  /** Topics one socket holds at once. A family needs three days' topics and one for each invite. */
  readonly topicsPerSocket: number;
  /** Sockets on one topic. A family has at most 50 devices; this bounds what one publish costs. */
  readonly socketsPerTopic: number;
  /** Sockets of one address (IPv6: one /64). A household, a school or a proxy shares an address. */
  readonly socketsPerAddress: number;
  /** Sockets in all, at about 15 kB each: 75 MB. */
  readonly socketsTotal: number;
  /** Addresses remembered at once (their buckets outlive their sockets); about 200 B each. */
  readonly addressesTotal: number;
  /** Frames a second of one socket. Twenty candidates in a second is a busy client. */
  readonly socketFramesPerSecond: number;
  /** Frames one socket may send at once before the rate applies; joining a full family is ~100. */
  readonly socketFramesBurst: number;
  /** Bytes a second of one socket: a relayed conversation, not a file transfer. */
  readonly socketBytesPerSecond: number;
  /** Bytes at once: 32 of the biggest frames. */
  readonly socketBytesBurst: number;
  /** Bytes a second that one address makes the server send, over all receivers. */
  readonly addressEgressPerSecond: number;
  /** Bytes at once: one biggest frame to a full topic, four times. */
  readonly addressEgressBurst: number;
  /** New sockets a second of one address; everybody behind a router comes back after a restart. */
  readonly addressConnectsPerSecond: number;
  /** New sockets at once of one address: all that it may have. */
  readonly addressConnectsBurst: number;
  /** Bad frames before the socket is closed with 1008. One is an accident, eight are a habit. */
  readonly badFrames: number;
  /** From the upgrade to the first valid frame. Every y-webrtc client subscribes at once. */
  readonly firstFrameMs: number;
  /** Without any frame, on a socket that subscribes to nothing. lib0 clients ping every 15 s. */
  readonly idleMs: number;
  /** Between two protocol pings; a socket that missed one is dead. Stock servers use the same. */
  readonly pingMs: number;
  /** Bytes waiting for one receiver before it is cut off: 16 of the biggest frames. */
  readonly bufferedBytes: number;
  /** From a close to the end of the connection, whatever the other side does. */
  readonly closeMs: number;
  /** From the first byte of an HTTP request to the end of its headers. */
  readonly requestHeadersMs: number;
};

export const SERVER_LIMITS: ServerLimits = {
  topicsPerSocket: 64,
  socketsPerTopic: 128,
  socketsPerAddress: 256,
  socketsTotal: 5_000,
  addressesTotal: 20_000,
  socketFramesPerSecond: 50,
  socketFramesBurst: 400,
  socketBytesPerSecond: 262_144,
  socketBytesBurst: 2_097_152,
  addressEgressPerSecond: 8_388_608,
  addressEgressBurst: 33_554_432,
  addressConnectsPerSecond: 10,
  addressConnectsBurst: 256,
  badFrames: 8,
  firstFrameMs: 10_000,
  idleMs: 60_000,
  pingMs: 30_000,
  bufferedBytes: 1_048_576,
  closeMs: 2_000,
  requestHeadersMs: 10_000,
};
