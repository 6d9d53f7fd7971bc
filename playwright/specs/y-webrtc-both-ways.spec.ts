import { admit, expect, startFamily, test } from "../fixtures.ts";
import { buildYWebrtcPage, startYWebrtcServer } from "../y-webrtc.ts";

test("[E2E111] two pages with y-webrtc's own client meet over our server and share a Yjs document both ways", async ({
  newDevice,
  host,
  expectedErrors,
}, testInfo) => {
  // The page has no icon, and a browser asks for one.
  expectedErrors.push(/404 \(Not Found\)/);
  const folder = testInfo.outputPath("y-webrtc");
  await buildYWebrtcPage(folder);
  await host.stop();
  await host.startAgain(folder);
  const pages = [];
  for (const person of ["Mum", "Dad"]) {
    const device = await newDevice(person);
    await device.open(`${host.url}y-webrtc.html#a-room`);
    pages.push(device.page);
  }
  const [mum, dad] = pages;
  if (mum === undefined || dad === undefined) throw new Error("two pages were opened");
  await expect(mum.locator('body[data-peers="1"]')).toBeAttached();
  await expect(dad.locator('body[data-peers="1"]')).toBeAttached();
  for (const [from, to, text] of [
    [mum, dad, "over your server"],
    [dad, mum, "and back"],
  ] as const) {
    await from.getByRole("textbox", { name: "Message" }).fill(text);
    await from.getByRole("button", { name: "Send" }).click();
    await expect(to.getByText(text, { exact: true })).toBeVisible();
  }
});

test(
  "[E2E112] a family meets, joins and talks over y-webrtc's own server alone",
  { tag: "@long" },
  async ({ newDevice, host }) => {
    const theirs = await startYWebrtcServer();
    await host.stop();
    await host.startAgain(undefined, { signaling: [theirs.url], iceServers: [] });
    const options = { allowedHosts: [new URL(theirs.url).host] };
    const mum = await newDevice("Mum", options);
    const dad = await newDevice("Dad", options);
    await startFamily(mum);
    await admit(mum, dad, "Parent");
    await mum.chats.openConversation("Dad");
    await dad.chats.openConversation("Mum");
    await mum.conversation.send("by another's server");
    await dad.conversation.expectMessage("by another's server");
    await dad.conversation.send("it knows nothing of us");
    await mum.conversation.expectMessage("it knows nothing of us");

    await dad.reload();
    await dad.conversation.expectPresence("connected");
    await mum.conversation.send("found again");
    await dad.conversation.expectMessage("found again");
    await mum.conversation.expectState("found again", "delivered");
    await Promise.all([mum.close(), dad.close()]);
    await theirs.stop();
  },
);
