import { realpathSync } from "node:fs";
import { prepareSsh } from "../../adapters/openssh/ssh-files.ts";
import { formatId } from "../../core/names.ts";
import { type Controller, openControllers } from "./controller.ts";
import { newestOrKnown } from "./targets.ts";

/** The blocks of all controllers, one after the other. */
export async function printSshConfig(as: string | undefined, compress: boolean): Promise<string> {
  const controllers = await openControllers(as);
  const texts = await Promise.all(controllers.map((controller) => textOf(controller, compress)));
  return texts.join("\n");
}

async function textOf(controller: Controller, compress: boolean): Promise<string> {
  const { id, folder, profile } = controller;
  const directory = await newestOrKnown(controller);
  return prepareSsh(folder, {
    id,
    proxy: controller.proxyIn(directory),
    directory,
    compress,
    ...(profile.broker === undefined ? {} : { wake: wakeCommand(formatId(id)) }),
  });
}

/** This very program, by its full path: ssh runs it with whatever PATH its user has. */
const wakeCommand = (as: string): readonly string[] => {
  const programs = [process.execPath, realpathSync(process.argv[1] ?? "")];
  const slashed =
    process.platform === "win32" ? programs.map((path) => path.replaceAll("\\", "/")) : programs;
  return [...slashed, "connect", "--wake", "--as", as];
};
