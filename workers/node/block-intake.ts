/**
 * Finalised blocks from elsewhere: those after my head, and, where the chain stands on a snapshot,
 * those below it, which are judged from the founding block up like any other. What does not follow
 * changes nothing and is named. SPEC LP4, LP5, LP17, LP18. Source: DESIGN §4.6, §4.11.
 */
import { decodeFinalised, type FinalisedBlock } from "../core/ledger/block.ts";
import { isNewer, type Head, type VerifiedBlock } from "../core/ledger/chain.ts";
import type { Write } from "../storage/store.ts";
import { isRecoveryBlock } from "./chain-track.ts";
import type { Chain } from "./stored-chain.ts";

/** What became of some blocks: how many are new here, and why the rest was refused. */
export interface TakenBlocks {
  readonly applied: number;
  readonly fault: string | null;
}

export interface BlockIntakePorts {
  readonly commit: (writes: readonly Write[], durability: "strict" | "relaxed") => Promise<void>;
  readonly isStopped: () => boolean;
  /** Runs what writes; false where the store failed and it is to be tried again. */
  readonly attempt: (task: () => Promise<void>) => Promise<boolean>;
  /** Makes a block after my head durable and lets its state stand. */
  readonly apply: (
    verified: VerifiedBlock,
    certificate: FinalisedBlock["certificate"],
    head: Head,
  ) => Promise<void>;
  /** A recovery that my invite does not vouch for: it is shown first. */
  readonly onRecovery: (bytes: Uint8Array) => Promise<string | null>;
  /** Height of the last block that is here, judged or not. */
  readonly reach: () => number;
  /** The newest rules that this build knows. */
  readonly rulesKnown: number;
  /** One of later rules: why it is not handed on either; null if it is. */
  readonly onNewer: (finalised: FinalisedBlock, bytes: Uint8Array) => Promise<string | null>;
  /** Height up to which my invite vouches for the chain. */
  readonly pinHeight: number;
  /** A certified block whose state this build cannot reproduce. */
  readonly onStopped: (height: number) => void;
}

export interface BlockIntake {
  readonly take: (finalised: readonly Uint8Array[]) => Promise<TakenBlocks>;
}

export function createBlockIntake(chain: Chain, ports: BlockIntakePorts): BlockIntake {
  return { take };

  async function take(finalised: readonly Uint8Array[]): Promise<TakenBlocks> {
    let applied = 0;
    for (const one of finalised) {
      if (ports.isStopped()) return { applied, fault: "stopped" };
      const decoded = decodeFinalised(one);
      if (!decoded.ok) return { applied, fault: "malformed" };
      const { height } = decoded.value.block.header;
      if (isNewer(decoded.value.block.header, ports.rulesKnown)) {
        if (height <= ports.reach()) continue;
        const newer = await ports.onNewer(decoded.value, one);
        if (newer !== null) return { applied, fault: newer };
        continue;
      }
      const isAbove = height > (chain.head()?.state.height ?? -1);
      if (!isAbove && height !== chain.missingBelow()) continue;
      let fault: string | null = "delayed";
      const isDone = await ports.attempt(async () => {
        if (isShownFirst(decoded.value)) fault = (await ports.onRecovery(one)) ?? "shown";
        else fault = isAbove ? await takeNext(decoded.value) : await takeBelow(decoded.value);
      });
      // What comes after it is built on it.
      if (!isDone || fault === "shown") return { applied, fault: null };
      if (fault !== null) return { applied, fault };
      applied += 1;
    }
    return { applied, fault: null };
  }

  function isShownFirst({ block }: FinalisedBlock): boolean {
    return block.header.height > ports.pinHeight && isRecoveryBlock(block);
  }

  async function takeNext(finalised: FinalisedBlock): Promise<string | null> {
    const judged = await chain.judge(finalised);
    if (judged.ok) {
      await ports.apply(judged.verified, finalised.certificate, judged.head);
      return null;
    }
    if (judged.fault === "not-reproducible") ports.onStopped(finalised.block.header.height);
    return judged.fault;
  }

  /** Nothing depends on a block below the snapshot: whatever is wrong with it is its bearer's. */
  async function takeBelow(finalised: FinalisedBlock): Promise<string | null> {
    const judged = await chain.judgeBelow(finalised);
    if (!judged.ok) {
      // The chain that was brought so far is not the one that the pin is on.
      if (judged.fault === "pin") await ports.commit(chain.forgetBelow(), "relaxed");
      return judged.fault === "not-reproducible" ? "pin" : judged.fault;
    }
    await ports.commit(chain.writesBelow(finalised), "relaxed");
    chain.advanceBelow(judged.head);
    return null;
  }
}
