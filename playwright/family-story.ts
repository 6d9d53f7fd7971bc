/** The two things that nearly every story begins with: a family is started, somebody is admitted. */
import { expect } from "@playwright/test";
import type { Device } from "./device.ts";
import type { RoleName } from "./pages/invite-page.ts";

export const FAMILY_NAME = "The Okafors";

/** Starts the family and writes the words down, up to the empty list of conversations. */
export async function startFamily(device: Device): Promise<readonly string[]> {
  await device.open();
  await device.welcome.startFamily(FAMILY_NAME);
  const words = await device.words.read();
  await device.words.wroteThemDown();
  await device.words.confirm((number) => words[number - 1] ?? "");
  await expect(device.page.getByRole("heading", { name: FAMILY_NAME })).toBeVisible();
  return words;
}

/** The whole joining: invited by `inviter`, compared, approved, both back at their conversations. */
export async function admit(inviter: Device, newcomer: Device, role: RoleName): Promise<void> {
  const link = await inviter.invite.create(role);
  await newcomer.joining.ask(link);
  await expect(newcomer.joining.code).toBeVisible();
  await expect(inviter.invite.code).toBeVisible();
  await inviter.invite.approveAfterComparing();
  await inviter.invite.expectDone(`${newcomer.person} is in ${FAMILY_NAME}.`);
  await expect(newcomer.chats.entry(inviter.person)).toBeVisible();
}
