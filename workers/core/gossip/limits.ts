/** Limits of the gossip layer, each with unit and reason; docs/LIMITS.md repeats them for readers. */

/** Devices a message can be wrapped for: a family of 20 with three devices each. */
export const RECIPIENTS_MAX = 64;
/** UTF-8 bytes of a message's text, as the person sees it. */
export const TEXT_BYTES_MAX = 32 * 1024;
/** UTF-8 bytes of a reaction: a family of four with its joiners takes 25, one with skin tones 41. */
export const REACTION_BYTES_MAX = 64;
/** Plaintext sizes after padding; the last holds the longest text with its framing. */
export const PADDING_BUCKETS_BYTES = [256, 1024, 4096, 16 * 1024, 33 * 1024] as const;
/** Ciphertext of a body: the largest bucket and the authentication tag. */
export const CIPHERTEXT_BYTES_MAX = 33 * 1024 + 16;
/** Encoded body: ciphertext, 64 wraps of 80 bytes, framing. */
export const BODY_BYTES_MAX = CIPHERTEXT_BYTES_MAX + RECIPIENTS_MAX * 84 + 128;
/** People whom a message may bring into its group with it; more wait for the ledger. */
export const JOINS_MAX = 4;
/** Encoded change that puts one into a group: 94 bytes, and room for other versions. */
export const JOIN_BYTES_MAX = 160;
/** Milliseconds after it was signed in which such a change counts without a block. */
export const JOIN_LIFE_MS = 7 * 86_400_000;
/** Encoded header: 64 recipients of 26 bytes, 4 joins of 230, fixed fields. */
export const HEADER_BYTES_MAX = 3072;
/** Milliseconds that a message's clock may lead the receiver's before it is parked. */
export const FUTURE_ACCEPT_MS = 2 * 60_000;
/** Milliseconds beyond which a message from the future is dropped as not had. */
export const FUTURE_PARK_MS = 24 * 3_600_000;
/** Milliseconds by which receiving may lift my clock above my wall clock. */
export const CLOCK_LIFT_MS = 60_000;
/** Messages parked for one author (unknown height or future clock). */
export const PARKED_PER_AUTHOR_MAX = 256;
/**
 * Entries of one stream that wait for a predecessor, with their bodies: four questions that are answered
 * out of order.
 */
export const PROVISIONAL_MAX = 1024;
/** Bytes of their bodies: as many as eight full answers bring. */
export const PROVISIONAL_BYTES_MAX = 8 * 1024 * 1024;
/** Entries of one stream kept that break chain, clock, height, rate or quota: headers, 6 MB at most. */
export const WANTON_MAX = 2048;
/** Days beyond retention that headers, seen ids and proofs are kept. */
export const HEADER_EXTRA_DAYS = 2;
/**
 * Days for which a device's encryption key may be sealed to by who has not heard of the next one: somebody
 * back from a month away may write before its device has met another.
 */
export const KEY_GRACE_DAYS = 31;
/** Milliseconds past another device's last sign of life that my clock is believed when it deletes. */
export const FLOOR_TRUST_MS = 7 * 86_400_000;
/** Seconds for which a place, or the word that it is over, is passed on: no ephemeral entry lives longer. */
export const PLACE_LIFE_SECONDS_MAX = 86_400;
/** Milliseconds in which one place of a device is acted on and passed on, its newest: what a liar sends faster ends there. */
export const PLACE_PASS_MS = 5_000;
/** Encoded body of a place: the smallest bucket, 64 wraps, framing. */
export const PLACE_BODY_BYTES_MAX = 256 + 16 + RECIPIENTS_MAX * 84 + 128;
/** Milliseconds of a day (UTC days are the unit of retention). */
export const DAY_MS = 86_400_000;
/** One message in this many milliseconds, sustained, of an author's stream (GCRA emission interval). */
export const RATE_INTERVAL_MS = 2_000;
/** Messages that an author's stream may burst before the rate holds it. */
export const RATE_BURST = 500;
/** Milliseconds to each entry of an emergency stream, sustained: one a minute. */
export const EMERGENCY_INTERVAL_MS = 60_000;
/** Entries that it may burst: some calls for help, and what is said to those of others. */
export const EMERGENCY_BURST = 30;
/** UTF-8 bytes of what is said with a call for help, or nothing. */
export const EMERGENCY_TEXT_BYTES_MAX = 1_000;
/** Bytes a second that an author may make others store, sustained: 11 MB a day, 5,000 messages of 2 kB. */
export const QUOTA_BYTES_PER_SECOND = 128;
/** Milliseconds by which it may run ahead: 32 MiB at once, 850 of the largest messages, or three days' worth. */
export const QUOTA_BURST_MS = ((32 * 1024 * 1024) / QUOTA_BYTES_PER_SECOND) * 1_000;
/** The stream of calls for help has this part of it for itself, every other beside the first that one. */
export const QUOTA_EMERGENCY_SHARE = 8;
export const QUOTA_OTHER_SHARE = 32;
/** Bytes that a header counts, and each recipient in it, beside the body's. */
export const HEADER_CHARGE_BYTES = 384;
export const RECIPIENT_CHARGE_BYTES = 24;
/** Bytes that each join in it counts. */
export const JOIN_CHARGE_BYTES = 192;
/** UTF-8 bytes of what is said with a request. */
export const REQUEST_TEXT_BYTES_MAX = 1_000;
/** Milliseconds for which a request can be decided: a week has every day once. */
export const REQUEST_LIFE_MS = 7 * 86_400_000;
/** Milliseconds for which it is shown, whatever became of it. */
export const REQUEST_SHOWN_MS = 14 * 86_400_000;
/** Open requests of one member that are shown: the newest. */
export const REQUESTS_OPEN_MAX = 8;
/** Gap intervals carried for one stream in a register. */
export const GAPS_MAX = 64;
/** Exceptions carried in a register. */
export const EXCEPTIONS_MAX = 256;
/** Highest stream number of a device: 16 durable streams, the last for emergencies, so 14 resets, and 16 ephemeral ones. */
export const STREAM_NUMBER_MAX = 31;
/** Streams carried in a register: 64 devices, one durable stream each, some resets. */
export const STREAMS_MAX = 256;
/** Gap intervals carried in a whole register: with all else at its limit it stays below its bytes. */
export const REGISTER_GAPS_MAX = 2048;
/** Encoded register. */
export const REGISTER_BYTES_MAX = 64 * 1024;
/** Least milliseconds between two own registers. */
export const REGISTER_INTERVAL_MS = 1_000;
/** Least milliseconds between two own registers that go to everybody, where their news are for some. */
export const REGISTER_ALL_MS = 5_000;
/** Milliseconds between own registers while linked and nothing new. */
export const REGISTER_IDLE_MS = 60_000;
/** Earlier registers of its device that are kept for a stream, while what they lack is on its way. */
export const WITNESSES_MAX = 4;
/** Milliseconds after which a peer that still shows nothing of a fork, or of a dating, is given its proof again. */
export const PROOF_AGAIN_MS = 60_000;
/** Milliseconds without a register of a device after which its way is looked for anew: one idle one is missing. */
export const REGISTER_LATE_MS = 75_000;
/** Peers to which another's entry is pushed at once. */
export const FANOUT_MAX = 12;
/** Peers to which an own entry is pushed at once: everybody in a family that is all linked. */
export const OWN_FANOUT_MAX = 16;
/** Peers from which an author's entries come to a device that is not linked to it. */
export const WAYS_MAX = 2;
/** Milliseconds within which further copies of a register come over ways that need not both be. */
export const COPIES_MS = 2_000;
/** Entries and registers of which further copies are counted. */
export const AGAIN_MAX = 256;
/** Milliseconds between two times that a random peer is told which registers are here. */
export const LIST_AGAIN_MS = 30_000;
/** Least milliseconds between two of a peer's lists that are answered: an answer may be long. */
export const LIST_ANSWER_MS = 10_000;
/** Milliseconds between two times that fingerprints are compared with a random peer; as with lists. */
export const COMPARE_AGAIN_MS = 30_000;
/** Words about fingerprints of one peer that are answered in that time: a drill takes eight at most. */
export const COMPARE_ANSWERS_MAX = 12;
/** Days, ranges of numbers and entries in one of them. */
export const COMPARE_DAYS_MAX = 4;
export const COMPARE_RANGES_MAX = 64;
export const COMPARE_ENTRIES_MAX = 8;
/** Parts into which a range that differs is divided: 43,200 numbers, all that the rate lets pass in a day, in four steps. */
export const COMPARE_PARTS = 16;
/** Bytes of a fingerprint over everything, and of one that leads on: nobody finds two sets with one of these. */
export const ROOT_BYTES = 8;
export const FINGERPRINT_BYTES = 16;
/** Days in one word: retention of a year and more. */
export const COMPARED_DAYS_MAX = 400;
/** Packed rows of one word: 256 forks, or the days of a year, with room. */
export const FINGERPRINT_PACKED_BYTES_MAX = 16 * 1024;
/** Milliseconds since its last register for which a device counts as awake: two of its idle ones. */
export const LATELY_MS = 2 * 60_000;
/** Milliseconds after which peers that may lack an entry are told that it is here. */
export const ANNOUNCE_MS = 150;
/** Peers that are told of what is here; a peer is told by as many others on average. One where all are linked. */
export const ANNOUNCED_PEERS_MAX = 3;
/** Authors that a peer may ask to be spared: as many as devices. */
export const SPARED_AUTHORS_MAX = 512;
/** Streams, and ranges of one, that a peer has told of since its last register; also of one word. */
export const TOLD_STREAMS_MAX = 256;
export const TOLD_RANGES_MAX = 32;
/** Hops after which a frame is no longer forwarded: hygiene, the seen set ends propagation. */
export const HOPS_MAX = 8;
/** Messages that one report of a broken rule counts: as many as its field holds. */
export const VIOLATION_COUNT_MAX = 65_535;
/** Whole days after which others than parents report what no parent did. */
export const OTHERS_REPORT_DAYS = 1;
/** Milliseconds after which its author's device writes a call for help down that no parent answered. */
export const OWN_RECORD_MS = 10 * 60_000;
/** The same of any other device that has it: its author's may be off. */
export const OTHERS_RECORD_MS = 15 * 60_000;
/** Milliseconds for which a call for help is shown and escalated: as long as the ledger's record opens anything. */
export const EMERGENCY_LIFE_MS = 24 * 3_600_000;
