/** What people do and see in conversations of several, in a household of whole nodes. */
import type { ChangeRequest, ConversationView, GroupView, MessageView } from "../../api.ts";
import { value, type TestDevice } from "./device.ts";
import { memberNamed, type Household } from "./household.ts";

export interface Talking {
  readonly idAt: (at: TestDevice, name: string) => Promise<string>;
  /** The family's own conversation has no name. */
  readonly talkOf: (at: TestDevice, name: string) => Promise<ConversationView | undefined>;
  readonly talkId: (at: TestDevice, name: string) => Promise<string>;
  readonly messagesOf: (at: TestDevice, name: string) => Promise<readonly MessageView[]>;
  readonly linesOf: (at: TestDevice, name: string) => Promise<readonly string[]>;
  /** The message's id, or why not. */
  readonly say: (from: TestDevice, name: string, text: string) => Promise<string>;
  readonly change: (by: TestDevice, request: ChangeRequest) => Promise<string>;
  readonly gather: (by: TestDevice, name: string, ...people: readonly string[]) => Promise<string>;
  readonly groupAt: (at: TestDevice, name: string) => Promise<GroupView>;
}

/** @param house asked for each time, since tests have one each */
export function createTalking(house: () => Household): Talking {
  const idAt = async (at: TestDevice, name: string): Promise<string> =>
    memberNamed(await at.snapshot(), name);
  const talkOf = async (at: TestDevice, name: string): Promise<ConversationView | undefined> =>
    (await at.snapshot()).conversations.find((one) =>
      name === "" ? one.kind === "family" : one.kind === "group" && one.name === name,
    );
  const talkId = async (at: TestDevice, name: string): Promise<string> => {
    const found = await talkOf(at, name);
    if (found === undefined) throw new Error(`${at.name} has no ${name || "everybody"}`);
    return found.id;
  };
  const messagesOf = async (at: TestDevice, name: string): Promise<readonly MessageView[]> => {
    const found = await talkOf(at, name);
    if (found === undefined) return [];
    return (await value(at.node().listMessages(found.id, { limit: 200 }))).messages;
  };
  const change = async (by: TestDevice, request: ChangeRequest): Promise<string> => {
    const answer = await by.node().changeRules(request);
    await house().advance(3_000);
    return answer.ok ? answer.value : answer.code;
  };
  return {
    idAt,
    talkOf,
    talkId,
    messagesOf,
    change,
    linesOf: async (at, name) =>
      (await messagesOf(at, name)).map((one) => `${one.authorName}: ${one.text || one.hidden}`),
    say: async (from, name, text) => {
      const sent = await from.node().sendMessage(await talkId(from, name), text);
      await house().advance(3_000);
      return sent.ok ? sent.value.message : `${sent.code} ${sent.detail}`.trim();
    },
    gather: async (by, name, ...people) => {
      const members = await Promise.all(people.map((one) => idAt(by, one)));
      return change(by, { type: "create-group", name, members });
    },
    groupAt: async (at, name) => {
      const found = (await at.snapshot()).groups.find((one) => one.name === name);
      if (found === undefined) throw new Error(`${at.name} sees no group ${name}`);
      return found;
    },
  };
}
