import { Argument, type Command } from "commander";
import { BROKERS, type BrokerKind } from "../../core/broker/install.ts";
import type { ConfigOptions } from "./broker-config.ts";

/** `warren broker …`: a broker of one's own, and the CA that its computers' certificates come from. */
export default function brokerCommand(program: Command): void {
  const broker = program.command("broker").summary("set up a broker of your own, and its CA");

  broker
    .command("ca")
    .summary("make the CA that signs for computers and broker")
    .description("Make a CA in a folder, or show the one that is there: its key, mode 0600, never leaves it.")
    .requiredOption("--out <dir>", "where its key and certificate lie, outside any repository")
    .action(async ({ out }: { readonly out: string }) => {
      const { makeCa } = await import("./broker-ca.ts");
      await makeCa(out);
    });

  broker
    .command("certificate")
    .summary("sign the broker's own certificate")
    .description(
      "Print a certificate for the broker's key, good for a year, for the names that computers reach it by.",
    )
    .argument("<host...>", "names and addresses of the broker")
    .requiredOption("--ca <dir>", "the folder of the CA")
    .requiredOption("--csr <file>", "the request that was made on the broker's host")
    .action(async (hosts: readonly string[], { ca, csr }: { readonly ca: string; readonly csr: string }) => {
      const { signForBroker } = await import("./broker-ca.ts");
      await signForBroker(hosts, ca, csr);
    });

  broker
    .command("config")
    .summary("print a broker's whole configuration")
    .description(
      "Print the configuration of mosquitto 2, RabbitMQ 3.10 or EMQX 5, whose rules hold each certificate to its own " +
        "topics; with --out, write it there. INSTALL says what to do with it. EMQX's is not run by our tests.",
    )
    .addArgument(new Argument("<broker>", "which").choices(BROKERS))
    .option("--realm <file>", "the realm's rules", "realm.yaml")
    .requiredOption("--registry <dir>", "a checkout of the branch `registry`")
    .option("--out <dir>", "write the files there, instead of printing all but what is secret")
    .option("--at <dir>", "where the files will lie on the broker's host")
    .option("--generation <dir>", "what a sync puts in force there", "/etc/warren/current")
    .option("--rabbitmqctl <file>", "the program there", "/usr/sbin/rabbitmqctl")
    .action(async (kind: BrokerKind, options: ConfigOptions) => {
      const { configure } = await import("./broker-config.ts");
      await configure(kind, options);
    });
}
