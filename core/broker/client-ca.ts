import { X509Certificate } from "node:crypto";
import type { OwnBroker } from "../realm/realm.ts";

/**
 * The CA whose certificates computers get, in PEM: the first in `broker.ca`. The others may sign for the broker alone,
 * for one of them may be a public authority, whose certificates anybody can have.
 */
export const clientCaOf = ({ ca }: Pick<OwnBroker, "ca">): string => new X509Certificate(ca).toString();
