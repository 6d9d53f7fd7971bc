/** A household in which three keep the rules and whose first parent's words are known, for recoveries. */
import { value, type TestDevice } from "./device.ts";
import { memberNamed, type Household } from "./household.ts";

export interface Keepers {
  readonly mum: TestDevice;
  readonly dad: TestDevice;
  readonly gran: TestDevice;
  readonly mia: TestDevice;
  readonly tablet: TestDevice;
  /** Mum's recovery words. */
  readonly words: string;
}

/** Mum's phone, Dad's and Gran's keep the rules; Mum's tablet and Mia's phone do not. */
export async function foundKeepers(house: Household): Promise<Keepers> {
  const mum = await house.add("Mum");
  await value(mum.node().startFamily({ familyName: "The Okafors", myName: "Mum" }));
  const paper = await value(mum.node().recoveryWords());
  const asked = [1, 5, 9].map((position) => ({ position, word: paper[position - 1] ?? "" }));
  await value(mum.node().confirmWords(asked));
  const dad = await house.join(mum, "Dad", "parent");
  const gran = await house.join(mum, "Gran", "relative");
  const mia = await house.join(mum, "Mia", "child");
  const me = memberNamed(await mum.snapshot(), "Mum");
  const tablet = await house.join(mum, "Tablet", "parent", me);
  await house.meet(dad, gran);
  for (const one of [dad, gran]) {
    await value(one.node().setLasting("persistent"));
    await one.running().keeping.setWilling(true);
  }
  const { ledger } = tablet.running().family;
  await house.until("three keep the rules", () => ledger.head()?.state.replicas.length === 3);
  await house.advance(5_000);
  return { mum, dad, gran, mia, tablet, words: paper.join(" ") };
}
