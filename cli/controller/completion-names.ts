import { formatId } from "../../core/names.ts";
import { openControllers } from "./controller.ts";
import { devicesOf } from "./targets.ts";

/** Ids of all devices that this account's controllers know of; none where it is no controller. */
export async function knownNames(): Promise<readonly string[]> {
  const controllers = await openControllers(undefined).catch(() => []);
  const ids = controllers.flatMap((controller) =>
    controller.known === undefined
      ? []
      : devicesOf(controller, controller.known).map(({ id }) => formatId(id)),
  );
  return [...new Set(ids)].sort();
}
