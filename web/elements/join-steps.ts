/**
 * Where a joining stands, the same on both screens so that two people can compare: they meet, they
 * compare the digits, the newcomer is let in, and arrives. Beside the words of the screen, which say
 * it without the control as well. SPEC UI52.
 */

import { html, type TemplateResult } from "lit";
import { t } from "../strings/strings.ts";
import { loadControls } from "../web-awesome/load-controls.ts";

const STEPS = ["meet", "compare", "letIn", "arrive"] as const;

export type JoinStep = (typeof STEPS)[number];

/** To be called when a screen with the steps connects. */
export function loadJoinSteps(): void {
  void loadControls("steps");
}

/** @param isOver the last step is done too */
export function joinSteps(active: JoinStep, isOver = false): TemplateResult {
  const at = STEPS.indexOf(active);
  return html`<div class="steps-box">
    <wa-stepper label=${t.joinSteps.label} active=${active}>
      ${STEPS.map(
        (name, index) =>
          html`<wa-step name=${name} variant="brand" ?completed=${index < at || isOver}
            >${t.joinSteps[name]}</wa-step
          >`,
      )}
    </wa-stepper>
  </div>`;
}
