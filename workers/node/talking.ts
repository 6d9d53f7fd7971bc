/**
 * The page's calls about conversations: sending, what is said about a message, reading, and what a new
 * device of somebody is given. Each only checks what came from the page and tells how it went.
 * SPEC CV6, GC1, SH6. Source: workers/api.ts.
 */
import type { FailureCode, MessageChange, Result } from "../api.ts";
import { utf8Length } from "../core/codec/shape.ts";
import { TEXT_BYTES_MAX } from "../core/gossip/limits.ts";
import type { Conversations, Sent } from "./conversations.ts";
import type { TinyNode } from "./node.ts";
import { done, failed } from "./result.ts";
import type { Running } from "./running.ts";

type Talking = Pick<
  TinyNode,
  | "sendMessage"
  | "changeMessage"
  | "listReach"
  | "listMessages"
  | "markRead"
  | "shareReading"
  | "noteTyping"
  | "answerRefill"
>;

/** How the node runs a call. */
export interface TalkingPorts {
  readonly call: <T>(task: () => Promise<Result<T>>) => Promise<Result<T>>;
  readonly withFamily: <T>(task: (one: Running) => Promise<Result<T>>) => Promise<Result<T>>;
  readonly changed: () => void;
}

const PAGE_MAX = 200;
const HEX_ID = /^[0-9a-f]{32}$/;

export function createTalking({ call, withFamily, changed }: TalkingPorts): Talking {
  const inTalk = async <T>(
    conversation: string,
    task: (conversations: Conversations) => Promise<Result<T>>,
  ): Promise<Result<T>> =>
    call(async () =>
      withFamily(async (one) => {
        const conversations = one.conversations();
        if (conversations === null) return failed("not-member");
        return HEX_ID.test(conversation) ? task(conversations) : failed("unknown-conversation");
      }),
    );

  return {
    sendMessage: async (conversation, text, replyTo = null, request = null) => {
      const fault = textFault(text);
      if (fault !== null) return call(async () => failed(fault));
      const draft = { text: text.toWellFormed(), replyTo, request };
      return inTalk(conversation, async (one) => toResult(await one.sendText(conversation, draft)));
    },
    changeMessage: async (conversation, message, change) => {
      const fault = change.type === "edit" ? textFault(change.text) : null;
      if (fault !== null) return call(async () => failed(fault));
      const clean: MessageChange =
        change.type === "edit" ? { ...change, text: change.text.toWellFormed() } : change;
      return inTalk(conversation, async (one) => {
        const said = await one.change(conversation, message, clean);
        return said.ok ? done(null) : failed(said.code, said.detail);
      });
    },
    listReach: async (conversation, message) =>
      inTalk(conversation, async (one) => done(await one.reach(conversation, message))),
    listMessages: async (conversation, page) =>
      call(async () =>
        withFamily(async (one) => {
          const limit = Math.max(1, Math.min(PAGE_MAX, Math.floor(page.limit) || 1));
          const listed = await one.conversations()?.page(conversation, page.before ?? null, limit);
          return listed === undefined ? failed("not-member") : done(listed);
        }),
      ),
    markRead: async (conversation) =>
      call(async () =>
        withFamily(async (one) => {
          const conversations = one.conversations();
          if (conversations === null) return failed("not-member");
          await conversations.markRead(conversation);
          changed();
          return done(null);
        }),
      ),
    shareReading: async (isShared) =>
      call(async () =>
        withFamily(async (one) => {
          const conversations = one.conversations();
          if (conversations === null) return failed("not-member");
          await conversations.reading.share(isShared);
          changed();
          return done(null);
        }),
      ),
    noteTyping: async (conversation) =>
      inTalk(conversation, async ({ reading }) => {
        await reading.typed(conversation);
        return done(null);
      }),
    answerRefill: async (device, isAllowed) =>
      call(async () =>
        withFamily(async (one) => {
          const isDone =
            HEX_ID.test(device) &&
            ((await one.sharing()?.answerRefill(device, isAllowed)) ?? false);
          changed();
          return isDone ? done(null) : failed("not-allowed");
        }),
      ),
  };
}

function textFault(text: string): FailureCode | null {
  if (text.trim() === "") return "text-empty";
  return utf8Length(text.toWellFormed()) > TEXT_BYTES_MAX ? "text-too-long" : null;
}

function toResult(sent: Sent): Result<{ readonly message: string }> {
  return sent.ok ? done({ message: sent.id }) : failed(sent.code, sent.detail);
}
