import { endShared } from "../../adapters/openssh/shared.ts";
import { sshFilesOf } from "../../adapters/openssh/ssh-files.ts";
import { controlTopic, printControl } from "../../core/tunnel/messages.ts";
import { openControllers } from "./controller.ts";
import { targetOf } from "./targets.ts";

/** Ends what plain ssh left open to a device, and says the plain `disconnect` to it. */
export async function disconnectFrom(name: string, as: string | undefined): Promise<void> {
  const controllers = await openControllers(as);
  const { id, controller } = await targetOf(name, controllers);
  const { sockets } = sshFilesOf(controller.folder);
  if (sockets !== undefined) await endShared(sockets, id.computer);
  if (controller.bus === undefined) return;
  const plain = printControl({ word: "disconnect", form: "plain" });
  await controller.bus.lend((bus) => bus.publish(controlTopic(id), plain));
}
