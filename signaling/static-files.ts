/**
 * The built app in memory: every file once, with its type, its tag and its compressed forms.
 *
 * A request is looked up in this table and never touches the file system, so no path can lead out
 * of the folder. Links are not followed. The app is a few megabytes; what is much larger (map tiles)
 * does not belong in it. A new build needs a new start. SPEC SG30, SG34 to SG37.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

export type StaticFile = {
  readonly contentType: string;
  readonly cacheControl: string;
  /** Quoted strong tag: SHA-256 of the plain bytes. */
  readonly etag: string;
  readonly plain: Buffer;
  /** Undefined where compression gains nothing. */
  readonly brotli: Buffer | undefined;
  readonly gzip: Buffer | undefined;
};

/** URL path (decoded, with the leading slash) to file. */
export type StaticFiles = ReadonlyMap<string, StaticFile>;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".gif": "image/gif",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".jpg": "image/jpeg",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".mp3": "audio/mpeg",
  ".png": "image/png",
  ".svg": "image/svg+xml; charset=utf-8",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json; charset=utf-8",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};

const IMMUTABLE = "public, max-age=31536000, immutable";
const REVALIDATE = "no-cache";

/** Vite's own names: `assets/name-HASH.ext` with 8 characters of hash. */
const HASHED_PATTERN = /^\/assets\/.*-[A-Za-z0-9_-]{8}\.[a-z0-9]+$/;

const COMPRESSIBLE_PATTERN = /^(?:text\/|application\/(?:json|manifest|wasm)|image\/svg)/;

/** Brotli at 7 takes a tenth of the time of 11 and is within a few per cent of its size. */
const BROTLI_OPTIONS = { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } };

const compressBrotli = promisify(brotliCompress);
const compressGzip = promisify(gzip);

/**
 * Reads everything below `directory`. Hidden files stay out.
 * @throws the file system's own error (ENOENT, EACCES) where a folder or file cannot be read
 */
export async function loadStaticFiles(directory: string): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>();
  await loadFolder(directory, "/", files);
  return files;
}

/** The `cache-control` of a URL path: for ever where the name holds the hash, else ask each time. */
export function chooseCacheControl(urlPath: string): string {
  return HASHED_PATTERN.test(urlPath) ? IMMUTABLE : REVALIDATE;
}

/** The media type by the file name's ending; unknown endings are bytes that no browser runs. */
export function chooseContentType(urlPath: string): string {
  return CONTENT_TYPES[extname(urlPath).toLowerCase()] ?? "application/octet-stream";
}

async function loadFolder(
  folder: string,
  urlPrefix: string,
  files: Map<string, StaticFile>,
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    const urlPath = `${urlPrefix}${entry.name}`;
    if (entry.isDirectory()) await loadFolder(path, `${urlPath}/`, files);
    else if (entry.isFile()) files.set(urlPath, await prepareFile(urlPath, await readFile(path)));
  }
}

async function prepareFile(urlPath: string, plain: Buffer): Promise<StaticFile> {
  const contentType = chooseContentType(urlPath);
  const isCompressible = COMPRESSIBLE_PATTERN.test(contentType);
  const brotli = isCompressible ? await compressBrotli(plain, BROTLI_OPTIONS) : plain;
  const gzipped = isCompressible ? await compressGzip(plain) : plain;
  return {
    contentType,
    cacheControl: chooseCacheControl(urlPath),
    etag: `"${createHash("sha256").update(plain).digest("base64url")}"`,
    plain,
    brotli: brotli.length < plain.length ? brotli : undefined,
    gzip: gzipped.length < plain.length ? gzipped : undefined,
  };
}
