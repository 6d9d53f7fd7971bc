/** Entry of the dedicated worker: the node behind its boundary. */
import * as Comlink from "comlink";
import { createNodeApi } from "./node/node-api.ts";

Comlink.expose(createNodeApi());
