/**
 * The page's calls about the family's rules: helping to keep them, changing them, answering what
 * others ask, holding a device, recovering. Each only finds what it is about and tells how it went.
 * SPEC DI1, HO11, KP2, RK9. Source: DESIGN §4.
 */
import type { Result } from "../api.ts";
import { fromHex } from "../core/codec/ids.ts";
import type { TinyNode } from "./node.ts";
import { chooseRecovery, objectTo, recoverWith, type Recovering } from "./recovering.ts";
import { done, failed } from "./result.ts";
import type { Running } from "./running.ts";

type Governing = Pick<
  TinyNode,
  | "setHelping"
  | "takeOut"
  | "recoverRules"
  | "decideRecovery"
  | "changeRules"
  | "decideProposal"
  | "noteRefused"
  | "noteSplit"
  | "holdDevice"
>;

/** How the node runs a call. */
export interface GoverningPorts {
  readonly call: <T>(task: () => Promise<Result<T>>) => Promise<Result<T>>;
  /** The same after the PIN, where there is a lock. */
  readonly guarded: <T>(pin: unknown, task: () => Promise<Result<T>>) => Promise<Result<T>>;
  readonly withFamily: <T>(task: (one: Running) => Promise<Result<T>>) => Promise<Result<T>>;
  readonly changed: () => void;
}

const HEX_ID = /^[0-9a-f]{32}$/;

export function createGoverning({ call, guarded, withFamily, changed }: GoverningPorts): Governing {
  return {
    setHelping: async (isWilling) =>
      call(async () =>
        withFamily(async (one) => {
          const mayIt = isWilling ? one.keeping.canHelp() : one.keeping.isEligible();
          if (!mayIt) return failed("not-allowed");
          await one.keeping.setWilling(isWilling);
          return done(null);
        }),
      ),
    takeOut: async (device, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ keeping }) => {
          const id = HEX_ID.test(device) ? fromHex(device) : null;
          const fault = id === null ? "not-allowed" : await keeping.takingOut.take(id);
          return fault === null ? done(null) : failed(fault);
        }),
      ),
    recoverRules: async (words, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ family }) => toResult(await recoverWith(family, words))),
      ),
    decideRecovery: async (recovery, decision, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ family }) => {
          const decide = decision === "object" ? objectTo : chooseRecovery;
          return toResult(await decide(family, recovery));
        }),
      ),
    changeRules: async (request, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ deciding }) => {
          const asked = await deciding.ask(request);
          changed();
          return asked.ok ? done(asked.outcome) : failed(asked.code);
        }),
      ),
    holdDevice: async (device, isHeld, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ family }) => {
          const id = HEX_ID.test(device) ? fromHex(device) : null;
          const isSaid = id !== null && ((await family.holds?.say(id, isHeld)) ?? false);
          return isSaid ? done(null) : failed("not-allowed");
        }),
      ),
    noteRefused: async (change) =>
      call(async () =>
        withFamily(async ({ refused }) => {
          await refused.dismiss(change);
          changed();
          return done(null);
        }),
      ),
    noteSplit: async () =>
      call(async () =>
        withFamily(async ({ splits }) => {
          await splits.acknowledge();
          changed();
          return done(null);
        }),
      ),
    decideProposal: async (proposal, word, pin) =>
      guarded(pin, async () =>
        withFamily(async ({ deciding }) => {
          const fault = await deciding.speak(proposal, word);
          changed();
          return fault === null ? done(null) : failed(fault);
        }),
      ),
  };
}

function toResult(fault: Recovering | null): Result<null> {
  return fault === null ? done(null) : failed(fault.code, fault.detail);
}
