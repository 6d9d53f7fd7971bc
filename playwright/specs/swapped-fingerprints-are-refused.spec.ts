import { type Device, expect, startFamily, test } from "../fixtures.ts";
import { countRows } from "../pages/disk.ts";

/**
 * Somebody who ends the encryption in the middle shows each side a certificate of its own: what this
 * device's page then believes to be its fingerprint is not what the other side sees.
 */
async function putSomebodyBetween({ context }: Device): Promise<void> {
  await context.addInitScript(() => {
    const real = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription");
    Object.assign(globalThis, { swaps: 0 });
    Object.defineProperty(RTCPeerConnection.prototype, "localDescription", {
      get(this: RTCPeerConnection) {
        const description = real?.get?.call(this) as RTCSessionDescription | null;
        // A path is there before the channel opens; the description was sent off before that.
        const hasPath = ["connected", "completed"].includes(this.iceConnectionState);
        if (description === null || !hasPath) return description;
        Object.assign(globalThis, {
          swaps: (globalThis as unknown as { swaps: number }).swaps + 1,
        });
        const sdp = description.sdp.replaceAll(
          /(a=fingerprint:\S+ )(..)/g,
          (_all, head, byte) => `${head}${byte === "00" ? "01" : "00"}`,
        );
        return { type: description.type, sdp };
      },
    });
  });
}

/** How many connections with a swapped fingerprint the device's page has handed to its node. */
function countSwaps({ page }: Device): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { swaps: number }).swaps);
}

test("[E2E25] somebody between the inviter and the newcomer: nobody joins", async ({
  newDevice,
}) => {
  const mum = await newDevice("Mum");
  const dad = await newDevice("Dad");
  await putSomebodyBetween(dad);
  await startFamily(mum);
  await dad.joining.ask(await mum.invite.create("Parent"));
  await expect.poll(() => countSwaps(dad)).toBeGreaterThan(1);
  await dad.joining.expectWords("Looking for");
  await expect(dad.joining.code).toBeHidden();
  expect(await countRows(dad, "blocks")).toBe(0);
  await mum.openTab("Chats");
  await expect(mum.page.getByText(/asks to join|Somebody opened/)).toBeHidden();
  await mum.family.expectMembers(["Mum"]);
});

test(
  "[E2E26] somebody between two members: the link is refused, and the details say so",
  { tag: "@long" },
  async ({ family }) => {
    const [mum, dad] = await family(2);
    await putSomebodyBetween(dad);
    await dad.reload();
    await expect
      .poll(async () => [...(await mum.more.readDetails()), ...(await dad.more.readDetails())])
      .toContainEqual(expect.stringMatching(/^rejected handshake-bad-signature/));
    for (const person of [mum, dad]) {
      await expect(person.chats.chip).toHaveText("0 of 1 devices connected");
    }
  },
);
