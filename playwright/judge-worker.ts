/** Entry of the worker that judges the edge cases where no test runner reaches (WebKit). */
import { judgeAll } from "../workers/crypto/testing/judge.ts";

self.postMessage(await judgeAll());
