/**
 * Finds a QR code in a picture: by the browser's own detector where it has one that works (Android:
 * faster, and better with blurred pictures), else by the bundled one, which has the same interface.
 * SPEC PW42.
 */

import { BarcodeDetector as OwnDetector } from "qr/decode.js";

/** The Shape Detection API, as far as it is used; not in the DOM types. */
export interface Detector {
  detect(picture: ImageBitmapSource): Promise<readonly { readonly rawValue: string }[]>;
}

export interface DetectorClass {
  new (options: { formats: ["qr_code"] }): Detector;
  getSupportedFormats(): Promise<readonly string[]>;
}

/** Reads one code out of a picture; null where there is none. */
export type ReadCode = (picture: ImageBitmapSource) => Promise<string | null>;

export async function createReader(
  native: DetectorClass | undefined = (globalThis as { BarcodeDetector?: DetectorClass })
    .BarcodeDetector,
): Promise<ReadCode> {
  let detector: Detector = (await openNative(native)) ?? openOwn();
  let isOwn = detector instanceof OwnDetector;
  return async (picture) => {
    try {
      return (await detector.detect(picture))[0]?.rawValue ?? null;
    } catch (error) {
      if (isOwn) throw error;
      // Some systems have the interface and nothing behind it.
      console.info("the browser's own detector does not work", error);
      detector = openOwn();
      isOwn = true;
      return (await detector.detect(picture))[0]?.rawValue ?? null;
    }
  };
}

function openOwn(): Detector {
  return new OwnDetector({ formats: ["qr_code"] });
}

async function openNative(native: DetectorClass | undefined): Promise<Detector | null> {
  if (native === undefined) return null;
  try {
    const formats = await native.getSupportedFormats();
    return formats.includes("qr_code") ? new native({ formats: ["qr_code"] }) : null;
  } catch (error) {
    console.info("no detector of the browser's own", error);
    return null;
  }
}
