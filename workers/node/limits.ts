/** Limits of the node's shell, each with unit and reason; docs/LIMITS.md repeats them. */

/** Transactions that wait for a block on this device. */
export const PENDING_MAX = 256;
/** The same of one author: eight devices together fill the pool, one alone never does. */
export const PENDING_PER_AUTHOR_MAX = 32;
/** Bytes of blocks put into one frame, unless the first alone is larger; below FRAME_BYTES_MAX. */
export const BLOCKS_FRAME_BYTES = 200 * 1024;
/** Bytes waiting for one device above which new messages are not pushed to it: it asks for them later. */
export const PUSH_QUEUE_BYTES_MAX = 256 * 1024;
/** Milliseconds between pings of an idle link. */
export const PING_INTERVAL_MS = 20_000;
/** Milliseconds without an answer to a ping after which a link is dead. */
export const PING_TIMEOUT_MS = 10_000;
/** The same after the page woke up: sleep kills links, so look hard. */
export const RESUME_TIMEOUT_MS = 2_000;
/** Milliseconds, or four round trips, of silence after which a doubted link is rebuilt beside itself. */
export const SILENT_MS = 500;
/** Milliseconds for a handshake. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Handshakes under way at once. */
export const HALF_OPEN_MAX = 8;
/** The same over invites: half, so that whoever holds a link keeps nobody of the family out. */
export const HALF_OPEN_BY_INVITE_MAX = 4;
/** Open links of newcomers on one invite: one honest, one that raced it, and two more. */
export const NEWCOMERS_MAX = 4;
/** Open links with devices that are ahead of my ledger and not in it; any one of them can tell me more. */
export const STRANGERS_MAX = 4;
/**
 * Bytes of one link's frames that may wait for their turn: three times the largest answer (256
 * messages of 41 KB), so that a slow disk cuts nobody off.
 */
export const UNREAD_BYTES_MAX = 32 * 1024 * 1024;
/** What a waiting frame costs beside its bytes, so that tiny frames are bounded too. */
export const QUEUED_FRAME_COST_BYTES = 1024;
/** Malformed or forged frames after which a link is closed, and its device kept off for a while. */
export const PEER_FAULTS_MAX = 8;
/** Milliseconds that a device is kept off after too many faults. */
export const PEER_PENALTY_MS = 60_000;
/** Milliseconds that two clocks may differ before the family's time is used instead. */
export const CLOCK_TOLERANCE_MS = 2 * 60_000;
/** Decrypted texts kept in memory for the screens. */
export const OPENED_CACHE_MAX = 2_000;
/** Of what was opened since the last tick this many are written down; the others are opened again. */
export const OPENED_WAITING_MAX = 1_000;
/** Rows that one slice of measuring reads: 200 of the largest bodies are 7 MB, a moment on any disk. */
export const MEASURE_ROWS_MAX = 200;
/** Signalling servers met on at once: what the page's mesh takes (web/mesh/limits.ts). */
export const MESH_SERVERS_MAX = 8;
/** Least milliseconds between two questions for blocks that somebody cites and I lack. */
export const PULL_INTERVAL_MS = 1_000;
/** Milliseconds by which the wall clock must leave the monotonic one between two ticks to have jumped. */
export const CLOCK_JUMP_MS = 10_000;
/** Characters of a PIN or passphrase, at least: a million PINs, with the delays below. */
export const PIN_LENGTH_MIN = 6;
/** UTF-16 units of one, at most: longer is a mistake of the clipboard. */
export const PIN_LENGTH_MAX = 128;
/** Wrong tries before each further one has to wait. */
export const LOCK_FREE_TRIES = 4;
/** Milliseconds after the fifth, sixth, seventh and every later wrong try: at most 96 a day. */
export const LOCK_DELAYS_MS: readonly number[] = [30_000, 60_000, 5 * 60_000, 15 * 60_000];

/** Milliseconds between two looks at consensus while several replicas are at work: a tenth of the least time that a view has. */
export const CONSENSUS_TICK_MS = 100;

/** Milliseconds that one look adds to awake time at most: a page that was frozen was not awake. */
export const CONSENSUS_ELAPSED_MS_MAX = 5_000;

/** Milliseconds that a device must have been ready before it is added: so that two who come one after the other are added together. */
export const READY_SETTLE_MS = 2_000;

/** Milliseconds between the turns in which grown-ups' devices enact what has waited long enough. */
export const ENACT_TURN_MS = 10_000;
/** Milliseconds after which a device tries again to enact what was refused. */
export const ENACT_AGAIN_MS = 60_000;

/** Milliseconds from the first breach of a rule that is seen to its report, which counts what came meanwhile. */
export const REPORT_SETTLE_MS = 30_000;
/** Milliseconds between the turns in which linked devices report the same; far above what a block takes. */
export const REPORT_TURN_MS = 10_000;
/** Milliseconds after which a device tries again to report what was refused, which costs nobody else anything. */
export const REPORT_AGAIN_MS = 60_000;

/** Milliseconds between the turns in which linked devices write down a call for help that is not theirs. */
export const RECORD_TURN_MS = 10_000;
/** Milliseconds after which a device tries again to write one down that was refused. */
export const RECORD_AGAIN_MS = 60_000;

/** Milliseconds after which words about holds are said again to all that are linked. */
export const HOLDS_AGAIN_MS = 60_000;
/** Days after which a device that is open makes its next encryption key. */
export const KEY_LIFE_DAYS = 7;
/** Announced encryption keys in one frame: 4 kB. */
export const KEYS_PER_FRAME_MAX = 32;
/**
 * Content keys that one author has handed over again, kept in memory: 1 MB. A person writes some hundreds
 * of messages in the time of which the keys can be over.
 */
export const HANDED_KEYS_MAX = 4_096;
/** Ids of those that are kept, in one word: 20 devices of honest people keep 160. */
export const KEYS_SAID_MAX = 4_096;
/** Least milliseconds between two answers of a kind to one peer about them; a list is 36 kB at most. */
export const KEYS_ANSWER_MS = 10_000;
/** Milliseconds after which those are asked for that could not be taken when they came. */
export const KEYS_AGAIN_MS = 60_000;
/** Milliseconds for which a device that was taken out may ask for the blocks that say so. */
export const FAREWELL_MS = 30_000;
/** Such devices at once. */
export const FAREWELLS_MAX = 4;

/** Parts of a snapshot asked of one device at once: one under way while the last is written down. */
export const SNAPSHOT_PARTS_ASKED_MAX = 2;
/** Milliseconds after which a part, or old blocks, are asked of another device: 64 KiB at 10 kB/s. */
export const SNAPSHOT_ANSWER_MS = 10_000;

/** Milliseconds for which a device has been open before it takes a recovery: who links first says what it knows against it. */
export const RECOVERY_LISTEN_MS = 60_000;
/** Milliseconds of having been shown that a crash may forget. */
export const RECOVERY_WRITE_MS = 60_000;
/** Objections kept: RECOVERIES_MAX of each of eight parents' devices. */
export const OBJECTIONS_MAX = 32;
/** Certified blocks of rules that this build does not know, kept in memory to be handed on. */
export const NEWER_BLOCKS_BYTES_MAX = 1024 * 1024;
/** Encoded RECOVERY block with its one signature: seven devices' names, keys and hashes are 1 kB. */
export const RECOVERY_BYTES_MAX = 2_048;

/** Milliseconds after which another replica's word is passed on, if its height is still open by then. */
export const RELAY_DELAY_MS = 150;
/** PREPAREs that wait unchecked for RELAY_DELAY_MS: four views of seven replicas, twice; more are checked as they come. */
export const UNCHECKED_WORDS_MAX = 64;

/** Blocks of one page of the history: each has its signatures checked again, five of them a block. */
export const HISTORY_BLOCKS_MAX = 50;
/** Blocks read at once for it, and for one page where most of them are not asked for. */
export const HISTORY_READ_MAX = 64;
export const HISTORY_SCAN_MAX = 512;
/** Own changes that were refused and are not read yet; the latest stay. */
export const REFUSED_CHANGES_MAX = 16;
/** Milliseconds between two words of how far this person has read in one conversation. */
export const READING_INTERVAL_MS = 5_000;
/** Milliseconds between two words that this person is writing; a page forgets one after six seconds. */
export const TYPING_INTERVAL_MS = 4_000;
/** Intervals of the family's setting after which a place that did not move is said again: five minutes of one each. */
export const PLACE_LIFE_INTERVALS = 5;
/** Metres by which it moves at least: less is the browser's uncertainty indoors. */
export const PLACE_MOVED_METRES = 25;
/** Milliseconds for which a last place stays after its time is over, and the end of one is remembered. */
export const PLACE_AFTER_MS = 24 * 3_600_000;
/** Milliseconds without a word after which a place goes that nobody ended: a lost phone is looked for that long. */
export const PLACE_SILENT_MS = 7 * 24 * 3_600_000;
/** Devices that are remembered to have been given my place: all that one sharing reaches, and their new ones. */
export const TOLD_DEVICES_MAX = 256;
/**
 * Milliseconds after which a stop is said again: twice soon, since it may be lost on its way over others, then
 * as long as somebody who was away may keep a place, since it lives for a day.
 */
export const STOP_AGAIN_MS: readonly number[] = [60_000, 600_000, 12 * 3_600_000];
