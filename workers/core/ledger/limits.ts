/** Limits of the ledger, each with unit and reason; docs/LIMITS.md repeats them for readers. */

/** Members a family's state can hold, removed ones included. */
export const MEMBERS_MAX = 128;
/** Devices a family's state can hold, revoked ones included. */
export const DEVICES_MAX = 512;
/** Replicas: 1 to 7, normally 1, 3 or 4. */
export const REPLICAS_MAX = 7;
/** Live invites of one member. */
export const INVITES_PER_MEMBER_MAX = 5;
/** Invites in the state, used and expired ones included until they are forgotten. */
export const INVITES_MAX = 256;
/** Transactions of one block. */
export const BLOCK_TRANSACTIONS_MAX = 64;
/** Encoded transaction with its proofs. */
export const TRANSACTION_BYTES_MAX = 8 * 1024;
/** Encoded block: fits a reassembled link message beside its certificate. */
export const BLOCK_BYTES_MAX = 256 * 1024;
/** Signatures beside a transaction by keys that its body names. */
export const PROOFS_MAX = 7;
/** Heights ahead of the head that a transaction's expiry may name. */
export const EXPIRY_HEIGHTS_MAX = 4096;
/** Executed ids kept until they expire. */
export const EXECUTED_MAX = 16_384;
/** Milliseconds an invite may live: a QR code ten minutes, a link a day. */
export const INVITE_LIFE_MS = { qr: 10 * 60_000, link: 24 * 3_600_000 } as const;
/** Milliseconds by which a fresh block's time may lead a replica's clock. */
export const BLOCK_FUTURE_MS = 10 * 60_000;
/**
 * Milliseconds past the block by which a member's own streams end that its author's clock may date what
 * still stays: as much as two clocks may differ.
 */
export const OWN_END_SLACK_MS = 2 * 60_000;
/**
 * Milliseconds for which a device may go by a rule that has ended, without having heard of it, and still
 * be judged by it when it is forgotten: a week away.
 */
export const RULES_LAG_MS = 7 * 24 * 3_600_000;
/** Streams named by one cut. */
export const CUT_STREAMS_MAX = 64;
/** Encoded sealed blob: names now, reasons and lists later. */
export const BLOB_BYTES_MAX = 4 * 1024;
/** Days that messages are kept in a new family. */
export const RETENTION_DAYS_DEFAULT = 30;
/** Weekly windows of one rule: two a day. */
export const WINDOWS_MAX = 14;
/** Changes of the time zone's offset that are known ahead: 15 years of summer times. */
export const OFFSETS_MAX = 32;
/** Guardians of one child. */
export const GUARDIANS_MAX = 4;
/** Confidants of one child. */
export const CONFIDANTS_MAX = 4;
/** One member makes at most one in so many of a list of rules: nobody fills it for the others. */
export const MEMBER_SHARE = 4;
/**
 * Narrowings, answers, calls for help and reports for which each member has room, however many the others
 * have made together: of each of these lists the same.
 */
export const OWN_ROOM = 4;
/** Grants and denials, ended ones included while they may be cited. */
export const GRANTS_MAX = 512;
/** Controls of children, ended ones included. */
export const CONTROLS_MAX = 256;
/** Groups, archived ones included while they may be cited. */
export const GROUPS_MAX = 64;
/** Members of one group, former ones included while they may be cited. */
export const GROUP_MEMBERS_MAX = 128;
/** Content filters, removed ones included. */
export const FILTERS_MAX = 128;
/** Places, removed ones included. */
export const PLACES_MAX = 256;
/** Settings, former ones included. */
export const SETTINGS_MAX = 64;
/** Decided requests that messages may still cite: 1,024 beside everybody's own room. */
export const DECISIONS_MAX = 1_024 + MEMBERS_MAX * OWN_ROOM;
/** Emergencies that messages may still cite: 256 beside everybody's own room. */
export const EMERGENCIES_MAX = 256 + MEMBERS_MAX * OWN_ROOM;
/** Violations of as long ago as messages are kept, and ten days: 512 beside everybody's own room. */
export const VIOLATIONS_MAX = 512 + MEMBERS_MAX * OWN_ROOM;
/** Narrowings that messages may still cite: 256 beside everybody's own room. */
export const NARROWINGS_MAX = 256 + MEMBERS_MAX * OWN_ROOM;
/** Streams named by one narrowing: 48 devices with two each. */
export const NARROWED_STREAMS_MAX = 96;
/** Members that one narrowing touches by name; more are the whole family. */
export const TOUCHED_MAX = 8;
/** Open proposals of the family. */
export const PROPOSALS_MAX = 64;
/** Members who said something about one proposal. */
export const VOICES_MAX = 32;
/** Encoded body inside a proposal: leaves room for the transaction around it. */
export const ACTION_BYTES_MAX = 7_680;
/** Former roles of one member that messages may still cite. */
export const FORMER_ROLES_MAX = 16;
/** Bytes of UTF-8 of one text in a new family. */
export const MESSAGE_BYTES_DEFAULT = 32_768;
/** Seconds between two places of one device in a new family. */
export const LOCATION_SECONDS_DEFAULT = 60;
/** Milliseconds for which an emergency that nobody resolved opens what is allowed in one. */
export const EMERGENCY_OPEN_MS = 24 * 3_600_000;
/** Encoded bytes of a state: what devices, members and executed ids at their limits need, and more. */
export const STATE_BYTES_MAX = 8 * 1024 * 1024;
/** Bytes of every part but the last: several fit beside other frames on a slow link. */
export const STATE_PART_BYTES = 64 * 1024;
export const STATE_PARTS_MAX = STATE_BYTES_MAX / STATE_PART_BYTES;
/** Heights from one snapshot to the next: that many headers, 20 kB, lead from a pin to it at most. */
export const SNAPSHOT_INTERVAL = 64;
/** Milliseconds for which a recovery is shown before a device takes it, where there are several parents. */
export const RECOVERY_SHOWN_MS = 72 * 3_600_000;
/** Milliseconds of being closed, asleep or set forward that count at one look: it is shown on three days. */
export const RECOVERY_AWAY_MS_MAX = 24 * 3_600_000;
/** Recoveries of one block that are kept: two already stop each other. */
export const RECOVERIES_MAX = 4;
/**
 * Milliseconds after it was signed in which a change may bring somebody into a group: less than what is
 * remembered of who was taken out (retention, a week at least, and ten days).
 */
export const GROUP_ADD_LIFE_MS = 16 * 24 * 3_600_000;
/** Members with which a group may begin, besides its maker. */
export const GROUP_FOUNDERS_MAX = 64;
/** Transactions of one member on one day of block time. */
export const ORDINARY_PER_DAY_MAX = 20;
/** Revocations, objections and emergencies of one member on one day, beside the ordinary ones. */
export const URGENT_PER_DAY_MAX = 10;
/** Violations that one member reports on one day. */
export const REPORTS_PER_DAY_MAX = 4;
/** Days back that a violation may lie. */
export const VIOLATION_AGE_DAYS = 7;
/** Open proposals of one member. */
export const PROPOSALS_PER_MEMBER_MAX = 8;
/** Milliseconds for which a proposal may be joined. */
export const PROPOSAL_LIFE_MS = 30 * 24 * 3_600_000;
/** Milliseconds past its end that a proposal stays: a word signed in time may wait for a quorum. */
export const PROPOSAL_FORGET_MS = 7 * 24 * 3_600_000;
/** Milliseconds of notice of a family's only parent, and of one guardian for a child's device. */
export const NOTICE_SHORT_MS = 24 * 3_600_000;
/** Milliseconds without objection after which one parent revokes another's device. */
export const NOTICE_REVOKE_MS = 72 * 3_600_000;
/**
 * Milliseconds after which a further device of a member speaks in decisions: whoever let it in is not to
 * have a second voice at once, and its member has that long to see it and take it out.
 */
export const VOICE_AGE_MS = 7 * 24 * 3_600_000;
/** Milliseconds for which a device is held by one word. */
export const HOLD_MS = 72 * 3_600_000;
/** Milliseconds by which a hold's time may lead a clock. */
export const HOLD_CLOCK_SLACK_MS = 2 * 60_000;
/** Holds of one member on one day that count. */
export const HOLDS_PER_DAY_MAX = 3;
/** Milliseconds for which words about holds are kept: what is held without a break is so long one hold. */
export const HOLD_KEPT_MS = 7 * 24 * 3_600_000;
/** Words about holds that a device keeps and hands on; the latest stay. */
export const HOLDS_MAX = 64;
/** The same of one author's device. */
export const HOLDS_PER_AUTHOR_MAX = 16;
/** Milliseconds that one of two parents has to export and leave. */
export const NOTICE_LONG_MS = 7 * 24 * 3_600_000;
/** Milliseconds until a child can be eighteen at the latest. */
export const CHILDHOOD_MS = 18 * 366 * 24 * 3_600_000;
/** Milliseconds for which an approval of a request may hold: a year. */
export const APPROVAL_LIFE_MS = 366 * 24 * 3_600_000;
