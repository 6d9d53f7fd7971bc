/**
 * Names that people take for one another: the same but for case, accents, spaces, width, punctuation,
 * or letters of other scripts and digits that look the same. For warning only, never for refusing: two
 * people may share a name. SPEC NM4. Source: UTS #39 §4 (skeletons), the part that names need.
 */

/** What looks like a Latin letter, after case and accents are taken away. */
const LOOKS_LIKE: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "аαɑ",
    b: "ьвβ",
    c: "сϲ",
    d: "ԁ",
    e: "еεҽ",
    g: "ɡ",
    h: "һнη",
    i: "іιı1l|jјӏ!",
    k: "кκ",
    m: "мμ",
    n: "пո",
    o: "оο0օσ",
    p: "рρ",
    q: "ԛ",
    r: "гᴦ",
    s: "ѕ5$",
    t: "тτ",
    u: "υսц",
    v: "ѵν",
    w: "ԝωшѡ",
    x: "хχ",
    y: "уγ",
    z: "ᴢ",
  }).flatMap(([letter, others]) =>
    Array.from(others, (other): [string, string] => [other, letter]),
  ),
);

/** Whether a person may take one name for the other. Names with nothing in common to read never are. */
export function looksLike(one: string, other: string): boolean {
  const skeleton = skeletonOf(one);
  return skeleton !== "" && skeleton === skeletonOf(other);
}

function skeletonOf(name: string): string {
  const plain = name.normalize("NFKD").toLowerCase().normalize("NFKD").replaceAll(/\p{M}/gu, "");
  const letters = Array.from(plain, (letter) => LOOKS_LIKE.get(letter) ?? letter).join("");
  const readable = letters.replaceAll("rn", "m").replaceAll("vv", "w");
  const bare = readable.replaceAll(/[^\p{L}\p{N}]/gu, "");
  // A name of symbols alone (an emoji) is compared as it is.
  return bare === "" ? name.normalize("NFC").replaceAll(/[\s\ufe0e\ufe0f]/gu, "") : bare;
}
