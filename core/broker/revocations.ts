/** Where a generation keeps the CA's list of revoked certificates, on hosts that the broker runs on. */
export const REVOCATIONS = "broker/revoked.crl";
