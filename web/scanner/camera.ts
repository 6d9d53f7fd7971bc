/** The camera for the scanner: the one on the back where there are two, and in words' reach why there is none. SPEC PW41. */

/** `denied`: by the person or the page's place. `busy`: another app has it, or it broke. */
export type CameraFault = "denied" | "missing" | "busy";

export type CameraAnswer =
  | { readonly ok: true; readonly stream: MediaStream }
  | { readonly ok: false; readonly fault: CameraFault };

/** Enough for a code of a long link at arm's length, and decoded in a few milliseconds. */
const WANTED: MediaStreamConstraints = {
  audio: false,
  video: {
    facingMode: { ideal: "environment" },
    width: { ideal: 1280 },
    height: { ideal: 720 },
  },
};

/** @param devices missing where the browser has no cameras at all */
export async function openCamera(
  devices: Pick<MediaDevices, "getUserMedia"> | undefined,
): Promise<CameraAnswer> {
  if (devices === undefined) return { ok: false, fault: "missing" };
  try {
    return { ok: true, stream: await devices.getUserMedia(WANTED) };
  } catch (error) {
    console.info("no camera", error);
    return { ok: false, fault: judgeFault(error instanceof Error ? error.name : "") };
  }
}

/** By the names that `getUserMedia` fails with. */
export function judgeFault(name: string): CameraFault {
  if (name === "NotAllowedError" || name === "SecurityError") return "denied";
  return name === "NotReadableError" || name === "AbortError" ? "busy" : "missing";
}

export function closeCamera(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
