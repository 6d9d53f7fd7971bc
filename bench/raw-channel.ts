/**
 * The raw data channel between two pages, as the yardstick: a plain RTCPeerConnection of its own,
 * its descriptions carried by the benchmark, 200 bytes to and fro, one ping after the other. Runs
 * beside the app in the same two pages.
 */
import type { Page } from "@playwright/test";

/** Round trips in milliseconds. */
export async function measureRawRoundTrips(
  caller: Page,
  callee: Page,
  pings: number,
): Promise<readonly number[]> {
  const offer = await caller.evaluate(offerChannel);
  const answer = await callee.evaluate(answerChannel, offer);
  return caller.evaluate(playPingPong, { answer, pings });
}

interface Kept {
  rawConnection: RTCPeerConnection;
  rawChannel: RTCDataChannel;
}

async function offerChannel(): Promise<string> {
  const connection = new RTCPeerConnection();
  const channel = connection.createDataChannel("raw");
  Object.assign(globalThis, { rawConnection: connection, rawChannel: channel });
  await connection.setLocalDescription();
  await new Promise<void>((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
  });
  return connection.localDescription?.sdp ?? "";
}

async function answerChannel(offer: string): Promise<string> {
  const connection = new RTCPeerConnection();
  Object.assign(globalThis, { rawConnection: connection });
  connection.addEventListener("datachannel", ({ channel }) => {
    channel.binaryType = "arraybuffer";
    channel.addEventListener("message", ({ data }) => channel.send(data as ArrayBuffer));
  });
  await connection.setRemoteDescription({ type: "offer", sdp: offer });
  await connection.setLocalDescription();
  await new Promise<void>((resolve) => {
    connection.addEventListener("icegatheringstatechange", () => {
      if (connection.iceGatheringState === "complete") resolve();
    });
  });
  return connection.localDescription?.sdp ?? "";
}

async function playPingPong({
  answer,
  pings,
}: {
  answer: string;
  pings: number;
}): Promise<number[]> {
  const { rawConnection, rawChannel } = globalThis as unknown as Kept;
  rawChannel.binaryType = "arraybuffer";
  const isOpen = new Promise<void>((resolve) => {
    rawChannel.addEventListener("open", () => resolve());
  });
  await rawConnection.setRemoteDescription({ type: "answer", sdp: answer });
  await isOpen;
  const bytes = new Uint8Array(200);
  const roundTrips: number[] = [];
  for (let index = 0; index < pings; index += 1) {
    const began = performance.now();
    await new Promise<void>((resolve) => {
      rawChannel.addEventListener("message", () => resolve(), { once: true });
      rawChannel.send(bytes);
    });
    roundTrips.push(performance.now() - began);
  }
  rawConnection.close();
  return roundTrips;
}
