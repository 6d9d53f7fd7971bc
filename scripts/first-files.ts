/** Which files a page of ours loads before anything is asked for: its scripts, preloads and styles. */

const TAG = /<(?:script|link)\b[^>]*>/g;
const ADDRESS = /\b(?:src|href)="\/([^"]+)"/;

/** Paths below the app's folder, in the page's order. Favicons and other hints are left out. */
export function listFirstFiles(html: string): string[] {
  return [...html.matchAll(TAG)].flatMap(([tag]) => {
    const isFirst = tag.startsWith("<script") || /\brel="(?:modulepreload|stylesheet)"/.test(tag);
    const path = ADDRESS.exec(tag)?.[1];
    return isFirst && path !== undefined ? [path] : [];
  });
}
