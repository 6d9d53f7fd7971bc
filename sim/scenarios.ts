export type ScenarioName = "x";
