import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CANDIDATES_MAX, SIGNAL_LENGTH_MAX } from "./limits.ts";
import {
  checkSignal,
  readFingerprint,
  type SignalHistory,
  type SignalRefusal,
  startSignalHistory,
} from "./signal-check.ts";

const HEX_PAIRS = Array.from({ length: 32 }, (_, index) => index.toString(16).padStart(2, "0"));
const FINGERPRINT = HEX_PAIRS.join(":").toUpperCase();
const OTHER_FINGERPRINT = HEX_PAIRS.toReversed().join(":").toUpperCase();
const CANDIDATE =
  "candidate:842163049 1 udp 1677729535 203.0.113.7 46154 typ srflx raddr 10.0.0.1 rport 46154 generation 0 ufrag ab12 network-cost 999";
const MDNS =
  "candidate:1 1 UDP 2113937151 6f3a0c9e-10ab-4d0c-9d55-1d3b2b6e8a10.local 51234 typ host";

/** The shape that Chromium makes, with one data section. */
function makeSdp(change: (lines: string[]) => string[] = (lines) => lines): string {
  const lines = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0",
    "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:asd88fgpdd777uzjYhagZgRR",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=setup:actpass",
    "a=mid:0",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
  ];
  return `${change(lines).join("\r\n")}\r\n`;
}

function judge(signal: unknown, history: SignalHistory = startSignalHistory(false)) {
  return checkSignal(history, typeof signal === "string" ? signal : JSON.stringify(signal));
}

function expectRefused(signal: unknown, reason: SignalRefusal, history?: SignalHistory): void {
  const before = history ?? startSignalHistory(false);
  const { verdict, history: after } = judge(signal, before);
  expect(verdict).toEqual({ ok: false, reason });
  expect(after).toBe(before);
}

const offer = (change?: (lines: string[]) => string[]) => ({ type: "offer", sdp: makeSdp(change) });
const candidate = (text: string, more: object = {}) => ({
  type: "candidate",
  candidate: { candidate: text, sdpMLineIndex: 0, sdpMid: "0", ...more },
});

describe("remote signals", () => {
  test("[MS1] refuses what is too big or no JSON object", () => {
    expectRefused(" ".repeat(SIGNAL_LENGTH_MAX + 1), "too-big");
    expectRefused({ ...offer(), pad: "x".repeat(SIGNAL_LENGTH_MAX) }, "too-big");
    for (const text of ["", "{", "null", "7", '"offer"', "[]", "[".repeat(16_000)]) {
      expectRefused(text, "not-json");
    }
  });

  test("[MS1] gives a verdict for any text, and for any damage to a good offer", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(judge(text).verdict.ok).toBe(false);
      }),
    );
    const good = JSON.stringify(offer());
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.string({ minLength: 0, maxLength: 3 }), (at, put) => {
        const { verdict } = judge(good.slice(0, at) + put + good.slice(at + 1));
        if (verdict.ok && verdict.signal.type === "offer") {
          expect(readFingerprint(verdict.signal.sdp)).toMatch(/^[0-9a-f]{64}$/);
          expect(verdict.signal.sdp.match(/^m=/gm)).toHaveLength(1);
        }
      }),
    );
  });

  test("[MS2] takes offers, answers and candidates, and no other type", () => {
    expect(judge(offer()).verdict).toEqual({ ok: true, signal: offer() });
    const answer = { ...offer(), type: "answer" };
    expect(judge(answer, startSignalHistory(true)).verdict).toEqual({ ok: true, signal: answer });
    const more = [
      { type: "renegotiate", renegotiate: true },
      { type: "transceiverRequest", transceiverRequest: { kind: "video" } },
      { type: "rollback", sdp: "" },
      { type: "pranswer", sdp: makeSdp() },
      { sdp: makeSdp() },
      { type: ["offer"], sdp: makeSdp() },
      {},
    ];
    for (const signal of more) expectRefused(signal, "bad-type");
  });

  test("[MS2] lets no field through that simple-peer would obey", () => {
    const smuggled = {
      ...offer(),
      renegotiate: true,
      transceiverRequest: { kind: "video" },
      candidate: { candidate: CANDIDATE },
    };
    expect(judge(smuggled).verdict).toEqual({ ok: true, signal: offer() });
    const hidden = { ...candidate(MDNS, { usernameFragment: "evil" }), sdp: makeSdp() };
    expect(judge(hidden).verdict).toEqual({
      ok: true,
      signal: { type: "candidate", candidate: { candidate: MDNS, sdpMLineIndex: 0 } },
    });
  });

  test("[MS3] gives an answer only to the initiator and an offer only to the other", () => {
    expectRefused({ ...offer(), type: "answer" }, "wrong-role");
    expectRefused(offer(), "wrong-role", startSignalHistory(true));
  });

  test("[MS4] takes one description for a connection", () => {
    const { history } = judge(offer());
    expectRefused(offer(), "second-description", history);
    expect(judge(candidate(MDNS), history).verdict.ok).toBe(true);
  });

  test("[MS5] takes one section, and only of a data channel", () => {
    const swap = (section: string) =>
      offer((lines) => lines.map((line) => (line.startsWith("m=") ? section : line)));
    const refused = [
      offer((lines) => [...lines, "m=audio 9 UDP/TLS/RTP/SAVPF 111"]),
      offer((lines) => [...lines, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"]),
      offer((lines) => [...lines, " m=video 9 UDP/TLS/RTP/SAVPF 96"]),
      offer((lines) => [...lines, "M=video 9 UDP/TLS/RTP/SAVPF 96"]),
      offer((lines) => lines.filter((line) => !line.startsWith("m="))),
      swap("m=video 9 UDP/TLS/RTP/SAVPF 96"),
      swap("m=application 9 RTP/AVP 0"),
      swap("m=application 9 UDP/DTLS/SCTP webrtc-datachannel\rm=video 9 RTP/AVP 0"),
    ];
    for (const signal of refused) expectRefused(signal, "bad-media");
    for (const sdp of [7, null, "", "x", makeSdp().slice(1), `${makeSdp()}\0`, `${makeSdp()}é`]) {
      expectRefused({ type: "offer", sdp }, "bad-sdp");
    }
  });

  test("[MS6] takes exactly one distinct fingerprint, of SHA-256", () => {
    const line = `a=fingerprint:sha-256 ${FINGERPRINT}`;
    const put = (...lines: string[]) =>
      offer((all) => all.flatMap((each) => (each === line ? lines : [each])));
    const refused = [
      put(),
      put(line, `a=fingerprint:sha-256 ${OTHER_FINGERPRINT}`),
      put(line, `a=fingerprint:sha-1 ${HEX_PAIRS.slice(0, 20).join(":")}`),
      put(`a=fingerprint:sha-1 ${HEX_PAIRS.slice(0, 20).join(":")}`),
      put(`a=fingerprint:sha-512 ${FINGERPRINT}`),
      put(`${line}:00`),
      put(`${line} `),
      put(line.slice(0, -1)),
      put(line, `A=FINGERPRINT:sha-256 ${OTHER_FINGERPRINT}`),
      put(line, ` a=fingerprint:sha-256 ${OTHER_FINGERPRINT}`),
    ];
    for (const signal of refused) expectRefused(signal, "bad-fingerprint");
    // Twice the same, once for the session and once for the section, is one.
    expect(judge(put(line, line.toLowerCase())).verdict.ok).toBe(true);
    expect(readFingerprint(makeSdp())).toBe(HEX_PAIRS.join(""));
  });

  test("[MS7] takes 64 candidates for a connection, those in the description included", () => {
    const inside = offer((lines) => [
      ...lines,
      ...Array.from({ length: CANDIDATES_MAX - 1 }, () => `a=${MDNS}`),
    ]);
    const first = judge(inside);
    expect(first.verdict.ok).toBe(true);
    const last = judge(candidate(MDNS), first.history);
    expect(last.verdict.ok).toBe(true);
    expectRefused(candidate(MDNS), "too-many-candidates", last.history);
    const tooMany = offer((lines) => [
      ...lines,
      ...Array.from({ length: CANDIDATES_MAX + 1 }, () => `a=${MDNS}`),
    ]);
    expectRefused(tooMany, "too-many-candidates");
  });

  test("[MS8] writes candidates anew, without extensions", () => {
    const tcp = "candidate:0 1 TCP 2105458943 fd00::2 9 typ host tcptype active";
    const cases: [string, string][] = [
      [CANDIDATE, CANDIDATE.slice(0, CANDIDATE.indexOf(" generation"))],
      [MDNS, MDNS],
      [`a=${MDNS}`, MDNS],
      [tcp, tcp],
      [`${tcp} ufrag evil`, tcp],
      ["", ""],
    ];
    for (const [text, expected] of cases) {
      expect(judge(candidate(text)).verdict).toEqual({
        ok: true,
        signal: { type: "candidate", candidate: { candidate: expected, sdpMLineIndex: 0 } },
      });
    }
  });

  test("[MS8] refuses malformed candidates", () => {
    const refused = [
      { type: "candidate" },
      { type: "candidate", candidate: null },
      { type: "candidate", candidate: MDNS },
      { type: "candidate", candidate: { sdpMLineIndex: 0 } },
      candidate(MDNS, { sdpMLineIndex: 1 }),
      candidate(MDNS, { sdpMLineIndex: "0" }),
      candidate("candidate:"),
      candidate("hello"),
      candidate(`${MDNS}\r\na=fingerprint:sha-1 00`),
      candidate(MDNS.replace("51234", "70000")),
      candidate(MDNS.replace("2113937151", "4294967296")),
      candidate(MDNS.replace("UDP", "SCTP")),
      candidate(`${MDNS} ${"x".repeat(600)}`),
    ];
    for (const signal of refused) expectRefused(signal, "bad-candidate");
  });
});
