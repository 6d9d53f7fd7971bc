/**
 * Lets a control live in a document that this script fills but did not come from: each phone of the
 * demo is one. Style sheets may not be shared between documents, so there a control gets its own
 * copies, made by that document's window. SPEC WA6.
 */

import WaIcon from "@awesome.me/webawesome/dist/components/icon/icon.js";
import type { CSSResultOrNative, LitElement } from "lit";

interface StyledConstructor {
  readonly elementStyles: readonly CSSResultOrNative[];
  readonly shadowRootOptions: ShadowRootInit;
}
type RootMaker = (this: LitElement) => HTMLElement | DocumentFragment;

/** The copies of one sheet, by the window that they were made in. */
const copies = new WeakMap<Window, Map<string, CSSStyleSheet>>();

/** Teaches it to all controls: what they inherit from is what every icon inherits from. */
export function allowForeignDocuments(): void {
  const base = Object.getPrototypeOf(WaIcon.prototype) as { createRenderRoot: RootMaker };
  const makeRoot = base.createRenderRoot;
  base.createRenderRoot = function (this: LitElement) {
    const view = this.ownerDocument.defaultView;
    if (view === null || view === window || this.shadowRoot !== null) return makeRoot.call(this);
    const { elementStyles, shadowRootOptions } = this.constructor as unknown as StyledConstructor;
    const root = this.attachShadow(shadowRootOptions);
    root.adoptedStyleSheets = elementStyles.map((style) => copySheet(style, view));
    return root;
  };
}

function copySheet(style: CSSResultOrNative, view: Window & typeof globalThis): CSSStyleSheet {
  const text = "cssText" in style ? style.cssText : readRules(style);
  let made = copies.get(view);
  if (made === undefined) copies.set(view, (made = new Map()));
  let sheet = made.get(text);
  if (sheet === undefined) {
    sheet = new view.CSSStyleSheet();
    sheet.replaceSync(text);
    made.set(text, sheet);
  }
  return sheet;
}

function readRules({ cssRules }: CSSStyleSheet): string {
  return [...cssRules].map(({ cssText }) => cssText).join("\n");
}
