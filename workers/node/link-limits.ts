/**
 * Limits of links, the handshake's envelope and the rendezvous, each with its unit, its reason and
 * its relation to its neighbours. The size of a link frame is in workers/api.ts, the size of a whole
 * message in frames.ts. SPEC LK1 to RV20; docs/LIMITS.md repeats them for readers.
 */

/**
 * Bytes below a writer that the other side has not dealt with, in whatever buffer or queue they are: a
 * vote then overtakes all but 64 KiB of bulk (measured: bulk stalls with more in a channel).
 */
export const IN_FLIGHT_BYTES_MAX = 64 * 1024;

/** Above that for lane 0 alone: votes and pings go out although bulk has filled the rest. */
export const URGENT_BYTES = 32 * 1024;

/** Bytes dealt with that are told in one go; four times in IN_FLIGHT_BYTES_MAX, so nobody waits for none. */
export const CREDIT_BYTES = 16 * 1024;

/** Bytes of whole messages that wait to be dealt with above which the other side is told nothing. */
export const BACKLOG_BYTES_MAX = 64 * 1024;

/** Bytes that may wait in a writer: 8 of the largest messages; a link that is slower is closed. */
export const QUEUE_BYTES_MAX = 4 * 1024 * 1024;

/** What a queued fragment costs beside its bytes, so that tiny frames are bounded too. */
export const QUEUED_FRAGMENT_COST_BYTES = 64;

/** Bytes that a link keeps for a receiver that is not there yet. A handshake message is 2 kB. */
export const EARLY_BYTES_MAX = 256 * 1024;

/** Bytes waiting in a transferred channel at which there is room again: one link frame. */
export const BUFFERED_LOW_BYTES = 16 * 1024;

/** What a closing transferred channel may take to send what was handed over; the pump's is the same. */
export const FLUSH_MS = 1_000;

/** From the page's word that a connection stands to its channel being open here; measured: below 20 ms. */
export const OPEN_AFTER_LINK_MS = 3_000;

/** UTF-16 units of a pasted text that is searched for an invite link. */
export const INVITE_TEXT_LENGTH_MAX = 16 * 1024;

/** Characters of an invite behind `#j1.`: four servers of 200 bytes and 150 bytes of keys are 1,400. */
export const INVITE_FRAGMENT_LENGTH_MAX = 2 * 1024;

/** Signalling servers in an invite, and bytes of each. */
export const INVITE_SERVERS_MAX = 4;
export const INVITE_SERVER_BYTES_MAX = 200;

/** Bytes of one signal (an offer is 1 to 3 kB); the mesh refuses larger ones as well. */
export const SIGNAL_BYTES_MAX = 16 * 1024;

/** Sizes to which a signalling envelope is padded, so that it does not show what it is. */
export const ENVELOPE_BUCKETS_BYTES = [1024, 4 * 1024, 20 * 1024] as const;

/** Connections being made at once (DESIGN §6: at most 8 half-open), and with one device. */
export const ATTEMPTS_MAX = 8;
export const ATTEMPTS_PER_DEVICE_MAX = 2;

/** Of them over invites: whoever holds a link never keeps the family's devices from each other. */
export const ATTEMPTS_BY_INVITE_MAX = 4;

/** From `connect` to the open channel; the mesh gives up after the same time. */
export const ATTEMPT_MS = 20_000;

/** First and longest wait between two announces while somebody may be missing. */
export const ANNOUNCE_MS_MIN = 5_000;
export const ANNOUNCE_MS_MAX = 60_000;

/** Between any two announces on one channel: a page reports one waking several times. */
export const ANNOUNCE_GAP_MS = 1_000;

/** Between two answers to one session: below ANNOUNCE_MS_MIN less its jitter. */
export const ANSWER_MS = 4_000;

/** Envelopes, ended attempts and sessions remembered, oldest forgotten first. */
export const SEEN_ENVELOPES_MAX = 2_048;
export const ENDED_ATTEMPTS_MAX = 1_024;
export const SESSIONS_MAX = 512;
