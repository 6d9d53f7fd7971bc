// The same verdicts on a real engine.
import "./verdicts.test.ts";
