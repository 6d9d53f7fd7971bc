/**
 * What must stand before the first control of Web Awesome: our icons in place of its libraries, and
 * the `default` Trusted Types policy, which admits exactly those icons and no other markup, script or
 * address. Loaded with the first control, never with the first screen. SPEC WA2, WA3; ADR 10.
 */

import { registerIconLibrary } from "@awesome.me/webawesome/dist/components/icon/library.js";
import { admitIcon, findIcon } from "./control-icons.ts";
import { allowForeignDocuments } from "./foreign-document.ts";

interface PolicyFactory {
  createPolicy(name: string, rules: { createHTML(markup: string): string }): unknown;
}

const { trustedTypes } = globalThis as { trustedTypes?: PolicyFactory };
trustedTypes?.createPolicy("default", { createHTML: admitIcon });

for (const library of ["default", "system"]) {
  registerIconLibrary(library, { resolver: (name) => findIcon(name) });
}
allowForeignDocuments();
