/** How messages come into an open conversation, on a real engine, over the still worker of web/dev. */

import { afterEach, describe, expect, it } from "vitest";
import type { MessageView } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import { clearScreens, find, seen, show } from "../testing/show-screen.ts";

afterEach(clearScreens);

const GRAN = "02cc";

function message(id: string): MessageView {
  const said = {
    author: GRAN,
    authorName: "Gran",
    isMine: false,
    isEdited: false,
    quote: null,
    reactions: [],
    delivery: null,
    hidden: null,
  } as const;
  return { ...said, id, at: Date.now(), text: `text ${id}` };
}

/** How often the model asks the node for messages from now on. */
function countReadings(app: AppModel): () => number {
  const ask = app.call.bind(app);
  let readings = 0;
  app.call = (name, ...parameters) => {
    if (name === "listMessages") readings += 1;
    return ask(name, ...parameters);
  };
  return () => readings;
}

function idsOf(root: HTMLElement): readonly (string | undefined)[] {
  return [...root.querySelectorAll<HTMLElement>("[data-id]")].map(({ dataset }) => dataset["id"]);
}

describe("an open conversation", () => {
  it("[UI75] draws a message that comes with the word of it, without asking again", async () => {
    const { app, root } = await show("talk-long");
    await seen(root, "[data-id='l299']");
    const readings = countReadings(app);
    for (const [id, after] of [
      ["n1", "l299"],
      ["n2", "n1"],
    ] as const) {
      app.hear({ type: "conversation", id: GRAN, added: { message: message(id), after } });
    }
    expect((await seen(root, "[data-id='n2']")).textContent).toContain("text n2");
    expect(idsOf(root).slice(-3)).toEqual(["l299", "n1", "n2"]);
    expect(readings()).toBe(0);
  });

  it("[UI75] reads all again where a message does not follow what is shown", async () => {
    const { app, root } = await show("talk-long");
    await seen(root, "[data-id='l299']");
    const readings = countReadings(app);
    app.hear({
      type: "conversation",
      id: GRAN,
      added: { message: message("n1"), after: "somewhere else" },
    });
    await expect.poll(readings).toBe(1);
    expect(idsOf(root)).not.toContain("n1");
  });

  it("[UI76] lets earlier messages go at the end of the timeline, never under a reader", async () => {
    const { app, root } = await show("talk-long");
    await seen(root, "[data-id='l299']");
    const timeline = find(root, ".timeline");
    const isAtEnd = () => timeline.scrollHeight - timeline.scrollTop - timeline.clientHeight < 2;
    await expect.poll(isAtEnd).toBe(true);
    let last = "l299";
    const add = (count: number, name: string) => {
      for (let index = 0; index < count; index += 1) {
        const id = `${name}${index}`;
        app.hear({ type: "conversation", id: GRAN, added: { message: message(id), after: last } });
        last = id;
      }
    };
    add(50, "a");
    await seen(root, "[data-id='a49']");
    expect(idsOf(root)).toHaveLength(100);
    add(1, "b");
    await seen(root, "[data-id='b0']");
    expect(idsOf(root)).toHaveLength(50);

    await expect.poll(isAtEnd).toBe(true);
    timeline.scrollTop = 60;
    await new Promise((resolve) => timeline.addEventListener("scroll", resolve, { once: true }));
    const earliest = idsOf(root)[0];
    add(60, "c");
    await seen(root, "[data-id='c59']");
    expect(idsOf(root)).toHaveLength(110);
    expect(idsOf(root)[0]).toBe(earliest);
  });
});
