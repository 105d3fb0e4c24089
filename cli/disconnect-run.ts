import { Failure } from "../core/failure.ts";
import { formatId } from "../core/names.ts";
import { controlTopic, printControl } from "../core/tunnel/messages.ts";
import { closeAll } from "./connect-run.ts";
import { openControllers } from "./controller.ts";
import { targetOf } from "./targets.ts";

/** Says the plain `disconnect` to a device. */
export async function disconnectFrom(name: string, as: string | undefined): Promise<void> {
  const controllers = await openControllers(as);
  try {
    const { id, controller } = await targetOf(name, controllers);
    if (controller.bus === undefined) {
      throw new Failure("usage", `${id.realm} has no broker, so the tunnel of ${formatId(id)} is always up`);
    }
    const plain = printControl({ word: "disconnect", form: "plain" });
    await controller.bus.lend((bus) => bus.publish(controlTopic(id), plain));
  } finally {
    await closeAll(controllers);
  }
}
