/**
 * Decides which remote signals may reach simple-peer: descriptions and candidates of one plain data
 * channel, nothing else. Pure and total: any text gives a signal or a reason, never an exception.
 * It does not know who sent the signal (the node has verified that) and does not prove that the
 * engine will like it. What is accepted is written anew, so no unknown field gets through.
 * Source: RFC 8866 (SDP), RFC 8122 and RFC 8844 (fingerprints), RFC 8839 (candidates); SPEC MS1 to MS9.
 */
import { CANDIDATES_MAX, CANDIDATE_LENGTH_MAX, SIGNAL_LENGTH_MAX } from "./limits.ts";

export type DescriptionSignal = { readonly type: "offer" | "answer"; readonly sdp: string };

/** In simple-peer's shape. The one section of the description is named by its index, always 0. */
export type CandidateSignal = {
  readonly type: "candidate";
  readonly candidate: { readonly candidate: string; readonly sdpMLineIndex: 0 };
};

export type RemoteSignal = DescriptionSignal | CandidateSignal;

export type SignalRefusal =
  | "too-big"
  | "not-json"
  | "bad-type"
  | "wrong-role"
  | "second-description"
  | "bad-sdp"
  | "bad-media"
  | "bad-fingerprint"
  | "bad-candidate"
  | "too-many-candidates";

export type SignalVerdict =
  | { readonly ok: true; readonly signal: RemoteSignal }
  | { readonly ok: false; readonly reason: SignalRefusal };

/** What one connection has taken so far; give it back at the next signal. */
export type SignalHistory = {
  readonly isInitiator: boolean;
  readonly hasDescription: boolean;
  readonly candidates: number;
};

export function startSignalHistory(isInitiator: boolean): SignalHistory {
  return { isInitiator, hasDescription: false, candidates: 0 };
}

/** Judges one remote signal (`text` of any length and content) and gives the history after it. */
export function checkSignal(
  history: SignalHistory,
  text: string,
): { readonly verdict: SignalVerdict; readonly history: SignalHistory } {
  if (text.length > SIGNAL_LENGTH_MAX) return { verdict: refuse("too-big"), history };
  const fields = parseFields(text);
  if (fields === null) return { verdict: refuse("not-json"), history };
  const type = fields["type"];
  if (type === "candidate") return checkCandidate(history, fields["candidate"]);
  if (type !== "offer" && type !== "answer") return { verdict: refuse("bad-type"), history };
  return checkDescription(history, type, fields["sdp"]);
}

/**
 * The SHA-256 fingerprint of a description with exactly one distinct fingerprint: 64 lower-case hex
 * digits. Null if there is none, another hash, more than one, or a malformed line.
 */
export function readFingerprint(sdp: string): string | null {
  const found = new Set<string>();
  for (const line of splitLines(sdp)) {
    if (!/^\s*a\s*=\s*fingerprint/i.test(line)) continue;
    const match = /^a=fingerprint:sha-256 ([0-9a-f]{2}(?::[0-9a-f]{2}){31})$/i.exec(line);
    if (match?.[1] === undefined) return null;
    found.add(match[1].replaceAll(":", "").toLowerCase());
  }
  const [only] = found;
  return found.size === 1 && only !== undefined ? only : null;
}

function checkDescription(
  history: SignalHistory,
  type: "offer" | "answer",
  sdp: unknown,
): { verdict: SignalVerdict; history: SignalHistory } {
  // The role is fixed by command: only the initiator offers, so glare cannot happen.
  if ((type === "answer") !== history.isInitiator)
    return { verdict: refuse("wrong-role"), history };
  if (history.hasDescription) return { verdict: refuse("second-description"), history };
  if (typeof sdp !== "string" || !isPlainText(sdp)) return { verdict: refuse("bad-sdp"), history };
  const lines = splitLines(sdp);
  if (lines[0] !== "v=0") return { verdict: refuse("bad-sdp"), history };
  const sections = lines.filter((line) => /^\s*m\s*=/i.test(line));
  if (sections.length !== 1 || !isDataSection(sections[0])) {
    return { verdict: refuse("bad-media"), history };
  }
  if (readFingerprint(sdp) === null) return { verdict: refuse("bad-fingerprint"), history };
  const inside = lines.filter((line) => /^\s*a\s*=\s*candidate/i.test(line)).length;
  const candidates = history.candidates + inside;
  if (candidates > CANDIDATES_MAX) return { verdict: refuse("too-many-candidates"), history };
  return {
    verdict: { ok: true, signal: { type, sdp } },
    history: { ...history, hasDescription: true, candidates },
  };
}

function checkCandidate(
  history: SignalHistory,
  value: unknown,
): { verdict: SignalVerdict; history: SignalHistory } {
  const bad = { verdict: refuse("bad-candidate"), history };
  if (typeof value !== "object" || value === null) return bad;
  const fields = value as Readonly<Record<string, unknown>>;
  const text = fields["candidate"];
  const index = fields["sdpMLineIndex"] ?? 0;
  if (typeof text !== "string" || text.length > CANDIDATE_LENGTH_MAX || index !== 0) return bad;
  const candidate = rewriteCandidate(text);
  if (candidate === null) return bad;
  if (history.candidates >= CANDIDATES_MAX) {
    return { verdict: refuse("too-many-candidates"), history };
  }
  return {
    verdict: {
      ok: true,
      signal: { type: "candidate", candidate: { candidate, sdpMLineIndex: 0 } },
    },
    history: { ...history, candidates: history.candidates + 1 },
  };
}

/**
 * Keeps what RFC 8839 names (and `tcptype`) and drops every extension: simple-peer destroys the
 * connection when the engine rejects a candidate, and a wrong `ufrag` would do that. Empty text is
 * Firefox's end of candidates and stays.
 */
function rewriteCandidate(text: string): string | null {
  if (text === "") return "";
  const match =
    /^(?:a=)?candidate:([\w+/]{1,32}) (1|2) (udp|tcp) (\d{1,10}) ([\w.:-]{1,255}) (\d{1,5}) typ (host|srflx|prflx|relay)(?: (.*))?$/i.exec(
      text,
    );
  if (match === null) return null;
  const [, foundation, component, transport, priority, address, port, type, rest = ""] = match;
  if (Number(port) > 65_535 || Number(priority) > 0xffff_ffff) return null;
  const related = /(?:^| )(raddr [\w.:-]{1,255} rport \d{1,5})(?: |$)/i.exec(rest)?.[1];
  const tcpType = /(?:^| )(tcptype (?:active|passive|so))(?: |$)/i.exec(rest)?.[1];
  const base = `candidate:${foundation} ${component} ${transport} ${priority} ${address} ${port} typ ${type}`;
  return [base, related, tcpType].filter((part) => part !== undefined).join(" ");
}

function isDataSection(line: string | undefined): boolean {
  return (
    line !== undefined &&
    /^m=application \d{1,5} (?:UDP|TCP)\/DTLS\/SCTP webrtc-datachannel$/.test(line)
  );
}

/** Printable ASCII and line ends: nothing that two parsers could read in two ways. */
function isPlainText(sdp: string): boolean {
  return /^[\x20-\x7e\r\n]+$/.test(sdp);
}

function splitLines(sdp: string): string[] {
  return sdp.split(/\r\n|\r|\n/);
}

function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return value as Record<string, unknown>;
}

function refuse(reason: SignalRefusal): { readonly ok: false; readonly reason: SignalRefusal } {
  return { ok: false, reason };
}
