/**
 * Every limit of the mesh, each with its unit, its reason and its relation to its neighbours.
 *
 * Limits of a single signalling frame are in signaling/limits.ts, the size of a link's frame is in
 * workers/api.ts. Source: DESIGN §6; measured data-channel behaviour (a window of 64 KiB with frames
 * of 16 KiB never stalled, one of 1 MiB did); SPEC MS1 to MS37.
 */

/** UTF-16 units of one remote signal. An offer of a data channel alone is 1 to 3 kB. */
export const SIGNAL_LENGTH_MAX = 16 * 1024;

/** Remote candidates in one connection, those inside descriptions included; browsers send 2 to 20. */
export const CANDIDATES_MAX = 64;

/** UTF-16 units of one candidate. With an IPv6 address and all extensions they stay under 300. */
export const CANDIDATE_LENGTH_MAX = 512;

/** From the command to the open channel. A relayed path over a slow phone link takes 5 to 10 s. */
export const CONNECT_MS = 20_000;

/** How long ICE may say `disconnected` before the link is given up; short gaps heal in 1 to 3 s. */
export const DISCONNECTED_MS = 4_000;

/** What a closing link may take to send what the node had already handed over. */
export const FLUSH_MS = 1_000;

/** Connections at once. Engines stop at 500, a family has at most 50 devices. */
export const PEERS_MAX = 64;

/** Bytes taken from the other side before the channel counts as open: one handshake message is 2 kB. */
export const EARLY_BYTES_MAX = 64 * 1024;

/** Bytes waiting in a data channel at which the node is told to stop; bulk stalls above it. */
export const BUFFERED_HIGH_BYTES = 64 * 1024;

/** Bytes waiting in a data channel below which the node is told to go on. */
export const BUFFERED_LOW_BYTES = 16 * 1024;

/** The node hears of the level at least once in this many bytes: half of BUFFERED_HIGH_BYTES. */
export const BUFFERED_REPORT_BYTES = 32 * 1024;

/** Signalling servers at once: a host's own and a few spares. */
export const SERVERS_MAX = 8;

/** Topics at once: old, present and next days of a few epochs and every open invite. */
export const TOPICS_MAX = 256;

/** First and longest wait before a server is tried again. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 30_000;

/** From the start of a socket to its being open. */
export const OPEN_MS = 10_000;

/** Between two pings of the application. A stock client hangs up after 30 s of silence. */
export const PING_MS = 25_000;

/** From a ping to any frame; none: the socket is dead. */
export const PONG_MS = 10_000;

/** The same after the page woke up: a person waits. A socket that was too slow is dialled once too often. */
export const RESUME_PONG_MS = 1_000;

/** Asleep for longer, a server has given the socket up (it pings each 30 s): it is dialled anew at once. */
export const SOCKET_SLEEP_MS = 60_000;

/** The page's pulse, and how late it may be before the page counts as having slept: machines jam for 1 to 3 s. */
export const PULSE_MS = 1_000;
export const SLEPT_MS = 5_000;

/** The same while it is hidden: engines let hidden pages without links run once a minute. */
export const SLEPT_HIDDEN_MS = 90_000;

/** Publishes that wait for one server to open, oldest dropped first: a few offers and candidates. */
export const QUEUED_FRAMES_MAX = 64;

/** Age at which a waiting publish is worthless: the connection that it was for has timed out. */
export const QUEUED_MS_MAX = 20_000;

/** Bytes waiting in one socket above which publishes are dropped. */
export const SOCKET_BUFFERED_BYTES_MAX = 1024 * 1024;

/** Frames one server may deliver: a rate a second, and at once. Above it they are dropped. */
export const INBOUND_FRAMES_PER_SECOND = 200;
export const INBOUND_FRAMES_BURST = 2_000;
