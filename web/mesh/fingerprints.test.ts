import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { readFingerprints } from "./fingerprints.ts";

const CERTIFICATE = new TextEncoder().encode("DER bytes of the other side").buffer;
const THEIRS = createHash("sha256").update(new Uint8Array(CERTIFICATE)).digest("hex");
const MINE = "0123456789abcdef".repeat(4);

function describeWith(...hex: string[]): string {
  const lines = hex.map((each) => `a=fingerprint:sha-256 ${each.match(/../g)?.join(":")}`);
  return ["v=0", ...lines, ""].join("\r\n");
}

/** What readFingerprints asks of a connection; the engine's own is in mesh.browser.test.ts. */
function makeConnection(local: string, remote: string, certificates?: ArrayBuffer[]) {
  const transport = certificates === undefined ? {} : { getRemoteCertificates: () => certificates };
  return {
    localDescription: { sdp: local },
    remoteDescription: { sdp: remote },
    sctp: { transport },
  } as unknown as RTCPeerConnection;
}

test("[MS12] gives both fingerprints when the certificate agrees, or is not shown", async () => {
  const expected = { ok: true, local: MINE, remote: THEIRS };
  const [local, remote] = [describeWith(MINE), describeWith(THEIRS)];
  expect(await readFingerprints(makeConnection(local, remote, [CERTIFICATE]))).toEqual(expected);
  expect(await readFingerprints(makeConnection(local, remote, []))).toEqual(expected);
  expect(await readFingerprints(makeConnection(local, remote))).toEqual(expected);
});

test("[MS12] refuses a certificate that the description does not name", async () => {
  const connection = makeConnection(describeWith(MINE), describeWith(MINE), [CERTIFICATE]);
  expect(await readFingerprints(connection)).toEqual({ ok: false, reason: "certificate-mismatch" });
});

test("[MS12] refuses descriptions without exactly one fingerprint", async () => {
  const none = { ok: false, reason: "no-fingerprint" };
  for (const [local, remote] of [
    ["", describeWith(THEIRS)],
    [describeWith(MINE), ""],
    [describeWith(MINE), describeWith(THEIRS, MINE)],
  ] as const) {
    expect(await readFingerprints(makeConnection(local, remote, [CERTIFICATE]))).toEqual(none);
  }
});
