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
/** Streams named by one cut. */
export const CUT_STREAMS_MAX = 64;
/** Encoded sealed blob: names now, reasons and lists later. */
export const BLOB_BYTES_MAX = 4 * 1024;
/** Days that messages are kept in a new family. */
export const RETENTION_DAYS_DEFAULT = 30;
