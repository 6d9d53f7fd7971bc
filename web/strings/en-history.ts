/** The words of History in English: the list, and the proof of a change. SPEC UI94 to UI98. */

import type { BlockProof } from "../../workers/api.ts";
import { devicesOf } from "./en-changes.ts";

/** Who signed a change, and when and as which it was written down. */
export interface WrittenDown {
  readonly proof: BlockProof;
  readonly height: number;
  /** As the reader's device writes them. */
  readonly date: string;
  readonly clock: string;
}

export const history = {
  title: "History",
  lead: "Every change of the family's rules, the newest first. What is written down here stays.",
  leadEasy: "What changed in the family, the newest first.",
  filter: "Show",
  everything: "Everything",
  aboutMe: "About me",
  today: "Today",
  yesterday: "Yesterday",
  loading: "Opening…",
  earlier: "Show earlier",
  times: (count: number) => `${count} times`,
  arrived: (count: number) => (count === 1 ? "One new change." : `${count} new changes.`),
  unconfirmed: "not confirmed",
  /** Below the oldest one. */
  beginning: "Here the family began.",
  beginningOfMine: "That is all that is about you.",
  stillComing:
    "What was before that is still on its way to this device. It comes while others of the family have TinyWeb open.",
  emptyTitle: "Nothing about you yet",
  empty: "What others change about you, and what you change yourself, will be here.",
  proof: "How you can tell",
  /** When and as which. */
  written: ({ date, clock, height }: WrittenDown) =>
    height === 0
      ? `Written down on ${date} at ${clock}, as the family's beginning.`
      : `Written down on ${date} at ${clock} as change ${height}.`,
  /** Whose devices stand for it. */
  signed: ({ proof }: WrittenDown) => {
    const { signers, keepers, quorum, isRecovery } = proof;
    const devices = devicesOf(signers);
    if (isRecovery) {
      return `Made by ${devices} with a parent's recovery words, in place of the devices that kept the rules.`;
    }
    if (keepers === 1) return `One device kept the rules then and signed it: ${devices}.`;
    return `${signers.length} of the ${keepers} devices that kept the rules then signed it: ${devices}. ${quorum} had to sign.`;
  },
  checked: "This device has just checked every signature: all are right.",
  unchecked:
    "This device could not confirm it: what is stored here does not fit together. Ask a parent to compare it with another device.",
  writtenEasy: ({ date, clock }: WrittenDown) => `Written down on ${date} at ${clock}.`,
  signedEasy: ({ proof }: WrittenDown) => {
    const many = proof.signers.length > 1;
    return `It is kept by ${devicesOf(proof.signers)}${many ? " together" : ""}. Nobody can change it in secret.`;
  },
  checkedEasy: "Your device looked: it is true.",
  details: {
    fingerprint: "Fingerprint",
    before: "Builds on",
    change: "This change",
    device: "Made on device",
  },
  nothingBefore: "nothing: it is the first",
} as const;
