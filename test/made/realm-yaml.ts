/** realm.yaml of a realm with the systems `hula` and `tern` on one proxy `eu`. */
export const realmYaml = (proxy: {
  readonly port: number;
  readonly hostKey: string;
  readonly signer: string;
}): string => `realm: atlas
repository: wildlife/atlas
clientIdSuffix: .t.example.org
people: { alice: 583231 }
admins: [alice]
proxies:
  eu: { host: 127.0.0.1, port: ${proxy.port}, hostKeys: ["${proxy.hostKey}"], syncUser: warren-sync }
signers: ["${proxy.signer}"]
systems:
${system("hula", "61000-61999")}${system("tern", "62000-62099")}`;

const system = (name: string, ports: string): string => `  ${name}:
    description: ${name}
    proxy: eu
    ports: ${ports}
    allocate: next
    login: [atlas]
    trust: [{ who: [alice], may: [device], then: grant }]
`;
