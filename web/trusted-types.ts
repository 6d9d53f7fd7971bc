/**
 * The only Trusted Types policy of our own (`tinyweb`): it admits exactly the script addresses that
 * the build made, and nothing else. lit brings its own policy for its templates. Where the browser
 * has no Trusted Types the same check runs and the address passes as a string. Source: DESIGN §2.
 */

// Vite makes this module: its default export is the address. The linter sees the worker itself.
// oxlint-disable-next-line import/default
import workerUrl from "../workers/main.ts?worker&url";

interface ScriptPolicy {
  createScriptURL(url: string): unknown;
}
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): ScriptPolicy;
}

/** Made by the build at this address, which never changes: browsers look there for a newer one. */
const SERVICE_WORKER_URL = "/service-worker.js";

const ADMITTED: readonly string[] = [workerUrl, SERVICE_WORKER_URL];

const policy: ScriptPolicy = createPolicy();

/** The address of the node's worker, in the form `new Worker` accepts under the policy. */
export function nodeWorkerUrl(): URL {
  // `TrustedScriptURL` is not in the DOM types yet; Worker takes it where Trusted Types are enforced.
  return policy.createScriptURL(workerUrl) as URL;
}

/** The address of the service worker, in the form `register` accepts under the policy. */
export function serviceWorkerUrl(): URL {
  return policy.createScriptURL(SERVICE_WORKER_URL) as URL;
}

function createPolicy(): ScriptPolicy {
  const rules = { createScriptURL: admit };
  const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
  return trustedTypes === undefined ? rules : trustedTypes.createPolicy("tinyweb", rules);
}

function admit(url: string): string {
  if (!ADMITTED.includes(url)) throw new TypeError(`not a script of this app: ${url}`);
  return url;
}
