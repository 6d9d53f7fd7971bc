/**
 * Asks before something that cannot be taken back, in a dialog over the screen that asked. What is
 * safe is the button with the focus; the browser puts the focus back afterwards. SPEC UI15.
 */

import { html, render } from "lit";

export interface Question {
  readonly title: string;
  readonly text: string;
  /** The word on the button that does it. */
  readonly yes: string;
  /** The word on the button that leaves all as it is. */
  readonly no: string;
}

/**
 * True for a yes; false for a no, for Escape and for a press outside.
 * @param page the document to ask in: a phone of the demo asks on its own screen
 */
export async function askFirst(page: Document, question: Question): Promise<boolean> {
  const place = page.createElement("div");
  page.body.append(place);
  const isYes = await new Promise<boolean>((resolve) => {
    const answer = (isYes: boolean): void => {
      place.querySelector("dialog")?.close();
      resolve(isYes);
    };
    render(
      html`<dialog
        class="dialog"
        closedby="any"
        aria-labelledby="ask-title"
        aria-describedby="ask-text"
        @close=${() => resolve(false)}
      >
        <h2 id="ask-title">${question.title}</h2>
        <p id="ask-text">${question.text}</p>
        <div class="actions">
          <button class="button" autofocus @click=${() => answer(false)}>${question.no}</button>
          <button class="button quiet" @click=${() => answer(true)}>${question.yes}</button>
        </div>
      </dialog>`,
      place,
    );
    place.querySelector("dialog")?.showModal();
  });
  place.remove();
  return isYes;
}
