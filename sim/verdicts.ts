/**
 * The judges' own word on signatures, which no planted bug can reach: the oracle's, or Ed25519 by
 * the engine of this process where a seed uses real signatures. SPEC SI5.
 */
import { createPublicKey, verify } from "node:crypto";
import { domainBytes, type Domain } from "../workers/core/codec/hash.ts";
import type { FamilyId, SigningKey } from "../workers/core/codec/ids.ts";
import { isSigned, type Oracle } from "./oracle-crypto.ts";

export interface Verdicts {
  readonly isSigned: (
    key: SigningKey,
    domain: Domain,
    family: FamilyId,
    message: Uint8Array,
    signature: Uint8Array,
  ) => boolean;
}

export function createVerdicts(oracle: Oracle, isReal: boolean): Verdicts {
  if (!isReal) {
    return {
      isSigned: (key, domain, family, message, signature) =>
        isSigned(oracle, key, domain, family, message, signature),
    };
  }
  return {
    isSigned: (key, domain, family, message, signature) => {
      const x = Buffer.from(key).toString("base64url");
      const publicKey = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
      return verify(null, domainBytes(domain, family, message), publicKey, signature);
    },
  };
}
