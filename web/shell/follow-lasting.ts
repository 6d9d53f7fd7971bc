/**
 * The right moment for lasting: as soon as this browser is in a family it is looked at (and asked,
 * where that disturbs nobody), and the node is told the result, so that the family's other devices
 * know on whom to rely. A worker that starts again is told again. SPEC PW34, PW36.
 */

import type { Lasting } from "../../workers/api.ts";
import type { AppModel } from "../controllers/app-model.ts";
import type { StorageKeeper } from "./storage-keeper.ts";

export function followLasting(app: AppModel, keeper: StorageKeeper): void {
  let hasBegun = false;
  let told: Lasting | null = null;

  const isInFamily = (): boolean => (app.snapshot?.me ?? null) !== null;

  const tell = async (): Promise<void> => {
    const { lasting } = keeper;
    if (lasting === null || lasting === told || !isInFamily()) return;
    told = lasting;
    const answer = await app.call("setLasting", lasting);
    if (!answer.ok) told = null;
  };

  app.addEventListener("started", () => {
    told = null;
  });
  app.addEventListener("change", () => {
    if (!isInFamily()) return;
    if (hasBegun) return void tell();
    hasBegun = true;
    void keeper.begin();
  });
  keeper.addEventListener("change", () => void tell());
}
