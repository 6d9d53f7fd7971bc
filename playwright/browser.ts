/**
 * Which Chromium the stories and benchmarks run in, and how. The flags make WebRTC work on a machine
 * that has only the loopback interface, together with the permissions (which nothing ever uses).
 */
import { existsSync } from "node:fs";

/** Debian's; where it is missing Playwright takes the one that it installed itself. */
const SYSTEM_CHROMIUM = "/usr/bin/chromium";

/** A name that leads to this machine and is no secure context, unlike localhost. */
export const INSECURE_HOST = "tinyweb.test";

export const LAUNCH_OPTIONS = {
  ...(existsSync(SYSTEM_CHROMIUM) ? { executablePath: SYSTEM_CHROMIUM } : {}),
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
    "--allow-loopback-in-peer-connection",
    `--host-resolver-rules=MAP ${INSECURE_HOST} 127.0.0.1`,
  ],
};

export const PERMISSIONS = ["camera", "microphone"];
export const PHONE = { width: 390, height: 844 } as const;
export const DESKTOP = { width: 1280, height: 800 } as const;
