import type { Connection, ServerChannel, Session } from "ssh2";
import { type KeyGrant, mayListen, mayOpen } from "../../core/access/authorized-keys.ts";
import { type ComputerId, formatId, roleOf } from "../../core/names.ts";
import type { Accounts } from "./accounts.ts";
import type { Commands } from "./commands.ts";
import { type Login, logIn, type SyncAccount } from "./login.ts";
import type { Tunnels } from "./tunnels.ts";

export interface Parts {
  readonly accounts: Accounts;
  readonly tunnels: Tunnels;
  readonly commands: Commands;
  readonly sync: SyncAccount;
  /** Everybody who is connected. */
  readonly served: ReadonlySet<ServedConnection>;
}

/** One client, from its login to its end. What its key may do is read anew each time that it asks for something. */
export class ServedConnection {
  readonly #connection: Connection;
  readonly #parts: Parts;
  #login: Login | undefined;
  #over = false;

  constructor(connection: Connection, parts: Parts) {
    this.#connection = connection;
    this.#parts = parts;
    // Every channel of a controller's master hangs its listeners here.
    connection.setMaxListeners(0);
    // A client that breaks off is none of the proxy's troubles.
    connection.on("error", () => {});
    connection.on("close", () => {
      this.#over = true;
      parts.tunnels.drop(connection);
    });
    this.#logIn();
    this.#listen();
    this.#open();
    connection.on("session", (accept) => this.#serve(accept()));
  }

  end(): void {
    this.#connection.end();
  }

  /** Ends it where it is that computer's, whichever of its keys opened it; resolves when its port is free. */
  async endOf(computer: ComputerId): Promise<void> {
    const grant = await this.#grant();
    if (grant === undefined || formatId(grant.computer) !== formatId(computer) || this.#over) return;
    const over = new Promise<void>((resolve) => this.#connection.once("close", () => resolve()));
    this.end();
    await over;
  }

  /** Ends a session whose key is no longer in force: a tunnel would outlive it otherwise. */
  async endIfGone(): Promise<void> {
    if (this.#login?.kind === "computer" && (await this.#grant()) === undefined) this.end();
  }

  async #grant(): Promise<KeyGrant | undefined> {
    const login = this.#login;
    if (login?.kind !== "computer") return undefined;
    const grant = await this.#parts.accounts.grantOf(login.account, login.blob).catch(() => undefined);
    return this.#over ? undefined : grant;
  }

  #logIn(): void {
    this.#connection.on("authentication", async (context) => {
      const login = await logIn(context, this.#parts.accounts, this.#parts.sync).catch(() => undefined);
      if (login === undefined) return context.reject(["publickey"]);
      // A question about another key may be under way beside the signature: it must not name who this is.
      if (context.method === "publickey" && context.signature !== undefined) this.#login = login;
      context.accept();
    });
  }

  #listen(): void {
    const { tunnels } = this.#parts;
    this.#connection.on("request", async (accept, reject, name, info) => {
      if (!("bindPort" in info)) return reject?.();
      const { bindAddr, bindPort } = info;
      const grant = await this.#grant();
      const done =
        name === "cancel-tcpip-forward"
          ? tunnels.cancel(bindPort, this.#connection)
          : grant !== undefined &&
            mayListen(grant, bindAddr, bindPort) &&
            tunnels.listen(bindPort, this.#connection);
      if (done) accept?.();
      else reject?.();
    });
  }

  #open(): void {
    this.#connection.on("tcpip", async (accept, reject, info) => {
      const grant = await this.#grant();
      if (grant === undefined || !mayOpen(grant, info.destIP, info.destPort)) return reject();
      this.#parts.tunnels.open(accept, reject, info);
    });
  }

  /** ssh2 refuses what nobody listens for: pty, X11, agent, environment. */
  #serve(session: Session): void {
    session.on("exec", (accept, _reject, { command }) => void this.#run(accept(), command));
    // A key's forced command takes the place of a shell too, and that of sftp.
    session.on("shell", (accept) => void this.#run(accept(), undefined));
    session.on("subsystem", (accept, _reject, { name }) => void this.#run(accept(), name));
  }

  /** Takes the channel at once: a client that has nothing to say ends its side, and ssh2 then accepts no more. */
  async #run(channel: ServerChannel, asked: string | undefined): Promise<void> {
    const { commands } = this.#parts;
    if (this.#login?.kind === "sync") return commands.apply(channel);
    const grant = await this.#grant();
    if (grant === undefined) return finish(channel, 1);
    const { computer } = grant;
    // serve.sh ends sessions by sshd's processes, of which there are none here.
    if (asked === "release" && roleOf(computer.computer) === "device")
      return this.#release(computer, channel);
    commands.serve(computer, asked, channel);
  }

  async #release(computer: ComputerId, channel: ServerChannel): Promise<void> {
    const others = [...this.#parts.served].filter((one) => one !== this);
    await Promise.all(others.map((one) => one.endOf(computer)));
    finish(channel, 0);
  }
}

function finish(channel: ServerChannel, status: number): void {
  channel.exit(status);
  channel.end();
}
