/** What is said about the library's files, read from the sources: who loads it, which tokens it reads. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { admitIcon, findIcon } from "./control-icons.ts";

const LIBRARY = "@awesome.me/webawesome/";

/** Every file that `entry` loads by static imports, and every package that these name. */
function loadedBy(entry: string): { readonly files: Set<string>; readonly packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const queue = [entry];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (files.has(path) || !existsSync(path)) continue;
    files.add(path);
    const imports = /^\s*(?:import|export)(?!\s+type)(?:[^"';]*?from)?\s*"([^"]+)"/gm;
    for (const [, target = ""] of readFileSync(path, "utf8").matchAll(imports)) {
      if (target.startsWith(".")) queue.push(normalize(join(dirname(path), target)));
      else packages.add(target);
    }
  }
  return { files, packages };
}

it("[WA1] the first screen loads no control", () => {
  const { files, packages } = loadedBy("web/main.ts");
  expect(files.size).toBeGreaterThan(40);
  expect(files).toContain("web/web-awesome/load-controls.ts");
  expect([...packages].filter((name) => name.startsWith(LIBRARY))).toEqual([]);
});

it("[WA2] admits its own icons and nothing that only looks like one", () => {
  const cross = decodeURIComponent(findIcon("xmark").replace("data:image/svg+xml,", ""));
  expect(cross).toMatch(/^<svg [^<]*><path d="[^"<]*"><\/path><\/svg>$/);
  expect(admitIcon(cross)).toBe(cross);
  const strangers = [
    "",
    "<b>",
    "<svg></svg>",
    ` ${cross}`,
    `${cross}<img src=x onerror=alert(1)>`,
    cross.replace("<path", "<script>1</script><path"),
    cross.replace("<svg", "<svg onload=alert(1)"),
  ];
  for (const markup of strangers) expect(() => admitIcon(markup), markup).toThrow(TypeError);
});

it("[WA3] answers every name with an icon of ours or with nothing", () => {
  expect(findIcon("chevron-down")).toMatch(/^data:image\/svg\+xml,%3Csvg/);
  expect(findIcon("circle-question")).toBe("");
});

it("[WA5] says every token that a control in use reads", () => {
  const doors = readFileSync("web/web-awesome/load-controls.ts", "utf8");
  const entries = [...doors.matchAll(/import\("(@awesome[^"]+)"\)/g)].map(([, name = ""]) => name);
  expect(entries.length).toBeGreaterThan(1);
  const read = new Set<string>();
  for (const entry of entries) {
    for (const file of loadedBy(join("node_modules", entry)).files) {
      const uses = readFileSync(file, "utf8").matchAll(/var\((--wa-[\w-]+)\s*\)/g);
      for (const [, name = ""] of uses) read.add(name);
    }
  }
  expect(read.size).toBeGreaterThan(50);
  const sheet = readFileSync("web/styles/web-awesome.css", "utf8");
  const said = [...sheet.matchAll(/^\s*(--wa-[\w-]+):/gm)].map(([, name = ""]) => name);
  expect(new Set(said).size, "each once").toBe(said.length);
  expect([...read].filter((name) => !said.includes(name))).toEqual([]);
});
