/**
 * Debian's Firefox for stories and tests, driven by Playwright over WebDriver BiDi. One process holds
 * any number of devices, each an isolated context, as in Chromium. What BiDi does not give: colour
 * scheme and reduced motion, CDP sessions, the sockets that a page opens. docs/adr/0017-firefox.md.
 */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, firefox, type LaunchOptions } from "@playwright/test";

/** Debian's; `FIREFOX_BINARY` names any other (Ubuntu's /usr/bin/firefox only starts a snap). */
const SYSTEM_FIREFOX = "/usr/bin/firefox-esr";

const PREFERENCES = {
  // WebRTC on a machine that has nothing but its loopback interface, and without mDNS.
  "media.peerconnection.ice.loopback": true,
  "media.peerconnection.ice.obfuscate_host_addresses": false,
};

export function findFirefox(): string | undefined {
  return [process.env["FIREFOX_BINARY"] ?? "", SYSTEM_FIREFOX].find((path) => existsSync(path));
}

/** What `firefox.launch` of Playwright needs for a stock Firefox; throws where there is none. */
export function firefoxOptions(): LaunchOptions {
  const binary = findFirefox();
  if (binary === undefined) {
    throw new Error("There is no Firefox here: install Debian's package firefox-esr.");
  }
  return {
    channel: "moz-firefox",
    executablePath: fileURLToPath(new URL("firefox-bridge.mjs", import.meta.url)),
    env: { ...process.env, FIREFOX_BINARY: binary },
    firefoxUserPrefs: PREFERENCES,
  };
}

export function launchFirefox(): Promise<Browser> {
  return firefox.launch(firefoxOptions());
}
