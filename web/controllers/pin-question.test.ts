import { describe, expect, it } from "vitest";
import type { FailureCode, Result } from "../../workers/api.ts";
import { PinQuestion } from "./pin-question.ts";

function failed(code: FailureCode): Result<never> {
  return { ok: false, code, detail: "" };
}

/** A call that a lock guards: answers by what is typed. */
async function guarded(pin: string): Promise<Result<string>> {
  if (pin === "493817") return { ok: true, value: "done" };
  if (pin === "") return failed("lock-needed");
  return failed(pin === "full" ? "storage-full" : "lock-wrong");
}

function create() {
  let changes = 0;
  const question = new PinQuestion(() => {
    changes += 1;
  });
  return { question, changes: () => changes };
}

describe("the question for the PIN", () => {
  it("[PR21] stays while the PIN is refused and ends with the call's answer", async () => {
    const { question, changes } = create();
    const answer = question.ask(guarded);
    expect(question.isOn).toBe(true);
    expect(await question.tryWith("")).toBe("lock-needed");
    expect(await question.tryWith("000001")).toBe("lock-wrong");
    expect(question.isOn).toBe(true);
    expect(await question.tryWith("493817")).toBeNull();
    expect(question.isOn).toBe(false);
    expect(await answer).toEqual({ ok: true, value: "done" });
    expect(changes()).toBe(2);
    expect(await question.tryWith("493817")).toBeNull();
  });

  it("[PR21] gives every other failure to whoever asked", async () => {
    const { question } = create();
    const answer = question.ask(guarded);
    expect(await question.tryWith("full")).toBeNull();
    expect(await answer).toMatchObject({ code: "storage-full" });
    expect(question.isOn).toBe(false);
  });

  it("[PR21] makes no call when the person thinks better of it, and a new question ends the old", async () => {
    const { question } = create();
    let calls = 0;
    const first = question.ask(async (pin) => {
      calls += 1;
      return guarded(pin);
    });
    const second = question.ask(guarded);
    expect(await first).toBeNull();
    expect(question.isOn).toBe(true);
    question.cancel();
    expect(await second).toBeNull();
    expect(question.isOn).toBe(false);
    question.cancel();
    expect(calls).toBe(0);
  });
});
