/**
 * A Yjs array as a chat, over y-webrtc and the signalling server that serves this page. What the
 * library offers and nothing else: no password, no storage. The room is in the fragment.
 */
import { WebrtcProvider } from "y-webrtc";
import { Doc } from "yjs";
import { openChat, showPeers } from "./chat.ts";

const doc = new Doc();
const messages = doc.getArray<string>("messages");
const show = openChat((text) => messages.push([text]));
messages.observe(({ changes }) => {
  for (const { insert } of changes.delta) {
    if (Array.isArray(insert)) for (const text of insert) show(String(text));
  }
});

const provider = new WebrtcProvider(location.hash.slice(1), doc, {
  signaling: [`ws://${location.host}/`],
  peerOpts: { config: { iceServers: [] } },
});
provider.on("synced", () => showPeers(provider.room?.webrtcConns.size ?? 0));
