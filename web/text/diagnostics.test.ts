import { expect, it } from "vitest";
import { MEMBER } from "../dev/fixtures.ts";
import { formatDiagnostics } from "./diagnostics.ts";

it("[UI65] holds the facts and nobody's name or words", () => {
  const text = formatDiagnostics(
    {
      build: "0123",
      ledgerHeight: 7,
      ledgerHead: "5f1d",
      links: [
        {
          device: "a1b2",
          kind: "rtc",
          carrier: "transferred",
          roundTripMs: 12.4,
          bufferedBytes: 3,
        },
      ],
      replicas: { count: 4, quorum: 3, linked: 2, isMine: true },
      servers: ["open", "closed"],
      storage: { usedBytes: 1024 * 1024, quotaBytes: 2 * 1024 * 1024 },
      rejected: { "bad-signature": 2 },
    },
    MEMBER,
    false,
  );
  expect(text.split("\n")).toEqual([
    "build 0123",
    "phase member",
    "device d1",
    "ledger height 7",
    "ledger head 5f1d",
    "ledger pending 0",
    "replicas 4, quorum 3, linked 2, mine yes",
    "signalling open",
    "webrtc missing",
    "server 1 open",
    "server 2 closed",
    "connected 2 of 4",
    "waiting conversations 1",
    "link a1b2 rtc transferred, round trip 12 ms, buffered 3 bytes",
    "storage 1.0 of 2.0 MiB",
    "rejected bad-signature 2",
  ]);
  for (const { name } of MEMBER.members) expect(text).not.toContain(name);
  for (const { last } of MEMBER.conversations)
    if (last !== null) expect(text).not.toContain(last.text);
});
