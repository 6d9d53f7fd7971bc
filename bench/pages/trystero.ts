/**
 * A trystero action as a chat. Its package for a relay of one's own is not in the npm registry, so
 * this is the way that its manual shows for any relay: `createTopicStrategy`, here over the signalling
 * server that serves this page. Once connected no message passes the relay. The room is in the fragment.
 */
import { createTopicStrategy } from "@trystero-p2p/core";
import { openChat, showPeers } from "./chat.ts";

const joinRoom = createTopicStrategy<WebSocket>({
  init: () =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://${location.host}/`);
      socket.addEventListener("open", () => resolve(socket), { once: true });
      socket.addEventListener("error", reject, { once: true });
    }),
  subscribeTopic: (socket, topic, onMessage) => {
    const hear = ({ data }: MessageEvent<string>): void => {
      const frame = JSON.parse(data) as { readonly topic?: string; readonly data?: string };
      if (frame.topic === topic && frame.data !== undefined) void onMessage(topic, frame.data);
    };
    socket.addEventListener("message", hear);
    socket.send(JSON.stringify({ type: "subscribe", topics: [topic] }));
    return () => {
      socket.removeEventListener("message", hear);
      socket.send(JSON.stringify({ type: "unsubscribe", topics: [topic] }));
    };
  },
  publishTopic: (socket, topic, data) => {
    socket.send(JSON.stringify({ type: "publish", topic, data }));
  },
});

const room = joinRoom(
  { appId: "tinyweb-bench", rtcConfig: { iceServers: [] } },
  location.hash.slice(1),
);
const action = room.makeAction<string>("chat");
const show = openChat((text) => {
  show(text);
  void action.send(text);
});
action.onMessage = (text) => show(text);
room.onPeerJoin = () => showPeers(Object.keys(room.getPeers()).length);
