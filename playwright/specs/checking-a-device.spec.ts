import { expect, test } from "../fixtures.ts";
import { FAMILY_NAME, startFamily } from "../family-story.ts";
import { lookAt } from "../screens.ts";

test("[E2E72, CK1, CK3, CK6] a device is checked, and the text to copy holds no secret and no name", async ({
  family,
  host,
}) => {
  test.slow();
  const [mum] = await family(2);
  const { page } = mum;
  await mum.chats.openConversation("Dad");
  await mum.conversation.send("the cake is in the blue tin");
  await mum.conversation.expectState("the cake is in the blue tin", "delivered");
  await mum.openTab("Chats");
  const link = await mum.invite.create("Child");

  await mum.openTab("More");
  await page.getByRole("button", { name: "Check this device" }).click();
  await expect(page.getByRole("heading", { name: "Check this device" })).toBeVisible();
  const details = page.getByRole("region", { name: "Details" });
  await expect(details).toContainText("stored all counted yes");
  await expect(details).toContainText("can trusted-types");
  await expect(details).toContainText(/round trip \d+ ms/);
  const text = await details.innerText();
  for (const line of [
    /^build [0-9a-f]{12}$/m,
    /^ledger height [1-9]\d*$/m,
    /^ledger head [0-9a-f]{32,}$/m,
    /^replicas 1, quorum 1, linked 0, mine yes$/m,
    /^server 1 open$/m,
    /^link [0-9a-f]+ rtc.*, round trip \d+ ms/m,
    /^can ed25519 yes$/m,
    /^can key-storage yes$/m,
    /^can strict-writes yes, strict$/m,
    /^can webrtc yes$/m,
    /^stored bodies [1-9]\d* rows, [1-9]\d* bytes$/m,
    /^browser Mozilla/m,
  ]) {
    expect(text).toMatch(line);
  }
  const secret = new URL(link).hash.slice(4, 40);
  for (const hidden of [FAMILY_NAME, "Mum", "Dad", "blue tin", secret, new URL(host.url).host]) {
    expect(text).not.toContain(hidden);
  }
  await page.getByRole("button", { name: "Count again" }).click();
  await expect(details).toContainText("stored all counted yes");
  expect(await lookAt(mum, "27-check")).toEqual([]);
  await page.getByRole("button", { name: "Back" }).click();
  await expect(page.getByRole("heading", { name: "More" })).toBeVisible();
});

test(
  "[E2E73, CK4] the check is fetched when it is wanted, and can be tried again",
  { tag: "@long" },
  async ({ newDevice, expectedErrors }) => {
    expectedErrors.push(/Failed to load resource/);
    // Kept by a service worker it would not be fetched at all.
    const mum = await newDevice("Mum", { serviceWorkers: "block" });
    await startFamily(mum);
    const { page } = mum;
    await mum.openTab("More");
    await page.route("**/assets/tw-check*", (route) => route.abort());
    await page.getByRole("button", { name: "Check this device" }).click();
    await expect(page.getByRole("alert")).toContainText("could not be fetched");
    await page.unroute("**/assets/tw-check*");
    await page.getByRole("button", { name: "Try again" }).click();
    await expect(page.getByRole("heading", { name: "Stored here" })).toBeVisible();
  },
);
