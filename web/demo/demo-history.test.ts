import { expect, test } from "vitest";
import { DemoHistory } from "./demo-history.ts";

test("[DM9] Back goes to the entry before and never further than the first", () => {
  const heard: unknown[] = [];
  const history = new DemoHistory((state) => heard.push(state));
  history.replaceState({ screen: "chats" });
  history.pushState({ screen: "more" });
  history.replaceState({ screen: "family" });
  expect(history.state).toEqual({ screen: "family" });
  history.back();
  history.back();
  expect(heard).toEqual([{ screen: "chats" }]);
  expect(history.state).toEqual({ screen: "chats" });
});
