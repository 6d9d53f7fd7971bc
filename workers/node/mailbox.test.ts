import { expect, test } from "vitest";
import { createMailbox } from "./mailbox.ts";

test("[MB1] tasks run one at a time, in the order in which they were given", async () => {
  const mailbox = createMailbox(() => {});
  const order: string[] = [];
  const task = (name: string) => async (): Promise<void> => {
    order.push(`${name} begins`);
    await Promise.resolve();
    await Promise.resolve();
    order.push(`${name} ends`);
  };
  mailbox.post(task("one"));
  const two = mailbox.run(task("two"));
  mailbox.post(task("three"));
  await two;
  await mailbox.idle();
  expect(order).toEqual(
    ["one", "two", "three"].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test("[MB2] a task that fails tells whoever gave it, and the next one runs", async () => {
  const faults: unknown[] = [];
  const mailbox = createMailbox((error) => faults.push(error));
  const fault = new Error("first");
  const posted = new Error("second");
  await expect(mailbox.run(async () => Promise.reject(fault))).rejects.toBe(fault);
  mailbox.post(async () => Promise.reject(posted));
  expect(await mailbox.run(async () => 3)).toBe(3);
  await mailbox.idle();
  expect(faults).toEqual([posted]);
});

test("[MB3] idle waits for tasks that tasks post", async () => {
  const mailbox = createMailbox(() => {});
  const done: number[] = [];
  const again = (left: number) => async (): Promise<void> => {
    await Promise.resolve();
    done.push(left);
    if (left > 0) mailbox.post(again(left - 1));
  };
  mailbox.post(again(3));
  await mailbox.idle();
  expect(done).toEqual([3, 2, 1, 0]);
});
