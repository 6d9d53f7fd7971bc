/**
 * The base of every screen: an element in the light DOM (one style sheet, labels that reach) that
 * draws again whenever the model changes. `act` runs one call to the node and keeps what a form
 * needs to show: that it runs, and what failed.
 */

import { LitElement } from "lit";
import { property, state } from "lit/decorators.js";
import type { FailureCode, Result } from "../../workers/api.ts";
import { type AppModel, failureOf } from "../controllers/app-model.ts";

export abstract class ViewElement extends LitElement {
  @property({ attribute: false }) app!: AppModel;
  /** A call to the node is under way. */
  @state() protected isBusy = false;
  @state() protected failure: FailureCode | null = null;

  readonly #onChange = (): void => this.requestUpdate();

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.app.addEventListener("change", this.#onChange);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.app.removeEventListener("change", this.#onChange);
  }

  /** The same for a call that the lock guards: where there is a lock the person types the PIN first. */
  protected async actGuarded<T>(
    call: (pin?: string) => Promise<Result<T>>,
  ): Promise<{ value: T } | null> {
    const { pin, snapshot } = this.app;
    if (snapshot?.lock.isSet !== true) return this.act(call());
    this.failure = null;
    const answer = await pin.ask(call);
    return answer === null ? null : this.act(Promise.resolve(answer));
  }

  /** Waits for the answer, shows its failure if it has one; null for a failure. */
  protected async act<T>(call: Promise<Result<T>>): Promise<{ value: T } | null> {
    this.isBusy = true;
    this.failure = null;
    const answer = await call;
    this.isBusy = false;
    this.failure = failureOf(answer);
    return answer.ok ? { value: answer.value } : null;
  }
}
