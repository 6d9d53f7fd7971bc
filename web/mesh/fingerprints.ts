/**
 * Reads both certificate fingerprints of an open connection, which the node signs in its handshake.
 *
 * The engine lets a connection open only if the certificate matches the description, so the one
 * fingerprint of the description is authentic; where the engine shows the certificate itself, its
 * hash must agree. It decides nothing about who the other side is. Source: RFC 8827 §6.5; SPEC MS12.
 */
import { readFingerprint } from "./signal-check.ts";

export type Fingerprints =
  | { readonly ok: true; readonly local: string; readonly remote: string }
  | { readonly ok: false; readonly reason: "no-fingerprint" | "certificate-mismatch" };

/** Fingerprints as 64 lower-case hex digits. `connection` must be connected. */
export async function readFingerprints(connection: RTCPeerConnection): Promise<Fingerprints> {
  const local = readFingerprint(connection.localDescription?.sdp ?? "");
  const remote = readFingerprint(connection.remoteDescription?.sdp ?? "");
  if (local === null || remote === null) return { ok: false, reason: "no-fingerprint" };
  const transport = connection.sctp?.transport;
  // Firefox has it from 153 on; crypto.subtle is absent on a page without TLS.
  const [certificate] = transport?.getRemoteCertificates?.() ?? [];
  if (certificate !== undefined && globalThis.crypto?.subtle !== undefined) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", certificate));
    if (toHex(digest) !== remote) return { ok: false, reason: "certificate-mismatch" };
  }
  return { ok: true, local, remote };
}

function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
